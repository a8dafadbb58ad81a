/* SPDX-License-Identifier: Apache-2.0 */
/* Ring transport without devices. Invariant: never more than XENSTORE_RING_SIZE bytes between
 * producer and consumer. */
#include "daemon/ring.h"

#include "store/conn.h"

#include <string.h>

#define BUDGET_BYTES (4 * XENSTORE_RING_SIZE)

void ring_init(struct ring *r, struct xenstore_domain_interface *shared)
{
    r->shared = shared;
    r->req_cons = __atomic_load_n(&shared->req_cons, __ATOMIC_RELAXED);
    r->rsp_prod = __atomic_load_n(&shared->rsp_prod, __ATOMIC_RELAXED);
    __atomic_store_n(&shared->error, XENSTORE_ERROR_NONE, __ATOMIC_RELAXED);
    __atomic_store_n(&shared->server_features,
                     XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR,
                     __ATOMIC_RELEASE);
}

static void violation(struct ring *r, struct conn *c, uint32_t error)
{
    conn_reset(c);
    c->broken = true;
    __atomic_store_n(&r->shared->error, error, __ATOMIC_RELEASE);
}

/* Bytes from index FROM up to the end of the buffer or for LEN, whichever is less. */
static size_t contiguous(XENSTORE_RING_IDX from, size_t len)
{
    size_t room = XENSTORE_RING_SIZE - MASK_XENSTORE_IDX(from);

    return len < room ? len : room;
}

/* Take request bytes as far as the connection accepts them. Returns how many. */
static size_t pump_in(struct ring *r, struct conn *c)
{
    XENSTORE_RING_IDX prod = __atomic_load_n(&r->shared->req_prod, __ATOMIC_ACQUIRE);
    size_t moved = 0;

    if (prod - r->req_cons > XENSTORE_RING_SIZE) {
        violation(r, c, XENSTORE_ERROR_RINGIDX);
        return 0;
    }
    while (prod != r->req_cons && conn_may_read(c)) {
        void *to;
        size_t room = conn_in(c, &to), n = contiguous(r->req_cons, prod - r->req_cons);

        if (n > room)
            n = room;
        memcpy(to, &r->shared->req[MASK_XENSTORE_IDX(r->req_cons)], n);
        r->req_cons += (XENSTORE_RING_IDX)n;
        moved += n;
        if (!conn_received(c, n)) {
            violation(r, c, XENSTORE_ERROR_PROTO);
            break;
        }
    }
    if (moved)
        __atomic_store_n(&r->shared->req_cons, r->req_cons, __ATOMIC_RELEASE);
    return moved;
}

static size_t pump_out(struct ring *r, struct conn *c)
{
    XENSTORE_RING_IDX cons = __atomic_load_n(&r->shared->rsp_cons, __ATOMIC_ACQUIRE);
    size_t moved = 0;

    if (r->rsp_prod - cons > XENSTORE_RING_SIZE) {
        violation(r, c, XENSTORE_ERROR_RINGIDX);
        return 0;
    }
    for (;;) {
        size_t room = contiguous(r->rsp_prod, XENSTORE_RING_SIZE - (r->rsp_prod - cons)), n;
        const void *from;

        n = conn_out(c, &from);
        if (n > room)
            n = room;
        if (!n)
            break;
        memcpy(&r->shared->rsp[MASK_XENSTORE_IDX(r->rsp_prod)], from, n);
        r->rsp_prod += (XENSTORE_RING_IDX)n;
        moved += n;
        conn_sent(c, n);
    }
    if (moved)
        __atomic_store_n(&r->shared->rsp_prod, r->rsp_prod, __ATOMIC_RELEASE);
    return moved;
}

/* The guest asks for a fresh start (a kernel that took over from another). */
static void reconnect(struct ring *r, struct conn *c)
{
    conn_reset(c);
    r->req_cons = r->rsp_prod = 0;
    memset(&r->shared->req_cons, 0, 4 * sizeof(XENSTORE_RING_IDX));
    __atomic_store_n(&r->shared->error, XENSTORE_ERROR_NONE, __ATOMIC_RELAXED);
    __atomic_store_n(&r->shared->connection, XENSTORE_CONNECTED, __ATOMIC_RELEASE);
}

struct pumped ring_pump(struct ring *r, struct conn *c)
{
    struct pumped p = {0};
    size_t total = 0, step;

    if (__atomic_load_n(&r->shared->connection, __ATOMIC_ACQUIRE) == XENSTORE_RECONNECT) {
        reconnect(r, c);
        p.moved = true;
    }
    do {
        step = 0;
        if (!c->broken)
            step += pump_out(r, c);
        if (!c->broken)
            step += pump_in(r, c);
        total += step;
    } while (step && total < BUDGET_BYTES);
    p.moved |= total != 0 || c->broken;
    p.more = step != 0;
    return p;
}
