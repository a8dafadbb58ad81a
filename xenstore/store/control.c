/* SPDX-License-Identifier: Apache-2.0 */
/* CONTROL: what an administrator asks of the daemon itself (xenstore-control). One row per command.
 */
#include "store/conn.h"
#include "store/request.h"
#include "store/store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct output {
    char *text;
    size_t size, len;
};

static void __attribute__((format(printf, 2, 3))) put(struct output *o, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(o->text + o->len, o->size - o->len, fmt, ap);
    va_end(ap);
    if (n > 0)
        o->len += (size_t)n < o->size - o->len ? (size_t)n : o->size - o->len - 1;
}

static bool parse_u32(const char *text, uint32_t *value)
{
    char *end;
    unsigned long n;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    n = strtoul(text, &end, 10);
    *value = (uint32_t)n;
    return !errno && !*end && n <= UINT32_MAX;
}

static int do_check(struct store *s, size_t argc, const char *const *argv, struct output *o)
{
    (void)argc;
    (void)argv;
    put(o, store_check(s) ? "OK" : "inconsistent, see the log");
    return 0;
}

static int do_log(struct store *s, size_t argc, const char *const *argv, struct output *o)
{
    if (argc != 1 || (strcmp(argv[0], "on") && strcmp(argv[0], "off")))
        return EINVAL;
    s->log_requests = !strcmp(argv[0], "on");
    put(o, "OK");
    return 0;
}

static int do_print(struct store *s, size_t argc, const char *const *argv, struct output *o)
{
    if (argc != 1)
        return EINVAL;
    store_log(s, "control: %s", argv[0]);
    put(o, "OK");
    return 0;
}

/* Watches, transactions and outstanding requests of all connections of DOMID. */
static void put_usage(struct store *s, uint32_t domid, struct output *o)
{
    uint32_t watches = 0, transactions = 0, outstanding = 0;
    struct list *l;

    list_for_each (l, &s->conns) {
        const struct conn *c = list_entry(l, struct conn, link);

        if (c->who.domid != domid)
            continue;
        watches += c->watch_count;
        transactions += c->txn_count;
        outstanding += c->outstanding;
    }
    put(o, "Domain %u:\n%-17s: %8u\n%-17s: %8u\n%-17s: %8u\n%-17s: %8u\n", domid, "nodes",
        s->nodes[domid], "watches", watches, "transactions", transactions, "outstanding",
        outstanding);
}

static int do_quota(struct store *s, size_t argc, const char *const *argv, struct output *o)
{
    uint32_t value, *quota;

    if (!argc) {
        put(o, "Quota settings:\n");
#define PUT_QUOTA(field, name, number, text) put(o, "%-17s: %8u %s\n", name, s->quotas.field, text);
        STORE_QUOTAS(PUT_QUOTA)
#undef PUT_QUOTA
        return 0;
    }
    if (argc == 3 && !strcmp(argv[0], "set")) {
        quota = store_quota(s, argv[1]);
        if (!quota || !parse_u32(argv[2], &value))
            return EINVAL;
        *quota = value;
        put(o, "OK");
        return 0;
    }
    if (argc != 1 || !parse_u32(argv[0], &value) || value >= DOMID_LIMIT)
        return EINVAL;
    put_usage(s, value, o);
    return 0;
}

static int do_memreport(struct store *s, size_t argc, const char *const *argv, struct output *o)
{
    uint32_t conns = 0, domains = 0;
    uint64_t nodes = 0;
    struct list *l;

    (void)argc;
    (void)argv;
    list_for_each (l, &s->conns)
        conns++;
    list_for_each (l, &s->domains)
        domains++;
    for (uint32_t i = 0; i < DOMID_LIMIT; i++)
        nodes += s->nodes[i];
    put(o, "nodes %llu\nconnections %u\ndomains %u\nwatches %zu\nevents waiting %zu\n",
        (unsigned long long)nodes, conns, domains, s->watches.count, s->events.count);
    return 0;
}

static int do_help(struct store *s, size_t argc, const char *const *argv, struct output *o);

static const struct command {
    const char *name;
    int (*fn)(struct store *s, size_t argc, const char *const *argv, struct output *o);
    const char *usage;
} commands[] = {
    {"check", do_check, ""},         {"help", do_help, ""},
    {"log", do_log, "on|off"},       {"memreport", do_memreport, ""},
    {"print", do_print, "<string>"}, {"quota", do_quota, "[set <name> <value>|<domid>]"},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static int do_help(struct store *s, size_t argc, const char *const *argv, struct output *o)
{
    (void)s;
    (void)argc;
    (void)argv;
    put(o, "Supported commands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        put(o, "%s\t\t%s\n", commands[i].name, commands[i].usage);
    return 0;
}

int control_command(struct store *s, size_t argc, const char *const *argv, char *out, size_t size)
{
    struct output o = {.text = out, .size = size};

    out[0] = 0;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!strcmp(argv[0], commands[i].name))
            return commands[i].fn(s, argc - 1, argv + 1, &o);
    }
    return EINVAL;
}
