/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzing the store by its wire protocol. A seed gives a world of clients and guests and a sequence
 * of steps: well-formed requests over a small set of names (so that they meet), the same with bytes
 * changed, plain noise; guests over rings whose indices are tampered with; readers that are slow;
 * domains that die. After every few steps the oracle recomputes all reference counts and per-domain
 * counters. The sanitizers see the rest; each world must end without a leak.
 *
 * fuzz-xenstore [WORLDS [FIRST-SEED]]: the same seed is the same run.
 */
#include "daemon/ring.h"
#include "store/alloc.h"
#include "store/conn.h"
#include "store/domain.h"
#include "store/hash.h"
#include "store/store.h"
#include "store/txn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOCKETS       3
#define GUESTS        4
#define STEPS         600
#define CHECK_EVERY   16
#define REQUEST_BYTES (sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX + 64)

/* A guest: its page, and whether it is introduced. */
struct fake_guest {
    struct xenstore_domain_interface page;
    struct ring ring;
};

static struct {
    struct store store;
    struct conn *sockets[SOCKETS];
    struct fake_guest guests[GUESTS];
    uint64_t random, requests, refused, attached;
    bool loud;
} f;

static uint32_t rnd(uint32_t below)
{
    f.random ^= f.random << 13;
    f.random ^= f.random >> 7;
    f.random ^= f.random << 17;
    return (uint32_t)(f.random >> 32) % below;
}

static int attach(void *data, struct domain *d)
{
    (void)data;
    if (d->domid < 1 || d->domid > GUESTS || !rnd(10))
        return 22;
    d->transport = &f.guests[d->domid - 1];
    memset(&f.guests[d->domid - 1].page, 0, sizeof(f.guests[0].page));
    ring_init(&f.guests[d->domid - 1].ring, &f.guests[d->domid - 1].page);
    f.attached++;
    return 0;
}

static void detach(void *data, struct domain *d)
{
    (void)data;
    if (d->transport)
        f.attached--;
    d->transport = NULL;
}

static void log_line(void *data, const char *line)
{
    (void)data;
    if (f.loud || !strncmp(line, "inconsistent", 12))
        printf("log: %s\n", line);
}

static const struct store_env env = {.attach = attach, .detach = detach, .log = log_line};

static const char *const names[] = {
    "/",
    "/a",
    "/a/b",
    "/a/b/c",
    "/a/b/c/d",
    "/b",
    "/b/x",
    "a",
    "data/x",
    "data",
    "/shared",
    "/shared/one",
    "/local/domain/1",
    "/local/domain/2/data",
    "@introduceDomain",
    "@releaseDomain",
    "//",
    "/a/",
    "",
    "/a b",
    "@",
    "/local",
};

static const char *const words[] = {
    "T",     "F",    "n0",    "b0",  "r1",    "w2",    "b3",   "n1", "n2",
    "n4",    "x9",   "0",     "1",   "2",     "3",     "4",    "5",  "tok",
    "other", "help", "quota", "set", "nodes", "check", "4096", "-1", "99999999999999999999",
    "",
};

#define PICK(table) (table)[rnd(sizeof(table) / sizeof((table)[0]))]

/* Append a string, with its NUL mostly. */
static size_t append(char *to, size_t at, const char *text)
{
    size_t len = strlen(text);

    memcpy(to + at, text, len + 1);
    return at + len + (rnd(20) ? 1 : 0);
}

