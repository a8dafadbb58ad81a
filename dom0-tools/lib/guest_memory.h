/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing into the memory of a domain under construction, by pseudo-physical address. Every mapping
 * is gone when a call returns: a page that is still mapped writable cannot become a page table.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <domus/hypercall.h>

struct dom_guest {
    struct dom_host *host;
    uint32_t domid;
    uint64_t *mfns; /* machine frame of each pfn */
    uint64_t pages; /* entries of mfns */
};

/* Writes `size` bytes at `paddr`; `data` NULL: zeros. EFAULT beyond the end of memory. 0, or -1
 * with errno. */
int dom_guest_write(const struct dom_guest *guest, uint64_t paddr, const void *data, uint64_t size);

/*
 * Gives the domain its memory: pfn 0 to pages - 1, in 2 MiB pieces where the host has them. Fills
 * in mfns. Returns how many pages it got, or -1 with errno.
 */
int64_t dom_guest_populate(struct dom_guest *guest);
