/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks through a guest's checked tables. Every table below a root is checked, so its entries name
 * frames that may be followed without a further look; the mm lock keeps them so.
 */
#include <hv/arch.h>
#include <hv/guest_copy.h>
#include <hv/panic.h>
#include <hv/pv_mm.h>

unsigned int pv_table_of(const struct page *p, const struct domain *d)
{
    uint64_t type = read_once(p->type);

    if (!(type & PTF_VALID) || !(type & PTF_COUNT_MASK) || read_once(p->owner) != d)
        return 0;
    return table_level((enum page_type)(type >> PTF_TYPE_SHIFT));
}

static uint64_t *find_l1e(uint64_t root, uint64_t va, struct page **l1)
{
    mfn_t table = maddr_to_mfn(root);

    if (root == 0 || !guest_range_ok(gva(va), 1))
        return NULL;
    for (unsigned int level = 4; level > 1; level--) {
        const uint64_t *t = arch_frame_ptr(table);
        uint64_t e = read_once(t[pt_index(va, level)]);

        if (!(e & PTE_P))
            return NULL;
        table = pte_mfn(e);
    }
    *l1 = mfn_page_trusted(table);
    return (uint64_t *)arch_frame_ptr(table) + pt_index(va, 1);
}

uint64_t *pv_find_l1e(struct vcpu *v, uint64_t va, struct page **l1)
{
    ASSERT(spin_is_locked(&v->domain->mm_lock));
    return find_l1e(v->pv.kernel_mode ? v->pv.cr3 : v->pv.cr3_user, va, l1);
}

uint64_t *pv_find_kernel_l1e(struct vcpu *v, uint64_t va, struct page **l1)
{
    ASSERT(spin_is_locked(&v->domain->mm_lock));
    return find_l1e(v->pv.cr3, va, l1);
}

bool pv_translate(struct vcpu *v, uint64_t va, uint64_t *pte)
{
    struct page *l1;
    uint64_t *e;

    spin_lock(&v->domain->mm_lock);
    e = pv_find_l1e(v, va, &l1);
    if (e)
        *pte = read_once(*e);
    spin_unlock(&v->domain->mm_lock);
    return e && (*pte & PTE_P);
}
