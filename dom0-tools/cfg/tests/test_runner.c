/* SPDX-License-Identifier: Apache-2.0 */
/* The runner of runner.h. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cfg/tests/runner.h"

void check_text(const char *file, unsigned int line, const char *actual, const char *expected)
{
    bool equal = actual && expected ? !strcmp(actual, expected) : actual == expected;

    if (!equal)
        printf("    %s:%u:\n      is       \"%s\"\n      expected \"%s\"\n", file, line,
               actual ? actual : "(none)", expected ? expected : "(none)");
    CU_assertImplementation(equal, line, "texts differ", file, "", CU_FALSE);
}

static void print_failures(const CU_pFailureRecord first)
{
    for (CU_pFailureRecord f = first; f; f = f->pNext)
        printf("    %s:%u: %s\n", f->strFileName, f->uiLineNumber, f->strCondition);
}

int run_tests(const char *suite, const struct test *const tables[])
{
    unsigned int passed = 0, failed = 0;
    CU_pSuite s;

    setvbuf(stdout, NULL, _IOLBF, 0);
    CU_initialize_registry();
    CU_set_error_action(CUEA_ABORT);
    s = CU_add_suite(suite, NULL, NULL);
    for (; *tables; tables++) {
        for (const struct test *t = *tables; t->name; t++) {
            CU_pTest test = CU_add_test(s, t->name, t->run);
            bool ok;

            CU_run_test(s, test);
            ok = CU_get_number_of_failures() == 0;
            printf("%s %s\n", ok ? "ok  " : "FAIL", t->name);
            if (!ok)
                print_failures(CU_get_failure_list());
            passed += ok;
            failed += !ok;
        }
    }
    CU_cleanup_registry();
    printf("%u passed, %u failed, 0 skipped\n", passed, failed);
    return failed ? 1 : 0;
}
