/* SPDX-License-Identifier: Apache-2.0 */
/* Buddy allocator of machine frames. */
#pragma once

#include <hv/frame.h>

#define MAX_ORDER 20 /* log2 of the largest block, in frames */

/* Hand a range of RAM frames to the allocator (boot). Ranges never overlap. */
void page_alloc_add(mfn_t start, uint64_t count);
/*
 * 2^order frames, contiguous and aligned, below physical address 1 << addr_bits (0: anywhere;
 * prefers high memory). Contents are undefined for the hypervisor's use and zeroed when `zero`.
 * NULL when there is none. The frames belong to nobody; ref is 0.
 */
struct page *page_alloc(unsigned int order, unsigned int addr_bits, bool zero);
void page_free(struct page *p, unsigned int order);
/* One zeroed frame as a pointer, for the hypervisor itself; NULL when there is none. */
void *page_alloc_ptr(void);
void page_free_ptr(void *p);
/* Frames free now / managed in all. */
uint64_t page_alloc_free(void);
uint64_t page_alloc_total(void);

/*
 * Frames for a domain: counted against d->max_pages, ref = 1|ALLOCATED, owner set, on d->pages,
 * scrubbed. NULL when over the limit or out of memory.
 */
struct page *page_alloc_domain(struct domain *d, unsigned int order, unsigned int addr_bits);
/* Add an already allocated run of frames to a domain (memory exchange). 0 or -XEN_E*. */
int page_assign(struct page *p, struct domain *d, unsigned int order);
/* Take a frame back from its owner: drops the ALLOCATED reference (freed when the last one goes).
 */
bool page_release_from_domain(struct page *p, struct domain *d);
