/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte ring with absolute positions: position p lies at p modulo the size as long as it is not
 * overwritten.
 */
#include "history.h"

#include <string.h>

void history_add(struct history *history, const char *bytes, size_t count)
{
    while (count) {
        size_t at = history->end % HISTORY_BYTES;
        size_t n = HISTORY_BYTES - at;

        if (n > count)
            n = count;
        memcpy(history->data + at, bytes, n);
        history->end += n;
        bytes += n;
        count -= n;
    }
}

uint64_t history_oldest(const struct history *history)
{
    return history->end > HISTORY_BYTES ? history->end - HISTORY_BYTES : 0;
}

size_t history_peek(const struct history *history, uint64_t *position, const char **bytes,
                    uint64_t *lost)
{
    uint64_t oldest = history_oldest(history);
    size_t at, n;

    *lost = 0;
    if (*position < oldest) {
        *lost = oldest - *position;
        *position = oldest;
    }
    at = *position % HISTORY_BYTES;
    n = HISTORY_BYTES - at;
    *bytes = history->data + at;
    return history->end - *position < n ? (size_t)(history->end - *position) : n;
}