/* A payload for TYPE, right in form more often than not. */
static size_t make_payload(uint32_t type, char *to)
{
    size_t at = 0;

    switch (type) {
    case XS_TRANSACTION_START:
    case XS_RESET_WATCHES:
        return append(to, 0, "");
    case XS_TRANSACTION_END:
        return append(to, 0, rnd(3) ? "T" : "F");
    case XS_INTRODUCE:
        at = append(to, at, words[11 + rnd(6)]);
        at = append(to, at, "4096");
        return append(to, at, "1");
    case XS_RELEASE:
    case XS_RESUME:
    case XS_IS_DOMAIN_INTRODUCED:
    case XS_GET_DOMAIN_PATH:
        return append(to, 0, words[11 + rnd(6)]);
    case XS_WRITE:
        at = append(to, 0, PICK(names));
        for (uint32_t n = rnd(rnd(20) ? 20 : 3000); n; n--)
            to[at++] = (char)rnd(256);
        return at;
    case XS_SET_PERMS:
        at = append(to, 0, PICK(names));
        for (uint32_t n = rnd(5); n; n--)
            at = append(to, at, words[2 + rnd(9)]);
        return at;
    case XS_WATCH:
    case XS_UNWATCH:
        at = append(to, 0, PICK(names));
        return append(to, at, PICK(words));
    default:
        at = append(to, 0, PICK(names));
        for (uint32_t n = rnd(8) ? 0 : rnd(4); n; n--)
            at = append(to, at, PICK(words));
        return at;
    }
}

/* A transaction number for a request of C: none, one that is open, or any. */
static uint32_t pick_txn(const struct conn *c)
{
    struct list *l;

    if (rnd(2) || !rnd(20))
        return rnd(20) ? 0 : rnd(12);
    list_for_each (l, &c->txns) {
        if (rnd(2))
            return list_entry(l, struct txn, link)->id;
    }
    return 0;
}

/* One request of C with header in BUF; returns its length. */
static size_t make_request(const struct conn *c, char *buf)
{
    static const uint8_t common[] = {XS_READ,
                                     XS_WRITE,
                                     XS_WRITE,
                                     XS_MKDIR,
                                     XS_RM,
                                     XS_DIRECTORY,
                                     XS_WATCH,
                                     XS_TRANSACTION_START,
                                     XS_TRANSACTION_END,
                                     XS_SET_PERMS,
                                     XS_GET_PERMS,
                                     XS_INTRODUCE};
    struct xsd_sockmsg header = {
        .type = rnd(4) ? PICK(common) : rnd(26), .req_id = rnd(1000), .tx_id = pick_txn(c)};
    size_t len = make_payload(header.type, buf + sizeof(header));

    header.len = (uint32_t)len;
    if (!rnd(200))
        header.len = rnd(2) ? rnd(XENSTORE_PAYLOAD_MAX + 100) : (uint32_t)f.random;
    memcpy(buf, &header, sizeof(header));
    len += sizeof(header);
    for (uint32_t n = rnd(10) ? 0 : rnd(4); n; n--)
        buf[rnd((uint32_t)len)] = (char)rnd(256);
    return len;
}

static void feed(struct conn *c, const char *bytes, size_t len)
{
    while (len && conn_may_read(c)) {
        void *to;
        size_t n = conn_in(c, &to);

        if (n > len)
            n = len;
        memcpy(to, bytes, n);
        bytes += n;
        len -= n;
        if (!conn_received(c, n))
            return;
    }
}

/* Take up to LIMIT bytes of output. */
static void take(struct conn *c, size_t limit)
{
    const void *from;
    size_t n;

    while (limit && (n = conn_out(c, &from)) > 0) {
        if (n > limit)
            n = rnd((uint32_t)limit) + 1;
        conn_sent(c, n);
        limit -= n;
    }
}

static void socket_step(struct conn **c, const char *bytes, size_t len)
{
    feed(*c, bytes, len);
    if (rnd(4))
        take(*c, rnd(8) ? 100000 : rnd(40) + 1);
    if ((*c)->broken || !rnd(200)) {
        conn_free(*c);
        *c = conn_new(&f.store, 0, true);
    }
}

/* A guest writes what it likes into its page, and sometimes into places it should not. */
static void guest_step(const struct domain *d, const char *bytes, size_t len)
{
    uint32_t i = d->domid - 1;
    struct xenstore_domain_interface *page = &f.guests[i].page;

    for (size_t at = 0; at < len && page->req_prod - page->req_cons < XENSTORE_RING_SIZE; at++)
        page->req[MASK_XENSTORE_IDX(page->req_prod++)] = bytes[at];
    if (!rnd(300))
        page->req_prod = (uint32_t)f.random;
    if (!rnd(300))
        page->rsp_cons = (uint32_t)f.random;
    if (!rnd(300))
        page->req_cons = page->rsp_prod = (uint32_t)f.random;
    if (!rnd(100) || d->conn->broken)
        page->connection = rnd(3);
    if (rnd(5))
        page->rsp_cons = f.guests[i].ring.rsp_prod;
    ring_pump(&f.guests[i].ring, d->conn);
}

