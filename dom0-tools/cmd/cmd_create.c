/* SPDX-License-Identifier: Apache-2.0 */
/* domus create: read the configuration, create, start supervision, let it run. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cfg/cfg.h"
#include "cfg/json.h"
#include "cmd/cmd.h"
#include "cmd/engine.h"

struct options {
    const char *file;
    bool console, no_monitor, foreground, dry_run, paused, quiet, debug;
    char **overrides;
    size_t override_count;
};

/* The first argument without '=' is the file, all others are assignments. -1: wrong. */
static int sort_arguments(struct options *o, int argc, char **argv)
{
    o->overrides = calloc(argc + 1, sizeof(*o->overrides));
    if (!o->overrides)
        return -1;
    for (int i = 0; i < argc; i++) {
        if (strchr(argv[i], '=') && access(argv[i], F_OK)) {
            o->overrides[o->override_count++] = argv[i];
        } else if (!o->file) {
            o->file = argv[i];
        } else {
            fprintf(stderr, "domus create: unexpected argument \"%s\", expected key=value\n",
                    argv[i]);
            return -1;
        }
    }
    return 0;
}

/* -1: go on; else the exit status. */
static int read_options(struct options *o, const struct cmd_spec *spec, int argc, char **argv)
{
    static const struct option longs[] = {
        {"defconfig", required_argument, NULL, 'f'},
        {"dryrun", no_argument, NULL, 'n'},
        {"quiet", no_argument, NULL, 'q'},
        {"vncviewer", no_argument, NULL, 'V'},
        {"vncviewer-autopass", no_argument, NULL, 'A'},
        {"ignore-global-affinity-masks", no_argument, NULL, 'i'},
        {0},
    };
    int opt, status;

    while ((opt = cmd_opt(argc, argv, "cdeFf:npqVA", longs, spec, &status)) >= 0) {
        switch (opt) {
        case 'c':
            o->console = true;
            break;
        case 'd':
            o->debug = true;
            break;
        case 'e':
            o->no_monitor = true;
            break;
        case 'F':
            o->foreground = true;
            break;
        case 'f':
            o->file = optarg;
            break;
        case 'n':
            o->dry_run = true;
            break;
        case 'p':
            o->paused = true;
            break;
        case 'q':
            o->quiet = true;
            break;
        case 'V':
        case 'A':
            fputs("domus create: PV guests have no VNC display, -V and -A are ignored\n", stderr);
            break;
        default:
            break; /* the affinity masks of xl.conf: nothing to do */
        }
    }
    if (opt == CMD_OPT_STOP)
        return status;
    o->dry_run = o->dry_run || cmd_globals.dry_run;
    return sort_arguments(o, argc - optind, argv + optind) ? 1 : -1;
}

static void print_warning(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "warning: %s\n", line);
}

/* `s` NULL: without the hypervisor, so node numbers in CPU lists are not known. */
static int read_config(struct session *s, const struct options *o, struct dom_config *config)
{
    struct cfg_diag diag = {.warn = o->quiet ? NULL : print_warning};
    struct cfg_topology topology = {0};
    unsigned int *nodes = NULL;
    int rc;

    if (o->file && !o->quiet)
        fprintf(stderr, "Parsing config from %s\n", o->file);
    if (s) {
        topology.cpus = host_nodes(s, &nodes);
        topology.node_of_cpu = nodes;
    }
    rc = cfg_read(config, o->file, o->overrides, o->override_count,
                  topology.cpus ? &topology : NULL, &diag);
    free(nodes);
    if (rc)
        fprintf(stderr, "%s\n", diag.error);
    return rc;
}

static void print_config(const struct dom_config *config, FILE *out)
{
    char *text = cfg_json_text(config);

    fputs(text, out);
    free(text);
}

static int dry_run(const struct options *o)
{
    char error[CMD_ERROR_MAX];
    struct dom_config config;
    struct session s;
    bool have_host = session_open(&s, error) == 0;
    int rc;

    dom_config_init(&config);
    rc = read_config(have_host ? &s : NULL, o, &config);
    if (!rc)
        print_config(&config, stdout);
    dom_config_free(&config);
    if (have_host)
        session_close(&s);
    return rc ? 1 : 0;
}

/*
 * A create that is interrupted undoes what it did: these signals wait until it has either failed or
 * come to its end.
 */
static void creation_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
}

static void hold_signals(bool hold)
{
    sigset_t set;

    creation_signals(&set);
    sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static bool interrupted(void)
{
    sigset_t pending;

    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 ||
            sigismember(&pending, SIGHUP) == 1);
}

/* Undoes a creation whose last steps failed. */
static int give_up(struct session *s, uint32_t domid, const char *why)
{
    char error[CMD_ERROR_MAX];

    fprintf(stderr, "%s\n", why);
    if (domain_destroy(s, domid, error))
        fprintf(stderr, "%s\n", error);
    return 1;
}

/* In the foreground we are the monitor ourselves; a console then needs a process of its own. */
static int stay(struct session *s, const struct options *o, uint32_t domid)
{
    pid_t child = -1;
    int rc;

    if (o->console) {
        fflush(NULL);
        child = fork();
        if (child == 0)
            _exit(console_attach(domid, 0x1d, 5000));
    }
    rc = monitor_run(s, domid, -1);
    if (child > 0)
        waitpid(child, NULL, 0);
    return rc;
}

static int run(struct session *s, const struct options *o, const struct dom_config *config,
               uint32_t domid)
{
    char error[CMD_ERROR_MAX];

    if (interrupted())
        return give_up(s, domid, "interrupted");
    if (!o->foreground && !o->no_monitor && monitor_start(domid, config->name, error))
        return give_up(s, domid, error);
    if (!o->paused && dom_unpause(s->host, domid)) {
        snprintf(error, sizeof(error), "cannot start domain %u: %s", domid, strerror(errno));
        return give_up(s, domid, error);
    }
    hold_signals(false);
    if (o->foreground)
        return stay(s, o, domid);
    return o->console ? console_attach(domid, 0x1d, 5000) : 0;
}

static int create(const struct options *o)
{
    char error[CMD_ERROR_MAX];
    struct dom_config config;
    struct session s;
    uint32_t domid;
    int rc = 1;

    if (session_begin(&s))
        return 1;
    dom_config_init(&config);
    if (read_config(&s, o, &config) == 0) {
        if (o->debug)
            print_config(&config, stderr);
        hold_signals(true);
        if (domain_create(&s, &config, &domid, error))
            fprintf(stderr, "%s\n", error);
        else
            rc = run(&s, o, &config, domid);
        hold_signals(false);
    }
    dom_config_free(&config);
    session_close(&s);
    return rc;
}

int cmd_create(const struct cmd_spec *spec, int argc, char **argv)
{
    struct options o = {0};
    int rc = read_options(&o, spec, argc, argv);

    if (rc < 0) {
        if (!o.file && o.override_count == 0) {
            fprintf(stderr, "domus create: no configuration (usage: domus create %s)\n",
                    spec->usage);
            rc = 1;
        } else {
            rc = o.dry_run ? dry_run(&o) : create(&o);
        }
    }
    free(o.overrides);
    return rc;
}
