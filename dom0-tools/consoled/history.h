/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last bytes that a guest said. Every reader has its own position in them, so that a slow
 * reader costs no memory and holds nobody up; one that falls behind further than this loses the
 * oldest bytes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HISTORY_BYTES 65536U /* a power of two */

struct history {
    uint64_t end; /* bytes ever added */
    char data[HISTORY_BYTES];
};

void history_add(struct history *history, const char *bytes, size_t count);

/* Position of the oldest byte still here. */
uint64_t history_oldest(const struct history *history);

/*
 * Adjacent bytes from *position on, of which there may be more after a wrap; returns how many, 0 at
 * the end. A position whose bytes are gone is moved to the oldest; *lost gets how many were lost.
 */
size_t history_peek(const struct history *history, uint64_t *position, const char **bytes,
                    uint64_t *lost);
