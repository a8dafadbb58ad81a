/* SPDX-License-Identifier: Apache-2.0 */
/* xenstored: options, start and end of the daemon. */
#include "daemon/detach.h"
#include "daemon/guests.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/socket.h"
#include "store/conn.h"
#include "store/path.h"
#include "store/store.h"
#include "store/txn.h"
#include "xenstore/client.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct options {
    bool foreground, verbose, no_domains;
    const char *pid_file, *trace_file, *socket;
};

/* The whole daemon. */
struct daemon {
    struct options options;
    struct store store;
    struct loop loop;
    struct listener listener;
    struct guests guests;
    struct source signals;
};

static int env_attach(void *data, struct domain *d)
{
    struct daemon *dm = data;

    return dm->options.no_domains ? ENOSYS : guests_attach(&dm->guests, d);
}

static void env_detach(void *data, struct domain *d)
{
    struct daemon *dm = data;

    if (!dm->options.no_domains)
        guests_detach(&dm->guests, d);
}

static void env_log(void *data, const char *line)
{
    (void)data;
    log_line(line);
}

static const struct store_env env = {.attach = env_attach, .detach = env_detach, .log = env_log};

static void usage(FILE *out)
{
    fputs("Usage: xenstored [OPTION...]\n"
          "The store of names and values by which domains find each other.\n\n"
          "  -N, --no-fork          stay in the foreground, log to stderr\n"
          "  -F, --pid-file PATH    write the process id to PATH\n"
          "  -T, --trace-file PATH  log every request to PATH\n"
          "  -v, --verbose          log every request\n"
          "      --socket PATH      listen there (" XSC_SOCKET_PATH ")\n"
          "      --no-domains       serve the socket only: no hypervisor is needed\n"
          "  -V, --version          print the version\n"
          "  -h, --help             print this\n",
          out);
}

static int parse_options(int argc, char **argv, struct options *o)
{
    enum { SOCKET = 256, NO_DOMAINS };
    static const struct option longs[] = {{"no-fork", no_argument, NULL, 'N'},
                                          {"pid-file", required_argument, NULL, 'F'},
                                          {"trace-file", required_argument, NULL, 'T'},
                                          {"verbose", no_argument, NULL, 'v'},
                                          {"socket", required_argument, NULL, SOCKET},
                                          {"no-domains", no_argument, NULL, NO_DOMAINS},
                                          {"version", no_argument, NULL, 'V'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int c;

    *o = (struct options){.socket = XSC_SOCKET_PATH};
    while ((c = getopt_long(argc, argv, "NF:T:vVh", longs, NULL)) != -1) {
        switch (c) {
        case 'N':
            o->foreground = true;
            break;
        case 'F':
            o->pid_file = optarg;
            break;
        case 'T':
            o->trace_file = optarg;
            break;
        case 'v':
            o->verbose = true;
            break;
        case SOCKET:
            o->socket = optarg;
            break;
        case NO_DOMAINS:
            o->no_domains = true;
            break;
        case 'V':
            puts("xenstored (Domus)");
            exit(0);
        case 'h':
            usage(stdout);
            exit(0);
        default:
            usage(stderr);
            return -1;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "xenstored: unexpected argument '%s'; only options are taken\n",
                argv[optind]);
        return -1;
    }
    return 0;
}

/* Guests must not know which bucket or treap place a name gets. */
static void seed_random(void)
{
    uint64_t seed;

    hash_seed_random();
    if (getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed))
        tree_seed(seed);
}

/* The node by which tools see that a store daemon is there. */
static int make_initial_nodes(struct store *s)
{
    struct conn *c = conn_new(s, 0, true);
    struct scope sc = {.store = s, .conn = c};
    int rc = node_mkdir(&sc, "/tool/xenstored");

    conn_free(c);
    return rc;
}

static void signal_ready(struct source *src, uint32_t events)
{
    struct daemon *dm = list_entry(src, struct daemon, signals);
    struct signalfd_siginfo info;

    (void)events;
    while (read(src->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGHUP)
            log_reopen();
        else
            dm->loop.stop = true;
    }
}

static int open_signals(struct daemon *dm)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    dm->signals.ready = signal_ready;
    dm->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (dm->signals.fd >= 0 && loop_add(&dm->loop, &dm->signals, EPOLLIN) == 0)
        return 0;
    perror("xenstored: signalfd");
    return -1;
}

static int serve(struct daemon *dm, int ready)
{
    const struct options *o = &dm->options;

    if (o->pid_file && pid_file_write(o->pid_file))
        return -1;
    if (ready >= 0)
        detach_ready(ready);
    store_log(&dm->store, "ready, listening at %s", o->socket);
    loop_run(&dm->loop);
    store_log(&dm->store, "stopped");
    if (o->pid_file)
        unlink(o->pid_file);
    return 0;
}

static int run(struct daemon *dm, int ready)
{
    int rc = -1;

    seed_random();
    store_init(&dm->store, &env, dm);
    dm->store.log_requests = dm->options.verbose || dm->options.trace_file;
    if (loop_init(&dm->loop, &dm->store)) {
        perror("xenstored: epoll");
        return -1;
    }
    if (make_initial_nodes(&dm->store) || open_signals(dm))
        return -1;
    /* The socket first: it tells at once when another daemon runs, before any device is touched. */
    if (listener_open(&dm->listener, &dm->loop, dm->options.socket))
        return -1;
    if (dm->options.no_domains || guests_open(&dm->guests, &dm->loop) == 0) {
        rc = serve(dm, ready);
        listener_close(&dm->listener);
        store_fini(&dm->store);
        if (!dm->options.no_domains)
            guests_close(&dm->guests);
    } else {
        listener_close(&dm->listener);
        store_fini(&dm->store);
    }
    close(dm->signals.fd);
    loop_fini(&dm->loop);
    return rc;
}

int main(int argc, char **argv)
{
    static struct daemon the_daemon;
    struct daemon *dm = &the_daemon;
    int ready = -1, rc;

    if (parse_options(argc, argv, &dm->options))
        return 2;
    if (!dm->options.foreground) {
        ready = detach_start();
        if (ready < 0)
            return 1;
    }
    if (log_open(dm->options.trace_file, dm->options.foreground))
        return 1;
    rc = run(dm, ready);
    log_close();
    return rc ? 1 : 0;
}
