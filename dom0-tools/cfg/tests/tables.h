/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of tests, one for each file. */
#pragma once

#include "cfg/tests/runner.h"

extern const struct test syntax_tests[], disk_tests[], vif_tests[], cpus_tests[], keys_tests[],
    json_tests[];
