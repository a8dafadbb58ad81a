/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual disks and network interfaces of a guest, set up for the backends in dom0's kernel
 * (blkback, netback) without scripts: loop devices, bridge ports and xenstore nodes.
 *
 * Every function returns 0, or -1 with one line in `error` (DEV_ERROR_MAX bytes). An add that fails
 * has undone all it did. Waits are bounded by DEV_WAIT_MS.
 *
 * A loop device clears itself when its last user closes it. We hold it open until blkback has it;
 * from then on it lives exactly as long as the backend device, whoever of us dies.
 */
#pragma once

#include <stdint.h>
#include <xenstore/client.h>

#include "cfg/dom_config.h"

#define DEV_ERROR_MAX 512
#define DEV_WAIT_MS   10000
#define DEV_BRIDGE    "xenbr0" /* where a vif goes that names no bridge */

/* States of both ends of a device (public/io/xenbus.h). */
enum dev_state {
    DEV_UNKNOWN = 0,
    DEV_INITIALISING = 1,
    DEV_INIT_WAIT = 2,
    DEV_INITIALISED = 3,
    DEV_CONNECTED = 4,
    DEV_CLOSING = 5,
    DEV_CLOSED = 6,
};

/*
 * Whether the disk can be added: its parameters are supported, its target exists, has a size and is
 * not written by another guest. Changes nothing.
 */
int dev_disk_check(struct xsc_handle *xs, const struct dom_disk *disk, char *error);
int dev_disk_add(struct xsc_handle *xs, uint32_t domid, const struct dom_disk *disk, char *error);

/* Whether the interface can be added: its bridge exists. Changes nothing. */
int dev_nic_check(const struct dom_nic *nic, char *error);

/* The nic has a MAC address and a devid (dev_nic_complete()). */
int dev_nic_add(struct xsc_handle *xs, uint32_t domid, const struct dom_nic *nic, char *error);

/* Chooses what the configuration left open: a random MAC address under 00:16:3e, the bridge. */
int dev_nic_complete(struct dom_nic *nic, char *error);

/*
 * Removes every device of the domain, by its backends' nodes: asks each backend to close, waits,
 * then removes both ends' nodes. It goes on after an error and reports the first one.
 */
int dev_remove_all(struct xsc_handle *xs, uint32_t domid, char *error);

/* Removes one device; `kind` is "vbd" or "vif". */
int dev_remove(struct xsc_handle *xs, uint32_t domid, const char *kind, const char *devid,
               char *error);
