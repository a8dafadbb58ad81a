/* SPDX-License-Identifier: Apache-2.0 */
/* The xenstore commands: table, options, connection and transaction around each. */
#include "cmd/cmd.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *program = "xenstore";

/* clang-format off */
static const struct cmd commands[] = {
    {"read",    "hpsR",  "[-h] [-p] [-s] [-R] key [...]",                       1, -1, true,  cmd_read},
    {"write",   "hsR",   "[-h] [-s] [-R] key value [...]",                      2, -1, true,  cmd_write},
    {"rm",      "hst",   "[-h] [-s] [-t] key [...]",                            1, -1, true,  cmd_rm},
    {"exists",  "hps",   "[-h] [-p] [-s] key [...]",                            1, -1, true,  cmd_exists},
    {"list",    "hps",   "[-h] [-p] [-s] key [...]",                            1, -1, true,  cmd_list},
    {"ls",      "hfps",  "[-h] [-f] [-p] [-s] [path]",                          0, 1,  false, cmd_ls},
    {"chmod",   "hurs",  "[-h] [-u] [-r] [-s] key <mode [modes...]>",           2, -1, true,  cmd_chmod},
    {"watch",   "hn:s",  "[-h] [-n NR] key [...]",                              1, -1, false, cmd_watch},
    {"control", "hs",    "[-h] command [args...]",                              1, -1, false, cmd_control},
};
/* clang-format on */

int cmd_fail(const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "%s: ", program);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return 1;
}

static const struct cmd *find(const char *name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    }
    return NULL;
}

static int usage(const struct cmd *c)
{
    return cmd_fail("Usage: %s %s", program, c->usage);
}

/* A count of events: a positive number. */
static bool parse_count(const char *text, unsigned *count)
{
    char *end;
    unsigned long n;

    errno = 0;
    n = strtoul(text, &end, 10);
    *count = (unsigned)n;
    return *text >= '0' && *text <= '9' && !*end && !errno && n && n <= UINT32_MAX;
}

/* 0 with optind at the first argument, or 1 after a message. */
static int parse_options(const struct cmd *c, struct cmd_options *o, int argc, char **argv)
{
    int opt;

    while ((opt = getopt(argc, argv, c->options)) != -1) {
        switch (opt) {
        case 'p':
            o->prefix = o->perms = true;
            break;
        case 'R':
            o->raw = true;
            break;
        case 'f':
            o->full = true;
            break;
        case 't':
            o->tidy = true;
            break;
        case 'u':
            o->upwards = true;
            break;
        case 'r':
            o->recursive = true;
            break;
        case 's': /* the socket is what is tried first anyway */
            break;
        case 'n':
            if (!parse_count(optarg, &o->count))
                return cmd_fail("-n %s: expected a number of events, 1 or more", optarg);
            break;
        default:
            return usage(c);
        }
    }
    argc -= optind;
    if (argc < c->min_args || (c->max_args >= 0 && argc > c->max_args))
        return usage(c);
    if (c->run == cmd_write && argc % 2)
        return usage(c);
    return 0;
}

/* One try in a transaction. 0 or 1; *AGAIN if it met a conflict and is to be repeated. */
static int attempt(const struct cmd *c, struct xsc_handle *h, const struct cmd_options *o, int argc,
                   char **argv, bool *again)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    xsc_txn t;
    int rc, end;

    *again = false;
    if (!out)
        return cmd_fail("out of memory");
    if (xsc_transaction_start(h, &t)) {
        rc = cmd_fail("couldn't start transaction: %s", strerror(errno));
        goto out;
    }
    rc = c->run(h, t, o, argc, argv, out);
    end = xsc_transaction_end(h, t, !rc);
    if (!rc && end < 0)
        rc = cmd_fail("couldn't end transaction: %s", strerror(errno));
    *again = !rc && end == XSC_AGAIN;
out:
    fclose(out);
    if (!*again)
        fwrite(text, 1, len, stdout);
    free(text);
    return rc;
}

static int run(const struct cmd *c, const struct cmd_options *o, int argc, char **argv)
{
    struct xsc_handle *h = xsc_open();
    bool again = false;
    int rc;

    if (!h)
        return cmd_fail("xs_open: %s", strerror(errno));
    if (!c->transaction) {
        rc = c->run(h, XSC_NO_TXN, o, argc, argv, stdout);
    } else {
        do {
            rc = attempt(c, h, o, argc, argv, &again);
        } while (again);
    }
    xsc_close(h);
    if (fflush(stdout))
        return cmd_fail("standard output: %s", strerror(errno));
    return rc;
}

int main(int argc, char **argv)
{
    struct cmd_options o = {0};
    const char *base = strrchr(argv[0], '/'), *name;
    const struct cmd *c;

    program = base ? base + 1 : argv[0];
    if (!strncmp(program, "xenstore-", 9)) {
        name = program + 9;
    } else {
        if (argc < 2)
            return cmd_fail("Usage: %s <mode> [-h] [...]", program);
        name = argv[1];
        argv++;
        argc--;
    }
    c = find(name);
    if (!c)
        return cmd_fail("unknown mode %s", name);
    if (parse_options(c, &o, argc, argv))
        return 1;
    return run(c, &o, argc - optind, argv + optind);
}
