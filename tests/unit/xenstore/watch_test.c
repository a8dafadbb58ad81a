/* SPDX-License-Identifier: Apache-2.0 */
/* Watches: which changes they tell, in which order, to whom. */
#include "harness.h"
#include "store/watch.h"

#include <string.h>

static struct conn *a, *b;

static void begin_test(void)
{
    world_begin();
    a = dom0_client();
    b = dom0_client();
}

#define EVENTS(want, conn) CU_ASSERT_STRING_EQUAL(events(conn), want)

static void first_event(void)
{
    ASK("OK|", a, XS_WATCH, 0, "/none|tok|");
    EVENTS("/none=tok", a);
    ASK("!EEXIST", a, XS_WATCH, 0, "/none|tok|");
    ASK("OK|", a, XS_WATCH, 0, "/none|tok2|");
    EVENTS("/none=tok2", a);
    ASK("!EINVAL", a, XS_WATCH, 0, "@bogus|t|");
    ASK("!ENOENT", a, XS_UNWATCH, 0, "/none|tok3|");
    ASK("OK|", a, XS_UNWATCH, 0, "/none|tok|");
    ASK("OK|", b, XS_WRITE, 0, "/none|1");
    EVENTS("/none=tok2", a);
}

static void below_and_above(void)
{
    ask(a, XS_WATCH, 0, "/a/b|t|");
    events(a);
    ask(b, XS_WRITE, 0, "/a/b|1");
    EVENTS("/a/b=t", a);
    ask(b, XS_WRITE, 0, "/a/b/c/d|1");
    EVENTS("/a/b/c/d=t", a);
    ask(b, XS_WRITE, 0, "/a/x|1");
    ask(b, XS_WRITE, 0, "/a/bb|1");
    ask(b, XS_WRITE, 0, "/a|1");
    EVENTS("", a);
    ask(b, XS_MKDIR, 0, "/a/b/c|");
    EVENTS("", a);
    ask(b, XS_MKDIR, 0, "/a/b/m|");
    EVENTS("/a/b/m=t", a);
    ask(b, XS_SET_PERMS, 0, "/a/b/m|r0|");
    EVENTS("/a/b/m=t", a);
    ask(b, XS_READ, 0, "/a/b/m|");
    ask(b, XS_RM, 0, "/a/b/none|");
    EVENTS("", a);
    /* Removal tells those on each node removed, and those above only of the top. */
    ask(a, XS_WATCH, 0, "/a/b/c/d|deep|");
    ask(a, XS_WATCH, 0, "/|root|");
    events(a);
    ask(b, XS_RM, 0, "/a|");
    EVENTS("/a/b/c/d=deep /a/b=t /a=root", a);
}

static void order(void)
{
    ask(a, XS_WATCH, 0, "/|1|");
    ask(a, XS_WATCH, 0, "/n|2|");
    ask(a, XS_WATCH, 0, "/|3|");
    ask(a, XS_WATCH, 0, "/n|4|");
    events(a);
    ask(b, XS_WRITE, 0, "/n|1");
    ask(b, XS_WRITE, 0, "/m|1");
    ask(b, XS_WRITE, 0, "/n/o|1");
    EVENTS("/n=1 /n=2 /n=3 /n=4 /m=1 /m=3 /n/o=1 /n/o=2 /n/o=3 /n/o=4", a);
}

static void waiting_event_is_not_repeated(void)
{
    ask(a, XS_WATCH, 0, "/n|t|");
    events(a);
    for (int i = 0; i < 5; i++)
        ask(b, XS_WRITE, 0, "/n|1");
    ask(b, XS_WRITE, 0, "/n/o|1");
    ask(b, XS_WRITE, 0, "/n|1");
    EVENTS("/n=t /n/o=t", a);
    ask(b, XS_WRITE, 0, "/n|1");
    EVENTS("/n=t", a);
}

static void relative(void)
{
    struct conn *g = guest(5);

    ask(a, XS_MKDIR, 0, "/local/domain/5/data|");
    ask(a, XS_SET_PERMS, 0, "/local/domain/5/data|n5|");
    ASK("OK|", g, XS_WATCH, 0, "data|rel|");
    ASK("OK|", g, XS_WATCH, 0, "/local/domain/5/data|abs|");
    EVENTS("data=rel /local/domain/5/data=abs", g);
    ASK("OK|", g, XS_WRITE, 0, "data/x|1");
    EVENTS("data/x=rel /local/domain/5/data/x=abs", g);
    ASK("OK|", g, XS_UNWATCH, 0, "data|rel|");
}

