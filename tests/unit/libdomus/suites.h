/* SPDX-License-Identifier: Apache-2.0 */
/* The tests of libdomus and of the console daemon's parts: one list for each file, ended by an
 * entry without name. */
#pragma once

#include <CUnit/CUnit.h>

struct test {
    const char *name;
    void (*run)(void);
};

extern const struct test unpack_tests[];
extern const struct test elf_tests[];
extern const struct test layout_tests[];
extern const struct test call_tests[];
extern const struct test console_tests[];
extern const struct test reader_tests[];
