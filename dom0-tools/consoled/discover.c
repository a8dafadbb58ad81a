/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which guests there are, from the hypervisor's list, and where their rings are, from the store.
 * The list is compared in full each time the store reports a change, and now and then without; so a
 * lost event costs time, never a guest.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore/client.h>

#include "consoled.h"

#define STORE_TIMEOUT_MS 5000
#define STORE_RETRY_MS   1000
#define SCAN_MS          10000

static void lose_store(struct consoled *c, const char *what)
{
    say("store: %s: %s; trying again", what, strerror(errno));
    xsc_close(c->store);
    c->store = NULL;
    c->store_retry = now_ms() + STORE_RETRY_MS;
}

/* After these errors of the client library the connection is of no more use. */
static bool store_lost(void)
{
    return errno == ETIMEDOUT || errno == ECONNRESET || errno == EPROTO || errno == ENOTCONN ||
           errno == EPIPE;
}

static void watch_guest(struct consoled *c, struct guest *g, bool on)
{
    char path[64], token[16];

    snprintf(path, sizeof(path), "/local/domain/%u/console", g->domid);
    snprintf(token, sizeof(token), "%u", g->domid);
    if (on)
        xsc_watch(c->store, path, token);
    else
        xsc_unwatch(c->store, path, token);
}

void discover_connect(struct consoled *c)
{
    static bool told;

    if (c->store || now_ms() < c->store_retry)
        return;
    c->store = xsc_open();
    if (!c->store) {
        if (!told)
            say("store: cannot connect: %s; trying again", strerror(errno));
        told = true;
        c->store_retry = now_ms() + STORE_RETRY_MS;
        return;
    }
    told = false;
    xsc_set_timeout(c->store, STORE_TIMEOUT_MS);
    if (xsc_watch(c->store, "@introduceDomain", "i") < 0 ||
        xsc_watch(c->store, "@releaseDomain", "r") < 0) {
        lose_store(c, "cannot watch");
        return;
    }
    for (struct guest *g = c->guests; g; g = g->next) {
        if (!g->gone)
            watch_guest(c, g, true);
    }
    c->scan_now = true;
}

static void tell_tty(struct consoled *c, struct guest *g)
{
    char path[64];

    if (!g->pty_name[0])
        return;
    snprintf(path, sizeof(path), "/local/domain/%u/console/tty", g->domid);
    if (xsc_write(c->store, XSC_NO_TXN, path, g->pty_name, strlen(g->pty_name)) < 0)
        say("domain %u: cannot write %s: %s", g->domid, path, strerror(errno));
}

/* Attaches as soon as the toolstack has written where the ring is. */
static void refresh(struct consoled *c, struct guest *g)
{
    uint64_t ring_ref, port;
    bool had = g->page != NULL;
    char *name = NULL;
    char fallback[24];

    if (xsc_read_u64f(c->store, XSC_NO_TXN, &ring_ref, "/local/domain/%u/console/ring-ref",
                      g->domid) < 0 ||
        xsc_read_u64f(c->store, XSC_NO_TXN, &port, "/local/domain/%u/console/port", g->domid) < 0)
        return;
    if (xsc_readf(c->store, XSC_NO_TXN, &name, "/local/domain/%u/name", g->domid) < 0)
        name = NULL;
    snprintf(fallback, sizeof(fallback), "domain-%u", g->domid);
    if (guest_attach(c, g, ring_ref, (uint32_t)port, name && *name ? name : fallback) == 0 && !had)
        tell_tty(c, g);
    free(name);
}

void discover_events(struct consoled *c)
{
    struct xsc_event event;

    while (c->store && xsc_wait_event(c->store, 0, &event) == 0) {
        if (event.path[0] == '@') {
            c->scan_now = true;
        } else {
            struct guest *g = guest_by_domid(c, (uint32_t)strtoul(event.token, NULL, 10));

            if (g)
                refresh(c, g);
        }
        xsc_event_free(&event);
    }
    /* The queue being empty is told as ETIMEDOUT too. */
    if (c->store && errno != ETIMEDOUT && store_lost())
        lose_store(c, "connection lost");
}

static const struct dom_info *find(const struct dom_info *list, int count, uint32_t domid)
{
    for (int i = 0; i < count; i++) {
        if (list[i].domid == domid)
            return &list[i];
    }
    return NULL;
}

/* Guests that ended, and guests whose id is another domain's by now. */
static void drop_ended(struct consoled *c, const struct dom_info *list, int count)
{
    for (struct guest *g = c->guests; g; g = g->next) {
        const struct dom_info *info;

        if (g->gone)
            continue;
        info = find(list, count, g->domid);
        if (info && !info->dying && memcmp(info->uuid, g->uuid, sizeof(g->uuid)) == 0)
            continue;
        if (c->store)
            watch_guest(c, g, false);
        guest_gone(c, g);
    }
}

void discover_scan(struct consoled *c)
{
    struct dom_info *list;
    int count;

    c->scan_now = false;
    c->next_scan = now_ms() + SCAN_MS;
    count = dom_list_all(c->host, &list);
    if (count < 0) {
        say("cannot list domains: %s", strerror(errno));
        return;
    }
    drop_ended(c, list, count);
    for (int i = 0; i < count && c->store; i++) {
        struct guest *g = guest_by_domid(c, list[i].domid);

        if (list[i].domid == 0 || list[i].dying)
            continue;
        if (!g) {
            g = guest_new(c, &list[i]);
            if (!g)
                break;
            watch_guest(c, g, true);
        }
        if (!g->page)
            refresh(c, g);
    }
    free(list);
    if (c->store)
        c->started = true;
}
