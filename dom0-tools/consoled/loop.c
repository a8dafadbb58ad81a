/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one poll loop. The list of descriptors is made anew for each turn from what there is, so no
 * descriptor outlives its owner; nothing in a turn blocks but the store's answers, and those have a
 * limit.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <domus/evtchn.h>
#include <xenstore/client.h>

#include "consoled.h"

enum { FD_EVTCHN, FD_INOTIFY, FD_SIGNAL, FD_STORE, FD_FIXED };

/* Whose descriptor it is: listener if `reader` is NULL. */
struct owner {
    struct guest *guest;
    struct reader *reader;
};

struct turn {
    struct pollfd *fds;
    struct owner *owners;
    size_t count, room;
};

static int add(struct turn *t, int fd, short events, struct guest *g, struct reader *r)
{
    if (t->count == t->room) {
        size_t room = t->room ? t->room * 2 : 64;
        struct pollfd *fds = realloc(t->fds, room * sizeof(*fds));
        struct owner *owners;

        if (!fds)
            return -1;
        t->fds = fds;
        owners = realloc(t->owners, room * sizeof(*owners));
        if (!owners)
            return -1;
        t->owners = owners;
        t->room = room;
    }
    t->fds[t->count] = (struct pollfd){.fd = fd, .events = events};
    t->owners[t->count++] = (struct owner){g, r};
    return 0;
}

/* Input is wanted while the ring has room: a guest that does not read holds up its own typist only.
 */
static int add_reader(struct turn *t, struct guest *g, struct reader *r)
{
    bool output = r != &g->pty || pty_active(g);
    short events = 0;

    if (output && r->position < g->history.end)
        events |= POLLOUT;
    if (!r->hung_up && (!g->page || con_ring_space(&g->ring) > 0))
        events |= POLLIN;
    return add(t, r->fd, events, g, r);
}

static int collect(struct consoled *c, struct turn *t)
{
    int rc = 0;

    t->count = 0;
    rc |= add(t, c->evtchn, POLLIN, NULL, NULL);
    rc |= add(t, c->inotify, POLLIN, NULL, NULL);
    rc |= add(t, c->signals, POLLIN, NULL, NULL);
    rc |= add(t, c->store ? xsc_fileno(c->store) : -1, POLLIN, NULL, NULL);
    for (struct guest *g = c->guests; g; g = g->next) {
        if (g->listener >= 0)
            rc |= add(t, g->listener, POLLIN, g, NULL);
        for (int i = 0; i < READERS_MAX; i++) {
            if (g->readers[i].fd >= 0)
                rc |= add_reader(t, g, &g->readers[i]);
        }
        /* Also while nobody has it open: who wrote and closed at once has still written. */
        if (g->pty.fd >= 0)
            rc |= add_reader(t, g, &g->pty);
    }
    return rc;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int timeout_ms(const struct consoled *c)
{
    int64_t now = now_ms(), next = c->next_scan;

    if (!c->store)
        next = sooner(next, c->store_retry);
    for (const struct guest *g = c->guests; g; g = g->next) {
        if (g->throttled)
            next = sooner(next, g->period_end);
        if (g->gone)
            next = sooner(next, g->gone_until);
    }
    return next <= now ? 0 : (int)(next - now);
}

static void take_events(struct consoled *c)
{
    int64_t port;

    while ((port = dom_evtchn_pending(c->evtchn)) >= 0) {
        struct guest *g = guest_by_port(c, (uint32_t)port);

        if (g)
            guest_event(c, g);
    }
}

static void take_signals(struct consoled *c)
{
    struct signalfd_siginfo info;

    while (read(c->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo != SIGHUP) {
            c->stop = true;
            continue;
        }
        /* The logs may have been moved away: the next write opens them anew. */
        for (struct guest *g = c->guests; g; g = g->next)
            con_log_close(&g->log);
    }
}

static void serve_owner(struct consoled *c, const struct pollfd *p, const struct owner *o)
{
    if (!p->revents)
        return;
    if (!o->reader) {
        if (o->guest->listener >= 0)
            readers_accept(c, o->guest);
        return;
    }
    /* An earlier turn of this loop may have closed it. */
    if (o->reader->fd != p->fd)
        return;
    if ((p->revents & POLLOUT) && (o->reader != &o->guest->pty || pty_active(o->guest)))
        reader_flush(o->guest, o->reader);
    if (o->reader->fd == p->fd && (p->revents & POLLIN))
        reader_input(c, o->guest, o->reader);
    if (o->reader->fd == p->fd && (p->revents & (POLLERR | POLLNVAL | POLLHUP)) &&
        !(p->revents & POLLIN))
        reader_close(o->guest, o->reader);
}

/* Guests that ended stay until their readers have it all, or for their time. */
static void sweep(struct consoled *c)
{
    int64_t now = now_ms();
    struct guest *next;

    for (struct guest *g = c->guests; g; g = next) {
        next = g->next;
        guest_end_period(c, g, now);
        if (g->gone && (now >= g->gone_until || !readers_waiting(g)))
            guest_free(c, g);
    }
}

static void serve(struct consoled *c, const struct turn *t)
{
    if (t->fds[FD_SIGNAL].revents)
        take_signals(c);
    for (size_t i = FD_FIXED; i < t->count; i++)
        serve_owner(c, &t->fds[i], &t->owners[i]);
    if (t->fds[FD_EVTCHN].revents)
        take_events(c);
    if (t->fds[FD_INOTIFY].revents)
        pty_events(c);
    discover_connect(c);
    discover_events(c);
    if (c->scan_now || now_ms() >= c->next_scan)
        discover_scan(c);
    sweep(c);
}

int loop_run(struct consoled *c, void (*ready)(void *), void *argument)
{
    struct turn t = {0};
    int rc = 0;

    discover_connect(c);
    if (c->store)
        discover_scan(c);
    ready(argument);
    while (!c->stop && rc == 0) {
        if (collect(c, &t) < 0) {
            say("out of memory");
            rc = -1;
        } else if (poll(t.fds, t.count, timeout_ms(c)) >= 0) {
            serve(c, &t);
        } else if (errno != EINTR) {
            say("poll: %s", strerror(errno));
            rc = -1;
        }
    }
    while (c->guests)
        guest_free(c, c->guests);
    free(t.fds);
    free(t.owners);
    return rc;
}
