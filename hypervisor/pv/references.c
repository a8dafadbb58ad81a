/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The references that page tables and vCPUs hold, told one by one: the personality's part of the
 * invariant oracle (core/invariants_frames.c). Must name exactly what pte_take() and the roots, GDT
 * and LDT take.
 */
#include <hv/arch.h>
#include <hv/personality.h>
#include <hv/pv_mm.h>

static void tell_entry(uint64_t e, unsigned int level, void (*hold)(mfn_t, enum page_type))
{
    const struct page *page = mfn_page(pte_mfn(e));

    if (level > 1)
        hold(pte_mfn(e), (enum page_type)(level - 1));
    else if (!(e & PTE_GNTTAB) && page && page->owner != domain_io)
        hold(pte_mfn(e), e & PTE_RW ? PT_WRITABLE : PT_NONE);
}

/* The level of a table, checked at least in part; else 0. */
static unsigned int checked_level(const struct page *page)
{
    if (!page_type_count(page) || !(page->type & (PTF_VALID | PTF_PARTIAL)))
        return 0;
    return table_level(page_type(page));
}

void pv_table_references(const struct page *page, void (*hold)(mfn_t m, enum page_type t))
{
    unsigned int level = checked_level(page);
    unsigned int upto = page->type & PTF_PARTIAL ? page->nr_done : PTE_ENTRIES;
    const uint64_t *t;

    if (!level)
        return;
    t = arch_frame_ptr(page_mfn(page));
    for (unsigned int i = 0; i < upto; i++)
        if ((t[i] & PTE_P) && !(level == 4 && l4_slot_is_hv(i)))
            tell_entry(t[i], level, hold);
}

void pv_table_grants(const struct page *page, void (*tell)(mfn_t m, bool writable))
{
    const uint64_t *t = arch_frame_ptr(page_mfn(page));

    if (checked_level(page) != 1)
        return;
    for (unsigned int i = 0; i < PTE_ENTRIES; i++)
        if ((t[i] & PTE_P) && (t[i] & PTE_GNTTAB))
            tell(pte_mfn(t[i]), t[i] & PTE_RW);
}

void pv_vcpu_references(const struct vcpu *v, void (*hold)(mfn_t m, enum page_type t))
{
    if (v->pv.cr3)
        hold(maddr_to_mfn(v->pv.cr3), PT_L4);
    if (v->pv.cr3_user)
        hold(maddr_to_mfn(v->pv.cr3_user), PT_L4);
    for (unsigned int i = 0; i < ARRAY_SIZE(v->pv.gdt_frames); i++)
        if (v->pv.gdt_frames[i])
            hold(mfn(v->pv.gdt_frames[i]), PT_SEGDESC);
    for (unsigned int i = 0; i < ARRAY_SIZE(v->pv.ldt_frames); i++)
        if (v->pv.ldt_frames[i])
            hold(mfn(v->pv.ldt_frames[i]), PT_SEGDESC);
}
