/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grants of other domains, mapped into this process through Linux' /dev/xen/gntdev; and the seeding
 * of a new domain's reserved grant entries. A mapping stays valid after its domain died, until it
 * is unmapped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <domus/hypercall.h>

/* A descriptor for dom_gnttab_close(), which unmaps nothing by itself. -1 with errno. */
int dom_gnttab_open(void);
void dom_gnttab_close(int fd);

/*
 * Maps `count` pages granted by `domid` to adjacent addresses. Returns the address for
 * dom_gnttab_unmap(), or NULL with errno; it is all pages or none.
 */
void *dom_gnttab_map(int fd, uint32_t domid, const uint32_t *refs, unsigned int count,
                     bool writable);
int dom_gnttab_unmap(int fd, void *address, unsigned int count);

/* One entry of the domain's table for a page it gives to `to`. */
struct dom_grant_seed {
    uint32_t ref; /* GNTTAB_RESERVED_CONSOLE (0) or GNTTAB_RESERVED_XENSTORE (1) */
    uint32_t to;  /* who may map it */
    uint64_t mfn; /* frame, which the domain owns */
};

/* Writes `count` entries into the first grant frame of a domain that has not run yet (version 1
 * table). */
int dom_gnttab_seed(struct dom_host *host, uint32_t domid, const struct dom_grant_seed *seeds,
                    unsigned int count);
