/* SPDX-License-Identifier: Apache-2.0 */
/* The ring transport over a page in memory, with the test as guest: an honest one and hostile ones.
 */
#include "daemon/ring.h"
#include "harness.h"

#include <stdlib.h>
#include <string.h>

static struct xenstore_domain_interface page;
static struct ring ring;
static struct conn *g, *d0;

static void begin_test(void)
{
    world_begin();
    memset(&page, 0, sizeof(page));
    d0 = dom0_client();
    g = guest(5);
    ring_init(&ring, &page);
}

static void produce(const void *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        page.req[MASK_XENSTORE_IDX(page.req_prod++)] = ((const char *)data)[i];
}

/* Take up to LEN bytes of answers. */
static size_t consume(char *to, size_t len)
{
    size_t n = 0;

    while (n < len && page.rsp_cons != page.rsp_prod)
        to[n++] = page.rsp[MASK_XENSTORE_IDX(page.rsp_cons++)];
    return n;
}

static void request(uint32_t type, const char *payload, size_t len)
{
    struct xsd_sockmsg header = {.type = type, .req_id = 42, .len = (uint32_t)len};

    produce(&header, sizeof(header));
    produce(payload, len);
}

static void honest_guest(void)
{
    struct xsd_sockmsg answer;
    char text[64] = "";

    CU_ASSERT_EQUAL(page.server_features, 3);
    request(XS_GET_DOMAIN_PATH, "5", 2);
    CU_ASSERT(ring_pump(&ring, g).moved);
    CU_ASSERT_EQUAL(consume((char *)&answer, sizeof(answer)), sizeof(answer));
    CU_ASSERT_EQUAL(answer.type, XS_GET_DOMAIN_PATH);
    CU_ASSERT_EQUAL(answer.req_id, 42);
    CU_ASSERT_EQUAL(consume(text, sizeof(text)), answer.len);
    CU_ASSERT_STRING_EQUAL(text, "/local/domain/5");
    CU_ASSERT(!ring_pump(&ring, g).moved);
}

/* Requests and answers longer than the ring, over its end, at indices that wrap around 32 bits. */
static void long_messages(void)
{
    static char value[2000], got[sizeof(struct xsd_sockmsg) + 2000];
    struct xsd_sockmsg header = {.type = XS_WRITE, .len = 15 + sizeof(value)};
    size_t at = 0, n = 0;
    char *bytes = malloc(sizeof(header) + header.len);

    page.req_cons = page.req_prod = page.rsp_cons = page.rsp_prod = UINT32_MAX - 500;
    ring_init(&ring, &page);
    for (size_t i = 0; i < sizeof(value); i++)
        value[i] = (char)(i * 7);
    ask(d0, XS_MKDIR, 0, "/d|");
    ask(d0, XS_SET_PERMS, 0, "/d|b0|");
    memcpy(bytes, &header, sizeof(header));
    memcpy(bytes + sizeof(header), "/d/0123456789a", 15);
    memcpy(bytes + sizeof(header) + 15, value, sizeof(value));
    while (at < sizeof(header) + header.len) {
        size_t piece = XENSTORE_RING_SIZE - (page.req_prod - page.req_cons);

        if (piece > sizeof(header) + header.len - at)
            piece = sizeof(header) + header.len - at;
        produce(bytes + at, piece);
        at += piece;
        CU_ASSERT(ring_pump(&ring, g).moved);
    }
    free(bytes);
    CU_ASSERT_EQUAL(consume(got, sizeof(header) + 3), sizeof(header) + 3);
    CU_ASSERT_STRING_EQUAL(got + sizeof(header), "OK");
    request(XS_READ, "/d/0123456789a", 15);
    while (n < sizeof(got)) {
        ring_pump(&ring, g);
        at = consume(got + n, sizeof(got) - n);
        n += at;
        if (!at)
            break;
    }
    CU_ASSERT_EQUAL(n, sizeof(got));
    CU_ASSERT_EQUAL(memcmp(got + sizeof(header), value, sizeof(value)), 0);
}

