/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A frame becomes a page table, or stops being one: references are taken for all its entries, or
 * dropped. Both run over the table in slot order (down when un-checking) and may stop between two
 * slots: nr_done then says how many slots are accounted, and either direction may go on from there
 * (docs/page-states.md).
 *
 * A check that meets a bad entry must undo what it did, which may take as long as the check did and
 * is preempted in the same way; page->undo tells the restarted call that the verdict has already
 * fallen.
 */
#include <hv/arch.h>
#include <hv/hypercall.h>
#include <hv/panic.h>
#include <hv/personality.h>
#include <hv/pv_mm.h>
#include <public/errno.h>

/* Slots with an entry, above level 1, between two looks at the clock: each may stand for a whole
 * subtree. */
#define PREEMPT_EVERY 32

static bool is_partial(const struct page *p)
{
    return read_once(p->type) & PTF_PARTIAL;
}

static bool slot_is_ours(unsigned int level, unsigned int slot)
{
    return level == 4 && l4_slot_is_hv(slot);
}

static int check_slots(struct domain *d, struct page *p, unsigned int level)
{
    uint64_t *t = arch_frame_ptr(page_mfn(p));
    unsigned int since_look = 0;

    for (unsigned int i = p->nr_done; i < PTE_ENTRIES; i++) {
        uint64_t e = read_once(t[i]), stored;
        int rc;

        if (!(e & PTE_P) || slot_is_ours(level, i))
            continue;
        p->nr_done = i;
        rc = pte_bits_ok(d, level, e) ? pte_take(d, d, level, e) : -XEN_EINVAL;
        if (unlikely(rc != 0))
            return rc;
        stored = pte_stored_form(level, e);
        if (stored != e)
            write_once(t[i], stored);
        p->nr_done = i + 1;
        if (level > 1 && ++since_look % PREEMPT_EVERY == 0 && hypercall_should_preempt())
            return -XEN_ERESTART;
    }
    p->nr_done = PTE_ENTRIES;
    return 0;
}

/* The child named by the first slot not accounted may itself be half-way: finish it first. */
static int finish_partial_child(struct domain *d, struct page *p, unsigned int level)
{
    const uint64_t *t = arch_frame_ptr(page_mfn(p));
    struct page *child;
    uint64_t e;
    int rc = 0;

    if (level == 1 || p->nr_done >= PTE_ENTRIES || slot_is_ours(level, p->nr_done))
        return 0;
    e = read_once(t[p->nr_done]);
    child = e & PTE_P ? mfn_page(pte_mfn(e)) : NULL;
    if (child == NULL || !is_partial(child) || !page_get(child, d))
        return 0;
    if (table_level(page_type(child)) == level - 1)
        rc = page_put_type_resume(child);
    page_put(child);
    return rc;
}

static int uncheck_slots(struct domain *d, struct page *p, unsigned int level)
{
    const uint64_t *t = arch_frame_ptr(page_mfn(p));
    unsigned int since_look = 0;
    int rc = finish_partial_child(d, p, level);

    while (rc == 0 && p->nr_done > 0) {
        unsigned int i = --p->nr_done;
        uint64_t e = read_once(t[i]);

        if (!(e & PTE_P) || slot_is_ours(level, i))
            continue;
        rc = pte_drop(d, level, e);
        if (rc == 0 && level > 1 && ++since_look % PREEMPT_EVERY == 0 && hypercall_should_preempt())
            rc = -XEN_ERESTART;
    }
    if (rc == 0)
        p->undo = 0;
    return rc;
}

static int check_table(struct domain *d, struct page *p, unsigned int level)
{
    int rc;

    if (!is_partial(p)) {
        p->nr_done = 0;
        p->undo = 0;
    }
    if (!p->undo) {
        rc = check_slots(d, p, level);
        if (rc == 0 && level == 4)
            arch_l4_init(d, page_mfn(p));
        if (rc == 0 || rc == -XEN_ERESTART)
            return rc;
        p->undo = 1;
    }
    rc = uncheck_slots(d, p, level);
    return rc ? rc : -XEN_EINVAL;
}

int pv_validate_page(struct page *p, enum page_type t)
{
    struct domain *d = p->owner;

    ASSERT(spin_is_locked(&d->mm_lock));
    if (table_level(t))
        return check_table(d, p, table_level(t));
    if (t == PT_SEGDESC)
        return pv_validate_descriptors(p);
    return 0;
}

int pv_invalidate_page(struct page *p, enum page_type t)
{
    struct domain *d = p->owner;
    unsigned int level = table_level(t);
    int rc;

    ASSERT(spin_is_locked(&d->mm_lock));
    if (level == 0)
        return 0;
    if (!is_partial(p)) {
        p->nr_done = PTE_ENTRIES;
        p->undo = 0;
    }
    rc = uncheck_slots(d, p, level);
    if (rc == 0 && level == 4) {
        /* The guest is about to read this page: our own entries are none of its business. */
        uint64_t *l4 = arch_frame_ptr(page_mfn(p));

        for (unsigned int i = HV_L4_FIRST; i <= HV_L4_LAST; i++)
            write_once(l4[i], 0);
    }
    return rc;
}
