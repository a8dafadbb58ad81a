/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the store's unit tests; the last line is the verdict that tools/run-tests reads. */
#include "harness.h"

#include <CUnit/Basic.h>

int main(void)
{
    unsigned run, failed;

    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    register_tree();
    register_request();
    register_txn();
    register_watch();
    register_quota();
    register_domain();
    register_ring();
    register_text();
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    run = CU_get_number_of_tests_run();
    failed = CU_get_number_of_tests_failed();
    CU_cleanup_registry();
    printf("\n%u passed, %u failed, 0 skipped\n", run - failed, failed);
    return failed || !run ? 1 : 0;
}
