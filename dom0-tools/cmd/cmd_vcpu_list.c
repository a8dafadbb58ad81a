/* SPDX-License-Identifier: Apache-2.0 */
/* domus vcpu-list. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cfg/dom_config.h"
#include "cmd/cmd.h"
#include "cmd/format.h"
#include "cmd/session.h"

static int print_domain(struct session *s, uint32_t domid, unsigned int cpus)
{
    struct dom_cpu_set hard, soft;
    struct dom_vcpu_info vcpu;
    struct dom_info info;
    char *name;

    if (dom_get_info(s->host, domid, &info)) {
        fprintf(stderr, "Error: Domain '%u' does not exist.\n", domid);
        return 1;
    }
    name = domain_name(s, domid);
    for (uint32_t v = 0; info.vcpu_max_id != ~0U && v <= info.vcpu_max_id; v++) {
        if (dom_get_vcpu_info(s->host, domid, v, &vcpu))
            continue;
        memset(&hard, 0, sizeof(hard));
        memset(&soft, 0, sizeof(soft));
        dom_get_affinity(s->host, domid, v, hard.bits, soft.bits, sizeof(hard.bits));
        format_vcpu_row(stdout, name ? name : "(null)", domid, v, &vcpu, hard.bits, soft.bits,
                        cpus);
    }
    free(name);
    return 0;
}

static int print_all(struct session *s, unsigned int cpus)
{
    struct dom_info *list;
    int count = dom_list_all(s->host, &list);

    if (count < 0) {
        fprintf(stderr, "cannot list domains: %s\n", strerror(errno));
        return 1;
    }
    for (int i = 0; i < count; i++)
        print_domain(s, list[i].domid, cpus);
    free(list);
    return 0;
}

int cmd_vcpu_list(const struct cmd_spec *spec, int argc, char **argv)
{
    struct dom_physinfo host;
    struct session s;
    uint32_t domid;
    int status;

    if (!cmd_no_options(argc, argv, spec, &status))
        return status;
    if (session_begin(&s))
        return 1;
    status = dom_physinfo(s.host, &host) ? 1 : 0;
    if (status) {
        fprintf(stderr, "cannot read physical information: %s\n", strerror(errno));
    } else {
        format_vcpu_header(stdout);
        if (optind == argc)
            status = print_all(&s, host.max_cpu_id + 1);
    }
    for (; !status && optind < argc; optind++)
        status = domain_find_or_say(&s, argv[optind], &domid)
                     ? 1
                     : print_domain(&s, domid, host.max_cpu_id + 1);
    session_close(&s);
    return status;
}
