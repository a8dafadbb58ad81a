/* SPDX-License-Identifier: Apache-2.0 */
/* domus sched-credit: weight and cap of domains, slice and rate limit of the pool. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cfg/spec.h"
#include "cmd/cmd.h"
#include "cmd/format.h"
#include "cmd/session.h"

struct wish {
    const char *domain;
    long long weight, cap, tslice, ratelimit; /* -1: leave */
    bool pool;
};

static bool number(const char *option, const char *text, long long low, long long high,
                   long long *value)
{
    if (cfg_number(text, low, high, value))
        return true;
    fprintf(stderr, "domus sched-credit: %s: expected a number from %lld to %lld, found \"%s\"\n",
            option, low, high, text);
    return false;
}

static bool read_option(struct wish *w, int opt)
{
    switch (opt) {
    case 'd':
        w->domain = optarg;
        return true;
    case 'w':
        return number("weight", optarg, 1, 65535, &w->weight);
    case 'c':
        return number("cap", optarg, 0, 65535, &w->cap);
    case 't':
        return number("tslice", optarg, 1, 1000, &w->tslice);
    case 'r':
        return number("ratelimit", optarg, 0, 500000, &w->ratelimit);
    case 's':
        w->pool = true;
        return true;
    default:
        fputs("domus sched-credit: only -d, -w, -c, -s, -t and -r are supported\n", stderr);
        return false;
    }
}

static int complain(const char *what)
{
    fprintf(stderr, "cannot %s: %s\n", what, strerror(errno));
    return 1;
}

static int pool(struct session *s, const struct wish *w)
{
    struct dom_sched_credit_pool p;

    if (dom_sched_credit_pool_get(s->host, 0, &p))
        return complain("read the parameters of Pool-0");
    if (w->tslice < 0 && w->ratelimit < 0) {
        printf("Cpupool Pool-0: tslice=%ums ratelimit=%uus migration-delay=%uus\n", p.tslice_ms,
               p.ratelimit_us, p.migration_delay_us);
        return 0;
    }
    if (w->tslice >= 0)
        p.tslice_ms = w->tslice;
    if (w->ratelimit >= 0)
        p.ratelimit_us = w->ratelimit;
    return dom_sched_credit_pool_set(s->host, 0, &p) ? complain("set the parameters of Pool-0") : 0;
}

static int print_domain(struct session *s, uint32_t domid)
{
    struct dom_sched_credit p;
    char *name;

    if (dom_sched_credit_get(s->host, domid, DOM_SCHED_CREDIT, &p))
        return complain("read the credit parameters (is another scheduler in use?)");
    name = domain_name(s, domid);
    format_credit_row(stdout, name ? name : "(null)", domid, &p);
    free(name);
    return 0;
}

static int one_domain(struct session *s, const struct wish *w)
{
    struct dom_sched_credit p;
    uint32_t domid;

    if (domain_find_or_say(s, w->domain, &domid))
        return 1;
    if (w->weight < 0 && w->cap < 0) {
        format_credit_header(stdout);
        return print_domain(s, domid);
    }
    if (dom_sched_credit_get(s->host, domid, DOM_SCHED_CREDIT, &p))
        return complain("read the credit parameters (is another scheduler in use?)");
    if (w->weight >= 0)
        p.weight = w->weight;
    if (w->cap >= 0)
        p.cap = w->cap;
    if (dom_sched_credit_set(s->host, domid, DOM_SCHED_CREDIT, &p))
        return complain("set the credit parameters");
    return 0;
}

static int all_domains(struct session *s, const struct wish *w)
{
    struct dom_info *list;
    int count = dom_list_all(s->host, &list), rc;

    if (count < 0)
        return complain("list domains");
    rc = pool(s, w);
    if (!rc)
        format_credit_header(stdout);
    for (int i = 0; i < count && !rc; i++)
        rc = print_domain(s, list[i].domid);
    free(list);
    return rc;
}

int cmd_sched_credit(const struct cmd_spec *spec, int argc, char **argv)
{
    static const struct option longs[] = {
        {"domain", required_argument, NULL, 'd'},
        {"weight", required_argument, NULL, 'w'},
        {"cap", required_argument, NULL, 'c'},
        {"schedparam", no_argument, NULL, 's'},
        {"tslice_ms", required_argument, NULL, 't'},
        {"ratelimit_us", required_argument, NULL, 'r'},
        {0},
    };
    struct wish w = {.weight = -1, .cap = -1, .tslice = -1, .ratelimit = -1};
    struct session s;
    int opt, status;

    while ((opt = cmd_opt(argc, argv, "d:w:c:st:r:p:m:", longs, spec, &status)) >= 0)
        if (!read_option(&w, opt))
            return 1;
    if (opt == CMD_OPT_STOP)
        return status;
    if (!w.domain && (w.weight >= 0 || w.cap >= 0)) {
        fputs("domus sched-credit: -w and -c need a domain (-d)\n", stderr);
        return 1;
    }
    if (!w.pool && (w.tslice >= 0 || w.ratelimit >= 0)) {
        fputs("domus sched-credit: -t and -r need -s\n", stderr);
        return 1;
    }
    if (session_begin(&s))
        return 1;
    if (w.pool)
        status = pool(&s, &w);
    else
        status = w.domain ? one_domain(&s, &w) : all_domains(&s, &w);
    session_close(&s);
    return status;
}
