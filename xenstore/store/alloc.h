/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for the daemon. Guests cannot make it grow beyond their quotas, so running out means that
 * the host itself is out of memory: there is no way on from there that keeps the store's promises,
 * and the process says so and stops.
 */
#pragma once

#include <stddef.h>

/** SIZE zeroed bytes; never NULL. */
void *xalloc(size_t size);

/** Resize P (may be NULL) to SIZE bytes; never NULL. New bytes are not zeroed. */
void *xrealloc(void *p, size_t size);

/** A copy of LEN bytes at P with a NUL behind them. */
char *xmemdup0(const void *p, size_t len);

/** A copy of string S. */
char *xstrdup(const char *s);