static void only_for_readers(void)
{
    struct conn *g = guest(5);

    ASK("OK|", g, XS_WATCH, 0, "/|t|");
    EVENTS("/=t", g);
    ask(a, XS_WRITE, 0, "/secret|1");
    EVENTS("", g);
    ask(a, XS_SET_PERMS, 0, "/secret|n0|r5|");
    EVENTS("/secret=t", g);
    ask(a, XS_SET_PERMS, 0, "/secret|n0|");
    EVENTS("/secret=t", g);
    ask(a, XS_RM, 0, "/secret|");
    EVENTS("", g);
    ASK("OK|", g, XS_WATCH, 0, "@introduceDomain|s|");
    events(g);
    guest(6);
    EVENTS("", g);
    ask(a, XS_SET_PERMS, 0, "@introduceDomain|n0|r5|");
    guest(7);
    EVENTS("@introduceDomain=s", g);
}

static void transactions_tell_at_the_end(void)
{
    uint32_t t;

    ask(a, XS_WATCH, 0, "/t|t|");
    events(a);
    t = begin(b);
    ask(b, XS_WRITE, t, "/t/z|1");
    ask(b, XS_WRITE, t, "/t/a|1");
    ask(b, XS_WRITE, t, "/t/z|2");
    ask(b, XS_WRITE, t, "/t/temp|2");
    ask(b, XS_RM, t, "/t/temp|");
    EVENTS("", a);
    ASK("OK|", b, XS_TRANSACTION_END, t, "T|");
    EVENTS("/t/z=t /t/a=t", a);
    t = begin(b);
    ask(b, XS_WRITE, t, "/t/z|3");
    ASK("OK|", b, XS_TRANSACTION_END, t, "F|");
    EVENTS("", a);
    ask(a, XS_WATCH, 0, "/t/z|deep|");
    events(a);
    t = begin(b);
    ask(b, XS_RM, t, "/t|");
    ASK("OK|", b, XS_TRANSACTION_END, t, "T|");
    EVENTS("/t/z=deep /t=t", a);
}

static void resetting(void)
{
    uint32_t t = begin(a);

    ask(a, XS_WATCH, 0, "/n|t|");
    events(a);
    ask(b, XS_WRITE, 0, "/n|1");
    ASK("OK|", a, XS_RESET_WATCHES, 0, "|");
    ASK("!ENOENT", a, XS_READ, t, "/n|");
    CU_ASSERT_EQUAL(a->watch_count, 0);
    ask(b, XS_WRITE, 0, "/n|1");
    events(a);
    ask(b, XS_WRITE, 0, "/n|1");
    EVENTS("", a);
}

static void unwatch_drops_events(void)
{
    ask(a, XS_WATCH, 0, "/n|t|");
    ask(a, XS_WATCH, 0, "/n|u|");
    events(a);
    ask(b, XS_WRITE, 0, "/n|1");
    CU_ASSERT_EQUAL(watch_remove(a, "/n", "t"), 0);
    EVENTS("/n=u", a);
}

static void long_tokens(void)
{
    char request[XENSTORE_PAYLOAD_MAX];

    memset(request, 't', sizeof(request));
    memcpy(request, "/n", 3);
    request[3 + 1022] = 0;
    CU_ASSERT_STRING_EQUAL(ask_raw(a, XS_WATCH, 0, request, 3 + 1023), "OK|");
    request[3 + 1022] = 't';
    request[3 + 1023] = 0;
    CU_ASSERT_STRING_EQUAL(ask_raw(a, XS_WATCH, 0, request, 3 + 1024), "!E2BIG");
    drain(a);
}

void register_watch(void)
{
    CU_pSuite s = CU_add_suite_with_setup_and_teardown("watch", NULL, NULL, begin_test, world_end);

    CU_ADD_TEST(s, first_event);
    CU_ADD_TEST(s, below_and_above);
    CU_ADD_TEST(s, order);
    CU_ADD_TEST(s, waiting_event_is_not_repeated);
    CU_ADD_TEST(s, relative);
    CU_ADD_TEST(s, only_for_readers);
    CU_ADD_TEST(s, transactions_tell_at_the_end);
    CU_ADD_TEST(s, resetting);
    CU_ADD_TEST(s, unwatch_drops_events);
    CU_ADD_TEST(s, long_tokens);
}
