/* SPDX-License-Identifier: Apache-2.0 */
/* domus dmesg, debug-keys: the hypervisor's console. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/session.h"

int cmd_dmesg(const struct cmd_spec *spec, int argc, char **argv)
{
    static const struct option longs[] = {{"clear", no_argument, NULL, 'c'}, {0}};
    struct dom_host *host;
    bool clear = false;
    char *text;
    size_t length;
    int opt, status;

    while ((opt = cmd_opt(argc, argv, "c", longs, spec, &status)) >= 0)
        clear = true;
    if (opt == CMD_OPT_STOP)
        return status;
    host = dom_open();
    if (!host) {
        fprintf(stderr, "cannot reach the hypervisor: %s\n", strerror(errno));
        return 1;
    }
    status = dom_read_console_all(host, &text, &length, clear);
    if (status) {
        fprintf(stderr, "cannot read the hypervisor's console: %s\n", strerror(errno));
    } else {
        fwrite(text, 1, length, stdout);
        free(text);
    }
    dom_close(host);
    return status ? 1 : 0;
}

int cmd_debug_keys(const struct cmd_spec *spec, int argc, char **argv)
{
    struct dom_host *host;
    int status;

    if (!cmd_no_options(argc, argv, spec, &status))
        return status;
    host = dom_open();
    if (!host) {
        fprintf(stderr, "cannot reach the hypervisor: %s\n", strerror(errno));
        return 1;
    }
    status = dom_debug_keys(host, argv[optind]);
    if (status)
        fprintf(stderr, "cannot send debug keys: %s\n", strerror(errno));
    dom_close(host);
    return status ? 1 : 0;
}
