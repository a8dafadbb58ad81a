/* SPDX-License-Identifier: Apache-2.0 */
/*
 * domus-consoled: options, start and end of the console daemon. It reports success to its starter
 * only when it serves; a second one on the same pid file is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <domus/evtchn.h>
#include <domus/gnttab.h>
#include <xenstore/client.h>

#include "consoled.h"

#define LOG_CAP_DEFAULT (1UL << 20)
#define LOG_CAP_LEAST   4096UL

static const char usage[] =
    "Usage: domus-consoled [OPTION]...\n"
    "Serves the consoles of all guests: logs them from the first byte, and lets terminals attach.\n"
    "\n"
    "  -N, --no-fork        stay in the foreground, messages to stderr\n"
    "      --pid-file FILE  default /run/domus/consoled.pid\n"
    "      --log-dir DIR    guest-NAME.log are kept here; default /var/log/domus/console\n"
    "      --log-size BYTES a log larger than this is moved to .log.1; default 1048576\n"
    "      --run-dir DIR    sockets are DIR/console/DOMID; default /run/domus\n"
    "  -h, --help           this text\n"
    "\n"
    "SIGHUP opens the logs anew. SIGTERM ends the daemon; guests keep what they print meanwhile in "
    "their rings.\n";

static int parse_size(const char *text, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    if (errno || end == text || *end || text[0] == '-' || *value < LOG_CAP_LEAST) {
        fprintf(stderr, "domus-consoled: --log-size '%s': expected a number of bytes from %lu on\n",
                text, LOG_CAP_LEAST);
        return -1;
    }
    return 0;
}

/* 0: go on; 1: done, successfully; -1: wrong usage. */
static int parse_options(struct consoled *c, int argc, char **argv)
{
    enum { PID_FILE = 256, LOG_DIR, LOG_SIZE, RUN_DIR };
    static const struct option options[] = {
        {"no-fork", no_argument, NULL, 'N'},
        {"pid-file", required_argument, NULL, PID_FILE},
        {"log-dir", required_argument, NULL, LOG_DIR},
        {"log-size", required_argument, NULL, LOG_SIZE},
        {"run-dir", required_argument, NULL, RUN_DIR},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "Nh", options, NULL)) != -1) {
        switch (option) {
        case 'N':
            c->fork = false;
            break;
        case PID_FILE:
            c->pid_file = optarg;
            break;
        case LOG_DIR:
            c->log_dir = optarg;
            break;
        case LOG_SIZE:
            if (parse_size(optarg, &c->log_cap) < 0)
                return -1;
            break;
        case RUN_DIR:
            c->run_dir = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            return 1;
        default:
            return -1;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "domus-consoled: unexpected argument '%s'\n", argv[optind]);
        return -1;
    }
    return 0;
}

/* mkdir -p */
static int make_dirs(const char *path)
{
    char copy[512];

    if ((size_t)snprintf(copy, sizeof(copy), "%s", path) >= sizeof(copy)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (char *p = copy + 1;; p++) {
        char kept = *p;

        if (kept != '/' && kept != '\0')
            continue;
        *p = '\0';
        if (mkdir(copy, 0750) < 0 && errno != EEXIST)
            return -1;
        if (kept == '\0')
            return 0;
        *p = kept;
    }
}

static int fail(const char *what)
{
    say("%s: %s", what, strerror(errno));
    return -1;
}

/* The lock goes with the process, so a pid file that was left behind is no obstacle. */
static int lock_pid_file(struct consoled *c)
{
    char text[16];
    int n;

    c->pid_fd = open(c->pid_file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (c->pid_fd < 0)
        return fail(c->pid_file);
    if (flock(c->pid_fd, LOCK_EX | LOCK_NB) < 0) {
        say("%s is locked: another console daemon runs", c->pid_file);
        return -1;
    }
    n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
    if (ftruncate(c->pid_fd, 0) < 0 || write(c->pid_fd, text, (size_t)n) != n)
        return fail(c->pid_file);
    return 0;
}

static int take_signals(struct consoled *c)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -1;
    c->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return c->signals < 0 ? -1 : 0;
}

static int set_up(struct consoled *c)
{
    char sockets[512];

    snprintf(sockets, sizeof(sockets), "%s/console", c->run_dir);
    if (make_dirs(sockets) < 0)
        return fail(sockets);
    if (make_dirs(c->log_dir) < 0)
        return fail(c->log_dir);
    if (lock_pid_file(c) < 0)
        return -1;
    c->host = dom_open();
    if (!c->host)
        return fail("/dev/xen/privcmd");
    c->gntdev = dom_gnttab_open();
    if (c->gntdev < 0)
        return fail("/dev/xen/gntdev");
    c->evtchn = dom_evtchn_open();
    if (c->evtchn < 0)
        return fail("/dev/xen/evtchn");
    c->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (c->inotify < 0)
        return fail("inotify");
    if (take_signals(c) < 0)
        return fail("signals");
    return 0;
}

static void report_ready(void *argument)
{
    int *pipe_end = argument;
    int null;

    if (*pipe_end < 0)
        return;
    say_init(true);
    null = open("/dev/null", O_RDWR);
    for (int fd = 0; null >= 0 && fd < 3; fd++)
        dup2(null, fd);
    if (null > 2)
        close(null);
    if (write(*pipe_end, "", 1) != 1)
        say("starter is gone");
    close(*pipe_end);
    *pipe_end = -1;
}

/* Returns in the child with the pipe's end; the parent waits for the child to serve and exits. -1:
 * failure. */
static int go_background(void)
{
    int ends[2];
    char byte;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    pid = fork();
    if (pid < 0)
        return -1;
    if (pid > 0) {
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) == 1 ? 0 : 1);
    }
    close(ends[0]);
    setsid();
    return ends[1];
}

int main(int argc, char **argv)
{
    struct consoled c = {
        .log_dir = "/var/log/domus/console",
        .run_dir = "/run/domus",
        .pid_file = "/run/domus/consoled.pid",
        .log_cap = LOG_CAP_DEFAULT,
        .fork = true,
        .gntdev = -1,
        .evtchn = -1,
        .inotify = -1,
        .signals = -1,
        .pid_fd = -1,
    };
    int starter = -1, rc = parse_options(&c, argc, argv);

    if (rc)
        return rc < 0 ? 2 : 0;
    if (c.fork) {
        starter = go_background();
        if (starter < 0) {
            fail("cannot go to the background");
            return 1;
        }
    }
    if (set_up(&c) < 0)
        return 1;
    rc = loop_run(&c, report_ready, &starter);
    xsc_close(c.store);
    dom_close(c.host);
    unlink(c.pid_file);
    return rc < 0 ? 1 : 0;
}
