/* SPDX-License-Identifier: Apache-2.0 */
/* Runs every test, one line for each; the last line is the sum. A word on the command line picks
 * tests by name. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "suites.h"

static unsigned int passed, failed;

static void print_failures(CU_pFailureRecord f)
{
    for (; f; f = f->pNext)
        printf("    %s:%u: %s\n", f->strFileName, f->uiLineNumber, f->strCondition);
}

static void run_list(const char *suite_name, const struct test *list, const char *pick)
{
    CU_pSuite suite = CU_add_suite(suite_name, NULL, NULL);

    for (; list->name; list++) {
        CU_pTest test;

        if (pick && !strstr(list->name, pick))
            continue;
        test = CU_add_test(suite, list->name, list->run);
        CU_run_test(suite, test);
        if (CU_get_number_of_failures() == 0) {
            passed++;
            printf("ok    %s: %s\n", suite_name, list->name);
        } else {
            failed++;
            printf("FAIL  %s: %s\n", suite_name, list->name);
            print_failures(CU_get_failure_list());
        }
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    const char *pick = argc > 1 ? argv[1] : NULL;

    signal(SIGPIPE, SIG_IGN); /* as the console daemon does */
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 2;
    run_list("unpack", unpack_tests, pick);
    run_list("elf", elf_tests, pick);
    run_list("layout", layout_tests, pick);
    run_list("calls", call_tests, pick);
    run_list("console", console_tests, pick);
    run_list("readers", reader_tests, pick);
    CU_cleanup_registry();
    printf("%u passed, %u failed, 0 skipped\n", passed, failed);
    return failed != 0;
}
