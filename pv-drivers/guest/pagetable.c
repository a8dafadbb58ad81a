/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames and page tables: lookup in the builder's tables, which lie inside the linear mapping, and
 * an allocator over the pages that the builder mapped but left unused (half a MiB at least).
 */
#include <guest/hypercall.h>
#include <guest/pagetable.h>

#define ENTRIES 512

struct free_page {
    struct free_page *next;
};

static struct free_page *free_pages;
static unsigned long free_count, next_unmapped;

unsigned long pfn_to_mfn(unsigned long pfn)
{
    return ((const unsigned long *)guest_info->mfn_list)[pfn];
}

unsigned long mfn_to_pfn(unsigned long mfn)
{
    return ((const unsigned long *)MACH2PHYS_VIRT_START)[mfn];
}

volatile uint64_t *pte_lookup(unsigned long at, int level)
{
    volatile uint64_t *table = (volatile uint64_t *)guest_info->pt_base;

    for (int depth = 4;; depth--) {
        volatile uint64_t *entry = &table[(at >> (PAGE_SHIFT + 9 * (depth - 1))) % ENTRIES];

        if (depth == level)
            return entry;
        if (!(*entry & PTE_PRESENT) || (*entry & PTE_LARGE && depth < 4))
            return NULL;
        table = pfn_to_virt(mfn_to_pfn((*entry & PTE_MFN_MASK) >> PAGE_SHIFT));
    }
}

void page_init(void)
{
    unsigned long at = (guest_entry_sp + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    volatile uint64_t *entry;

    for (; virt_to_pfn((void *)at) < guest_info->nr_pages; at += PAGE_SIZE) {
        entry = pte_lookup(at, 1);
        if (!entry || !(*entry & PTE_PRESENT))
            break;
        if (*entry & PTE_WRITE)
            page_free((void *)at);
    }
    next_unmapped = virt_to_pfn((void *)at);
}

void *page_alloc(void)
{
    struct free_page *page = free_pages;

    if (!page)
        guest_panic("out of pages");
    free_pages = page->next;
    free_count--;
    return memset(page, 0, PAGE_SIZE);
}

void page_free(void *page)
{
    struct free_page *entry = page;

    entry->next = free_pages;
    free_pages = entry;
    free_count++;
}

unsigned long page_free_count(void)
{
    return free_count;
}

unsigned long page_unmapped_pfn(void)
{
    if (next_unmapped >= guest_info->nr_pages)
        guest_panic("out of unmapped frames");
    return next_unmapped++;
}

long pte_update(volatile uint64_t *entry, uint64_t value)
{
    struct mmu_update req = {.ptr = pte_machine(entry) | MMU_NORMAL_PT_UPDATE, .val = value};

    return hypercall_mmu_update(&req, 1, NULL, DOMID_SELF);
}

long page_protect(void *at)
{
    return hypercall_update_va_mapping((unsigned long)at, make_pte(virt_to_mfn(at), PTE_RO),
                                       UVMF_INVLPG | UVMF_ALL);
}

long page_unprotect(void *at)
{
    return hypercall_update_va_mapping((unsigned long)at, make_pte(virt_to_mfn(at), PTE_RW),
                                       UVMF_INVLPG | UVMF_ALL);
}

long mmuext_mfn(unsigned int cmd, unsigned long mfn)
{
    struct mmuext_op op = {.cmd = cmd, .arg1.mfn = mfn};

    return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

long table_pin(void *page, int level)
{
    return mmuext_mfn(MMUEXT_PIN_L1_TABLE + (unsigned int)level - 1, virt_to_mfn(page));
}

long table_unpin(void *page)
{
    return mmuext_mfn(MMUEXT_UNPIN_TABLE, virt_to_mfn(page));
}
