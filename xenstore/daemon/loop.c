/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop. Fairness: each round every dirty connection gets one bounded turn, then readiness
 * is asked again. */
#include "daemon/loop.h"

#include "store/conn.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_AT_ONCE 64

int loop_init(struct loop *l, struct store *s)
{
    *l = (struct loop){.store = s};
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    return l->epoll < 0 ? -1 : 0;
}

void loop_fini(struct loop *l)
{
    close(l->epoll);
}

int loop_add(struct loop *l, struct source *src, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = src};

    return epoll_ctl(l->epoll, EPOLL_CTL_ADD, src->fd, &e);
}

int loop_change(struct loop *l, struct source *src, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = src};

    return epoll_ctl(l->epoll, EPOLL_CTL_MOD, src->fd, &e);
}

void loop_remove(struct loop *l, struct source *src)
{
    epoll_ctl(l->epoll, EPOLL_CTL_DEL, src->fd, NULL);
}

/* One turn for each connection that is dirty now; those that become dirty meanwhile wait for the
 * next round. */
static void serve_dirty(struct store *s)
{
    struct list round;
    struct list *l;

    if (list_empty(&s->dirty))
        return;
    list_init(&round);
    while (!list_empty(&s->dirty)) {
        l = s->dirty.next;
        list_del(l);
        list_add_tail(&round, l);
    }
    /* A turn may free other connections: they leave the list themselves. */
    while (!list_empty(&round)) {
        struct conn *c;
        struct transport *t;

        l = round.next;
        list_del(l);
        c = list_entry(l, struct conn, dirty);
        t = c->transport;
        if (t)
            t->service(c);
    }
}

void loop_run(struct loop *l)
{
    struct epoll_event events[EVENTS_AT_ONCE];

    while (!l->stop) {
        int n = epoll_wait(l->epoll, events, EVENTS_AT_ONCE, list_empty(&l->store->dirty) ? -1 : 0);

        if (n < 0 && errno != EINTR) {
            store_log(l->store, "epoll: %s", strerror(errno));
            return;
        }
        for (int i = 0; i < n; i++) {
            struct source *src = events[i].data.ptr;

            src->ready(src, events[i].events);
        }
        if (l->check_domains && l->on_check) {
            l->check_domains = false;
            l->on_check(l->check_data);
        }
        serve_dirty(l->store);
    }
}
