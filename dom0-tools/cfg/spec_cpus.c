/* SPDX-License-Identifier: Apache-2.0 */
/* CPU lists: terms N, N-M, all, node:N, nodes:N-M, each with ^ in front to take CPUs away. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cfg/spec.h"

struct reader {
    struct dom_cpu_set *set;
    const struct cfg_topology *topology;
    struct cfg_place place;
    const char *key;
    struct cfg_diag *diag;
    const char *list;
    bool all;
};

static int refuse(const struct reader *r, const char *term)
{
    return cfg_fail(r->diag, r->place, r->key,
                    "bad term \"%s\" in CPU list \"%s\", expected N, N-M, ^N, node:N or all "
                    "(CPUs below %d)",
                    term, r->list, CFG_CPUS_MAX);
}

/* "N" or "N-M" with N <= M. */
static bool read_range(const char *text, unsigned long *first, unsigned long *last)
{
    char *end;

    if (!isdigit((unsigned char)*text))
        return false;
    *first = *last = strtoul(text, &end, 10);
    if (*end == '-') {
        if (!isdigit((unsigned char)end[1]))
            return false;
        *last = strtoul(end + 1, &end, 10);
    }
    return *end == '\0' && *first <= *last && *last < CFG_CPUS_MAX;
}

static int put_nodes(struct reader *r, unsigned long first, unsigned long last, bool on)
{
    if (!r->topology)
        return cfg_fail(r->diag, r->place, r->key,
                        "CPU list \"%s\" names nodes, but this host's nodes are not known",
                        r->list);
    for (unsigned int cpu = 0; cpu < r->topology->cpus && cpu < CFG_CPUS_MAX; cpu++) {
        unsigned int node = r->topology->node_of_cpu[cpu];

        if (node >= first && node <= last)
            dom_cpu_set_put(r->set, cpu, on);
    }
    return 0;
}

static int read_term(struct reader *r, const char *term)
{
    bool on = *term != '^';
    const char *range = term + !on, *colon = strchr(range, ':');
    unsigned long first, last;

    if (!strcmp(range, "all")) {
        memset(r->set, on ? 0xff : 0, sizeof(*r->set));
        r->all = on;
        return 0;
    }
    if (!on)
        r->all = false;
    if (colon) {
        if (strncmp(range, "node:", 5) && strncmp(range, "nodes:", 6))
            return refuse(r, term);
        range = colon + 1;
        if (*range == '^') {
            on = false;
            range++;
        }
    }
    if (!read_range(range, &first, &last))
        return refuse(r, term);
    if (colon)
        return put_nodes(r, first, last, on);
    for (unsigned long cpu = first; cpu <= last; cpu++)
        dom_cpu_set_put(r->set, cpu, on);
    return 0;
}

static bool is_empty(const struct dom_cpu_set *set)
{
    for (size_t i = 0; i < sizeof(set->bits); i++)
        if (set->bits[i])
            return false;
    return true;
}

int cfg_cpu_list(struct dom_cpu_set *set, bool *all, const char *list,
                 const struct cfg_topology *topology, struct cfg_place place, const char *key,
                 struct cfg_diag *diag)
{
    struct reader r = {
        .set = set, .topology = topology, .place = place, .key = key, .diag = diag, .list = list};
    char *copy = cfg_strdup(list), *rest = copy, *field;
    int rc = 0;

    memset(set, 0, sizeof(*set));
    /* A list that begins by taking away means: all but these. */
    if (copy[strspn(copy, " \t")] == '^')
        memset(set, 0xff, sizeof(*set));
    while (!rc && (field = cfg_next_field(&rest)))
        rc = read_term(&r, field);
    free(copy);
    if (!rc && is_empty(set))
        rc = cfg_fail(diag, place, key, "CPU list \"%s\" leaves no CPU", list);
    *all = r.all;
    return rc;
}
