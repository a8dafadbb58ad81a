/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "dev/dev.h"

#define DEV_PATH_MAX 256

/* Where sysfs is; tests put another folder here. */
extern const char *dev_sysfs;

/* Longest wait in ms: DEV_WAIT_MS but in tests. */
extern int dev_wait_limit;

/* Writes one line to `error` and returns -1. */
int dev_fail(char *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- xenstore nodes of a device --- */

struct dev_node {
    const char *name, *value;
};

/* One device: names of its two directories. */
struct dev_pair {
    uint32_t domid;
    const char *kind; /* "vbd", "vif" */
    unsigned int devid;
    char frontend[DEV_PATH_MAX], backend[DEV_PATH_MAX];
};

void dev_pair_init(struct dev_pair *pair, uint32_t domid, const char *kind, unsigned int devid);

/*
 * Creates both directories in one transaction, with permissions (frontend: the guest's, dom0 reads;
 * backend: dom0's, the guest reads), the links between them and both states at Initialising, and
 * the given nodes. Lists end with a NULL name; nodes with a NULL value are left out. EEXIST if the
 * backend is there already.
 */
int dev_pair_write(struct xsc_handle *xs, const struct dev_pair *pair,
                   const struct dev_node *frontend, const struct dev_node *backend, char *error);

/*
 * Waits until `done` returns non-zero: 1 finished, -1 failed with `error` filled. It is called at
 * the start, at every change below `path`, and at least every 50 ms for what xenstore does not
 * tell. On timeout `error` gets `what`.
 */
int dev_wait(struct xsc_handle *xs, const char *path,
             int (*done)(struct xsc_handle *xs, void *context, char *error), void *context,
             const char *what, char *error);

/* State of a directory's device; DEV_UNKNOWN if the node is not there. */
enum dev_state dev_read_state(struct xsc_handle *xs, const char *directory);

/* 1 with the text in `error` if the backend reported an error (dom0's error/backend/…), else 0. */
int dev_backend_error(struct xsc_handle *xs, const struct dev_pair *pair, char *error);

/* Path of the backend's device in sysfs, "" if that path would be too long. */
void dev_sysfs_path(char *path, size_t size, const char *kind, uint32_t domid, const char *devid,
                    const char *leaf);

/* --- loop devices --- */

/*
 * Puts the file behind a free loop device. Returns a descriptor of that device, whose last close
 * clears it; `path` (at least 32 bytes) gets its name. -1 with `error`.
 */
int dev_loop_attach(const char *file, bool readonly, char *path, size_t size, char *error);

/* --- network interfaces --- */

bool dev_link_exists(const char *name);
bool dev_link_is_bridge(const char *name);
int dev_link_mtu(const char *name); /* -1: unknown */
int dev_link_set_mtu(const char *name, int mtu, char *error);
int dev_link_rename(const char *name, const char *new_name, char *error);
int dev_link_up(const char *name, char *error);
int dev_bridge_add(const char *bridge, const char *port, char *error);
