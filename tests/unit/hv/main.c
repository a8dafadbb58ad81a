/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of the hypervisor on the host machine. One world serves all suites; each test leaves
 * it as it was. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

static void __attribute__((noreturn)) panicked(void)
{
    fprintf(stderr, "%s\nthe hypervisor panicked\n", host_console_text());
    printf("\n0 passed, 1 failed, 0 skipped\n");
    fflush(stdout);
    _Exit(1);
}

int main(void)
{
    unsigned int run, failed;

    host_on_panic = panicked;
    world_boot(2, 600, false);
    CU_initialize_registry();
    register_evtchn();
    register_irqs();
    register_grants();
    register_memory();
    register_control();
    register_stale();
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    run = CU_get_number_of_tests_run();
    failed = CU_get_number_of_tests_failed();
    if (failed)
        fprintf(stderr, "--- end of the hypervisor's console ---\n%s", host_console_text());
    CU_cleanup_registry();
    printf("\n%u passed, %u failed, 0 skipped\n", run - failed, failed);
    return failed || !run;
}
