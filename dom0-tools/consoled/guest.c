/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One guest's console: attaching to its ring, draining it, feeding it, letting go. The order in
 * drain() is the promise of this daemon: log first, then tell the guest that its bytes are taken.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <domus/evtchn.h>
#include <domus/foreign.h>
#include <domus/gnttab.h>
#include <public/grant_table.h>
#include <public/io/console.h>

#include "consoled.h"

/* So many events in so many ms are served at once; a guest that wants more waits for the next
 * period. */
#define PERIOD_EVENTS 64
#define PERIOD_MS     100

/* Readers of a domain that ended get this long to take the rest. */
#define GONE_MS 5000

struct guest *guest_new(struct consoled *c, const struct dom_info *info)
{
    struct guest *g = calloc(1, sizeof(*g));

    if (!g)
        return NULL;
    g->domid = info->domid;
    memcpy(g->uuid, info->uuid, sizeof(g->uuid));
    g->listener = -1;
    g->log.fd = -1;
    g->pty.fd = g->pty_slave = g->pty_watch = -1;
    for (int i = 0; i < READERS_MAX; i++)
        g->readers[i].fd = -1;
    g->next = c->guests;
    c->guests = g;
    return g;
}

struct guest *guest_by_domid(struct consoled *c, uint32_t domid)
{
    for (struct guest *g = c->guests; g; g = g->next) {
        if (g->domid == domid && !g->gone)
            return g;
    }
    return NULL;
}

struct guest *guest_by_port(struct consoled *c, uint32_t port)
{
    for (struct guest *g = c->guests; g; g = g->next) {
        if (g->page && g->local_port == port)
            return g;
    }
    return NULL;
}

static void store_output(struct guest *g, const char *bytes, size_t count)
{
    if (con_log_write(&g->log, bytes, count) < 0)
        say("domain %u: cannot write %s: %s", g->domid, g->log.path, strerror(errno));
    history_add(&g->history, bytes, count);
}

/* Takes what is in the ring now: at most one ring's worth, so one guest cannot hold up the others.
 */
static void drain(struct consoled *c, struct guest *g)
{
    char bytes[sizeof(((struct xencons_interface *)0)->out)];
    bool skipped;
    size_t n = con_ring_take(&g->ring, bytes, sizeof(bytes), &skipped);

    if (skipped && !g->complained) {
        say("domain %u: impossible console index, output skipped", g->domid);
        g->complained = true;
    }
    if (n == 0)
        return;
    store_output(g, bytes, n);
    con_ring_taken(&g->ring, n);
    dom_evtchn_notify(c->evtchn, g->local_port);
    readers_flush(g);
}

static void detach(struct consoled *c, struct guest *g)
{
    if (!g->page)
        return;
    dom_evtchn_unbind(c->evtchn, g->local_port);
    if (g->by_grant)
        dom_gnttab_unmap(c->gntdev, g->page, 1);
    else
        dom_foreign_unmap(g->page, 1);
    g->page = NULL;
    g->throttled = false;
}

/* The grant that the builder left is the narrower right; the frame number serves domains of other
 * builders. */
static void *map_ring(struct consoled *c, struct guest *g, uint64_t ring_ref)
{
    uint32_t ref = GNTTAB_RESERVED_CONSOLE;
    void *page = dom_gnttab_map(c->gntdev, g->domid, &ref, 1, true);

    g->by_grant = page != NULL;
    if (!page)
        page = dom_foreign_map(c->host, g->domid, PROT_READ | PROT_WRITE, &ring_ref, 1, NULL);
    return page;
}

/* What the last run of this daemon, or the guest's earlier life, left in the log is shown to
 * readers as well. */
static void recall(struct guest *g)
{
    char *bytes = malloc(HISTORY_BYTES);

    if (!bytes)
        return;
    history_add(&g->history, bytes, con_log_tail(&g->log, bytes, HISTORY_BYTES));
    free(bytes);
}

static void first_attach(struct consoled *c, struct guest *g, const char *name)
{
    if (con_log_open(&g->log, c->log_dir, name, c->log_cap) < 0)
        say("domain %u: cannot open %s: %s", g->domid, g->log.path, strerror(errno));
    if (!c->started)
        recall(g);
    if (readers_listen(c, g) < 0)
        say("domain %u: cannot listen on %s: %s", g->domid, g->socket_path, strerror(errno));
    if (pty_open(c, g) < 0)
        say("domain %u: cannot make a pseudo-terminal: %s", g->domid, strerror(errno));
}

int guest_attach(struct consoled *c, struct guest *g, uint64_t ring_ref, uint32_t port,
                 const char *name)
{
    int64_t local;
    void *page;

    if (g->page && g->ring_ref == ring_ref && g->remote_port == port)
        return 0;
    detach(c, g);
    page = map_ring(c, g, ring_ref);
    if (!page) {
        say("domain %u: cannot map the console ring: %s", g->domid, strerror(errno));
        return -1;
    }
    local = dom_evtchn_bind_interdomain(c->evtchn, g->domid, port);
    if (local < 0) {
        say("domain %u: cannot bind to its console port %u: %s", g->domid, port, strerror(errno));
        if (g->by_grant)
            dom_gnttab_unmap(c->gntdev, page, 1);
        else
            dom_foreign_unmap(page, 1);
        return -1;
    }
    g->page = page;
    g->ring_ref = ring_ref;
    g->remote_port = port;
    g->local_port = (uint32_t)local;
    con_ring_init(&g->ring, page);
    if (g->log.path[0] == '\0')
        first_attach(c, g, name);
    drain(c, g);
    return 0;
}

void guest_event(struct consoled *c, struct guest *g)
{
    int64_t now = now_ms();

    if (now >= g->period_end) {
        g->period_end = now + PERIOD_MS;
        g->events = 0;
    }
    drain(c, g);
    if (++g->events > PERIOD_EVENTS)
        g->throttled = true;
    else
        dom_evtchn_unmask(c->evtchn, g->local_port);
}

void guest_end_period(struct consoled *c, struct guest *g, int64_t now)
{
    if (!g->throttled || now < g->period_end)
        return;
    g->throttled = false;
    g->events = 0;
    g->period_end = now + PERIOD_MS;
    drain(c, g);
    dom_evtchn_unmask(c->evtchn, g->local_port);
}

void guest_input(struct consoled *c, struct guest *g, const char *bytes, size_t count)
{
    con_ring_put(&g->ring, bytes, count);
    dom_evtchn_notify(c->evtchn, g->local_port);
}

void guest_gone(struct consoled *c, struct guest *g)
{
    if (g->gone)
        return;
    if (g->page) {
        drain(c, g);
        detach(c, g);
    }
    g->gone = true;
    g->gone_until = now_ms() + GONE_MS;
    readers_stop_listening(g);
}

void guest_free(struct consoled *c, struct guest *g)
{
    for (struct guest **p = &c->guests; *p; p = &(*p)->next) {
        if (*p == g) {
            *p = g->next;
            break;
        }
    }
    detach(c, g);
    readers_stop_listening(g);
    for (int i = 0; i < READERS_MAX; i++)
        reader_close(g, &g->readers[i]);
    pty_close(c, g);
    con_log_close(&g->log);
    free(g);
}
