/* SPDX-License-Identifier: Apache-2.0 */
/* A request being executed, and the commands behind CONTROL. */
#pragma once

#include "store/txn.h"

#include <stddef.h>
#include <stdint.h>

/* More strings than any sensible permission list; each is at least one byte of the payload. */
#define REQUEST_ARGS 512

struct request {
    struct scope scope;
    uint32_t type;
    size_t argc;
    const char *argv[REQUEST_ARGS];
    const char *rest; /* payload behind the last string parsed */
    size_t rest_len;
};

/** Execute a CONTROL command; its answer is a string in OUT. 0 or errno. */
int control_command(struct store *s, size_t argc, const char *const *argv, char *out, size_t size);
