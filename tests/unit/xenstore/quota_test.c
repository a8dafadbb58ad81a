/* SPDX-License-Identifier: Apache-2.0 */
/* Quotas: exact limits, the name in the log, domain 0 exempt, nothing changed by a refused request.
 */
#include "harness.h"

#include "store/watch.h"

#include <stdio.h>
#include <string.h>

static struct conn *d0, *g;

static void begin_test(void)
{
    world_begin();
    d0 = dom0_client();
    g = guest(5);
    ask(d0, XS_MKDIR, 0, "/local/domain/5|");
    ask(d0, XS_SET_PERMS, 0, "/local/domain/5|n0|b5|");
}

static unsigned count_ok(struct conn *c, uint32_t type, uint32_t tx, const char *fmt,
                         unsigned tries)
{
    unsigned ok = 0;

    for (unsigned i = 0; i < tries; i++) {
        char request[128];

        snprintf(request, sizeof(request), fmt, i);
        ok += ask(c, type, tx, request)[0] != '!';
    }
    return ok;
}

static void nodes(void)
{
    ask(d0, XS_CONTROL, 0, "quota|set|nodes|20|");
    CU_ASSERT_EQUAL(count_ok(g, XS_WRITE, 0, "n%u|1", 30), 20);
    CU_ASSERT_EQUAL(w.store.nodes[5], 20);
    CU_ASSERT_PTR_NOT_NULL(strstr(w.log, "domain 5 reached quota 'nodes' (20)"));
    CU_ASSERT_PTR_NULL(strstr(strstr(w.log, "'nodes'") + 1, "'nodes'"));
    ASK("OK|", g, XS_WRITE, 0, "n1|changed");
    ASK("OK|", g, XS_RM, 0, "n1|");
    /* All or nothing: three are wanted, one is free. */
    ASK("!ENOSPC", g, XS_WRITE, 0, "x/y/z|1");
    ASK("!ENOENT", g, XS_READ, 0, "x|");
    ASK("OK|", g, XS_WRITE, 0, "n1|1");
    CU_ASSERT_EQUAL(count_ok(d0, XS_WRITE, 0, "/d%u|1", 30), 30);
}

static void nodes_in_transactions(void)
{
    uint32_t t, u;

    ask(d0, XS_CONTROL, 0, "quota|set|nodes|10|");
    t = begin(g);
    CU_ASSERT_EQUAL(count_ok(g, XS_WRITE, t, "n%u|1", 15), 10);
    ASK("OK|", g, XS_RM, t, "n0|");
    ASK("OK|", g, XS_WRITE, t, "again|1");
    u = begin(g);
    CU_ASSERT_EQUAL(count_ok(g, XS_WRITE, u, "m%u|1", 5), 5);
    ASK("OK|", g, XS_TRANSACTION_END, t, "T|");
    CU_ASSERT_EQUAL(w.store.nodes[5], 10);
    ASK("!ENOSPC", g, XS_TRANSACTION_END, u, "T|");
    CU_ASSERT_EQUAL(w.store.nodes[5], 10);
    ASK("!ENOENT", g, XS_READ, 0, "m0|");
}

static void watches(void)
{
    CU_ASSERT_EQUAL(count_ok(g, XS_WATCH, 0, "w%u|t|", 140), 128);
    CU_ASSERT_PTR_NOT_NULL(strstr(w.log, "'watches' (128)"));
    CU_ASSERT_EQUAL(count_ok(d0, XS_WATCH, 0, "/w%u|t|", 140), 140);
}

static void transactions(void)
{
    CU_ASSERT_EQUAL(count_ok(g, XS_TRANSACTION_START, 0, "|", 15), 10);
    CU_ASSERT_PTR_NOT_NULL(strstr(w.log, "'transactions' (10)"));
    CU_ASSERT_EQUAL(count_ok(d0, XS_TRANSACTION_START, 0, "|", 15), 15);
}

static void transaction_nodes(void)
{
    uint32_t t = begin(g);

    ask(d0, XS_CONTROL, 0, "quota|set|transaction-nodes|20|");
    CU_ASSERT_EQUAL(count_ok(g, XS_WRITE, t, "n%u|1", 30), 19);
    CU_ASSERT_PTR_NOT_NULL(strstr(w.log, "'transaction-nodes' (20)"));
    ASK("OK|", g, XS_TRANSACTION_END, t, "T|");
    CU_ASSERT_EQUAL(w.store.nodes[5], 19);
    /* A removal that would use too many leaves all in place. */
    ask(d0, XS_MKDIR, 0, "/local/domain/5/d|");
    ask(d0, XS_SET_PERMS, 0, "/local/domain/5/d|n5|");
    count_ok(g, XS_WRITE, 0, "d/n%u|1", 30);
    t = begin(g);
    ASK("!ENOSPC", g, XS_RM, t, "d|");
    ASK("1", g, XS_READ, 0, "d/n3|");
    ASK("OK|", g, XS_TRANSACTION_END, t, "T|");
}

