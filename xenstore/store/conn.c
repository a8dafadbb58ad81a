/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections: assembling requests, queueing answers and events, charging guests for events they
 * cause. Keeps: `replies`, `outstanding` and the event table equal to what is in the queues
 * (recomputed by invariants.c).
 */
#include "store/conn.h"

#include "store/alloc.h"
#include "store/store.h"
#include "store/txn.h"
#include "store/watch.h"

#include <stdlib.h>
#include <string.h>

/* Unsent answers a privileged client may pile up before its next request waits. Guests: one. */
#define PRIVILEGED_REPLIES 64

struct conn *conn_new(struct store *s, uint32_t domid, bool privileged)
{
    struct conn *c = xalloc(sizeof(*c));

    c->store = s;
    c->serial = s->next_conn++;
    c->who = (struct caller){.domid = domid, .target = NO_TARGET, .privileged = privileged};
    c->next_txn = 1;
    list_init(&c->dirty);
    list_init(&c->out);
    list_init(&c->watches);
    list_init(&c->txns);
    list_init(&c->charges);
    list_add_tail(&s->conns, &c->link);
    return c;
}

void conn_mark_dirty(struct conn *c)
{
    if (list_empty(&c->dirty))
        list_add_tail(&c->store->dirty, &c->dirty);
}

struct conn *conn_next_dirty(struct store *s)
{
    struct conn *c;

    if (list_empty(&s->dirty))
        return NULL;
    c = list_entry(s->dirty.next, struct conn, dirty);
    list_del(&c->dirty);
    return c;
}

static void charge_drop(struct charge *charge)
{
    if (--charge->refs)
        return;
    if (charge->conn) {
        charge->conn->outstanding--;
        list_del(&charge->link);
        conn_mark_dirty(charge->conn);
    }
    free(charge);
}

/* The event is about to be sent or dropped: nobody looks for it any more. */
static void forget_event(struct message *m)
{
    if (!m->watch)
        return;
    hash_remove(&m->watch->conn->store->events, &m->by_event);
    list_del(&m->of_watch);
    m->watch = NULL;
}

static void message_free(struct conn *c, struct message *m)
{
    const struct xsd_sockmsg *header = (const struct xsd_sockmsg *)m->data;

    forget_event(m);
    if (header->type != XS_WATCH_EVENT)
        c->replies--;
    list_del(&m->link);
    if (m->charge)
        charge_drop(m->charge);
    free(m);
}

void conn_drop_event(struct message *m)
{
    message_free(m->watch->conn, m);
}

void conn_abort_txns(struct conn *c)
{
    while (!list_empty(&c->txns))
        txn_abort(c, list_entry(c->txns.next, struct txn, link));
}

void conn_reset(struct conn *c)
{
    conn_abort_txns(c);
    watch_remove_all(c);
    while (!list_empty(&c->out))
        message_free(c, list_entry(c->out.next, struct message, link));
    c->received = 0;
    c->broken = false;
    c->who.target = NO_TARGET;
}

void conn_free(struct conn *c)
{
    struct list *l, *tmp;

    conn_reset(c);
    list_for_each_safe (l, tmp, &c->charges) {
        struct charge *charge = list_entry(l, struct charge, link);

        charge->conn = NULL;
        list_del(&charge->link);
    }
    list_del(&c->dirty);
    list_del(&c->link);
    free(c);
}

bool conn_may_read(const struct conn *c)
{
    if (c->broken)
        return false;
    if (c->who.privileged)
        return c->replies < PRIVILEGED_REPLIES;
    return !c->replies && c->outstanding < c->store->quotas.outstanding;
}

size_t conn_in(struct conn *c, void **buf)
{
    const size_t header = sizeof(c->header);

    if (c->received < header) {
        *buf = (char *)&c->header + c->received;
        return header - c->received;
    }
    *buf = c->payload + (c->received - header);
    return c->broken ? 0 : c->header.len - (c->received - header);
}

static void execute(struct conn *c)
{
    c->payload[c->header.len] = 0;
    c->received = 0;
    request_execute(c);
    if (c->current) {
        struct charge *charge = c->current;

        c->current = NULL;
        charge_drop(charge);
    }
}

bool conn_received(struct conn *c, size_t n)
{
    c->received += n;
    if (c->received < sizeof(c->header))
        return true;
    if (c->header.len > XENSTORE_PAYLOAD_MAX) {
        c->broken = true;
        return false;
    }
    if (c->received == sizeof(c->header) + c->header.len)
        execute(c);
    return !c->broken;
}

size_t conn_out(struct conn *c, const void **buf)
{
    struct message *m;

    if (list_empty(&c->out))
        return 0;
    m = list_entry(c->out.next, struct message, link);
    *buf = m->data + m->sent;
    return m->len - m->sent;
}

void conn_sent(struct conn *c, size_t n)
{
    struct message *m = list_entry(c->out.next, struct message, link);

    if (!n)
        return;
    forget_event(m);
    m->sent += n;
    if (m->sent == m->len)
        message_free(c, m);
}

static struct message *message_new(struct conn *c, const struct xsd_sockmsg *header)
{
    struct message *m = xalloc(sizeof(*m) + sizeof(*header) + header->len);

    memcpy(m->data, header, sizeof(*header));
    m->len = sizeof(*header) + header->len;
    list_init(&m->of_watch);
    list_add_tail(&c->out, &m->link);
    conn_mark_dirty(c);
    return m;
}

void conn_reply(struct conn *c, uint32_t type, const void *data, size_t len)
{
    struct xsd_sockmsg header = {
        .type = type, .req_id = c->header.req_id, .tx_id = c->header.tx_id, .len = (uint32_t)len};
    struct message *m = message_new(c, &header);

    if (len)
        memcpy(m->data + sizeof(header), data, len);
    c->replies++;
}

static bool event_is_queued(const struct watch *w, const char *path, uint64_t hash)
{
    for (struct hash_link *l = hash_first(&w->conn->store->events, hash); l; l = hash_next(l)) {
        const struct message *m = list_entry(l, struct message, by_event);

        if (m->watch == w && !strcmp((const char *)m->data + sizeof(struct xsd_sockmsg), path))
            return true;
    }
    return false;
}

/* The charge for events of the request that CAUSE is executing, or NULL if they are free. */
static struct charge *charge_for(struct conn *cause, const struct conn *reader)
{
    if (!cause || cause->who.privileged || cause == reader)
        return NULL;
    if (!cause->current) {
        cause->current = xalloc(sizeof(*cause->current));
        cause->current->refs = 1;
        cause->current->conn = cause;
        list_add_tail(&cause->charges, &cause->current->link);
        cause->outstanding++;
    }
    cause->current->refs++;
    return cause->current;
}

void conn_event(struct conn *c, struct watch *w, const char *path, struct conn *cause)
{
    struct store *s = c->store;
    size_t path_size = strlen(path) + 1, token_size = strlen(w->token) + 1;
    struct xsd_sockmsg header = {.type = XS_WATCH_EVENT, .len = (uint32_t)(path_size + token_size)};
    uint64_t hash = hash_string(path, w->serial);
    struct message *m;

    if (c->broken || event_is_queued(w, path, hash))
        return;
    m = message_new(c, &header);
    memcpy(m->data + sizeof(header), path, path_size);
    memcpy(m->data + sizeof(header) + path_size, w->token, token_size);
    m->watch = w;
    m->charge = charge_for(cause, c);
    list_add_tail(&w->events, &m->of_watch);
    hash_insert(&s->events, &m->by_event, hash);
}
