/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one loop: sources of readiness by epoll, and connections with work. A transport hangs a
 * struct transport on its connection; the loop calls `service` for each dirty connection in turn.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct conn;
struct store;

/** Something epoll watches. Embedded in its owner. */
struct source {
    int fd;
    void (*ready)(struct source *src, uint32_t events);
};

/** The transport's end of a connection; first member of what conn->transport points to. */
struct transport {
    /** Move bytes both ways without waiting, a bounded amount; free the connection if it is over.
     */
    void (*service)(struct conn *c);
};

struct loop {
    int epoll;
    struct store *store;
    bool stop;
    bool check_domains; /* a domain may have changed its state */
    void (*on_check)(void *data);
    void *check_data;
};

/** 0 or -1 with errno. */
int loop_init(struct loop *l, struct store *s);
void loop_fini(struct loop *l);

/** Watch SRC for EVENTS (EPOLLIN, EPOLLOUT), anew or changed. 0 or -1 with errno. */
int loop_add(struct loop *l, struct source *src, uint32_t events);
int loop_change(struct loop *l, struct source *src, uint32_t events);
void loop_remove(struct loop *l, struct source *src);

/** Run until `stop`. */
void loop_run(struct loop *l);
