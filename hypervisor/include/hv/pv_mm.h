/* SPDX-License-Identifier: Apache-2.0 */
/* PV page tables, between the files of pv/. All functions that change tables run under d->mm_lock. */
#pragma once

#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/vcpu.h>

/* x86-64 page-table entry bits (architecture manual). */
#define PTE_P        (1ull << 0)
#define PTE_RW       (1ull << 1)
#define PTE_US       (1ull << 2)
#define PTE_PWT      (1ull << 3)
#define PTE_PCD      (1ull << 4)
#define PTE_A        (1ull << 5)
#define PTE_D        (1ull << 6)
#define PTE_PSE      (1ull << 7)
#define PTE_PAT      (1ull << 7)
#define PTE_G        (1ull << 8)
#define PTE_AVAIL    (7ull << 9)
#define PTE_GNTTAB   (1ull << 62) /* ours: the entry is a grant mapping (a bit guests may not set) */
#define PTE_NX       (1ull << 63)
#define PTE_ADDR     0x000ffffffffff000ull
#define PTE_ENTRIES  512

static inline mfn_t pte_mfn(uint64_t pte)
{
    return mfn((pte & PTE_ADDR) >> PAGE_SHIFT);
}

static inline uint64_t pte_make(mfn_t m, uint64_t flags)
{
    return (m.n << PAGE_SHIFT) | flags;
}

/* Index of `va` in a level-n table, n = 1..4. */
static inline unsigned int pt_index(uint64_t va, unsigned int level)
{
    return (va >> (12 + 9 * (level - 1))) & 511;
}

/* L4 slots that are the hypervisor's in every guest table. */
#define HV_L4_FIRST 256
#define HV_L4_LAST  271

/* The level of a table type, 1..4, or 0. */
static inline unsigned int table_level(enum page_type t)
{
    return t >= PT_L1 && t <= PT_L4 ? (unsigned int)t : 0;
}

/* Find the L1 entry that maps `va` in the current tables of `v`: pointer into the L1 (hypervisor mapping) and its page. NULL: none. */
uint64_t *pv_find_l1e(struct vcpu *v, uint64_t va, struct page **l1);
/* Walk to read a translation; false when not mapped. */
bool pv_translate(struct vcpu *v, uint64_t va, uint64_t *pte);

/* Replace the kernel root: takes/drops type references (MMUEXT_NEW_BASEPTR, mov cr3). 0 or -XEN_E*. */
int pv_set_kernel_root(struct vcpu *v, mfn_t l4);
int pv_set_user_root(struct vcpu *v, mfn_t l4);

/* A page fault of a guest kernel may be a write to a table it maps read-only. true: emulated, go on. */
bool pv_ptwr_fault(struct vcpu *v, uint64_t va, struct cpu_user_regs *regs);
/* A fault in the LDT window: bring the guest's LDT page in. true: done. */
bool pv_ldt_fault(struct vcpu *v, uint64_t offset);
/* Drop all LDT frames of a vCPU. */
void pv_ldt_release(struct vcpu *v);
int pv_set_gdt(struct vcpu *v, const uint64_t *frames, unsigned int entries);
void pv_gdt_release(struct vcpu *v);
/* May a guest have this descriptor? Fixes DPL 0 up as the ABI says (DPL forced to 3); false: refuse. */
bool pv_descriptor_ok(uint64_t *desc);
/* Update one descriptor / entry given by machine address under the mm lock. */

/* Build dom0 from modules (boot). Returns 0 or a message. */
struct dom0_image {
    const void *kernel;      /* ELF */
    size_t kernel_size;
    mfn_t initrd_mfn;        /* frames of the initrd; handed over to dom0 as they are */
    size_t initrd_size;      /* bytes; 0: none */
    const char *cmdline;
    uint64_t nr_pages;       /* dom0_mem */
    uint64_t max_pages;
    unsigned int max_vcpus;
    const void *vga_info;    /* struct dom0_vga_console_info or NULL */
    size_t vga_info_size;
};
const char *pv_build_dom0(const struct dom0_image *img, struct domain **out);
