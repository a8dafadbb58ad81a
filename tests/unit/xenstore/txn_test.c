/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions: isolation, and conflicts exactly when something used was changed by another. */
#include "harness.h"

static struct conn *a, *b;

static void begin_test(void)
{
    world_begin();
    a = dom0_client();
    b = dom0_client();
    ask(a, XS_WRITE, 0, "/x/one|1");
    ask(a, XS_WRITE, 0, "/x/two|2");
    ask(a, XS_WRITE, 0, "/y|0");
}

static void isolation(void)
{
    uint32_t t = begin(a);

    ASK("OK|", a, XS_WRITE, t, "/x/one|changed");
    ASK("OK|", a, XS_RM, t, "/x/two|");
    ASK("changed", a, XS_READ, t, "/x/one|");
    ASK("one|", a, XS_DIRECTORY, t, "/x|");
    ASK("1", b, XS_READ, 0, "/x/one|");
    ASK("one|two|", b, XS_DIRECTORY, 0, "/x|");
    ASK("OK|", a, XS_TRANSACTION_END, t, "T|");
    ASK("changed", b, XS_READ, 0, "/x/one|");
    ASK("one|", b, XS_DIRECTORY, 0, "/x|");
    ASK("!ENOENT", a, XS_TRANSACTION_END, t, "T|");
    ASK("!ENOENT", a, XS_READ, t, "/x|");
}

static void aborted(void)
{
    uint32_t t = begin(a);

    ASK("OK|", a, XS_WRITE, t, "/x/one|changed");
    ASK("OK|", a, XS_TRANSACTION_END, t, "F|");
    ASK("1", a, XS_READ, 0, "/x/one|");
}

static void snapshot_is_of_the_start(void)
{
    uint32_t t = begin(a);

    ASK("OK|", b, XS_WRITE, 0, "/y|new");
    ASK("0", a, XS_READ, t, "/y|");
    ASK("!EAGAIN", a, XS_TRANSACTION_END, t, "T|");
}

/* One row per case: what the transaction does, what another client does meanwhile, how it must end.
 */
