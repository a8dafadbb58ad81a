/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console daemon's own structures. Bytes flow from a guest's ring to its log and its history at
 * once, and from the history to each reader at the reader's own speed; they leave the ring only
 * after they are in the log.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <domus/domctl.h>

#include "history.h"
#include "log.h"
#include "ring.h"

struct xsc_handle;

#define READERS_MAX 16 /* sockets for one guest */

/* A terminal on a guest's console: a connection to its socket, or its pseudo-terminal while someone
 * has that open. */
struct reader {
    int fd;            /* non-blocking; -1: free */
    uint64_t position; /* in the guest's history */
    uint64_t order;    /* who came first may type */
    uint64_t lost;     /* bytes it missed and was not told of yet */
    bool told;         /* was told that it may not type */
    bool hung_up;      /* its input has ended: output only */
};

struct guest {
    struct guest *next;
    uint32_t domid;
    uint8_t uuid[16];
    bool gone;          /* no domain any more: only readers are still served */
    int64_t gone_until; /* ms: when they are dropped */

    /* the ring; page NULL: not attached */
    struct con_ring ring;
    void *page;
    bool by_grant; /* how it is mapped */
    uint64_t ring_ref;
    uint32_t remote_port, local_port;
    bool complained; /* of its indices */

    /* events in this period; beyond the limit the port stays masked until the period ends */
    unsigned int events;
    int64_t period_end; /* ms */
    bool throttled;

    struct con_log log;
    struct history history;

    int listener;
    char socket_path[108];
    struct reader readers[READERS_MAX];

    struct reader pty; /* fd: master, -1: none */
    int pty_slave;     /* kept open, so that settings and queue survive */
    int pty_watch;     /* inotify watch of the slave */
    int pty_opens;     /* how many others have it open */
    char pty_name[64];
};

struct consoled {
    const char *log_dir, *run_dir, *pid_file;
    uint64_t log_cap;
    bool fork;

    struct dom_host *host;
    struct xsc_handle *store; /* NULL: to be tried again at store_retry */
    int64_t store_retry;
    int64_t next_scan;
    bool scan_now, started;
    int gntdev, evtchn, inotify, signals, pid_fd;
    struct guest *guests;
    uint64_t order; /* counts readers */
    bool stop;
};

/* say.c: the daemon's own messages, one line each, to stderr or syslog. */
void say_init(bool to_syslog);
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Monotonic clock, ms. */
int64_t now_ms(void);

/* loop.c: runs until told to stop. `ready` is called once, when guests can be served. 0, or -1 if
 * the loop cannot run. */
int loop_run(struct consoled *c, void (*ready)(void *), void *argument);

/* discover.c */
void discover_connect(struct consoled *c); /* to the store, if there is no connection */
void discover_events(struct consoled *c);  /* takes all watch events */
void discover_scan(struct consoled *c);    /* compares the list of domains with ours */

/* guest.c */
struct guest *guest_new(struct consoled *c, const struct dom_info *info);
struct guest *guest_by_domid(struct consoled *c, uint32_t domid); /* not a gone one */
struct guest *guest_by_port(struct consoled *c, uint32_t port);
int guest_attach(struct consoled *c, struct guest *g, uint64_t ring_ref, uint32_t port,
                 const char *name);
void guest_event(struct consoled *c, struct guest *g); /* its port fired */
void guest_end_period(struct consoled *c, struct guest *g, int64_t now);
void guest_gone(struct consoled *c,
                struct guest *g); /* the domain ended: last bytes, then let go of its memory */
void guest_free(struct consoled *c, struct guest *g); /* takes it out of the list too */
void guest_input(struct consoled *c, struct guest *g, const char *bytes, size_t count);

/* readers.c */
int readers_listen(struct consoled *c, struct guest *g);
void readers_stop_listening(struct guest *g);
void readers_accept(struct consoled *c, struct guest *g);
void reader_open(struct consoled *c, struct guest *g, struct reader *r, int fd);
void reader_close(struct guest *g, struct reader *r);
void reader_flush(struct guest *g, struct reader *r);                     /* history to reader */
void reader_input(struct consoled *c, struct guest *g, struct reader *r); /* reader to ring */
void readers_flush(struct guest *g);
bool readers_waiting(const struct guest *g); /* has any reader bytes to come? */

/* pty.c */
int pty_open(struct consoled *c, struct guest *g);
void pty_close(struct consoled *c, struct guest *g);
bool pty_active(const struct guest *g);
void pty_events(struct consoled *c); /* inotify */
