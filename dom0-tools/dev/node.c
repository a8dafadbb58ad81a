/* SPDX-License-Identifier: Apache-2.0 */
/* xenstore directories of a device, written whole or not at all, and bounded waits for the other
 * side. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dev/internal.h"

const char *dev_sysfs = "/sys";
int dev_wait_limit = DEV_WAIT_MS;

int dev_fail(char *error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error, DEV_ERROR_MAX, format, args);
    va_end(args);
    return -1;
}

void dev_pair_init(struct dev_pair *pair, uint32_t domid, const char *kind, unsigned int devid)
{
    pair->domid = domid;
    pair->kind = kind;
    pair->devid = devid;
    snprintf(pair->frontend, sizeof(pair->frontend), "/local/domain/%u/device/%s/%u", domid, kind,
             devid);
    snprintf(pair->backend, sizeof(pair->backend), "/local/domain/0/backend/%s/%u/%u", kind, domid,
             devid);
}

static int write_nodes(struct xsc_handle *xs, xsc_txn t, const char *directory,
                       const struct dev_node *nodes)
{
    char path[DEV_PATH_MAX + 64];

    for (; nodes->name; nodes++) {
        if (!nodes->value)
            continue;
        snprintf(path, sizeof(path), "%s/%s", directory, nodes->name);
        if (xsc_write(xs, t, path, nodes->value, strlen(nodes->value)))
            return -1;
    }
    return 0;
}

static int write_directory(struct xsc_handle *xs, xsc_txn t, const char *directory, uint32_t owner,
                           uint32_t reader, const struct dev_node *common,
                           const struct dev_node *nodes)
{
    struct xsc_perm perms[2] = {{owner, XSC_PERM_NONE}, {reader, XSC_PERM_READ}};

    /* Permissions first: nodes inherit them. */
    if (xsc_mkdir(xs, t, directory) || xsc_set_perms(xs, t, directory, perms, 2) ||
        write_nodes(xs, t, directory, common))
        return -1;
    return write_nodes(xs, t, directory, nodes);
}

static int write_both(struct xsc_handle *xs, xsc_txn t, const struct dev_pair *pair,
                      const struct dev_node *frontend, const struct dev_node *backend)
{
    char domid[16];
    struct dev_node front_links[] = {
        {"backend", pair->backend}, {"backend-id", "0"}, {"state", "1"}, {NULL, NULL}};
    struct dev_node back_links[] = {{"frontend", pair->frontend},
                                    {"frontend-id", domid},
                                    {"online", "1"},
                                    {"state", "1"},
                                    {NULL, NULL}};

    snprintf(domid, sizeof(domid), "%u", pair->domid);
    switch (xsc_exists(xs, t, pair->backend)) {
    case 0:
        break;
    case 1:
        errno = EEXIST;
        return -1;
    default:
        return -1;
    }
    if (write_directory(xs, t, pair->frontend, pair->domid, 0, front_links, frontend))
        return -1;
    return write_directory(xs, t, pair->backend, 0, pair->domid, back_links, backend);
}

int dev_pair_write(struct xsc_handle *xs, const struct dev_pair *pair,
                   const struct dev_node *frontend, const struct dev_node *backend, char *error)
{
    int rc, cause;
    xsc_txn t;

    do {
        if (xsc_transaction_start(xs, &t))
            return dev_fail(error, "cannot start a xenstore transaction: %s", strerror(errno));
        if (write_both(xs, t, pair, frontend, backend)) {
            cause = errno;
            xsc_transaction_end(xs, t, false);
            return dev_fail(error, "cannot write xenstore nodes of %s: %s", pair->backend,
                            strerror(cause));
        }
        rc = xsc_transaction_end(xs, t, true);
    } while (rc == XSC_AGAIN);
    if (rc)
        return dev_fail(error, "cannot commit xenstore nodes of %s: %s", pair->backend,
                        strerror(errno));
    return 0;
}

static long long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static int wait_loop(struct xsc_handle *xs,
                     int (*done)(struct xsc_handle *xs, void *context, char *error), void *context,
                     const char *what, char *error)
{
    long long deadline = now_ms() + dev_wait_limit;

    for (;;) {
        struct xsc_event event;
        int rc = done(xs, context, error);

        if (rc)
            return rc > 0 ? 0 : -1;
        if (now_ms() >= deadline)
            return dev_fail(error, "%s within %d s", what, dev_wait_limit / 1000);
        if (xsc_wait_event(xs, 50, &event) == 0)
            xsc_event_free(&event);
        else if (errno != ETIMEDOUT)
            return dev_fail(error, "lost xenstore while waiting: %s", strerror(errno));
    }
}

int dev_wait(struct xsc_handle *xs, const char *path,
             int (*done)(struct xsc_handle *xs, void *context, char *error), void *context,
             const char *what, char *error)
{
    int rc;

    if (xsc_watch(xs, path, "dev-wait"))
        return dev_fail(error, "cannot watch %s: %s", path, strerror(errno));
    rc = wait_loop(xs, done, context, what, error);
    xsc_unwatch(xs, path, "dev-wait");
    return rc;
}

enum dev_state dev_read_state(struct xsc_handle *xs, const char *directory)
{
    uint64_t state;

    if (xsc_read_u64f(xs, XSC_NO_TXN, &state, "%s/state", directory) || state > DEV_CLOSED)
        return DEV_UNKNOWN;
    return state;
}

int dev_backend_error(struct xsc_handle *xs, const struct dev_pair *pair, char *error)
{
    char *text;

    if (xsc_readf(xs, XSC_NO_TXN, &text, "/local/domain/0/error/backend/%s/%u/%u/error", pair->kind,
                  pair->domid, pair->devid))
        return 0;
    dev_fail(error, "the %s backend in dom0's kernel reports: %s", pair->kind, text);
    free(text);
    return 1;
}

void dev_sysfs_path(char *path, size_t size, const char *kind, uint32_t domid, const char *devid,
                    const char *leaf)
{
    int n = snprintf(path, size, "%s/bus/xen-backend/devices/%s-%u-%s%s%s", dev_sysfs, kind, domid,
                     devid, *leaf ? "/" : "", leaf);

    if (n < 0 || (size_t)n >= size)
        path[0] = '\0';
}
