/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics and memory of the configuration reader; keeps the first error only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cfg/diag.h"

static void compose(char *out, size_t size, struct cfg_place place, const char *key,
                    const char *format, va_list args)
{
    int used;

    if (place.line != 0)
        used = snprintf(out, size, "%s:%u: ", place.source, place.line);
    else
        used = snprintf(out, size, "%s: ", place.source);
    if (key && used >= 0 && (size_t)used < size)
        used += snprintf(out + used, size - used, "%s: ", key);
    if (used >= 0 && (size_t)used < size)
        vsnprintf(out + used, size - used, format, args);
}

int cfg_fail(struct cfg_diag *diag, struct cfg_place place, const char *key, const char *format,
             ...)
{
    va_list args;

    if (diag->failed)
        return -1;
    diag->failed = true;
    va_start(args, format);
    compose(diag->error, sizeof(diag->error), place, key, format, args);
    va_end(args);
    return -1;
}

void cfg_warn(struct cfg_diag *diag, struct cfg_place place, const char *key, const char *format,
              ...)
{
    char line[CFG_ERROR_MAX];
    va_list args;

    if (!diag->warn)
        return;
    va_start(args, format);
    compose(line, sizeof(line), place, key, format, args);
    va_end(args);
    diag->warn(diag->context, line);
}

static void *checked(void *memory)
{
    if (!memory) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

void *cfg_alloc(size_t size)
{
    return checked(calloc(1, size ? size : 1));
}

void *cfg_regrow(void *old, size_t count, size_t size)
{
    return checked(reallocarray(old, count ? count : 1, size));
}

char *cfg_strdup(const char *text)
{
    return text ? checked(strdup(text)) : NULL;
}

char *cfg_strndup(const char *text, size_t n)
{
    return checked(strndup(text, n));
}

char *cfg_printf(const char *format, ...)
{
    char *text;
    va_list args;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    return checked(text);
}

#define NEAREST_WORD_MAX 40

/* Edit distance (insert, delete, replace; a swap counts two), both words at most NEAREST_WORD_MAX.
 */
static unsigned int distance(const char *a, const char *b)
{
    unsigned int row[NEAREST_WORD_MAX + 1];
    size_t la = strlen(a), lb = strlen(b);

    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        unsigned int diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            unsigned int replace = diagonal + (a[i - 1] != b[j - 1]);
            unsigned int best = row[j] + 1;

            diagonal = row[j];
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = replace < best ? replace : best;
        }
    }
    return row[lb];
}

const char *cfg_nearest(const char *word, const char *const *names, size_t count)
{
    const char *best = NULL;
    unsigned int best_distance = 0;
    size_t length = strlen(word);
    unsigned int limit = length < 6 ? 1 : length / 3;

    if (length > NEAREST_WORD_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        unsigned int d;

        if (strlen(names[i]) > NEAREST_WORD_MAX)
            continue;
        d = distance(word, names[i]);
        if (d <= limit && (!best || d < best_distance)) {
            best = names[i];
            best_distance = d;
        }
    }
    return best;
}
