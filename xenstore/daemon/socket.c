/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Socket transport. Input is read in large pieces into a buffer of the client and handed on as the
 * connection takes it; while it takes none, epoll is not asked for input. A client ends only in its
 * own turn or readiness call.
 */
#include "daemon/socket.h"

#include "store/alloc.h"
#include "store/conn.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define INPUT_BYTES  8192
#define BUDGET_BYTES 65536 /* sent plus received in one turn */

struct client {
    struct transport transport;
    struct source source;
    struct loop *loop;
    struct conn *conn;
    uint32_t interest; /* what epoll is asked for */
    bool over;         /* the other side is gone */
    size_t have, used; /* bytes in `input`, and how many of them the connection took */
    char input[INPUT_BYTES];
};

static void client_end(struct client *c)
{
    loop_remove(c->loop, &c->source);
    close(c->source.fd);
    conn_free(c->conn);
    free(c);
}

/* Send what is queued, at most BUDGET. Returns bytes sent. */
static size_t flush(struct client *c, size_t budget)
{
    size_t total = 0, len;
    const void *from;

    while (!c->over && total < budget && (len = conn_out(c->conn, &from)) > 0) {
        ssize_t n = send(c->source.fd, from, len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n > 0) {
            conn_sent(c->conn, (size_t)n);
            total += (size_t)n;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            break;
        } else {
            c->over = true;
        }
    }
    return total;
}

/* Fill the empty input buffer. False if nothing came. */
static bool refill(struct client *c)
{
    ssize_t n;

    do {
        n = recv(c->source.fd, c->input, sizeof(c->input), MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    if (n > 0) {
        c->have = (size_t)n;
        c->used = 0;
        return true;
    }
    if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
        c->over = true;
    return false;
}

/* Hand input on while the connection takes it, at most BUDGET. Returns bytes taken. */
static size_t take(struct client *c, size_t budget)
{
    size_t total = 0;

    while (total < budget && conn_may_read(c->conn)) {
        void *to;
        size_t n = c->have - c->used, room;

        if (!n) {
            if (!refill(c))
                break;
            continue;
        }
        room = conn_in(c->conn, &to);
        if (n > room)
            n = room;
        memcpy(to, c->input + c->used, n);
        c->used += n;
        total += n;
        conn_received(c->conn, n);
    }
    return total;
}

static void client_service(struct conn *conn)
{
    struct client *c = list_entry(conn->transport, struct client, transport);
    size_t total = 0, step;
    uint32_t interest;
    const void *from;

    do {
        step = flush(c, BUDGET_BYTES);
        step += take(c, BUDGET_BYTES);
        total += step;
    } while (step && !c->over && total < BUDGET_BYTES);
    if (c->over || conn->broken) {
        if (conn->broken)
            store_log(conn->store, "a client broke the protocol: connection closed");
        client_end(c);
        return;
    }
    if (step)
        conn_mark_dirty(conn);
    interest = (conn_may_read(conn) ? EPOLLIN : 0) | (conn_out(conn, &from) ? EPOLLOUT : 0);
    if (interest != c->interest && loop_change(c->loop, &c->source, interest) == 0)
        c->interest = interest;
}

static void client_ready(struct source *src, uint32_t events)
{
    struct client *c = list_entry(src, struct client, source);

    /* Requests sent before the hang-up are still carried out, if they need not wait: reading then
     * finds the end. */
    if ((events & (EPOLLERR | EPOLLHUP)) && !conn_may_read(c->conn))
        c->over = true;
    conn_mark_dirty(c->conn);
}

static void client_start(struct listener *l, int fd)
{
    struct client *c = xalloc(sizeof(*c));

    c->transport.service = client_service;
    c->source = (struct source){.fd = fd, .ready = client_ready};
    c->loop = l->loop;
    c->interest = EPOLLIN;
    c->conn = conn_new(l->loop->store, 0, true);
    c->conn->transport = &c->transport;
    if (loop_add(l->loop, &c->source, c->interest)) {
        store_log(l->loop->store, "cannot watch a client: %s", strerror(errno));
        client_end(c);
    }
}

/* No descriptor left: without taking the client off the queue, epoll would report it for ever. */
static void refuse_one(struct listener *l)
{
    int fd;

    store_log(l->loop->store, "out of file descriptors: a client is turned away");
    close(l->spare);
    fd = accept4(l->source.fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    l->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void listener_ready(struct source *src, uint32_t events)
{
    struct listener *l = list_entry(src, struct listener, source);
    int fd = accept4(l->source.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)events;
    if (fd >= 0)
        client_start(l, fd);
    else if (errno == EMFILE || errno == ENFILE)
        refuse_one(l);
}

static int make_parents(const char *path)
{
    char *copy = xstrdup(path);
    int rc = 0;

    for (char *p = strchr(copy + 1, '/'); p && !rc; p = strchr(p + 1, '/')) {
        *p = 0;
        if (mkdir(copy, 0755) && errno != EEXIST)
            rc = -1;
        *p = '/';
    }
    free(copy);
    return rc;
}

/* Remove a socket file that nobody listens at. -1 if somebody does, or it is something else. */
static int clear_stale(const struct sockaddr_un *addr)
{
    struct stat st;
    int fd, rc;

    if (lstat(addr->sun_path, &st))
        return errno == ENOENT ? 0 : -1;
    if (!S_ISSOCK(st.st_mode)) {
        errno = EEXIST;
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    rc = connect(fd, (const struct sockaddr *)addr, sizeof(*addr));
    close(fd);
    if (rc == 0) {
        errno = EADDRINUSE;
        return -1;
    }
    return unlink(addr->sun_path);
}

static int bind_and_listen(int fd, const struct sockaddr_un *addr)
{
    mode_t old = umask(0177);
    int rc = bind(fd, (const struct sockaddr *)addr, sizeof(*addr));

    umask(old);
    return rc ? rc : listen(fd, 128);
}

int listener_open(struct listener *l, struct loop *loop, const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = -1;

    if (strlen(path) >= sizeof(addr.sun_path)) {
        fprintf(stderr, "xenstored: socket path %s: longer than %zu bytes\n", path,
                sizeof(addr.sun_path) - 1);
        return -1;
    }
    strcpy(addr.sun_path, path);
    if (!make_parents(path) && !clear_stale(&addr))
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    *l = (struct listener){.source = {.fd = fd, .ready = listener_ready}, .loop = loop};
    if (fd < 0 || bind_and_listen(fd, &addr) || loop_add(loop, &l->source, EPOLLIN)) {
        fprintf(stderr, "xenstored: cannot listen at %s: %s%s\n", path, strerror(errno),
                errno == EADDRINUSE ? " (another xenstored runs there)" : "");
        if (fd >= 0)
            close(fd);
        return -1;
    }
    l->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    l->path = xstrdup(path);
    return 0;
}

void listener_close(struct listener *l)
{
    struct list *at, *tmp;

    list_for_each_safe (at, tmp, &l->loop->store->conns) {
        struct conn *conn = list_entry(at, struct conn, link);
        struct transport *t = conn->transport;

        if (t && t->service == client_service)
            client_end(list_entry(t, struct client, transport));
    }
    loop_remove(l->loop, &l->source);
    close(l->source.fd);
    close(l->spare);
    unlink(l->path);
    free(l->path);
}
