/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs CUnit tests the way `make test` reads them: one line for each test, and as the last line
 * "N passed, M failed, K skipped".
 */
#pragma once

#include <CUnit/CUnit.h>

struct test {
    const char *name;
    void (*run)(void);
};

/* Tables of tests, each ended by a NULL name; the table of tables ends with NULL. */
int run_tests(const char *suite, const struct test *const tables[]);

/* Equal texts; a failure prints both. */
#define CHECK_TEXT(actual, expected) check_text(__FILE__, __LINE__, actual, expected)
void check_text(const char *file, unsigned int line, const char *actual, const char *expected);
