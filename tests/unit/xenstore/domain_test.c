/* SPDX-License-Identifier: Apache-2.0 */
/* Domains: introduction, release, death; what a dead domain leaves behind (nothing). */
#include "harness.h"

#include <errno.h>
#include <string.h>

static struct conn *d0;

static void begin_test(void)
{
    world_begin();
    d0 = dom0_client();
    ask(d0, XS_WATCH, 0, "@introduceDomain|in|");
    ask(d0, XS_WATCH, 0, "@releaseDomain|out|");
    CU_ASSERT_STRING_EQUAL(events(d0), "@introduceDomain=in @releaseDomain=out");
}

static void introduce_and_release(void)
{
    ASK("OK|", d0, XS_INTRODUCE, 0, "5|4096|3|");
    CU_ASSERT_STRING_EQUAL(events(d0), "@introduceDomain=in");
    CU_ASSERT_EQUAL(w.attached, 1);
    ASK("T|", d0, XS_IS_DOMAIN_INTRODUCED, 0, "5|");
    ASK("OK|", d0, XS_RELEASE, 0, "5|");
    CU_ASSERT_STRING_EQUAL(events(d0), "@releaseDomain=out");
    CU_ASSERT_EQUAL(w.attached, 0);
    ASK("F|", d0, XS_IS_DOMAIN_INTRODUCED, 0, "5|");
    ASK("!ENOENT", d0, XS_RELEASE, 0, "5|");
    ASK("!EINVAL", d0, XS_RELEASE, 0, "0|");
}

static void failed_introduction_leaves_nothing(void)
{
    w.attach_error = EINVAL;
    ASK("!EINVAL", d0, XS_INTRODUCE, 0, "5|4096|3|");
    CU_ASSERT_STRING_EQUAL(events(d0), "");
    ASK("F|", d0, XS_IS_DOMAIN_INTRODUCED, 0, "5|");
    CU_ASSERT(list_empty(&w.store.domains));
}

static void introduced_again(void)
{
    struct conn *g = guest(5);

    events(d0);
    ask(g, XS_WATCH, 0, "x|t|");
    ASK("OK|", d0, XS_INTRODUCE, 0, "5|4101|9|");
    CU_ASSERT_EQUAL(domain_find(&w.store, 5)->port, 9);
    CU_ASSERT_EQUAL(g->watch_count, 1);
    CU_ASSERT_EQUAL(w.attached, 1);
    CU_ASSERT_STRING_EQUAL(events(d0), "");
    /* Another page is another kernel: it starts with nothing. */
    ASK("OK|", d0, XS_INTRODUCE, 0, "5|77|9|");
    CU_ASSERT_EQUAL(g->watch_count, 0);
    w.attach_error = EINVAL;
    ASK("!EINVAL", d0, XS_INTRODUCE, 0, "5|77|10|");
    CU_ASSERT_PTR_NULL(domain_find(&w.store, 5));
}

static void nodes_of_the_dead_go(void)
{
    struct conn *g = guest(5), *other = guest(6);

    ask(d0, XS_MKDIR, 0, "/local/domain/5/data|");
    ask(d0, XS_SET_PERMS, 0, "/local/domain/5/data|n5|");
    ask(d0, XS_MKDIR, 0, "/shared|");
    ask(d0, XS_SET_PERMS, 0, "/shared|b0|");
    ask(d0, XS_WRITE, 0, "/kept|1");
    ask(d0, XS_SET_PERMS, 0, "/kept|n0|b5|r6|");
    ask(d0, XS_SET_PERMS, 0, "@releaseDomain|n0|r5|");
    ASK("OK|", g, XS_WRITE, 0, "data/a/b|1");
    ASK("OK|", g, XS_WRITE, 0, "/shared/five|1");
    ASK("OK|", other, XS_WRITE, 0, "/shared/six|1");
    ASK("OK|", other, XS_WATCH, 0, "/shared|t|");
    events(other);
    begin(g);
    ASK("OK|", d0, XS_RELEASE, 0, "5|");
    CU_ASSERT_EQUAL(w.store.nodes[5], 0);
    ASK("", d0, XS_DIRECTORY, 0, "/local/domain/5|");
    ASK("six|", d0, XS_DIRECTORY, 0, "/shared|");
    CU_ASSERT_STRING_EQUAL(events(other), "/shared/five=t");
    /* The next domain 5 has none of its rights. */
    ASK("n0|r6|", d0, XS_GET_PERMS, 0, "/kept|");
    ASK("n0|", d0, XS_GET_PERMS, 0, "@releaseDomain|");
    ASK("!EACCES", guest(5), XS_READ, 0, "/kept|");
}

