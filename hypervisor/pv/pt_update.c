/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Change one entry of a checked table. References for the new entry are taken first, the entry is
 * stored with one atomic write, then those of the old entry are dropped: at no time does the CPU
 * see an entry without references. The CPU itself sets A and D meanwhile; they carry no references.
 */
#include <hv/arch.h>
#include <hv/panic.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/pv_mm.h>
#include <public/errno.h>

/* Bits that decide which references an entry stands for. */
#define L1_REF_BITS    (PTE_P | PTE_RW | PTE_ADDR | PTE_GNTTAB)
#define UPPER_REF_BITS (PTE_P | PTE_ADDR)

/* *old: what was read; on success, what was replaced. */
static bool store_entry(uint64_t *e, uint64_t *old, uint64_t val, enum pt_how how)
{
    const uint64_t ad = PTE_A | PTE_D;

    switch (how) {
    case PT_STORE:
        *old = atomic_xchg(e, val);
        return true;
    case PT_KEEP_AD:
        while (!atomic_cas(e, old, val | (*old & ad)))
            ;
        return true;
    case PT_CAS:
        return atomic_cas(e, old, val);
    }
    return false;
}

static void drop_or_defer(struct domain *d, unsigned int level, uint64_t pte)
{
    if (pte_drop(d, level, pte) == -XEN_ERESTART)
        pv_defer_table(current_vcpu(), mfn_page_trusted(pte_mfn(pte)), d);
}

int pt_update(struct page *table, unsigned int slot, uint64_t val, struct domain *fd,
              enum pt_how how, uint64_t expect)
{
    struct domain *d = table->owner;
    unsigned int level = table_level(page_type(table));
    uint64_t *e = (uint64_t *)arch_frame_ptr(page_mfn(table)) + slot;
    uint64_t ref_bits = level == 1 ? L1_REF_BITS : UPPER_REF_BITS;
    uint64_t old = read_once(*e);
    bool same_refs = (val & PTE_P) && ((old ^ val) & ref_bits) == 0;
    /* A guest may write back what it read from a grant mapping's entry. */
    uint64_t checked = same_refs ? val & ~PTE_GNTTAB : val;
    int rc;

    ASSERT(spin_is_locked(&d->mm_lock) && level);
    if (level == 4 && l4_slot_is_hv(slot)) {
        guest_log(LOG_WARNING, "d%u: L4 slot %u is the hypervisor's\n", d->id, slot);
        return -XEN_EINVAL;
    }
    if (how == PT_CAS && old != expect)
        return -XEN_EAGAIN;
    if (val & PTE_P) {
        if (!pte_bits_ok(d, level, checked))
            return -XEN_EINVAL;
        if (!same_refs) {
            rc = pte_take(d, fd, level, val);
            if (unlikely(rc != 0))
                return rc;
        }
        val = pte_stored_form(level, val);
    }
    if (unlikely(!store_entry(e, &old, val, how))) {
        if ((val & PTE_P) && !same_refs)
            drop_or_defer(d, level, val);
        return -XEN_EAGAIN;
    }
    if ((old & PTE_P) && !same_refs)
        drop_or_defer(d, level, old);
    return 0;
}

void pv_defer_table(struct vcpu *v, const struct page *p, const struct domain *owner)
{
    /* Callers drain first, and leave at most one table half-way. */
    ASSERT(v->pv.old_table == 0);
    v->pv.old_table = page_mfn(p).n;
    v->pv.old_table_owner = owner->id;
}

int pv_drain_old_table(struct vcpu *v)
{
    struct domain *d;
    struct page *p;
    int rc = 0;

    if (likely(v->pv.old_table == 0))
        return 0;
    /* No reference was kept: someone else may have finished the job, and the frame may be another's
     * now. */
    d = domain_get_by_id(v->pv.old_table_owner);
    p = mfn_page(mfn(v->pv.old_table));
    if (d && p && page_get(p, d)) {
        spin_lock(&d->mm_lock);
        rc = page_put_type_resume(p);
        spin_unlock(&d->mm_lock);
        page_put(p);
    }
    if (d)
        domain_put(d);
    if (rc == 0)
        v->pv.old_table = 0;
    return rc;
}
