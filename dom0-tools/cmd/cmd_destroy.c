/* SPDX-License-Identifier: Apache-2.0 */
/* domus destroy: end a domain at once and leave nothing of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/engine.h"

static int destroy(struct session *s, const char *who, bool force)
{
    char error[CMD_ERROR_MAX];
    struct dom_info info;
    uint32_t domid;
    int rc;

    if (domain_find_or_say(s, who, &domid))
        return 1;
    if (domid == 0 && !force) {
        fputs("Not destroying domain 0; use -f to force.\n", stderr);
        return 1;
    }
    if (dom_get_info(s->host, domid, &info) && errno == ESRCH) {
        fprintf(stderr, "Error: Domain '%s' does not exist.\n", who);
        return 1;
    }
    rc = domain_destroy(s, domid, error);
    if (rc)
        fprintf(stderr, "%s%s\n", rc == DESTROY_LINGERS ? "warning: " : "", error);
    return rc < 0 ? 1 : 0;
}

int cmd_destroy(const struct cmd_spec *spec, int argc, char **argv)
{
    struct session s;
    bool force = false;
    int opt, status;

    while ((opt = cmd_opt(argc, argv, "f", NULL, spec, &status)) >= 0)
        force = true;
    if (opt == CMD_OPT_STOP)
        return status;
    if (session_begin(&s))
        return 1;
    status = destroy(&s, argv[optind], force);
    session_close(&s);
    return status;
}
