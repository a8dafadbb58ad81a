/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors and warnings of the configuration reader. Exactly one error is kept, the first one: what
 * comes after it is usually its consequence. Warnings go out at once, each as one line without a
 * newline.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define CFG_ERROR_MAX 512

struct cfg_diag {
    bool failed;
    char error[CFG_ERROR_MAX]; /* "SOURCE:LINE: key: what was expected", valid if failed */
    void (*warn)(void *context, const char *line); /* NULL: warnings are dropped */
    void *context;
};

/* A place in a source: file name as given by the user, line from 1 (0: no line). */
struct cfg_place {
    const char *source;
    unsigned int line;
};

/*
 * Records an error at `place` about `key` (NULL: no key) unless one is recorded already. Always
 * returns -1, so that a reader can `return cfg_fail(...)`.
 */
int cfg_fail(struct cfg_diag *diag, struct cfg_place place, const char *key, const char *format,
             ...) __attribute__((format(printf, 4, 5)));

void cfg_warn(struct cfg_diag *diag, struct cfg_place place, const char *key, const char *format,
              ...) __attribute__((format(printf, 4, 5)));

/* --- memory of the reader: out of memory ends the process with a message, before anything was
 * created --- */

void *cfg_alloc(size_t size); /* zeroed */
void *cfg_regrow(void *old, size_t count, size_t size);
char *cfg_strdup(const char *text); /* NULL gives NULL */
char *cfg_strndup(const char *text, size_t n);
char *cfg_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The name among `count` names that `word` was most likely meant to be: fewest edits, at most a
 * third of the word. NULL if nothing is near.
 */
const char *cfg_nearest(const char *word, const char *const *names, size_t count);
