/* SPDX-License-Identifier: Apache-2.0 */
/* Guest transport: a ring page and a port for each introduced domain; a fired port makes its
 * connection dirty. */
#include "daemon/guests.h"

#include "daemon/ring.h"
#include "store/alloc.h"
#include "store/conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define PORTS_AT_ONCE 128

struct guest {
    struct transport transport;
    struct hash_link by_port; /* in guests->ports */
    struct guests *guests;
    struct domain *domain;
    struct ring ring;
    struct ring_map map;
    uint32_t port; /* local */
};

static uint64_t port_hash(uint32_t port)
{
    return hash_bytes(&port, sizeof(port), 0);
}

static void guest_service(struct conn *c)
{
    struct guest *g = list_entry(c->transport, struct guest, transport);
    bool was_broken = c->broken;
    struct pumped p = ring_pump(&g->ring, c);

    if (c->broken && !was_broken)
        store_log(c->store, "domain %u broke the ring protocol (error %u): its connection is shut",
                  g->domain->domid, g->map.page->error);
    if (p.moved && !was_broken)
        xen_dev_notify(&g->guests->xen, g->port);
    if (p.more)
        conn_mark_dirty(c);
}

int guests_attach(struct guests *gs, struct domain *d)
{
    struct guest *g = xalloc(sizeof(*g));
    int rc = d->domid ? xen_dev_map(&gs->xen, d->domid, d->gfn, &g->map) : xen_dev_map_own(&g->map);

    if (!rc)
        rc = xen_dev_bind(&gs->xen, d->domid, d->port, &g->port);
    if (rc) {
        store_log(gs->loop->store, "domain %u, frame %#llx, port %u: cannot attach: %s", d->domid,
                  (unsigned long long)d->gfn, d->port, strerror(rc));
        xen_dev_unmap(&gs->xen, &g->map);
        free(g);
        return rc;
    }
    g->transport.service = guest_service;
    g->guests = gs;
    g->domain = d;
    ring_init(&g->ring, g->map.page);
    hash_insert(&gs->ports, &g->by_port, port_hash(g->port));
    d->transport = g;
    d->conn->transport = &g->transport;
    /* Requests may be waiting, and a kernel waits for the first event to know that the store is
     * there. */
    conn_mark_dirty(d->conn);
    xen_dev_notify(&gs->xen, g->port);
    gs->loop->check_domains = true;
    return 0;
}

void guests_detach(struct guests *gs, struct domain *d)
{
    struct guest *g = d->transport;

    if (!g)
        return;
    hash_remove(&gs->ports, &g->by_port);
    xen_dev_unbind(&gs->xen, g->port);
    xen_dev_unmap(&gs->xen, &g->map);
    d->transport = NULL;
    d->conn->transport = NULL;
    free(g);
}

static void port_fired(struct guests *gs, uint32_t port)
{
    if (port == gs->dom_exc) {
        gs->loop->check_domains = true;
        return;
    }
    for (struct hash_link *l = hash_first(&gs->ports, port_hash(port)); l; l = hash_next(l)) {
        struct guest *g = list_entry(l, struct guest, by_port);

        if (g->port == port)
            conn_mark_dirty(g->domain->conn);
    }
}

static void ports_ready(struct source *src, uint32_t events)
{
    struct guests *gs = list_entry(src, struct guests, source);
    uint32_t ports[PORTS_AT_ONCE];
    size_t n = xen_dev_pending(&gs->xen, ports, PORTS_AT_ONCE);

    (void)events;
    /* Unmask before the ring is looked at: what arrives later fires again. */
    for (size_t i = 0; i < n; i++) {
        xen_dev_unmask(&gs->xen, ports[i]);
        port_fired(gs, ports[i]);
    }
}

static void check_domains(void *data)
{
    struct guests *gs = data;

    domain_check_all(gs->loop->store, xen_dev_domain_state, &gs->xen);
}

/* Domain 0's kernel is a client like any guest, over its own page. */
static int attach_own(struct guests *gs)
{
    uint32_t port;
    int rc = xen_dev_own_port(&port);

    if (!rc)
        rc = domain_introduce(gs->loop->store, NULL, 0, 0, port);
    if (rc)
        fprintf(stderr,
                "xenstored: cannot reach the kernel's store ring: %s (is xenfs on /proc/xen?)\n",
                strerror(rc));
    return rc ? -1 : 0;
}

int guests_open(struct guests *gs, struct loop *loop)
{
    int rc;

    *gs = (struct guests){.loop = loop};
    if (xen_dev_open(&gs->xen))
        return -1;
    rc = xen_dev_bind_dom_exc(&gs->xen, &gs->dom_exc);
    if (rc) {
        fprintf(stderr, "xenstored: cannot bind the domain-exception interrupt: %s%s\n",
                strerror(rc), rc == EEXIST ? " (another xenstored runs)" : "");
        xen_dev_close(&gs->xen);
        return -1;
    }
    gs->source = (struct source){.fd = gs->xen.evtchn, .ready = ports_ready};
    loop->on_check = check_domains;
    loop->check_data = gs;
    if (loop_add(loop, &gs->source, EPOLLIN) || attach_own(gs)) {
        xen_dev_close(&gs->xen);
        return -1;
    }
    return 0;
}

void guests_close(struct guests *gs)
{
    xen_dev_close(&gs->xen);
    hash_free(&gs->ports);
}
