/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page-table half of a grant mapping. The entry is marked PTE_GNTTAB: its references belong to
 * the grant mapping (core/grant_map.c), so writing over the entry drops none.
 */
#include <hv/arch.h>
#include <hv/panic.h>
#include <hv/percpu.h>
#include <hv/personality.h>
#include <hv/printk.h>
#include <hv/pv_mm.h>
#include <public/grant_table.h>

/* The level-1 entry that `addr` names, or NULL. mm lock of d held. */
static uint64_t *find_entry(struct domain *d, uint64_t addr, unsigned int flags)
{
    struct vcpu *v = current_vcpu();
    struct page *l1;

    if (!(flags & GNTMAP_contains_pte))
        return v->domain == d ? pv_find_l1e(v, addr, &l1) : NULL;
    l1 = mfn_page(maddr_to_mfn(addr));
    if (l1 == NULL || (addr & 7) || pv_table_of(l1, d) != 1)
        return NULL;
    return (uint64_t *)((char *)arch_frame_ptr(page_mfn(l1)) + (addr & ~PAGE_MASK));
}

static uint64_t grant_entry(mfn_t frame, unsigned int flags)
{
    uint64_t e = pte_make(frame, PTE_P | PTE_US | PTE_A | PTE_D | PTE_GNTTAB);

    if (!(flags & GNTMAP_readonly))
        e |= PTE_RW;
    /* The ABI gives the guest the entry's three low software bits (XENFEAT_gnttab_map_avail_bits).
     */
    return e | (((uint64_t)(flags >> _GNTMAP_guest_avail0) << 9) & PTE_AVAIL);
}

static void replace_entry(struct domain *d, uint64_t *e, uint64_t val)
{
    uint64_t old = atomic_xchg(e, val);

    if (old & PTE_P)
        pte_drop(d, 1, old);
}

int pv_grant_map(struct domain *d, uint64_t addr, mfn_t frame, unsigned int flags)
{
    uint64_t *e;

    spin_lock(&d->mm_lock);
    e = find_entry(d, addr, flags);
    if (e)
        replace_entry(d, e, grant_entry(frame, flags));
    spin_unlock(&d->mm_lock);
    if (e == NULL)
        guest_log(LOG_WARNING, "d%u: no page-table entry at %llx for a grant\n", d->id,
                  (unsigned long long)addr);
    return e ? GNTST_okay : GNTST_general_error;
}

/*
 * Is it an entry of this mapping, or of one that holds the same references? One frame may be mapped
 * for reading and for writing at once: the writable type must not go while a writable entry stays.
 */
static bool maps_grant(uint64_t e, mfn_t frame, unsigned int flags)
{
    bool writable = !(flags & GNTMAP_readonly);

    return (e & PTE_P) && (e & PTE_GNTTAB) && mfn_eq(pte_mfn(e), frame) &&
           writable == ((e & PTE_RW) != 0);
}

int pv_grant_unmap(struct domain *d, uint64_t addr, mfn_t frame, unsigned int flags,
                   uint64_t new_addr)
{
    uint64_t *e, *from = NULL, val = 0, seen = 0;
    int rc = GNTST_general_error;

    /* Replacing is defined for mappings named by address only. */
    if (new_addr && (flags & GNTMAP_contains_pte))
        return GNTST_general_error;
    spin_lock(&d->mm_lock);
    e = find_entry(d, addr, flags);
    if (e)
        seen = read_once(*e);
    if (new_addr)
        from = find_entry(d, new_addr, flags);
    if (!maps_grant(seen, frame, flags) || (new_addr && (from == NULL || from == e)))
        goto out;
    /* The replacing entry moves over, with whatever references it has. */
    if (from)
        val = atomic_xchg(from, 0);
    write_once(*e, val);
    rc = GNTST_okay;
out:
    spin_unlock(&d->mm_lock);
    if (rc)
        guest_log(LOG_WARNING, "d%u: entry at %llx (%016llx) does not map granted frame %llx\n",
                  d->id, (unsigned long long)addr, (unsigned long long)seen,
                  (unsigned long long)frame.n);
    return rc;
}
