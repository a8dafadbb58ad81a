/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes of a domain. Permissions of a directory are set before its children, which inherit them. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uuid/uuid.h>

#include "cmd/nodes.h"

#define PATH_SIZE     256
#define CONSOLE_LIMIT 1048576 /* bytes of output kept for a console that nobody reads */

/* A transaction's writes under one directory; the first error sticks. */
struct writer {
    struct xsc_handle *xs;
    xsc_txn t;
    const char *base;
    uint32_t domid;
    int error; /* errno of the first failure, or 0 */
};

static void put(struct writer *w, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void put(struct writer *w, const char *name, const char *format, ...)
{
    char path[PATH_SIZE], value[PATH_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(value, sizeof(value), format, args);
    va_end(args);
    snprintf(path, sizeof(path), "%s/%s", w->base, name);
    if (!w->error && xsc_write(w->xs, w->t, path, value, strlen(value)))
        w->error = errno;
}

/* Makes `name` ("" is the directory itself); the guest may read it, or own it. */
static void make(struct writer *w, const char *name, bool guest_owns)
{
    struct xsc_perm read[2] = {{0, XSC_PERM_NONE}, {w->domid, XSC_PERM_READ}};
    struct xsc_perm own[1] = {{w->domid, XSC_PERM_NONE}};
    char path[PATH_SIZE];
    int rc;

    snprintf(path, sizeof(path), "%s%s%s", w->base, *name ? "/" : "", name);
    if (w->error)
        return;
    rc = xsc_mkdir(w->xs, w->t, path);
    if (!rc)
        rc = xsc_set_perms(w->xs, w->t, path, guest_owns ? own : read, guest_owns ? 1 : 2);
    if (rc)
        w->error = errno;
}

static void put_cpus(struct writer *w, const struct dom_config *config)
{
    char name[64];

    make(w, "cpu", false);
    for (unsigned int v = 0; v < config->max_vcpus; v++) {
        snprintf(name, sizeof(name), "cpu/%u", v);
        make(w, name, false);
        snprintf(name, sizeof(name), "cpu/%u/availability", v);
        put(w, name, "%s", v < config->vcpus ? "online" : "offline");
    }
}

/* Where the guest reports and answers. */
static void make_guest_owned(struct writer *w)
{
    static const char *const names[] = {
        "control/shutdown",
        "control/feature-poweroff",
        "control/feature-reboot",
        "control/feature-suspend",
        "control/sysrq",
        "data",
        "drivers",
        "feature",
        "attr",
        "error",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        make(w, names[i], true);
}

static void write_vm(struct writer *w, const struct dom_config *config, const char *uuid)
{
    make(w, "", false);
    put(w, "uuid", "%s", uuid);
    put(w, "name", "%s", config->name);
    put(w, "start_time", "%ld.00", (long)time(NULL));
}

static void write_domain(struct writer *w, const struct dom_config *config, const char *vm)
{
    make(w, "", false);
    put(w, "name", "%s", config->name);
    put(w, "domid", "%u", w->domid);
    put(w, "vm", "%s", vm);
    put(w, "memory/static-max", "%llu", (unsigned long long)config->max_kib);
    put(w, "memory/target", "%llu", (unsigned long long)config->memory_kib);
    put_cpus(w, config);
    make(w, "device", false);
    make(w, "control", false);
    put(w, "control/platform-feature-multiprocessor-suspend", "1");
    put(w, "control/platform-feature-xs_reset_watches", "1");
    make_guest_owned(w);
}

static void write_console(struct writer *w)
{
    make(w, "console", false);
    put(w, "console/backend-id", "0");
    put(w, "console/type", "xenconsoled");
    put(w, "console/output", "pty");
    put(w, "console/limit", "%d", CONSOLE_LIMIT);
    put(w, "console/tty", "%s", "");
}

/* Runs `body` in a transaction until it is committed or fails. */
static int in_transaction(struct session *s, struct writer *w,
                          void (*body)(struct writer *w, void *context), void *context, char *error)
{
    int rc;

    do {
        w->error = 0;
        if (xsc_transaction_start(s->xs, &w->t))
            return cmd_fail(error, "cannot start a xenstore transaction: %s", strerror(errno));
        body(w, context);
        rc = xsc_transaction_end(s->xs, w->t, w->error == 0);
    } while (rc == XSC_AGAIN);
    if (w->error || rc)
        return cmd_fail(error, "cannot write the xenstore nodes of domain %u: %s", w->domid,
                        strerror(w->error ? w->error : errno));
    return 0;
}

static void create_body(struct writer *w, void *context)
{
    const struct dom_config *config = context;
    char domain[PATH_SIZE], vm[PATH_SIZE], uuid[37];

    uuid_unparse_lower(config->uuid, uuid);
    snprintf(domain, sizeof(domain), "/local/domain/%u", w->domid);
    snprintf(vm, sizeof(vm), "/vm/%s", uuid);
    w->base = vm;
    write_vm(w, config, uuid);
    w->base = domain;
    write_domain(w, config, vm);
    write_console(w);
    w->base = NULL;
}

/* On a host where nothing else has written what dom0 is called. */
static void name_dom0(struct session *s)
{
    if (xsc_exists(s->xs, XSC_NO_TXN, "/local/domain/0/name") != 0)
        return;
    xsc_write(s->xs, XSC_NO_TXN, "/local/domain/0/name", "Domain-0", strlen("Domain-0"));
    xsc_write(s->xs, XSC_NO_TXN, "/local/domain/0/domid", "0", 1);
}

int nodes_create(struct session *s, uint32_t domid, const struct dom_config *config, char *error)
{
    struct writer w = {.xs = s->xs, .domid = domid};

    name_dom0(s);
    return in_transaction(s, &w, create_body, (void *)config, error);
}

struct rings {
    uint64_t console_mfn, store_mfn;
    uint32_t console_port, store_port;
};

static void rings_body(struct writer *w, void *context)
{
    const struct rings *r = context;

    put(w, "console/ring-ref", "%llu", (unsigned long long)r->console_mfn);
    put(w, "console/port", "%u", r->console_port);
    put(w, "store/ring-ref", "%llu", (unsigned long long)r->store_mfn);
    put(w, "store/port", "%u", r->store_port);
}

int nodes_set_rings(struct session *s, uint32_t domid, uint64_t console_mfn, uint32_t console_port,
                    uint64_t store_mfn, uint32_t store_port, char *error)
{
    struct rings rings = {console_mfn, store_mfn, console_port, store_port};
    char base[PATH_SIZE];
    struct writer w = {.xs = s->xs, .domid = domid, .base = base};

    snprintf(base, sizeof(base), "/local/domain/%u", domid);
    return in_transaction(s, &w, rings_body, &rings, error);
}

/* Path of the domain's /vm directory, malloc()ed, if it is one. */
static char *vm_path(struct session *s, uint32_t domid)
{
    char *vm;

    if (xsc_readf(s->xs, XSC_NO_TXN, &vm, "/local/domain/%u/vm", domid))
        return NULL;
    if (!strncmp(vm, "/vm/", 4) && vm[4])
        return vm;
    free(vm);
    return NULL;
}

int nodes_rename(struct session *s, uint32_t domid, const char *name, char *error)
{
    char path[PATH_SIZE], *vm = vm_path(s, domid);

    snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
    if (xsc_write(s->xs, XSC_NO_TXN, path, name, strlen(name))) {
        cmd_fail(error, "cannot write %s: %s", path, strerror(errno));
        free(vm);
        return -1;
    }
    if (vm) {
        snprintf(path, sizeof(path), "%s/name", vm);
        xsc_write(s->xs, XSC_NO_TXN, path, name, strlen(name));
    }
    free(vm);
    return 0;
}

/* /vm/UUID may already belong to the domain's successor: only the last domain removes it. */
static bool vm_in_use(struct session *s, uint32_t domid, const char *vm)
{
    struct dom_info *list;
    int count = dom_list_all(s->host, &list);
    bool used = false;

    for (int i = 0; i < count && !used; i++) {
        char *other = list[i].domid == domid ? NULL : vm_path(s, list[i].domid);

        used = other && !strcmp(other, vm);
        free(other);
    }
    if (count >= 0)
        free(list);
    return used;
}

/* The folder of all /vm nodes, after the last of them. */
static void remove_empty_vm(struct session *s)
{
    char **names;
    size_t count;

    if (xsc_directory(s->xs, XSC_NO_TXN, "/vm", &names, &count))
        return;
    free(names);
    if (count == 0)
        xsc_rm(s->xs, XSC_NO_TXN, "/vm");
}

int nodes_remove(struct session *s, uint32_t domid, char *error)
{
    char path[PATH_SIZE], *vm = vm_path(s, domid);
    int rc = 0;

    if (vm && !vm_in_use(s, domid, vm))
        xsc_rm(s->xs, XSC_NO_TXN, vm);
    free(vm);
    remove_empty_vm(s);
    snprintf(path, sizeof(path), "/local/domain/%u", domid);
    if (xsc_rm(s->xs, XSC_NO_TXN, path) && errno != ENOENT)
        rc = cmd_fail(error, "cannot remove %s: %s", path, strerror(errno));
    return rc;
}
