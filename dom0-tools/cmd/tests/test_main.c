/* SPDX-License-Identifier: Apache-2.0 */
/* Unit tests of the command: what it prints, how it is called, what it undoes. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/state.h"
#include "cmd/tests/tables.h"
#include "dev/internal.h"

char test_folder[] = "/tmp/cmd-test-XXXXXX";

int main(void)
{
    static const struct test *const tables[] = {format_tests, command_tests, engine_tests, NULL};
    char state[64], command[128];
    int rc;

    if (!mkdtemp(test_folder))
        return 1;
    snprintf(state, sizeof(state), "%s/state", test_folder);
    state_dir = state;
    dev_sysfs = test_folder;
    rc = run_tests("cmd", tables);
    snprintf(command, sizeof(command), "rm -rf %s", test_folder);
    return system(command) || rc;
}
