/* SPDX-License-Identifier: Apache-2.0 */
/* Frames, page-table entries and pages of the guest. */
#pragma once

#include <stdint.h>

#include <guest/runtime.h>

#define VIRT_BASE 0xffffffff80000000UL /* virtual address of guest physical 0 */

#define PTE_PRESENT  0x001UL
#define PTE_WRITE    0x002UL
#define PTE_USER     0x004UL
#define PTE_PWT      0x008UL
#define PTE_PCD      0x010UL
#define PTE_ACCESSED 0x020UL
#define PTE_DIRTY    0x040UL
#define PTE_LARGE    0x080UL
#define PTE_GLOBAL   0x100UL
#define PTE_NX       (1UL << 63)
#define PTE_MFN_MASK 0x000ffffffffff000UL

/* Usual flags of leaf entries and of entries that point to tables. */
#define PTE_RW    (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define PTE_RO    (PTE_PRESENT | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define PTE_TABLE (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)

/* Collect the free pages that the builder mapped. Called once at start. */
void page_init(void);

/* A zeroed, mapped, writable page; panics when there is none. Give back only writable pages. */
void *page_alloc(void);
void page_free(void *page);

/* Pages that page_alloc() can still give. */
unsigned long page_free_count(void);

/* A guest frame that the builder left unmapped; each is given once. */
unsigned long page_unmapped_pfn(void);

/* Between guest frame, machine frame and address in the linear mapping from VIRT_BASE. */
unsigned long pfn_to_mfn(unsigned long pfn);
unsigned long mfn_to_pfn(unsigned long mfn);
static inline unsigned long virt_to_pfn(const volatile void *at)
{
    return ((unsigned long)at - VIRT_BASE) >> PAGE_SHIFT;
}
static inline void *pfn_to_virt(unsigned long pfn)
{
    return (void *)(VIRT_BASE + (pfn << PAGE_SHIFT));
}
static inline unsigned long virt_to_mfn(const volatile void *at)
{
    return pfn_to_mfn(virt_to_pfn(at));
}
static inline uint64_t virt_to_machine(const volatile void *at)
{
    return ((uint64_t)virt_to_mfn(at) << PAGE_SHIFT) | ((unsigned long)at & (PAGE_SIZE - 1));
}
static inline uint64_t make_pte(unsigned long mfn, uint64_t flags)
{
    return ((uint64_t)mfn << PAGE_SHIFT) | flags;
}

/* The entry for `at` at a level (4 to 1) of the current tables, readable; null if a level above
 * lacks it. */
volatile uint64_t *pte_lookup(unsigned long at, int level);

/* Machine address of a page-table entry, as mmu_update wants it. */
static inline uint64_t pte_machine(const volatile uint64_t *entry)
{
    return virt_to_machine(entry);
}

/* Change one entry by mmu_update, with command 0; answers the hypercall's answer. */
long pte_update(volatile uint64_t *entry, uint64_t value);

/* Map the page at `at` read-only or writable again. Answers 0 or a negative XEN_E*. */
long page_protect(void *at);
long page_unprotect(void *at);

/* Pin (MMUEXT_PIN_L1_TABLE + level - 1) or unpin a page as page table. It must be mapped read-only
 * to pin. */
long table_pin(void *page, int level);
long table_unpin(void *page);

/* One mmuext_op with a frame. */
long mmuext_mfn(unsigned int cmd, unsigned long mfn);
