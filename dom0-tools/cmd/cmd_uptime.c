/* SPDX-License-Identifier: Apache-2.0 */
/* domus uptime. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/cmd.h"
#include "cmd/format.h"
#include "cmd/session.h"

/* Seconds since the domain was created; 0 if nobody noted it. */
static unsigned long uptime_of(struct session *s, uint32_t domid)
{
    unsigned long up = 0;
    char *vm, *start;
    double seconds;
    FILE *f;

    if (domid == 0) {
        f = fopen("/proc/uptime", "re");
        if (f && fscanf(f, "%lf", &seconds) == 1)
            up = seconds;
        if (f)
            fclose(f);
        return up;
    }
    if (xsc_readf(s->xs, XSC_NO_TXN, &vm, "/local/domain/%u/vm", domid))
        return 0;
    if (xsc_readf(s->xs, XSC_NO_TXN, &start, "%s/start_time", vm) == 0) {
        time_t then = strtoll(start, NULL, 10), now = time(NULL);

        up = now > then ? now - then : 0;
        free(start);
    }
    free(vm);
    return up;
}

static void print_one(struct session *s, uint32_t domid, bool brief)
{
    char now_text[16], *name = domain_name(s, domid);
    time_t now = time(NULL);
    struct tm tm;

    strftime(now_text, sizeof(now_text), "%H:%M:%S", localtime_r(&now, &tm));
    if (brief)
        format_uptime_short(stdout, now_text, name ? name : "(null)", domid, uptime_of(s, domid));
    else
        format_uptime_row(stdout, name ? name : "(null)", domid, uptime_of(s, domid));
    free(name);
}

static int print_all(struct session *s, bool brief)
{
    struct dom_info *list;
    int count = dom_list_all(s->host, &list);

    if (count < 0) {
        fprintf(stderr, "cannot list domains: %s\n", strerror(errno));
        return 1;
    }
    for (int i = 0; i < count; i++)
        print_one(s, list[i].domid, brief);
    free(list);
    return 0;
}

int cmd_uptime(const struct cmd_spec *spec, int argc, char **argv)
{
    static const struct option longs[] = {{"short", no_argument, NULL, 's'}, {0}};
    struct session s;
    bool brief = false;
    uint32_t domid;
    int opt, status;

    while ((opt = cmd_opt(argc, argv, "s", longs, spec, &status)) >= 0)
        brief = true;
    if (opt == CMD_OPT_STOP)
        return status;
    if (session_begin(&s))
        return 1;
    status = 0;
    if (!brief)
        format_uptime_header(stdout);
    if (optind == argc)
        status = print_all(&s, brief);
    for (; optind < argc; optind++) {
        if (domain_find_or_say(&s, argv[optind], &domid))
            status = 1;
        else
            print_one(&s, domid, brief);
    }
    session_close(&s);
    return status;
}
