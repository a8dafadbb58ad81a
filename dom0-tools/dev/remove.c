/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking devices away. A backend in the kernel lets go when its frontend is gone; it is finished
 * when its device has left sysfs, and only then are its nodes removed, so that no loop device and
 * no vif outlives its nodes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dev/internal.h"

struct removal {
    uint32_t domid;
    const char *kind, *devid;
    char frontend[DEV_PATH_MAX], backend[DEV_PATH_MAX];
};

/* Both ends in one step: the backend is to unregister, and its frontend is gone. */
static int ask_to_close(struct xsc_handle *xs, const struct removal *r)
{
    char online[DEV_PATH_MAX + 32];
    xsc_txn t;
    int rc;

    snprintf(online, sizeof(online), "%s/online", r->backend);
    do {
        if (xsc_transaction_start(xs, &t))
            return -1;
        if (xsc_write(xs, t, online, "0", 1) || (xsc_rm(xs, t, r->frontend) && errno != ENOENT)) {
            rc = errno;
            xsc_transaction_end(xs, t, false);
            errno = rc;
            return -1;
        }
        rc = xsc_transaction_end(xs, t, true);
    } while (rc == XSC_AGAIN);
    return rc;
}

static int backend_is_gone(struct xsc_handle *xs, void *context, char *error)
{
    const struct removal *r = context;
    char path[DEV_PATH_MAX];

    (void)xs;
    (void)error;
    /* A device that no driver took is not waited for: nobody would answer. */
    dev_sysfs_path(path, sizeof(path), r->kind, r->domid, r->devid, "driver");
    return access(path, F_OK) != 0;
}

/* Removes a directory if nothing is below it. */
static void remove_if_empty(struct xsc_handle *xs, const char *path)
{
    char **names;
    size_t count;

    if (xsc_directory(xs, XSC_NO_TXN, path, &names, &count))
        return;
    free(names);
    if (count == 0)
        xsc_rm(xs, XSC_NO_TXN, path);
}

static void remove_error_node(struct xsc_handle *xs, const struct removal *r)
{
    char path[DEV_PATH_MAX];

    snprintf(path, sizeof(path), "/local/domain/0/error/backend/%s/%u/%s", r->kind, r->domid,
             r->devid);
    if (xsc_exists(xs, XSC_NO_TXN, path) == 1)
        xsc_rm(xs, XSC_NO_TXN, path);
    snprintf(path, sizeof(path), "/local/domain/0/error/backend/%s/%u", r->kind, r->domid);
    remove_if_empty(xs, path);
    snprintf(path, sizeof(path), "/local/domain/0/error/backend/%s", r->kind);
    remove_if_empty(xs, path);
    remove_if_empty(xs, "/local/domain/0/error/backend");
    remove_if_empty(xs, "/local/domain/0/error");
}

int dev_remove(struct xsc_handle *xs, uint32_t domid, const char *kind, const char *devid,
               char *error)
{
    struct removal r = {.domid = domid, .kind = kind, .devid = devid};
    char parent[DEV_PATH_MAX], what[128];
    int rc = 0;

    snprintf(r.frontend, sizeof(r.frontend), "/local/domain/%u/device/%s/%s", domid, kind, devid);
    snprintf(r.backend, sizeof(r.backend), "/local/domain/0/backend/%s/%u/%s", kind, domid, devid);
    snprintf(parent, sizeof(parent), "/local/domain/0/backend/%s/%u", kind, domid);
    if (ask_to_close(xs, &r))
        rc = dev_fail(error, "cannot close %s: %s", r.backend, strerror(errno));
    snprintf(what, sizeof(what), "backend %s-%u-%s did not let go", kind, domid, devid);
    if (!rc)
        rc = dev_wait(xs, r.backend, backend_is_gone, &r, what, error);
    /* Even if the backend hangs: without nodes it gets its last chance, and the domain its end. */
    if (xsc_rm(xs, XSC_NO_TXN, r.backend) && errno != ENOENT && !rc)
        rc = dev_fail(error, "cannot remove %s: %s", r.backend, strerror(errno));
    remove_if_empty(xs, parent);
    remove_error_node(xs, &r);
    return rc;
}

/* All devices of one kind. */
static int remove_kind(struct xsc_handle *xs, uint32_t domid, const char *kind, char *error)
{
    char path[DEV_PATH_MAX], **devids, ignored[DEV_ERROR_MAX];
    size_t count;
    int rc = 0;

    snprintf(path, sizeof(path), "/local/domain/0/backend/%s/%u", kind, domid);
    if (xsc_directory(xs, XSC_NO_TXN, path, &devids, &count))
        return errno == ENOENT ? 0 : dev_fail(error, "cannot list %s: %s", path, strerror(errno));
    for (size_t i = 0; i < count; i++)
        if (dev_remove(xs, domid, kind, devids[i], rc ? ignored : error))
            rc = -1;
    free(devids);
    remove_if_empty(xs, path);
    return rc;
}

int dev_remove_all(struct xsc_handle *xs, uint32_t domid, char *error)
{
    char **kinds, ignored[DEV_ERROR_MAX];
    size_t count;
    int rc = 0;

    if (xsc_directory(xs, XSC_NO_TXN, "/local/domain/0/backend", &kinds, &count))
        return errno == ENOENT ? 0 : dev_fail(error, "cannot list backends: %s", strerror(errno));
    for (size_t i = 0; i < count; i++) {
        char path[DEV_PATH_MAX];

        if (remove_kind(xs, domid, kinds[i], rc ? ignored : error))
            rc = -1;
        snprintf(path, sizeof(path), "/local/domain/0/backend/%s", kinds[i]);
        remove_if_empty(xs, path);
    }
    free(kinds);
    remove_if_empty(xs, "/local/domain/0/backend");
    return rc;
}