static void broken_by(uint32_t error)
{
    struct pumped p = ring_pump(&ring, g);

    CU_ASSERT(g->broken);
    CU_ASSERT(p.moved);
    CU_ASSERT_EQUAL(page.error, error);
    CU_ASSERT_EQUAL(g->watch_count, 0);
    CU_ASSERT_EQUAL(g->txn_count, 0);
    /* And stays so, whatever follows; others do not notice. */
    page.req_prod = page.req_cons = page.rsp_cons = page.rsp_prod = 0;
    request(XS_WRITE, "/x\0001", 4);
    ring_pump(&ring, g);
    CU_ASSERT_EQUAL(page.rsp_prod, 0);
    ASK("OK|", d0, XS_WRITE, 0, "/x|1");
    CU_ASSERT(store_check(&w.store));
}

static void impossible_request_index(void)
{
    ask(g, XS_WATCH, 0, "/a|t|");
    begin(g);
    page.req_prod = page.req_cons + XENSTORE_RING_SIZE + 1;
    broken_by(XENSTORE_ERROR_RINGIDX);
}

static void impossible_answer_index(void)
{
    page.rsp_cons = page.rsp_prod + 1;
    broken_by(XENSTORE_ERROR_RINGIDX);
}

static void too_long_a_payload(void)
{
    struct xsd_sockmsg header = {.type = XS_READ, .len = XENSTORE_PAYLOAD_MAX + 1};

    produce(&header, sizeof(header));
    broken_by(XENSTORE_ERROR_PROTO);
}

/* Our own indices in the page are only copies: changing them changes nothing. */
static void forged_own_indices(void)
{
    struct xsd_sockmsg answer;
    char text[64] = "";

    page.req_cons = 0x80000000;
    page.rsp_prod = 0x12345678;
    request(XS_GET_DOMAIN_PATH, "5", 2);
    ring_pump(&ring, g);
    CU_ASSERT(!g->broken);
    CU_ASSERT_EQUAL(page.req_cons, page.req_prod);
    CU_ASSERT_EQUAL(consume((char *)&answer, sizeof(answer)), sizeof(answer));
    CU_ASSERT_EQUAL(consume(text, sizeof(text)), 16);
}

/* A guest that never reads fills its own ring, and that is all. */
static void guest_that_does_not_read(void)
{
    for (int i = 0; i < 1000 && page.req_prod - page.req_cons + 18 <= XENSTORE_RING_SIZE; i++) {
        request(XS_GET_DOMAIN_PATH, "5", 2);
        ring_pump(&ring, g);
    }
    CU_ASSERT(g->replies <= 1);
    CU_ASSERT_EQUAL(page.rsp_prod - page.rsp_cons, XENSTORE_RING_SIZE);
    CU_ASSERT(!ring_pump(&ring, g).moved);
}

static void reconnection(void)
{
    ask(g, XS_WATCH, 0, "/a|t|");
    produce("half a header", 8);
    ring_pump(&ring, g);
    page.connection = XENSTORE_RECONNECT;
    CU_ASSERT(ring_pump(&ring, g).moved);
    CU_ASSERT_EQUAL(page.connection, XENSTORE_CONNECTED);
    CU_ASSERT_EQUAL(page.req_prod, 0);
    CU_ASSERT_EQUAL(g->watch_count, 0);
    honest_guest();
}

void register_ring(void)
{
    CU_pSuite s = CU_add_suite_with_setup_and_teardown("ring", NULL, NULL, begin_test, world_end);

    CU_ADD_TEST(s, honest_guest);
    CU_ADD_TEST(s, long_messages);
    CU_ADD_TEST(s, impossible_request_index);
    CU_ADD_TEST(s, impossible_answer_index);
    CU_ADD_TEST(s, too_long_a_payload);
    CU_ADD_TEST(s, forged_own_indices);
    CU_ADD_TEST(s, guest_that_does_not_read);
    CU_ADD_TEST(s, reconnection);
}
