/* SPDX-License-Identifier: Apache-2.0 */
/* The runner of unit.h. */
#include <stdio.h>

#include "unit.h"

int run_unit_tests(const char *suite, const struct unit_test *tests, unsigned int count)
{
    unsigned int run, failed;
    CU_pSuite s;

    if (CU_initialize_registry() != CUE_SUCCESS)
        return 2;
    s = CU_add_suite(suite, NULL, NULL);
    for (unsigned int i = 0; i < count; i++)
        CU_add_test(s, tests[i].name, tests[i].fn);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    run = CU_get_number_of_tests_run();
    failed = CU_get_number_of_tests_failed();
    CU_cleanup_registry();
    printf("\n%u passed, %u failed, 0 skipped\n", run - failed, failed);
    return failed != 0;
}
