/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers of a console: each gets the history and then what follows; the one that came first may
 * type, the others are told so when they try. A reader that does not keep up loses the oldest bytes
 * and is told how many.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "consoled.h"

static int bind_path(int fd, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    mode_t mask;
    int rc;

    _Static_assert(sizeof(((struct guest *)0)->socket_path) == sizeof(address.sun_path),
                   "as the kernel has it");
    memcpy(address.sun_path, path, sizeof(address.sun_path));
    unlink(path); /* of an earlier run, or of a domain that had this id */
    mask = umask(0177);
    rc = bind(fd, (struct sockaddr *)&address, sizeof(address));
    umask(mask);
    return rc;
}

int readers_listen(struct consoled *c, struct guest *g)
{
    int n = snprintf(g->socket_path, sizeof(g->socket_path), "%s/console/%u", c->run_dir, g->domid);

    if (n < 0 || (size_t)n >= sizeof(g->socket_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    g->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (g->listener < 0)
        return -1;
    if (bind_path(g->listener, g->socket_path) < 0 || listen(g->listener, READERS_MAX) < 0) {
        int saved = errno;
        close(g->listener);
        g->listener = -1;
        errno = saved;
        return -1;
    }
    return 0;
}

void readers_stop_listening(struct guest *g)
{
    if (g->listener < 0)
        return;
    close(g->listener);
    g->listener = -1;
    unlink(g->socket_path);
}

void reader_open(struct consoled *c, struct guest *g, struct reader *r, int fd)
{
    *r = (struct reader){.fd = fd, .position = history_oldest(&g->history), .order = ++c->order};
    reader_flush(g, r);
}

void readers_accept(struct consoled *c, struct guest *g)
{
    static const char full[] = "[domus: too many readers of this console]\r\n";
    int fd = accept4(g->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0)
        return;
    for (int i = 0; i < READERS_MAX; i++) {
        if (g->readers[i].fd < 0) {
            reader_open(c, g, &g->readers[i], fd);
            return;
        }
    }
    if (send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL) < 0)
        say("domain %u: %d readers already", g->domid, READERS_MAX);
    close(fd);
}

/* The reader that may type: of all there are, the one that came first. */
static struct reader *typist(struct guest *g)
{
    struct reader *first = pty_active(g) ? &g->pty : NULL;

    for (int i = 0; i < READERS_MAX; i++) {
        struct reader *r = &g->readers[i];

        if (r->fd >= 0 && !r->hung_up && (!first || r->order < first->order))
            first = r;
    }
    return first;
}

/* A word of ours among the guest's output. False if there is no room for it now. */
static bool tell(struct reader *r, const char *text)
{
    return write(r->fd, text, strlen(text)) > 0;
}

static void hand_over(struct guest *g)
{
    struct reader *r = g->gone ? NULL : typist(g);

    if (r && r->told) {
        r->told = false;
        tell(r, "\r\n[domus: you may type now]\r\n");
    }
}

void reader_close(struct guest *g, struct reader *r)
{
    if (r->fd < 0 || r == &g->pty)
        return;
    close(r->fd);
    r->fd = -1;
    hand_over(g);
}

/* Bytes that are gone are owned up to before what follows them is shown. */
static bool own_up(struct reader *r)
{
    char text[80];

    if (r->lost == 0)
        return true;
    snprintf(text, sizeof(text), "\r\n[domus: %llu bytes skipped]\r\n",
             (unsigned long long)r->lost);
    if (!tell(r, text))
        return false;
    r->lost = 0;
    return true;
}

void reader_flush(struct guest *g, struct reader *r)
{
    const char *bytes;
    uint64_t lost;
    size_t n;

    while (r->fd >= 0 && (n = history_peek(&g->history, &r->position, &bytes, &lost)) > 0) {
        ssize_t done;

        r->lost += lost;
        done = own_up(r) ? write(r->fd, bytes, n) : -1;
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno != EAGAIN)
            reader_close(g, r);
        if (done < 0)
            return;
        r->position += (uint64_t)done;
    }
}

void readers_flush(struct guest *g)
{
    for (int i = 0; i < READERS_MAX; i++)
        reader_flush(g, &g->readers[i]);
    if (pty_active(g))
        reader_flush(g, &g->pty);
}

bool readers_waiting(const struct guest *g)
{
    for (int i = 0; i < READERS_MAX; i++) {
        if (g->readers[i].fd >= 0 && g->readers[i].position < g->history.end)
            return true;
    }
    return pty_active(g) && g->pty.position < g->history.end;
}

void reader_input(struct consoled *c, struct guest *g, struct reader *r)
{
    char bytes[1024];
    size_t room = sizeof(bytes);
    struct reader *first = typist(g);
    bool may = first == r || !first;
    ssize_t n;

    if (may && g->page) {
        room = con_ring_space(&g->ring);
        if (room > sizeof(bytes))
            room = sizeof(bytes);
        if (room == 0)
            return;
    }
    n = read(r->fd, bytes, room);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n < 0) {
        reader_close(g, r);
        return;
    }
    if (n == 0) {
        /* It may still want to listen; a write will show if not. */
        r->hung_up = true;
        hand_over(g);
        return;
    }
    if (may && g->page) {
        guest_input(c, g, bytes, (size_t)n);
    } else if (!may && !r->told) {
        r->told = true;
        tell(r, "\r\n[domus: another reader has the keyboard]\r\n");
    }
}
