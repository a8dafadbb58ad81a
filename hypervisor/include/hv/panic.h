/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three grades of "this must not be". A guest's mistake is none of them: it is an error code,
 * or domain_crash() when the guest's state is beyond repair.
 */
#pragma once

#include <hv/types.h>

/* Stop the host with a readable report. Never returns. For faults of ours that could leak or
 * escalate. */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;

/* Always checked, in every build. */
#define BUG_ON(cond)                                                                               \
    do {                                                                                           \
        if (unlikely(cond))                                                                        \
            panic("bug at %s:%d: %s", __FILE__, __LINE__, #cond);                                  \
    } while (0)

/* A debug aid only: release builds still compile the expression, but do not evaluate it. */
#ifdef HV_DEBUG
#define ASSERT(cond) BUG_ON(!(cond))
#else
#define ASSERT(cond) ((void)(0 && (cond)))
#endif
