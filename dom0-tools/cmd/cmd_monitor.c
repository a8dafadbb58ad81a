/* SPDX-License-Identifier: Apache-2.0 */
/* domus monitor: supervise a domain from now on; create starts it, hands may start it again. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/engine.h"

int cmd_monitor(const struct cmd_spec *spec, int argc, char **argv)
{
    static const struct option longs[] = {{"ready-fd", required_argument, NULL, 'r'}, {0}};
    struct session s;
    uint32_t domid;
    int opt, status, ready = -1;

    while ((opt = cmd_opt(argc, argv, "", longs, spec, &status)) >= 0)
        ready = atoi(optarg);
    if (opt == CMD_OPT_STOP)
        return status;
    signal(SIGHUP, SIG_IGN);
    if (session_begin(&s))
        return 1;
    if (domain_find_or_say(&s, argv[optind], &domid))
        status = 1;
    else
        status = monitor_run(&s, domid, ready);
    session_close(&s);
    return status;
}
