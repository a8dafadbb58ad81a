/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boot options: one row each, declared beside the code that uses it. An option that no row knows is
 * reported on the console. Names are Xen's where Xen has them.
 */
#pragma once

#include <hv/types.h>

struct hv_option {
    const char *name;                /* without '=' */
    const char *help;                /* one line, for docs/command-line.md */
    int (*parse)(const char *value); /* NULL value: given without '='. 0, or <0: refused value */
};

/* Rows live in the section .hv_options; order has no meaning. */
#define HV_OPTION(ident, opt_name, opt_help, opt_parse)                                            \
    static const struct hv_option hv_option_##ident                                                \
        __attribute__((used, section("hv_options"), aligned(8))) = {opt_name, opt_help, opt_parse}

/* Parse the command line; cmdline_report() (hv/setup.h) then tells of unknown and refused options.
 */
void cmdline_parse(const char *cmdline);
/* The command line as given (XENVER_commandline). */
const char *cmdline_text(void);

/* Helpers for parsers: 0 or -1. Sizes take K, M, G suffixes (default unit: bytes); bool:
 * yes/on/true/1/none. */
int parse_u64(const char *s, uint64_t *out);
int parse_size(const char *s, uint64_t *bytes);
int parse_bool(const char *s, bool *out);
