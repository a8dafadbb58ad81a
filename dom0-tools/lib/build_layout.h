/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where everything of a new PV domain goes: a pure function from the kernel's wishes, the ramdisk's
 * size and the amount of memory. Frames are pseudo-physical (pfn); the order of the parts is the
 * ABI's start-of-day layout (public/xen.h, start_info; docs/domain-builder.md).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <domus/kernel.h>

struct dom_span {
    uint64_t pfn, pages;
};

/* Page tables of one level (1 to 3) of one area: adjacent frames, for adjacent ranges of addresses.
 */
struct dom_table_level {
    uint64_t pfn;   /* frame of the first table */
    uint64_t count; /* tables */
    uint64_t first; /* number of the first table: 48-bit address >> (12 + 9 * level) */
};

/* A range of virtual addresses mapped to adjacent frames. */
struct dom_area {
    uint64_t start, end;             /* low 48 bits, page-aligned; end is exclusive */
    uint64_t pfn;                    /* frame at start */
    struct dom_table_level level[4]; /* [1] to [3] */
};

struct dom_layout {
    uint64_t total_pages;
    uint64_t virt_base, virt_end; /* initial mapping: pfn 0 lies at virt_base */
    struct dom_span kernel, ramdisk, p2m, start_info, store, console, tables, stack;
    bool ramdisk_mapped; /* else only its pfn is told */
    bool p2m_apart;      /* p2m has a mapping of its own, at p2m_vaddr */
    uint64_t p2m_vaddr;
    struct dom_span p2m_tables; /* page tables of that mapping, outside of the initial one */
    uint64_t used_pages;        /* all pfns from here on are free */
    unsigned int area_count;    /* 1, or 2 with p2m_apart */
    struct dom_area areas[2];
};

/* Virtual address of a pfn in the initial mapping. */
uint64_t dom_layout_vaddr(const struct dom_layout *layout, uint64_t pfn);

/*
 * Computes the layout. 0, or -1 with EINVAL (the kernel's addresses cannot be served), ENOMEM
 * (total_pages is too little; the line tells how much is needed) and one line in `error`.
 */
int dom_layout_compute(struct dom_layout *layout, const struct dom_kernel_info *kernel,
                       uint64_t ramdisk_bytes, uint64_t total_pages, char *error);
