/* SPDX-License-Identifier: Apache-2.0 */
/* domus sysrq: a key for the guest's kernel, through control/sysrq. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/session.h"

int cmd_sysrq(const struct cmd_spec *spec, int argc, char **argv)
{
    struct dom_info info;
    struct session s;
    uint32_t domid;
    char path[64];
    int status;

    if (!cmd_no_options(argc, argv, spec, &status))
        return status;
    if (strlen(argv[optind + 1]) != 1) {
        fprintf(stderr, "domus sysrq: expected one letter, found \"%s\"\n", argv[optind + 1]);
        return 1;
    }
    if (session_begin(&s))
        return 1;
    status = 1;
    if (domain_find_or_say(&s, argv[optind], &domid) == 0) {
        snprintf(path, sizeof(path), "/local/domain/%u/control/sysrq", domid);
        if (dom_get_info(s.host, domid, &info))
            fprintf(stderr, "Error: Domain '%s' does not exist.\n", argv[optind]);
        else if (xsc_write(s.xs, XSC_NO_TXN, path, argv[optind + 1], 1))
            fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
        else
            status = 0;
    }
    session_close(&s);
    return status;
}
