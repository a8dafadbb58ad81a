/* SPDX-License-Identifier: Apache-2.0 */
/* Each request of the protocol: its answer, its errors, and permissions. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct conn *d0;

static void begin_test(void)
{
    world_begin();
    d0 = dom0_client();
}

static void read_and_write(void)
{
    ASK("OK|", d0, XS_WRITE, 0, "/a/b|hello");
    ASK("hello", d0, XS_READ, 0, "/a/b|");
    ASK("", d0, XS_READ, 0, "/a|");
    ASK("OK|", d0, XS_WRITE, 0, "/a/b|x|y|");
    ASK("x|y|", d0, XS_READ, 0, "/a/b|");
    ASK("OK|", d0, XS_WRITE, 0, "/a/b|");
    ASK("", d0, XS_READ, 0, "/a/b|");
    ASK("!ENOENT", d0, XS_READ, 0, "/a/c|");
    ASK("!ENOENT", d0, XS_READ, 0, "/x/y/z|");
    ASK("OK|", d0, XS_WRITE, 0, "rel/x|1");
    ASK("1", d0, XS_READ, 0, "/local/domain/0/rel/x|");
}

static void malformed(void)
{
    char big[XENSTORE_PAYLOAD_MAX];

    ASK("!EINVAL", d0, XS_READ, 0, "/a");
    ASK("!EINVAL", d0, XS_READ, 0, "");
    ASK("!EINVAL", d0, XS_READ, 0, "/a|b|");
    ASK("!EINVAL", d0, XS_READ, 0, "/a//b|");
    ASK("!EINVAL", d0, XS_WRITE, 0, "/a");
    ASK("!EINVAL", d0, XS_WATCH, 0, "/a|");
    ASK("!EINVAL", d0, XS_SET_PERMS, 0, "/|");
    ASK("!EINVAL", d0, XS_SET_PERMS, 0, "/|x0|");
    ASK("!EINVAL", d0, XS_SET_PERMS, 0, "/|r|");
    ASK("!EINVAL", d0, XS_SET_PERMS, 0, "/|r32752|");
    ASK("!EINVAL", d0, XS_SET_PERMS, 0, "/|r0x|");
    ASK("!EINVAL", d0, XS_TRANSACTION_END, 0, "X|");
    ASK("!EINVAL", d0, XS_DIRECTORY_PART, 0, "/|-1|");
    ASK("!EINVAL", d0, XS_INTRODUCE, 0, "1|2|");
    ASK("!EINVAL", d0, XS_INTRODUCE, 0, "0|2|3|");
    ASK("!EINVAL", d0, XS_INTRODUCE, 0, "1|2|99999999999|");
    ASK("!EINVAL", d0, XS_GET_DOMAIN_PATH, 0, "32752|");
    ASK("!ENOSYS", d0, 99, 0, "|");
    ASK("!ENOSYS", d0, XS_WATCH_EVENT, 0, "a|b|");
    ASK("!ENOSYS", d0, 0xffffffff, 0, "");
    ASK("!ENOENT", d0, XS_READ, 5, "/|");
    memset(big, 0, sizeof(big));
    CU_ASSERT_STRING_EQUAL(ask_raw(d0, XS_SET_PERMS, 0, big, sizeof(big)), "!EINVAL");
    CU_ASSERT_STRING_EQUAL(ask_raw(d0, XS_CONTROL, 0, big, sizeof(big)), "!EINVAL");
    CU_ASSERT(!d0->broken);
}

static void too_long_a_payload_breaks_the_stream(void)
{
    struct xsd_sockmsg header = {.type = XS_READ, .len = XENSTORE_PAYLOAD_MAX + 1};
    void *to;

    CU_ASSERT_EQUAL(conn_in(d0, &to), sizeof(header));
    memcpy(to, &header, sizeof(header));
    CU_ASSERT(!conn_received(d0, sizeof(header)));
    CU_ASSERT(d0->broken);
    CU_ASSERT(!conn_may_read(d0));
}

static void directories(void)
{
    ASK("OK|", d0, XS_MKDIR, 0, "/d/b|");
    ASK("OK|", d0, XS_MKDIR, 0, "/d/a|");
    ASK("OK|", d0, XS_WRITE, 0, "/d/c|1");
    ASK("OK|", d0, XS_MKDIR, 0, "/d/c|");
    ASK("1", d0, XS_READ, 0, "/d/c|");
    ASK("a|b|c|", d0, XS_DIRECTORY, 0, "/d|");
    ASK("", d0, XS_DIRECTORY, 0, "/d/a|");
    ASK("!ENOENT", d0, XS_DIRECTORY, 0, "/e|");
    ASK("d|", d0, XS_DIRECTORY, 0, "/|");
}

static void removal(void)
{
    ASK("OK|", d0, XS_WRITE, 0, "/d/a/x|1");
    ASK("OK|", d0, XS_RM, 0, "/d/nothing|");
    ASK("!ENOENT", d0, XS_RM, 0, "/q/nothing|");
    ASK("!EINVAL", d0, XS_RM, 0, "/|");
    ASK("OK|", d0, XS_RM, 0, "/d/a|");
    ASK("!ENOENT", d0, XS_READ, 0, "/d/a/x|");
    ASK("", d0, XS_DIRECTORY, 0, "/d|");
    CU_ASSERT_EQUAL(w.store.nodes[0], 2);
}

/* A list longer than a message, read in parts; it restarts when the list changed. */
static void long_directory(void)
{
    char seen[1000] = {0}, request[64], gen[32] = "";
    size_t offset = 0, count = 0;
    bool last = false;

    for (int i = 0; i < 1000; i++) {
        snprintf(request, sizeof(request), "/big/node%03d|", i);
        ask(d0, XS_MKDIR, 0, request);
    }
    ASK("!E2BIG", d0, XS_DIRECTORY, 0, "/big|");
    while (!last) {
        const char *part, *p;

        snprintf(request, sizeof(request), "/big|%zu|", offset);
        part = ask(d0, XS_DIRECTORY_PART, 0, request);
        CU_ASSERT(strlen(part) <= XENSTORE_PAYLOAD_MAX);
        p = strchr(part, '|') + 1;
        if (offset)
            CU_ASSERT_EQUAL(strncmp(gen, part, (size_t)(p - part)), 0);
        snprintf(gen, sizeof(gen), "%.*s", (int)(p - part), part);
        for (; *p && *p != '|'; p = strchr(p, '|') + 1) {
            seen[atoi(p + 4)]++;
            offset += 8;
            count++;
        }
        last = *p == '|';
    }
    CU_ASSERT_EQUAL(count, 1000);
    for (int i = 0; i < 1000; i++)
        CU_ASSERT_EQUAL(seen[i], 1);
    ask(d0, XS_MKDIR, 0, "/big/one|");
    CU_ASSERT_NOT_EQUAL(strncmp(ask(d0, XS_DIRECTORY_PART, 0, "/big|0|"), gen, strlen(gen)), 0);
    ask(d0, XS_MKDIR, 0, "/empty|");
    CU_ASSERT_PTR_NOT_NULL(strstr(ask(d0, XS_DIRECTORY_PART, 0, "/empty|0|"), "||"));
}