static void conflicts(void)
{
    static const struct {
        uint32_t type;
        const char *request;
        uint32_t other_type;
        const char *other;
        const char *end;
    } cases[] = {
        {XS_READ, "/x/one|", XS_WRITE, "/x/one|9", "!EAGAIN"},
        {XS_READ, "/x/one|", XS_WRITE, "/x/two|9", "OK|"},
        {XS_READ, "/x/one|", XS_WRITE, "/x/one/sub|9", "OK|"},
        {XS_READ, "/x/one|", XS_RM, "/x|", "!EAGAIN"},
        {XS_READ, "/x/one|", XS_SET_PERMS, "/x/one|r0|", "!EAGAIN"},
        {XS_READ, "/x/none|", XS_WRITE, "/x/none|9", "!EAGAIN"},
        {XS_READ, "/x/none|", XS_WRITE, "/x/other|9", "OK|"},
        {XS_WRITE, "/x/one|5", XS_WRITE, "/x/one|9", "!EAGAIN"},
        {XS_WRITE, "/x/one|5", XS_WRITE, "/x/two|9", "OK|"},
        {XS_WRITE, "/x/new1|5", XS_WRITE, "/x/new2|9", "OK|"},
        {XS_WRITE, "/x/new1|5", XS_WRITE, "/x/new1|9", "!EAGAIN"},
        {XS_WRITE, "/x/new1/sub|5", XS_RM, "/x|", "!EAGAIN"},
        {XS_MKDIR, "/x/one|", XS_WRITE, "/x/two|9", "OK|"},
        {XS_DIRECTORY, "/x|", XS_WRITE, "/x/new|9", "!EAGAIN"},
        {XS_DIRECTORY, "/x|", XS_RM, "/x/one|", "!EAGAIN"},
        {XS_DIRECTORY, "/x|", XS_WRITE, "/x/one|9", "OK|"},
        {XS_DIRECTORY, "/x|", XS_WRITE, "/x/one/deep|9", "OK|"},
        {XS_RM, "/x|", XS_WRITE, "/x/one|9", "!EAGAIN"},
        {XS_RM, "/x|", XS_WRITE, "/x/one/deep|9", "!EAGAIN"},
        {XS_RM, "/x|", XS_WRITE, "/y|9", "OK|"},
        {XS_GET_PERMS, "/y|", XS_SET_PERMS, "/y|r0|", "!EAGAIN"},
        {XS_SET_PERMS, "/y|r0|", XS_WRITE, "/y|9", "!EAGAIN"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t t = begin(a);

        ask(a, cases[i].type, t, cases[i].request);
        ASK("OK|", b, cases[i].other_type, 0, cases[i].other);
        ASK(cases[i].end, a, XS_TRANSACTION_END, t, "T|");
        ask(a, XS_RM, 0, "/x|");
        ask(a, XS_WRITE, 0, "/x/one|1");
        ask(a, XS_WRITE, 0, "/x/two|2");
        ask(a, XS_WRITE, 0, "/y|0");
    }
}

/* A commit onto a tree that others changed carries over exactly what was changed. */
static void merge(void)
{
    uint32_t t = begin(a);

    ASK("OK|", a, XS_WRITE, t, "/x/three/deep/er|3");
    ASK("OK|", a, XS_RM, t, "/x/two|");
    ASK("OK|", a, XS_RM, t, "/x/one|");
    ASK("OK|", a, XS_WRITE, t, "/x/one|again");
    ASK("OK|", a, XS_WRITE, t, "/x/gone|soon");
    ASK("OK|", a, XS_RM, t, "/x/gone|");
    ASK("OK|", b, XS_WRITE, 0, "/x/four|4");
    ASK("OK|", b, XS_WRITE, 0, "/y|5");
    ASK("OK|", a, XS_TRANSACTION_END, t, "T|");
    ASK("four|one|three|", b, XS_DIRECTORY, 0, "/x|");
    ASK("again", b, XS_READ, 0, "/x/one|");
    ASK("3", b, XS_READ, 0, "/x/three/deep/er|");
    ASK("5", b, XS_READ, 0, "/y|");
}

static void two_at_once(void)
{
    uint32_t t = begin(a), u = begin(b);

    CU_ASSERT_NOT_EQUAL(t, 0);
    ASK("OK|", a, XS_WRITE, t, "/x/one|a");
    ASK("OK|", b, XS_WRITE, u, "/x/two|b");
    ASK("OK|", a, XS_TRANSACTION_END, t, "T|");
    ASK("OK|", b, XS_TRANSACTION_END, u, "T|");
    t = begin(a);
    u = begin(b);
    ASK("OK|", a, XS_WRITE, t, "/y|a");
    ASK("OK|", b, XS_WRITE, u, "/y|b");
    ASK("OK|", a, XS_TRANSACTION_END, t, "T|");
    ASK("!EAGAIN", b, XS_TRANSACTION_END, u, "T|");
    ASK("a", b, XS_READ, 0, "/y|");
    ASK("!EBUSY", a, XS_TRANSACTION_START, begin(a), "|");
    /* A transaction belongs to its connection. */
    ASK("!ENOENT", b, XS_READ, begin(a) + 1000, "/y|");
}

void register_txn(void)
{
    CU_pSuite s = CU_add_suite_with_setup_and_teardown("txn", NULL, NULL, begin_test, world_end);

    CU_ADD_TEST(s, isolation);
    CU_ADD_TEST(s, aborted);
    CU_ADD_TEST(s, snapshot_is_of_the_start);
    CU_ADD_TEST(s, conflicts);
    CU_ADD_TEST(s, merge);
    CU_ADD_TEST(s, two_at_once);
}
