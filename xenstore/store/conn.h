/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection: the stream of requests from one client and of answers and events to it, free of any
 * transport. The transport asks where to put the next bytes (conn_in), says how many came
 * (conn_received), and takes bytes to send (conn_out, conn_sent). A connection whose stream breaks
 * the protocol is marked broken and never served again.
 */
#pragma once

#include "public/io/xs_wire.h"
#include "store/hash.h"
#include "store/list.h"
#include "store/perm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct watch;
struct domain;

/**
 * A request of a guest that caused events at others, kept until the last of these was sent. The
 * requester's `outstanding` counts them, and at the quota its requests wait.
 */
struct charge {
    uint32_t refs;
    struct conn *conn; /* NULL once the requester is gone */
    struct list link;  /* in conn->charges */
};

/** A message to send, header included. */
struct message {
    struct list link;          /* in conn->out */
    struct hash_link by_event; /* events: in store->events until the first byte is sent */
    struct list of_watch;      /* events: in watch->events as long */
    struct watch *watch;       /* NULL for answers, and for events of which a byte was sent */
    struct charge *charge;     /* events caused by a guest's request */
    size_t len, sent;
    unsigned char data[];
};

struct conn {
    struct list link;  /* in store->conns */
    struct list dirty; /* in store->dirty */
    struct store *store;
    uint64_t serial;
    struct caller who;
    struct domain *domain; /* the domain whose ring this is, NULL for a socket */
    bool broken;           /* protocol violated or transport gone: to be closed */

    struct xsd_sockmsg header;                       /* the request being received */
    size_t received;                                 /* bytes of it (header first) that are here */
    unsigned char payload[XENSTORE_PAYLOAD_MAX + 1]; /* a NUL is kept behind the last byte */

    struct list out;     /* struct message, in order */
    uint32_t replies;    /* answers among them */
    struct list watches; /* in order of registration */
    uint32_t watch_count;
    struct list txns;
    uint32_t txn_count;
    uint32_t next_txn;
    struct list charges;
    uint32_t outstanding; /* number of charges */
    struct charge
        *current; /* charge of the request being executed, made when its first event is queued */
    uint32_t quotas_logged; /* see store_quota_hit() */
    void *transport;        /* the transport's own */
};

/** A new connection on behalf of DOMID. Privileged: domain 0. */
struct conn *conn_new(struct store *s, uint32_t domid, bool privileged);

/** Release all a connection holds and free it. */
void conn_free(struct conn *c);

/** Forget watches, transactions, unread input and unsent output, as for a client that starts anew.
 */
void conn_reset(struct conn *c);

/** Abort its transactions. */
void conn_abort_txns(struct conn *c);

/** May the next byte of input be taken now? No while answers pile up unsent, or the outstanding
 * quota is used up. */
bool conn_may_read(const struct conn *c);

/** Where the next input bytes go: *BUF, at most the returned number of bytes (never 0 unless
 * broken). */
size_t conn_in(struct conn *c, void **buf);

/**
 * N bytes were put there. A complete request is executed at once. False if the stream is broken,
 * and the connection with it.
 */
bool conn_received(struct conn *c, size_t n);

/** Next bytes to send: *BUF and their number, 0 if there are none. */
size_t conn_out(struct conn *c, const void **buf);

/** N of them were sent. */
void conn_sent(struct conn *c, size_t n);

/** Put the connection on the dirty list: it has output, or may read again. */
void conn_mark_dirty(struct conn *c);

/** The next dirty connection, taken off the list, or NULL. */
struct conn *conn_next_dirty(struct store *s);

/** Queue an answer to the request in hand. LEN is at most XENSTORE_PAYLOAD_MAX. */
void conn_reply(struct conn *c, uint32_t type, const void *data, size_t len);

/** Queue an event for watch W that names PATH. CAUSE: the connection whose request did it, or NULL.
 */
void conn_event(struct conn *c, struct watch *w, const char *path, struct conn *cause);

/** Take back a queued event of which nothing was sent yet. */
void conn_drop_event(struct message *m);

/** Execute the request in header and payload (request.c). */
void request_execute(struct conn *c);
