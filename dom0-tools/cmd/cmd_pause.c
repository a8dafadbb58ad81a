/* SPDX-License-Identifier: Apache-2.0 */
/* domus pause, domus unpause. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/session.h"

static int pause_or_not(const struct cmd_spec *spec, int argc, char **argv,
                        int (*act)(struct dom_host *host, uint32_t domid))
{
    struct session s;
    uint32_t domid;
    int status;

    if (!cmd_no_options(argc, argv, spec, &status))
        return status;
    if (session_begin(&s))
        return 1;
    status = domain_find_or_say(&s, argv[optind], &domid) ? 1 : 0;
    if (!status && act(s.host, domid)) {
        if (errno == ESRCH)
            fprintf(stderr, "Error: Domain '%s' does not exist.\n", argv[optind]);
        else
            fprintf(stderr, "cannot %s domain %u: %s\n", spec->name, domid, strerror(errno));
        status = 1;
    }
    session_close(&s);
    return status;
}

int cmd_pause(const struct cmd_spec *spec, int argc, char **argv)
{
    return pause_or_not(spec, argc, argv, dom_pause);
}

int cmd_unpause(const struct cmd_spec *spec, int argc, char **argv)
{
    return pause_or_not(spec, argc, argv, dom_unpause);
}