static enum domain_state random_state(void *data, uint32_t domid)
{
    (void)data;
    (void)domid;
    return rnd(4) ? DOMAIN_RUNS : rnd(2) ? DOMAIN_SHUT_DOWN : DOMAIN_GONE;
}

/* What C sends next: mostly requests, some of them damaged, now and then noise. */
static size_t make_bytes(const struct conn *c, char *buf)
{
    size_t len;

    if (rnd(30))
        return make_request(c, buf);
    len = rnd(200);
    for (size_t i = 0; i < len; i++)
        buf[i] = (char)rnd(rnd(2) ? 256 : 24);
    return len;
}

static void step(void)
{
    char buf[REQUEST_BYTES];
    struct conn **socket = &f.sockets[rnd(SOCKETS)];
    struct domain *d = domain_find(&f.store, rnd(GUESTS) + 1);

    f.requests++;
    if (d && rnd(2))
        guest_step(d, buf, make_bytes(d->conn, buf));
    else
        socket_step(socket, buf, make_bytes(*socket, buf));
    if (!rnd(100))
        domain_check_all(&f.store, random_state, NULL);
    while (conn_next_dirty(&f.store)) {
    }
}

/* Places where everybody may write, so that all meet. */
static void make_commons(void)
{
    static const struct perm open = {0, PERM_READ | PERM_WRITE};
    struct scope sc = {.store = &f.store, .conn = f.sockets[0]};
    static const char *const commons[] = {"/a", "/b", "/shared"};

    for (size_t i = 0; i < 3; i++) {
        node_mkdir(&sc, commons[i]);
        node_set_perms(&sc, commons[i], &open, 1);
    }
}

static void begin_world(uint64_t seed)
{
    f.random = seed * 0x9e3779b97f4a7c15 + 1;
    hash_seed(seed, ~seed);
    tree_seed(seed);
    store_init(&f.store, &env, NULL);
    /* Low, so that they are met. */
    f.store.quotas.nodes = 8;
    f.store.quotas.watches = 3;
    f.store.quotas.transactions = 3;
    f.store.quotas.transaction_nodes = 8;
    f.store.quotas.outstanding = 4;
    f.store.quotas.permissions = 3;
    for (int i = 0; i < SOCKETS; i++)
        f.sockets[i] = conn_new(&f.store, 0, true);
    for (uint32_t i = 1; i <= GUESTS; i++)
        domain_introduce(&f.store, NULL, i, 1, 1);
    make_commons();
}

/* False, with a message, if the oracle found something. */
static bool run_world(uint64_t seed)
{
    bool good = true;

    begin_world(seed);
    for (int i = 0; i < STEPS && good; i++) {
        step();
        if (i % CHECK_EVERY == 0 || i == STEPS - 1)
            good = store_check(&f.store);
        if (!good)
            printf("seed %llu, step %d: inconsistent\n", (unsigned long long)seed, i);
    }
    for (uint32_t i = 1; i <= GUESTS && good; i++) {
        /* One that is not introduced may own nodes: domain 0 gave it some. */
        bool known = domain_release(&f.store, NULL, i) == 0;

        good = store_check(&f.store) && (!known || f.store.nodes[i] == 0);
        if (!good)
            printf("seed %llu: domain %u left something\n", (unsigned long long)seed, i);
    }
    store_fini(&f.store);
    return good && !f.attached;
}

int main(int argc, char **argv)
{
    uint64_t worlds = argc > 1 ? strtoull(argv[1], NULL, 0) : 700;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 0) : 1, failed = 0;

    f.loud = argc > 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (uint64_t seed = first; seed < first + worlds && !failed; seed++)
        failed += !run_world(seed);
    printf("%llu steps in %llu worlds\n", (unsigned long long)f.requests,
           (unsigned long long)worlds);
    printf("%d passed, %d failed, 0 skipped\n", !failed, !!failed);
    return failed ? 1 : 0;
}
