/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of the configuration reader. */
#include "cfg/tests/runner.h"
#include "cfg/tests/tables.h"

int main(void)
{
    static const struct test *const tables[] = {syntax_tests, disk_tests, vif_tests, cpus_tests,
                                                keys_tests,   json_tests, NULL};

    return run_tests("cfg", tables);
}