static void value_size(void)
{
    char request[2100];

    memset(request, 'v', sizeof(request));
    memcpy(request, "v", 2);
    CU_ASSERT_STRING_EQUAL(ask_raw(g, XS_WRITE, 0, request, 2 + 2048), "OK|");
    CU_ASSERT_STRING_EQUAL(ask_raw(g, XS_WRITE, 0, request, 2 + 2049), "!ENOSPC");
    CU_ASSERT_STRING_EQUAL(ask_raw(d0, XS_WRITE, 0, request, 2 + 2049), "OK|");
}

static void permissions(void)
{
    ASK("OK|", g, XS_WRITE, 0, "p|1");
    ASK("OK|", g, XS_SET_PERMS, 0, "p|n5|r1|r2|r3|r4|");
    ASK("!ENOSPC", g, XS_SET_PERMS, 0, "p|n5|r1|r2|r3|r4|r6|");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.log, "'node-permissions' (5)"));
}

static void path_max(void)
{
    ask(d0, XS_CONTROL, 0, "quota|set|path-max|24|");
    ASK("OK|", g, XS_WRITE, 0, "12345678|1");
    ASK("!EINVAL", g, XS_WRITE, 0, "123456789|1");
}

/* A guest whose events another one does not read must wait; domain 0 need not. */
static void outstanding(void)
{
    struct conn *lazy = guest(6);
    unsigned i;

    ask(d0, XS_MKDIR, 0, "/shared|");
    ask(d0, XS_SET_PERMS, 0, "/shared|b0|");
    ASK("OK|", lazy, XS_WATCH, 0, "/shared|t|");
    events(lazy);
    for (i = 0; i < 40 && conn_may_read(g); i++) {
        char request[32];

        snprintf(request, sizeof(request), "/shared/n%u|1", i);
        ask(g, XS_WRITE, 0, request);
    }
    CU_ASSERT_EQUAL(i, 20);
    CU_ASSERT_EQUAL(g->outstanding, 20);
    CU_ASSERT_EQUAL(count_ok(d0, XS_WRITE, 0, "/shared/z%u|1", 30), 30);
    CU_ASSERT(conn_may_read(d0));
    while (conn_next_dirty(&w.store)) {
    }
    events(lazy);
    CU_ASSERT_EQUAL(g->outstanding, 0);
    CU_ASSERT(conn_may_read(g));
    CU_ASSERT_PTR_EQUAL(conn_next_dirty(&w.store), g);
}

/* The charge survives the end of either side. */
static void outstanding_and_death(void)
{
    struct conn *lazy = guest(6);

    ask(d0, XS_MKDIR, 0, "/shared|");
    ask(d0, XS_SET_PERMS, 0, "/shared|b0|");
    ask(lazy, XS_WATCH, 0, "/shared|t|");
    drain(lazy);
    ask(g, XS_WRITE, 0, "/shared/a|1");
    CU_ASSERT_EQUAL(g->outstanding, 1);
    ASK("OK|", d0, XS_RELEASE, 0, "6|");
    CU_ASSERT_EQUAL(g->outstanding, 0);
    lazy = guest(6);
    ask(lazy, XS_WATCH, 0, "/shared|t|");
    drain(lazy);
    ask(g, XS_WRITE, 0, "/shared/b|1");
    ASK("OK|", d0, XS_RELEASE, 0, "5|");
    drain(lazy);
}

static void one_answer_at_a_time(void)
{
    void *to;
    struct xsd_sockmsg header = {.type = XS_TRANSACTION_START, .len = 0};

    CU_ASSERT(conn_may_read(g));
    CU_ASSERT_EQUAL(conn_in(g, &to), sizeof(header));
    memcpy(to, &header, sizeof(header));
    conn_received(g, sizeof(header));
    CU_ASSERT(!conn_may_read(g));
    drain(g);
    CU_ASSERT(conn_may_read(g));
}

void register_quota(void)
{
    CU_pSuite s = CU_add_suite_with_setup_and_teardown("quota", NULL, NULL, begin_test, world_end);

    CU_ADD_TEST(s, nodes);
    CU_ADD_TEST(s, nodes_in_transactions);
    CU_ADD_TEST(s, watches);
    CU_ADD_TEST(s, transactions);
    CU_ADD_TEST(s, transaction_nodes);
    CU_ADD_TEST(s, value_size);
    CU_ADD_TEST(s, permissions);
    CU_ADD_TEST(s, path_max);
    CU_ADD_TEST(s, outstanding);
    CU_ADD_TEST(s, outstanding_and_death);
    CU_ADD_TEST(s, one_answer_at_a_time);
}
