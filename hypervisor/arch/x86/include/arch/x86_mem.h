/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor's own address space. */
#pragma once

#include <hv/types.h>
#include <arch/layout.h>

static inline void *direct_map(uint64_t maddr)
{
    return (void *)(HV_VIRT_DIRECT + maddr);
}

static inline uint64_t direct_map_maddr(const void *p)
{
    return (uint64_t)p - HV_VIRT_DIRECT;
}

void pagetable_init(void); /* build the final tables and switch to them (boot CPU) */
void pagetable_seal(void); /* drop the identity map, write-protect text and read-only data */
/* Map device registers uncached; never unmapped. NULL when the window is full. */
void *ioremap(uint64_t maddr, size_t size);
/* 32 entries of the descriptor window of one CPU. */
uint64_t *desc_window_l1(unsigned int cpu);
extern uint64_t *hv_l4;
uint64_t hv_root(void);      /* physical address of hv_l4 */
void tlb_flush_local(void);  /* all but global entries: what guests can have in this CPU's TLB */
void tlb_flush_global(void); /* our own as well, after a change to our mappings */
void tlb_serve_requests(void);
