/* SPDX-License-Identifier: Apache-2.0 */
/* domus mem-set: where a guest's balloon driver is to go, and the limit that goes with it. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/session.h"

#define SLACK_KIB 1024 /* above the target, for pages that the guest's drivers exchange */

/* MiB, or with a unit; in KiB. 0: not an amount. */
static uint64_t read_amount(const char *text)
{
    char *end;
    unsigned long long value;

    if (!isdigit((unsigned char)*text))
        return 0;
    errno = 0;
    value = strtoull(text, &end, 10);
    if (errno || value >= 1ULL << 40 || (*end && end[1]))
        return 0;
    switch (tolower((unsigned char)*end)) {
    case 'b':
        return value >> 10;
    case 'k':
        return value;
    case '\0':
    case 'm':
        return value << 10;
    case 'g':
        return value << 20;
    case 't':
        return value < 1ULL << 30 ? value << 30 : 0;
    default:
        return 0;
    }
}

static int set_target(struct session *s, uint32_t domid, uint64_t kib)
{
    char path[64];
    uint64_t static_max;

    if (domid != 0 &&
        xsc_read_u64f(s->xs, XSC_NO_TXN, &static_max, "/local/domain/%u/memory/static-max",
                      domid) == 0 &&
        kib > static_max) {
        fprintf(stderr, "%llu MiB is above the domain's maxmem of %llu MiB\n",
                (unsigned long long)kib >> 10, (unsigned long long)static_max >> 10);
        return 1;
    }
    if (dom_set_max_mem(s->host, domid, kib + SLACK_KIB)) {
        fprintf(stderr, "cannot set the memory limit of domain %u: %s\n", domid, strerror(errno));
        return 1;
    }
    snprintf(path, sizeof(path), "/local/domain/%u/memory/target", domid);
    if (xsc_writef(s->xs, XSC_NO_TXN, path, "%llu", (unsigned long long)kib)) {
        fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
        return 1;
    }
    return 0;
}

int cmd_mem_set(const struct cmd_spec *spec, int argc, char **argv)
{
    struct session s;
    uint32_t domid;
    uint64_t kib;
    int status;

    if (!cmd_no_options(argc, argv, spec, &status))
        return status;
    kib = read_amount(argv[optind + 1]);
    if (kib == 0) {
        fprintf(stderr,
                "domus mem-set: \"%s\" is not an amount, expected MiB or a number with b, "
                "k, m, g or t\n",
                argv[optind + 1]);
        return 1;
    }
    if (session_begin(&s))
        return 1;
    status = domain_find_or_say(&s, argv[optind], &domid) ? 1 : set_target(&s, domid, kib);
    session_close(&s);
    return status;
}
