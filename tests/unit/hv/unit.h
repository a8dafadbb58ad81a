/* SPDX-License-Identifier: Apache-2.0 */
/* A suite of plain tests: a table of functions, run one after the other. */
#pragma once

#include <CUnit/Basic.h>

struct unit_test {
    const char *name;
    void (*fn)(void);
};
#define UNIT_TEST(fn)                                                                              \
    {                                                                                              \
#fn, fn                                                                                    \
    }

/* Runs them, prints the verdict as the last line; the exit code. */
int run_unit_tests(const char *suite, const struct unit_test *tests, unsigned int count);
