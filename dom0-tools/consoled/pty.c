/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pseudo-terminal of a guest, for tools that open the device named in console/tty. Nothing is
 * written to it while nobody has it open, so a reader finds the history and not a stale queue;
 * inotify tells who opens and closes it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <termios.h>
#include <unistd.h>

#include "consoled.h"

static int set_raw(int fd)
{
    struct termios t;

    if (tcgetattr(fd, &t) < 0)
        return -1;
    cfmakeraw(&t);
    return tcsetattr(fd, TCSANOW, &t);
}

static int set_up(struct consoled *c, struct guest *g)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

    if (master < 0)
        return -1;
    g->pty = (struct reader){.fd = master};
    if (grantpt(master) < 0 || unlockpt(master) < 0 ||
        ptsname_r(master, g->pty_name, sizeof(g->pty_name)) != 0)
        return -1;
    /* Ours stays open: the settings live as long as anybody has the slave open. It comes before the
     * watch. */
    g->pty_slave = open(g->pty_name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (g->pty_slave < 0 || set_raw(g->pty_slave) < 0)
        return -1;
    g->pty_watch = inotify_add_watch(c->inotify, g->pty_name, IN_OPEN | IN_CLOSE);
    return g->pty_watch < 0 ? -1 : 0;
}

int pty_open(struct consoled *c, struct guest *g)
{
    if (set_up(c, g) == 0)
        return 0;
    int saved = errno;
    pty_close(c, g);
    errno = saved;
    return -1;
}

void pty_close(struct consoled *c, struct guest *g)
{
    if (g->pty_watch >= 0)
        inotify_rm_watch(c->inotify, g->pty_watch);
    if (g->pty_slave >= 0)
        close(g->pty_slave);
    if (g->pty.fd >= 0)
        close(g->pty.fd);
    g->pty.fd = g->pty_slave = g->pty_watch = -1;
    g->pty_opens = 0;
    g->pty_name[0] = '\0';
}

bool pty_active(const struct guest *g)
{
    return g->pty.fd >= 0 && g->pty_opens > 0;
}

static void changed(struct consoled *c, struct guest *g, uint32_t mask)
{
    if (mask & IN_OPEN) {
        if (g->pty_opens++ == 0)
            reader_open(c, g, &g->pty, g->pty.fd);
    }
    if ((mask & IN_CLOSE) && g->pty_opens > 0) {
        if (--g->pty_opens == 0)
            tcflush(g->pty_slave, TCIFLUSH); /* history that nobody took */
    }
}

void pty_events(struct consoled *c)
{
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t n = read(c->inotify, buffer, sizeof(buffer));

    for (char *p = buffer; n > 0 && p < buffer + n;) {
        const struct inotify_event *e = (const struct inotify_event *)p;

        for (struct guest *g = c->guests; g; g = g->next) {
            if (g->pty_watch >= 0 && g->pty_watch == e->wd)
                changed(c, g, e->mask);
        }
        p += sizeof(*e) + e->len;
    }
}
