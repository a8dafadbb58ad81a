/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal on a guest's console: through the console daemon's socket, which replays what was
 * said before and then streams, or through the pseudo-terminal that console/tty names. The
 * terminal's settings are restored whatever happens short of SIGKILL.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <xenstore/client.h>

#include "cmd/cmd.h"

#define SOCKET_FORMAT "/run/domus/console/%u"

static int open_socket(unsigned int domid)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), cause;

    if (fd < 0)
        return -1;
    snprintf(address.sun_path, sizeof(address.sun_path), SOCKET_FORMAT, domid);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    cause = errno;
    close(fd);
    errno = cause;
    return -1;
}

/* The pseudo-terminal of a console daemon that has no sockets, such as Xen's own. */
static int open_tty(unsigned int domid)
{
    struct xsc_handle *xs = xsc_open();
    struct termios raw;
    char *path = NULL;
    int fd = -1;

    if (!xs)
        return -1;
    if (xsc_readf(xs, XSC_NO_TXN, &path, "/local/domain/%u/console/tty", domid) == 0 && *path)
        fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    free(path);
    xsc_close(xs);
    if (fd >= 0 && tcgetattr(fd, &raw) == 0) {
        cfmakeraw(&raw);
        tcsetattr(fd, TCSANOW, &raw);
    }
    return fd;
}

/* A domain that was made just now gets its console a moment later. */
static int open_console(unsigned int domid, int wait_ms)
{
    struct timespec pause = {0, 50 * 1000 * 1000};

    for (int waited = 0;; waited += 50) {
        int fd = open_socket(domid);

        if (fd < 0)
            fd = open_tty(domid);
        if (fd >= 0 || waited >= wait_ms)
            return fd;
        nanosleep(&pause, NULL);
    }
}

static int write_all(int fd, const char *bytes, ssize_t count)
{
    while (count > 0) {
        ssize_t n = write(fd, bytes, count);
        struct pollfd p = {.fd = fd, .events = POLLOUT};

        if (n > 0) {
            bytes += n;
            count -= n;
        } else if (n < 0 && errno == EAGAIN) {
            poll(&p, 1, -1);
        } else if (n < 0 && errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

/* 1: the escape character was typed; -1: the console is gone; 0: go on. *input: still open. */
static int from_terminal(int console, char escape, int *input)
{
    char buffer[512], *end;
    ssize_t n = read(*input, buffer, sizeof(buffer));

    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : -1;
    if (n == 0) {
        *input = -1; /* poll() passes over it: output goes on */
        return 0;
    }
    end = memchr(buffer, escape, n);
    if (write_all(console, buffer, end ? end - buffer : n))
        return -1;
    return end != NULL;
}

/* -1: the console is gone. */
static int from_console(int console)
{
    char buffer[4096];
    ssize_t n = read(console, buffer, sizeof(buffer));

    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : -1;
    if (n == 0)
        return -1;
    return write_all(STDOUT_FILENO, buffer, n);
}

static void transfer(int console, char escape)
{
    struct pollfd p[2] = {{.fd = console, .events = POLLIN},
                          {.fd = STDIN_FILENO, .events = POLLIN}};
    int rc = 0;

    while (rc == 0) {
        if (poll(p, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            break;
        }
        if (p[0].revents)
            rc = from_console(console);
        if (rc == 0 && p[1].revents)
            rc = from_terminal(console, escape, &p[1].fd);
    }
}

static struct termios saved;
static bool is_terminal;

static void restore(void)
{
    if (is_terminal)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved);
}

static void restore_and_die(int number)
{
    restore();
    signal(number, SIG_DFL);
    raise(number);
}

static void go_raw(void)
{
    static const int deadly[] = {SIGHUP, SIGINT, SIGTERM, SIGQUIT};
    struct termios raw;

    is_terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &saved) == 0;
    if (!is_terminal)
        return;
    for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
        signal(deadly[i], restore_and_die);
    raw = saved;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
}

int console_attach(unsigned int domid, char escape, int wait_ms)
{
    int console = open_console(domid, wait_ms);

    if (console < 0) {
        fprintf(stderr, "no console of domain %u: %s (is consoled running?)\n", domid,
                strerror(errno));
        return 1;
    }
    fflush(stdout);
    go_raw();
    transfer(console, escape);
    restore();
    close(console);
    return 0;
}
