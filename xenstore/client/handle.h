/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the client library: the connection, and the one exchange of request and answer under
 * every call. */
#pragma once

#include "xenstore/client.h"

#include "public/io/xs_wire.h"

/** A watch event not handed out yet; payload "path NUL token NUL" follows. */
struct queued_event {
    struct queued_event *next;
    size_t len;
    char data[];
};

struct xsc_handle {
    int fd;
    int timeout_ms;
    bool broken; /* the stream is out of step or gone */
    uint32_t next_id;
    struct queued_event *first, **last;
    struct xsd_sockmsg header; /* message being received */
    size_t received;
    char payload[XENSTORE_PAYLOAD_MAX + 1];
};

/** One piece of a request's payload. */
struct piece {
    const void *data;
    size_t len;
};

/**
 * Send a request made of PIECES and wait for its answer. 0 and the answer in h->payload (a NUL
 * behind it), *LEN its length (LEN may be NULL); or -1 with errno.
 */
int xsc_talk(struct xsc_handle *h, uint32_t type, xsc_txn t, const struct piece *pieces,
             size_t count, size_t *len);

/** The same for a payload of one string with its NUL. */
int xsc_talk_string(struct xsc_handle *h, uint32_t type, xsc_txn t, const char *text, size_t *len);

/** Receive what is there, waiting for at most TIMEOUT_MS; 1: a whole message is in header and
 * payload, 0: time is up. */
int xsc_receive(struct xsc_handle *h, int timeout_ms);

/** Put the event just received into the queue. */
int xsc_queue_event(struct xsc_handle *h);