static void permission_lists(void)
{
    ASK("OK|", d0, XS_WRITE, 0, "/p|1");
    ASK("n0|", d0, XS_GET_PERMS, 0, "/p|");
    ASK("OK|", d0, XS_SET_PERMS, 0, "/p|w5|r6|b7|n8|");
    ASK("w5|r6|b7|n8|", d0, XS_GET_PERMS, 0, "/p|");
    CU_ASSERT_EQUAL(w.store.nodes[5], 1);
    ASK("OK|", d0, XS_MKDIR, 0, "/p/child|");
    ASK("w5|r6|b7|n8|", d0, XS_GET_PERMS, 0, "/p/child|");
    ASK("!ENOENT", d0, XS_SET_PERMS, 0, "/none|r0|");
    ASK("n0|", d0, XS_GET_PERMS, 0, "@releaseDomain|");
    ASK("OK|", d0, XS_SET_PERMS, 0, "@releaseDomain|n0|r5|");
    ASK("n0|r5|", d0, XS_GET_PERMS, 0, "@releaseDomain|");
}

static void who_may_what(void)
{
    struct conn *owner = guest(5), *reader = guest(6), *writer = guest(7), *other = guest(9);

    ASK("OK|", d0, XS_WRITE, 0, "/p|1");
    ASK("OK|", d0, XS_SET_PERMS, 0, "/p|n5|r6|w7|b8|");
    ASK("1", owner, XS_READ, 0, "/p|");
    ASK("OK|", owner, XS_WRITE, 0, "/p|2");
    ASK("2", reader, XS_READ, 0, "/p|");
    ASK("!EACCES", reader, XS_WRITE, 0, "/p|3");
    ASK("!EACCES", writer, XS_READ, 0, "/p|");
    ASK("OK|", writer, XS_WRITE, 0, "/p|4");
    ASK("!EACCES", other, XS_READ, 0, "/p|");
    ASK("!EACCES", other, XS_WRITE, 0, "/p|5");
    ASK("!EACCES", other, XS_RM, 0, "/p|");
    ASK("!EACCES", other, XS_GET_PERMS, 0, "/p|");
    ASK("!EACCES", writer, XS_SET_PERMS, 0, "/p|b7|");
    /* What is missing is told only to those who may look at its place. */
    ASK("!ENOENT", reader, XS_READ, 0, "/p/none|");
    ASK("!EACCES", other, XS_READ, 0, "/p/none|");
    ASK("!EACCES", other, XS_READ, 0, "/none|");
    /* The owner may share, but not give away. */
    ASK("OK|", owner, XS_SET_PERMS, 0, "/p|n5|r9|");
    ASK("4", other, XS_READ, 0, "/p|");
    ASK("!EPERM", owner, XS_SET_PERMS, 0, "/p|n9|");
    /* Who creates owns, whoever owns the place. */
    ASK("OK|", d0, XS_SET_PERMS, 0, "/p|n0|b7|");
    ASK("OK|", writer, XS_WRITE, 0, "/p/q/r|1");
    ASK("n7|b7|", writer, XS_GET_PERMS, 0, "/p/q|");
    ASK("n7|b7|", d0, XS_GET_PERMS, 0, "/p/q/r|");
    CU_ASSERT_EQUAL(w.store.nodes[7], 2);
}

