/* SPDX-License-Identifier: Apache-2.0 */
/* CPU lists. */
#include <string.h>

#include "cfg/spec.h"
#include "cfg/tests/tables.h"

static struct cfg_diag diag;
static struct dom_cpu_set set;
static bool all;

/* CPUs 0-3 on node 0, 4-7 on node 1. */
static const unsigned int nodes[8] = {0, 0, 0, 0, 1, 1, 1, 1};
static const struct cfg_topology topology = {nodes, 8};

static int read_list(const char *list, const struct cfg_topology *t)
{
    struct cfg_place place = {"f", 5};

    memset(&diag, 0, sizeof(diag));
    return cfg_cpu_list(&set, &all, list, t, place, "cpus", &diag);
}

/* The first 64 CPUs as a mask. */
static void check(const char *list, unsigned long mask)
{
    unsigned long got = 0;

    CU_ASSERT_EQUAL(read_list(list, &topology), 0);
    for (int cpu = 0; cpu < 64; cpu++)
        got |= (unsigned long)dom_cpu_set_has(&set, cpu) << cpu;
    CU_ASSERT_EQUAL(got, mask);
}

static void ranges(void)
{
    check("0", 0x1);
    check("0-3", 0xf);
    check("0-3,^1", 0xd);
    check(" 1 , 3-4 ", 0x1a);
    check("0-7,^2-3,2", 0xf7);
    check("63", 1UL << 63);
}

static void all_cpus(void)
{
    check("all", ~0UL);
    CU_ASSERT(all);
    check("all,^0", ~1UL);
    CU_ASSERT(!all);
    check("^0", ~1UL);
    check("0-3", 0xf);
    CU_ASSERT(!all);
}

static void node_terms(void)
{
    check("node:1", 0xf0);
    check("nodes:0-1", 0xff);
    check("nodes:0-1,^node:0", 0xf0);
    check("all,node:^1,^4-63", 0xf);
    CU_ASSERT_EQUAL(read_list("node:0", NULL), -1);
    CHECK_TEXT(diag.error, "f:5: cpus: CPU list \"node:0\" names nodes, but this host's nodes are "
                           "not known");
}

static void refuse(const char *list, const char *error)
{
    CU_ASSERT_EQUAL(read_list(list, &topology), -1);
    CHECK_TEXT(diag.error, error);
}

#define EXPECTED "expected N, N-M, ^N, node:N or all (CPUs below 4096)"

static void errors(void)
{
    refuse("", "f:5: cpus: bad term \"\" in CPU list \"\", " EXPECTED);
    refuse("x", "f:5: cpus: bad term \"x\" in CPU list \"x\", " EXPECTED);
    refuse("3-1", "f:5: cpus: bad term \"3-1\" in CPU list \"3-1\", " EXPECTED);
    refuse("1,-", "f:5: cpus: bad term \"-\" in CPU list \"1,-\", " EXPECTED);
    refuse("1-", "f:5: cpus: bad term \"1-\" in CPU list \"1-\", " EXPECTED);
    refuse("4096", "f:5: cpus: bad term \"4096\" in CPU list \"4096\", " EXPECTED);
    refuse("99999999999999999999", "f:5: cpus: bad term \"99999999999999999999\" in CPU list "
                                   "\"99999999999999999999\", " EXPECTED);
    refuse("socket:1", "f:5: cpus: bad term \"socket:1\" in CPU list \"socket:1\", " EXPECTED);
    refuse("1,^1", "f:5: cpus: CPU list \"1,^1\" leaves no CPU");
    refuse("node:7", "f:5: cpus: CPU list \"node:7\" leaves no CPU");
}

const struct test cpus_tests[] = {
    {"cpus: ranges and exclusions", ranges},
    {"cpus: all", all_cpus},
    {"cpus: nodes", node_terms},
    {"cpus: errors", errors},
    {NULL, NULL},
};