static void root_of_the_dead_stays(void)
{
    guest(5);
    ask(d0, XS_SET_PERMS, 0, "/|n5|");
    ask(d0, XS_RELEASE, 0, "5|");
    ASK("n0|", d0, XS_GET_PERMS, 0, "/|");
}

static void open_transaction_meets_a_death(void)
{
    uint32_t t;

    guest(5);
    ask(d0, XS_MKDIR, 0, "/five|");
    ask(d0, XS_SET_PERMS, 0, "/five|n5|");
    t = begin(d0);
    ASK("OK|", d0, XS_WRITE, t, "/five/x|1");
    ask(d0, XS_RELEASE, 0, "5|");
    ASK("!EAGAIN", d0, XS_TRANSACTION_END, t, "T|");
    ASK("!ENOENT", d0, XS_READ, 0, "/five|");
}

static enum domain_state states[8];

static enum domain_state fake_state(void *data, uint32_t domid)
{
    return ((enum domain_state *)data)[domid];
}

static void deaths_are_found(void)
{
    guest(5);
    guest(6);
    guest(7);
    events(d0);
    domain_check_all(&w.store, fake_state, states);
    CU_ASSERT_STRING_EQUAL(events(d0), "");
    states[5] = DOMAIN_SHUT_DOWN;
    domain_check_all(&w.store, fake_state, states);
    CU_ASSERT_STRING_EQUAL(events(d0), "@releaseDomain=out");
    ASK("T|", d0, XS_IS_DOMAIN_INTRODUCED, 0, "5|");
    domain_check_all(&w.store, fake_state, states);
    CU_ASSERT_STRING_EQUAL(events(d0), "");
    ASK("OK|", d0, XS_RESUME, 0, "5|");
    domain_check_all(&w.store, fake_state, states);
    CU_ASSERT_STRING_EQUAL(events(d0), "@releaseDomain=out");
    ASK("!ENOENT", d0, XS_RESUME, 0, "2|");
    states[5] = states[7] = DOMAIN_GONE;
    domain_check_all(&w.store, fake_state, states);
    CU_ASSERT_STRING_EQUAL(events(d0), "@releaseDomain=out");
    ASK("F|", d0, XS_IS_DOMAIN_INTRODUCED, 0, "5|");
    ASK("T|", d0, XS_IS_DOMAIN_INTRODUCED, 0, "6|");
    ASK("F|", d0, XS_IS_DOMAIN_INTRODUCED, 0, "7|");
    memset(states, 0, sizeof(states));
}

static void a_client_goes(void)
{
    struct conn *c = dom0_client();

    ask(c, XS_WATCH, 0, "/|t|");
    begin(c);
    ask(d0, XS_WRITE, 0, "/x|1");
    conn_free(c);
    CU_ASSERT_EQUAL(w.store.watches.count, 2);
    CU_ASSERT_EQUAL(w.store.events.count, 0);
    ASK("OK|", d0, XS_WRITE, 0, "/x|2");
}

void register_domain(void)
{
    CU_pSuite s = CU_add_suite_with_setup_and_teardown("domain", NULL, NULL, begin_test, world_end);

    CU_ADD_TEST(s, introduce_and_release);
    CU_ADD_TEST(s, failed_introduction_leaves_nothing);
    CU_ADD_TEST(s, introduced_again);
    CU_ADD_TEST(s, nodes_of_the_dead_go);
    CU_ADD_TEST(s, root_of_the_dead_stays);
    CU_ADD_TEST(s, open_transaction_meets_a_death);
    CU_ADD_TEST(s, deaths_are_found);
    CU_ADD_TEST(s, a_client_goes);
}
