/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every guest test has: checks that go on after a failure, and one verdict on the console,
 *   TEST name: SUCCESS | SKIP reason | FAILURE | ERROR what
 * SUCCESS needs at least one check. ERROR means that the test itself could not go on (trap, panic).
 */
#pragma once

#include <guest/event.h>
#include <guest/hypercall.h>
#include <guest/pagetable.h>
#include <guest/runtime.h>
#include <guest/trap.h>

/* The test; its file defines it. */
void test_run(void);

/* Count one check; print it if it failed. */
void test_check(int ok, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Say SKIP and why, and shut down. */
void test_skip(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Is the word on the hypervisor's or builder's command line for this kernel? */
int test_option(const char *word);

#define CHECK(condition) test_check(!!(condition), __FILE__, __LINE__, "%s", #condition)

/* Both are evaluated once and compared as signed 64-bit numbers. */
#define CHECK_EQ(got, want)                                                                        \
    do {                                                                                           \
        long test_got = (long)(got), test_want = (long)(want);                                     \
        test_check(test_got == test_want, __FILE__, __LINE__,                                      \
                   "%s is %ld (%#lx), not %s, %ld (%#lx)", #got, test_got, test_got, #want,        \
                   test_want, test_want);                                                          \
    } while (0)

/* As CHECK_EQ, for use in loops: `tag` says which round. */
#define CHECK_EQ_AT(got, want, tag)                                                                \
    do {                                                                                           \
        long test_got = (long)(got), test_want = (long)(want);                                     \
        test_check(test_got == test_want, __FILE__, __LINE__,                                      \
                   "[%ld] %s is %ld (%#lx), not %ld (%#lx)", (long)(tag), #got, test_got,          \
                   test_got, test_want, test_want);                                                \
    } while (0)

/* Wait until the condition holds, yielding, for at most `rounds` yields; answers whether it did. */
#define WAIT_FOR(condition, rounds)                                                                \
    ({                                                                                             \
        int test_held = 0;                                                                         \
        for (long test_i = 0; test_i < (long)(rounds) && !(test_held = !!(condition)); test_i++)   \
            hypercall_sched_op(SCHEDOP_yield, NULL);                                               \
        test_held;                                                                                 \
    })
