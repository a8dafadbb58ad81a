/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connection of a client: opening, and exchanging messages with bounded waits. Invariant: outside
 * of a call no request is unanswered; a call that gives up half-way marks the handle broken,
 * because a late answer could be taken for another's.
 */
#include "client/handle.h"

#include "wire/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_TIMEOUT_MS 30000

static int open_socket(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd, saved;

    if (strlen(path) >= sizeof(addr.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(addr.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
        fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

struct xsc_handle *xsc_open_path(const char *path)
{
    struct xsc_handle *h;
    struct stat st;
    int fd;

    if (stat(path, &st))
        return NULL;
    if (S_ISSOCK(st.st_mode))
        fd = open_socket(path);
    else
        fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    h = calloc(1, sizeof(*h));
    if (!h) {
        close(fd);
        errno = ENOMEM;
        return NULL;
    }
    h->fd = fd;
    h->timeout_ms = DEFAULT_TIMEOUT_MS;
    h->last = &h->first;
    return h;
}

struct xsc_handle *xsc_open(void)
{
    const char *path = getenv("XENSTORED_PATH");
    struct xsc_handle *h;

    if (path && *path)
        return xsc_open_path(path);
    h = xsc_open_path(XSC_SOCKET_PATH);
    return h ? h : xsc_open_path(XSC_DEVICE_PATH);
}

void xsc_close(struct xsc_handle *h)
{
    if (!h)
        return;
    while (h->first) {
        struct queued_event *e = h->first;

        h->first = e->next;
        free(e);
    }
    close(h->fd);
    free(h);
}

int xsc_fileno(const struct xsc_handle *h)
{
    return h->fd;
}

void xsc_set_timeout(struct xsc_handle *h, int ms)
{
    h->timeout_ms = ms;
}

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* When a wait of TIMEOUT_MS from now ends; negative: never. */
static int64_t deadline_after(int timeout_ms)
{
    return timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
}

static int left_ms(int64_t deadline)
{
    int64_t left;

    if (deadline < 0)
        return -1;
    left = deadline - now_ms();
    return left > 0 ? (int)left : 0;
}

static int fail(struct xsc_handle *h, int error)
{
    h->broken = true;
    errno = error;
    return -1;
}

/* Wait for EVENTS on the descriptor: 1 there, 0 time is up, -1 error. A signal only shortens the
 * wait. */
static int wait_fd(struct xsc_handle *h, short events, int64_t deadline)
{
    struct pollfd p = {.fd = h->fd, .events = events};
    int n;

    do {
        n = poll(&p, 1, left_ms(deadline));
    } while (n < 0 && errno == EINTR);
    return n;
}

/* Read up to LEN bytes without waiting: their number, 0 if none are there, -1 at the end of the
 * stream. */
static ssize_t read_some(struct xsc_handle *h, void *buf, size_t len)
{
    ssize_t n;

    do {
        n = read(h->fd, buf, len);
    } while (n < 0 && errno == EINTR);
    if (n > 0)
        return n;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    return fail(h, ECONNRESET);
}

int xsc_receive(struct xsc_handle *h, int timeout_ms)
{
    const size_t head = sizeof(h->header);
    int64_t deadline = deadline_after(timeout_ms);

    if (h->broken) {
        errno = ENOTCONN;
        return -1;
    }
    for (;;) {
        char *to = h->received < head ? (char *)&h->header + h->received
                                      : h->payload + (h->received - head);
        size_t want =
            h->received < head ? head - h->received : h->header.len - (h->received - head);
        ssize_t n = want ? read_some(h, to, want) : 0;
        int ready;

        if (n < 0)
            return -1;
        h->received += (size_t)n;
        if (h->received >= head && h->header.len > XENSTORE_PAYLOAD_MAX)
            return fail(h, EPROTO);
        if (h->received >= head && h->received == head + h->header.len) {
            h->payload[h->header.len] = 0;
            h->received = 0;
            return 1;
        }
        if (n > 0)
            continue;
        ready = wait_fd(h, POLLIN, deadline);
        if (ready < 0)
            return fail(h, errno);
        if (!ready)
            return 0;
    }
}

int xsc_queue_event(struct xsc_handle *h)
{
    size_t len = h->header.len, path = strnlen(h->payload, len);
    struct queued_event *e;

    /* Two strings, each with its NUL. */
    if (path + 1 >= len || strnlen(h->payload + path + 1, len - path - 1) + path + 2 > len)
        return fail(h, EPROTO);
    e = malloc(sizeof(*e) + len);
    if (!e)
        return fail(h, ENOMEM);
    e->next = NULL;
    e->len = len;
    memcpy(e->data, h->payload, len);
    *h->last = e;
    h->last = &e->next;
    return 0;
}

/* Write the whole request. One call for all where possible: the kernel's device takes it as one
 * message. */
static int send_all(struct xsc_handle *h, const char *data, size_t len)
{
    int64_t deadline = deadline_after(h->timeout_ms);
    size_t sent = 0;

    while (sent < len) {
        ssize_t n = write(h->fd, data + sent, len - sent);
        int ready;

        if (n > 0) {
            sent += (size_t)n;
            continue;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0 || errno == EPIPE)
            return fail(h, ECONNRESET);
        if (errno != EAGAIN && errno != EWOULDBLOCK) {
            /* The kernel's device refuses some requests itself, whole and before sending anything.
             */
            if (!sent && errno != ECONNRESET)
                return -1;
            return fail(h, ECONNRESET);
        }
        ready = wait_fd(h, POLLOUT, deadline);
        if (ready <= 0)
            return fail(h, ready ? errno : ETIMEDOUT);
    }
    return 0;
}

static int send_request(struct xsc_handle *h, const struct xsd_sockmsg *header,
                        const struct piece *pieces, size_t count)
{
    char buf[sizeof(*header) + XENSTORE_PAYLOAD_MAX];
    size_t len = sizeof(*header);

    memcpy(buf, header, sizeof(*header));
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].len)
            memcpy(buf + len, pieces[i].data, pieces[i].len);
        len += pieces[i].len;
    }
    return send_all(h, buf, len);
}

/* Wait for the answer to request ID of TYPE; events on the way are queued. */
static int await_answer(struct xsc_handle *h, uint32_t type, uint32_t id, size_t *len)
{
    int64_t deadline = deadline_after(h->timeout_ms);

    for (;;) {
        int rc = xsc_receive(h, left_ms(deadline));

        if (rc < 0)
            return -1;
        if (!rc)
            return fail(h, ETIMEDOUT);
        if (h->header.type == XS_WATCH_EVENT) {
            if (xsc_queue_event(h))
                return -1;
            continue;
        }
        if (h->header.req_id != id)
            return fail(h, EPROTO);
        if (h->header.type == XS_ERROR) {
            errno = wire_error_number(h->payload, h->header.len);
            return -1;
        }
        if (h->header.type != type)
            return fail(h, EPROTO);
        if (len)
            *len = h->header.len;
        return 0;
    }
}

int xsc_talk(struct xsc_handle *h, uint32_t type, xsc_txn t, const struct piece *pieces,
             size_t count, size_t *len)
{
    struct xsd_sockmsg header = {.type = type, .req_id = ++h->next_id, .tx_id = t};
    size_t total = 0;

    for (size_t i = 0; i < count; i++)
        total += pieces[i].len;
    if (total > XENSTORE_PAYLOAD_MAX) {
        errno = E2BIG;
        return -1;
    }
    if (h->broken) {
        errno = ENOTCONN;
        return -1;
    }
    header.len = (uint32_t)total;
    if (send_request(h, &header, pieces, count))
        return -1;
    return await_answer(h, type, header.req_id, len);
}

int xsc_talk_string(struct xsc_handle *h, uint32_t type, xsc_txn t, const char *text, size_t *len)
{
    struct piece p = {text, strlen(text) + 1};

    return xsc_talk(h, type, t, &p, 1, len);
}
