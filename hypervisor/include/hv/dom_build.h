/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building domain 0, between the files pv/dom_build*.c. Boot only, nothing is preempted.
 *
 * pseudo-physical order:  mapped area | initrd (when taken unmapped) | frame list and its tables
 * (when wanted elsewhere than in the mapped area) | the rest of memory mapped area, from virt_base:
 * gap and kernel image | initrd | frame list | start_info | tables | stack | slack
 */
#pragma once

#include <hv/arch.h>
#include <hv/elf.h>
#include <hv/pv_mm.h>

struct dom_build {
    const struct dom0_image *img;
    struct elf_kernel elf;
    struct domain *d;

    /* Layout. Virtual addresses; frame counts; pfns. */
    uint64_t v_base, v_end;
    uint64_t nr_pages, nr_mapped;
    uint64_t initrd_frames, initrd_pfn;
    uint64_t p2m_va, p2m_pfn, p2m_frames;
    uint64_t p2m_table_pfn, p2m_tables; /* tables of a frame list outside the mapped area, else 0 */
    uint64_t start_info_va, stack_va;
    uint64_t pt_va, pt_pfn, nr_pt; /* the first is the root */

    /* The frame list's own frames, which hold the pfn -> mfn list of all. */
    uint64_t *p2m_mfn;
    uint64_t next_table, last_table; /* pfns from which map() takes tables now */
};

static inline uint64_t build_pfn(const struct dom_build *b, uint64_t va)
{
    return (va - b->v_base) >> PAGE_SHIFT;
}

/* All return NULL, or what is wrong. */

/* dom_build_layout.c: places everything. */
const char *build_layout(struct dom_build *b);
/* dom_build_memory.c: allocates every frame and fills the frame list. */
const char *build_memory(struct dom_build *b);
mfn_t build_p2m(const struct dom_build *b, uint64_t pfn);
/* dom_build_tables.c: the initial page tables, pinned, and the first vCPU's root. */
const char *build_tables(struct dom_build *b, struct vcpu *v);
/* Copy into the mapped area; src NULL: zeros. */
void build_copy(const struct dom_build *b, uint64_t va, const void *src, uint64_t len);
/* dom_build_start.c: start_info, registers, permissions. */
void build_start_info(struct dom_build *b);
void build_first_vcpu(struct dom_build *b, struct vcpu *v);
const char *build_permissions(struct domain *d);

/* The hypervisor's view of a frame of the new domain. */
static inline void *build_ptr(const struct dom_build *b, uint64_t pfn)
{
    return arch_frame_ptr(build_p2m(b, pfn));
}
