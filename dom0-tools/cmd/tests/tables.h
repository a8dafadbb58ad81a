/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of tests, one for each file; and where tests may write. */
#pragma once

#include "cfg/tests/runner.h"

extern const struct test format_tests[], command_tests[], engine_tests[];

extern char test_folder[]; /* sysfs, state and images are below it */