static void privileged_requests(void)
{
    struct conn *g = guest(3);

    ASK("!EACCES", g, XS_INTRODUCE, 0, "4|1|1|");
    ASK("!EACCES", g, XS_RELEASE, 0, "3|");
    ASK("!EACCES", g, XS_CONTROL, 0, "help|");
    ASK("!EACCES", g, XS_SET_TARGET, 0, "3|0|");
    ASK("!EACCES", g, XS_RESUME, 0, "3|");
    ASK("!EACCES", g, 20, 0, "3|");
    ASK("/local/domain/3|", g, XS_GET_DOMAIN_PATH, 0, "3|");
    ASK("T|", g, XS_IS_DOMAIN_INTRODUCED, 0, "3|");
    ASK("F|", g, XS_IS_DOMAIN_INTRODUCED, 0, "4|");
}

static void targets(void)
{
    struct conn *stub = guest(3);

    guest(4);
    ASK("OK|", d0, XS_WRITE, 0, "/t|1");
    ASK("OK|", d0, XS_SET_PERMS, 0, "/t|n4|");
    ASK("!EACCES", stub, XS_READ, 0, "/t|");
    ASK("!ENOENT", d0, XS_SET_TARGET, 0, "3|5|");
    ASK("!EINVAL", d0, XS_SET_TARGET, 0, "3|3|");
    ASK("OK|", d0, XS_SET_TARGET, 0, "3|4|");
    ASK("1", stub, XS_READ, 0, "/t|");
    /* The next domain of that number must not inherit a servant. */
    ASK("OK|", d0, XS_RELEASE, 0, "4|");
    CU_ASSERT_EQUAL(stub->who.target, NO_TARGET);
}

static void restriction(void)
{
    struct conn *c = dom0_client();

    ASK("OK|", d0, XS_WRITE, 0, "/r|1");
    ASK("1", c, XS_READ, 0, "/r|");
    ASK("OK|", c, 20, 0, "5|");
    ASK("!EACCES", c, XS_READ, 0, "/r|");
    ASK("!EACCES", c, 20, 0, "0|");
}

static void control(void)
{
    ASK("OK|", d0, XS_CONTROL, 0, "check|");
    CU_ASSERT_PTR_NOT_NULL(strstr(ask(d0, XS_CONTROL, 0, "help|"), "quota"));
    CU_ASSERT_PTR_NOT_NULL(strstr(ask(d0, XS_CONTROL, 0, "quota|"), "1000"));
    ASK("OK|", d0, XS_CONTROL, 0, "quota|set|nodes|7|");
    CU_ASSERT_EQUAL(w.store.quotas.nodes, 7);
    ASK("!EINVAL", d0, XS_CONTROL, 0, "quota|set|bogus|7|");
    ASK("!EINVAL", d0, XS_CONTROL, 0, "quota|set|nodes|7x|");
    ASK("!EINVAL", d0, XS_CONTROL, 0, "bogus|");
    ASK("OK|", d0, XS_CONTROL, 0, "print|hello|");
    CU_ASSERT_PTR_NOT_NULL(strstr(w.log, "hello"));
    CU_ASSERT_PTR_NOT_NULL(strstr(ask(d0, XS_CONTROL, 0, "quota|0|"), "Domain 0"));
    CU_ASSERT_PTR_NOT_NULL(strstr(ask(d0, XS_CONTROL, 0, "memreport|"), "nodes 1"));
}

void register_request(void)
{
    CU_pSuite s =
        CU_add_suite_with_setup_and_teardown("request", NULL, NULL, begin_test, world_end);

    CU_ADD_TEST(s, read_and_write);
    CU_ADD_TEST(s, malformed);
    CU_ADD_TEST(s, too_long_a_payload_breaks_the_stream);
    CU_ADD_TEST(s, directories);
    CU_ADD_TEST(s, removal);
    CU_ADD_TEST(s, long_directory);
    CU_ADD_TEST(s, permission_lists);
    CU_ADD_TEST(s, who_may_what);
    CU_ADD_TEST(s, privileged_requests);
    CU_ADD_TEST(s, targets);
    CU_ADD_TEST(s, restriction);
    CU_ADD_TEST(s, control);
}
