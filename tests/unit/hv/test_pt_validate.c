/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables are checked and un-checked: what each entry stands for is counted exactly, refused tables
 * leave no trace, and a check that is interrupted anywhere ends as if it had not been.
 */
#include <hv/hypercall.h>

#include "mm_world.h"

/* A tree of its own: one table at each level, n level-1 entries that name frames. */
static mfn_t t[5], leaf[PTE_ENTRIES];

static void make_tree(unsigned int leaves)
{
    for (unsigned int level = 1; level <= 4; level++)
        t[level] = frame_of(world.d);
    for (unsigned int i = 0; i < leaves; i++) {
        leaf[i] = frame_of(world.d);
        words(t[1])[i] = pte_make(leaf[i], i & 1 ? RO_BITS : RW_BITS);
    }
    for (unsigned int level = 2; level <= 4; level++)
        words(t[level])[5] = pte_make(t[level - 1], RW_BITS);
}

/* Many level-1 tables below one level-2 table, all naming the same leaf. */
static mfn_t many[PTE_ENTRIES];

static void make_wide_tree(unsigned int tables)
{
    make_tree(1);
    words(t[2])[5] = 0;
    for (unsigned int i = 0; i < tables; i++) {
        many[i] = frame_of(world.d);
        words(many[i])[i] = pte_make(leaf[0], RW_BITS);
        words(t[2])[i] = pte_make(many[i], RW_BITS);
    }
}

static void assert_idle(mfn_t m)
{
    CU_ASSERT_EQUAL(REFS(m), 1);
    CU_ASSERT_EQUAL(TYPES(m), 0);
    CU_ASSERT_EQUAL(page_of(m)->type & (PTF_PARTIAL | PTF_PINNED), 0);
}

static void counts(void)
{
    make_tree(4);
    CU_ASSERT_EQUAL(get_type(t[4], PT_L4), 0);
    for (unsigned int level = 1; level <= 4; level++) {
        CU_ASSERT_EQUAL(page_type(page_of(t[level])), (enum page_type)level);
        CU_ASSERT_EQUAL(TYPES(t[level]), 1);
        CU_ASSERT_EQUAL(REFS(t[level]), 2);
    }
    for (unsigned int i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(REFS(leaf[i]), 2);
        CU_ASSERT_EQUAL(TYPES(leaf[i]), i & 1 ? 0 : 1);
    }
    /* A second use of the same tables does not count the leaves again. */
    CU_ASSERT_EQUAL(get_type(t[2], PT_L2), 0);
    CU_ASSERT_EQUAL(TYPES(t[2]), 2);
    CU_ASSERT_EQUAL(REFS(leaf[0]), 2);
    CU_ASSERT_EQUAL(put_type_once(t[2]), 0);
    CU_ASSERT_EQUAL(put_type_once(t[4]), 0);
    for (unsigned int level = 1; level <= 4; level++)
        assert_idle(t[level]);
    for (unsigned int i = 0; i < 4; i++)
        assert_idle(leaf[i]);
}

static void stored_form(void)
{
    make_tree(1);
    words(t[1])[0] = pte_make(leaf[0], PTE_P | PTE_RW | PTE_G | PTE_NX | PTE_AVAIL | (1ull << 58));
    words(t[3])[5] &= ~PTE_US;
    words(t[1])[9] = 0x123456789abcdeull << 1; /* not present: any value stays */
    CU_ASSERT_EQUAL(get_type(t[4], PT_L4), 0);
    CU_ASSERT_EQUAL(words(t[1])[0],
                    pte_make(leaf[0], PTE_P | PTE_RW | PTE_US | PTE_NX | PTE_AVAIL | (1ull << 58)));
    CU_ASSERT((words(t[3])[5] & PTE_US) != 0);
    CU_ASSERT_EQUAL(words(t[1])[9], 0x123456789abcdeull << 1);
    CU_ASSERT_EQUAL(put_type_once(t[4]), 0);
}

/* The hypervisor's slots: whatever the guest left there is replaced, never followed. */
static void hypervisor_slots(void)
{
    make_tree(1);
    for (unsigned int i = HV_L4_FIRST; i <= HV_L4_LAST; i++)
        words(t[4])[i] = ~0ull;
    CU_ASSERT_EQUAL(get_type(t[4], PT_L4), 0);
    for (unsigned int i = HV_L4_FIRST; i <= HV_L4_LAST; i++)
        CU_ASSERT_NOT_EQUAL(words(t[4])[i], ~0ull);
    words(t[4])[HV_L4_FIRST] = 0x1234567; /* as arch_l4_init() might leave it */
    CU_ASSERT_EQUAL(put_type_once(t[4]), 0);
    CU_ASSERT_EQUAL(words(t[4])[HV_L4_FIRST], 0);
    assert_idle(t[3]);
}

static void refuse(unsigned int level, uint64_t entry)
{
    /* Last slot: everything before it was accounted, and must be given back. */
    words(t[level])[PTE_ENTRIES - 1] = entry;
    CU_ASSERT_EQUAL(get_type(t[4], PT_L4), -XEN_EINVAL);
    for (unsigned int l = 1; l <= 4; l++)
        assert_idle(t[l]);
    for (unsigned int i = 0; i < 8; i++)
        assert_idle(leaf[i]);
    words(t[level])[PTE_ENTRIES - 1] = 0;
}

static void refused_entries(void)
{
    mfn_t foreign = frame_of(world_other());

    make_tree(8);
    for (unsigned int level = 2; level <= 4; level++) {
        refuse(level, pte_make(t[level - 1], RW_BITS | PTE_PSE));
        refuse(level, pte_make(t[level - 1], RW_BITS | PTE_G));
        refuse(level, pte_make(t[level - 1], RW_BITS | PTE_PCD));
        refuse(level, pte_make(t[level - 1], RW_BITS | PTE_GNTTAB));
        refuse(level, pte_make(t[level], RW_BITS)); /* itself */
        refuse(level, pte_make(foreign, RW_BITS));
        refuse(level, pte_make(leaf[0], RW_BITS)); /* writable elsewhere in the tree */
        refuse(level, pte_make(mfn(0xfffffff), RW_BITS));
        refuse(level, pte_make(world.d->shared_mfn, RW_BITS));
    }
    refuse(1, pte_make(foreign, RO_BITS));
    refuse(1, pte_make(t[1], RW_BITS));
    refuse(1, pte_make(t[4], RW_BITS));
    refuse(1, pte_make(leaf[0], RO_BITS | PTE_GNTTAB));
    refuse(1, pte_make(mfn(HOST_MMIO_FRAME), RO_BITS)); /* a device, no permission */
    CU_ASSERT_EQUAL(get_type(t[4], PT_L4), 0);          /* and without all that it is good */
    CU_ASSERT_EQUAL(put_type_once(t[4]), 0);
}

/* Cache attributes are for domains that have devices. */
static void cache_bits(void)
{
    make_tree(1);
    words(t[1])[0] |= PTE_PCD;
    CU_ASSERT_EQUAL(get_type(t[1], PT_L1), 0);
    CU_ASSERT_EQUAL(put_type_once(t[1]), 0);
    world.d->is_privileged = false;
    CU_ASSERT_EQUAL(get_type(t[1], PT_L1), -XEN_EINVAL);
    world.d->is_privileged = true;
}

static void device_frames(void)
{
    make_tree(1);
    CU_ASSERT_EQUAL(rangeset_add(&world.d->iomem, HOST_MMIO_FRAME, HOST_OUR_FRAME), 0);
    words(t[1])[1] = pte_make(mfn(HOST_MMIO_FRAME), RW_BITS | PTE_PCD);
    words(t[1])[2] = pte_make(mfn(HOST_OUR_FRAME), RW_BITS);
    CU_ASSERT_EQUAL(get_type(t[1], PT_L1), 0);
    CU_ASSERT_EQUAL(words(t[1])[1], pte_make(mfn(HOST_MMIO_FRAME), RW_BITS | PTE_PCD));
    CU_ASSERT_EQUAL(words(t[1])[2], pte_make(mfn(HOST_OUR_FRAME), RO_BITS)); /* read-only */
    CU_ASSERT_EQUAL(put_type_once(t[1]), 0);
}

/* ---- half-way ---- */

static unsigned int restarts(int (*step)(void), int *rc)
{
    unsigned int n = 0;

    while ((*rc = step()) == -XEN_ERESTART) {
        CU_ASSERT_FATAL(++n < 1000);
        CU_ASSERT((page_of(t[4])->type & PTF_PARTIAL) != 0);
        CU_ASSERT_EQUAL(page_of(t[4])->type & PTF_VALID, 0);
        CU_ASSERT_EQUAL(TYPES(t[4]), 1);
        CU_ASSERT_EQUAL(REFS(t[4]), 2); /* the owner's and the state's */
    }
    return n;
}

static int step_get(void)
{
    return get_type_once(t[4], PT_L4);
}

static int step_resume(void)
{
    int rc;

    spin_lock(&world.d->mm_lock);
    rc = page_put_type_resume(page_of(t[4]));
    spin_unlock(&world.d->mm_lock);
    return rc;
}

static void assert_wide_tree_idle(unsigned int tables)
{
    for (unsigned int level = 2; level <= 4; level++)
        assert_idle(t[level]);
    for (unsigned int i = 0; i < tables; i++)
        assert_idle(many[i]);
    assert_idle(leaf[0]);
}

static void preempted_check(void)
{
    int rc;

    make_wide_tree(300);
    preempt_every(1);
    CU_ASSERT(restarts(step_get, &rc) >= 300 / 64);
    CU_ASSERT_EQUAL(rc, 0);
    CU_ASSERT_EQUAL(TYPES(leaf[0]), 300);
    CU_ASSERT_EQUAL(REFS(t[4]), 2);
    CU_ASSERT_EQUAL(put_type_once(t[4]), -XEN_ERESTART);
    CU_ASSERT(restarts(step_resume, &rc) >= 2);
    CU_ASSERT_EQUAL(rc, 0);
    assert_wide_tree_idle(300);
}

/* The check is stopped, and given up by someone else. And the reverse: half un-checked, then wanted
 * again. */
static void changed_mind(void)
{
    int rc;

    make_wide_tree(300);
    preempt_every(1);
    for (unsigned int steps = 1; steps < 5; steps++) {
        for (unsigned int i = 0; i < steps; i++)
            CU_ASSERT_EQUAL(step_get(), -XEN_ERESTART);
        restarts(step_resume, &rc);
        CU_ASSERT_EQUAL(rc, 0);
        assert_wide_tree_idle(300);

        restarts(step_get, &rc);
        CU_ASSERT_EQUAL(rc, 0);
        CU_ASSERT_EQUAL(put_type_once(t[4]), -XEN_ERESTART);
        for (unsigned int i = 1; i < steps; i++)
            CU_ASSERT_EQUAL(step_resume(), -XEN_ERESTART);
        restarts(step_get, &rc);
        CU_ASSERT_EQUAL(rc, 0);
        CU_ASSERT_EQUAL(TYPES(leaf[0]), 300);
        preempt_every(0);
        CU_ASSERT_EQUAL(put_type_once(t[4]), 0);
        preempt_every(1);
    }
    assert_wide_tree_idle(300);
}

/* The verdict falls at the end of a long check: the undoing is long, too, and ends in the same
 * refusal. */
static void preempted_refusal(void)
{
    int rc;

    make_wide_tree(300);
    words(t[2])[PTE_ENTRIES - 1] = pte_make(t[4], RW_BITS);
    preempt_every(1);
    CU_ASSERT(restarts(step_get, &rc) > 2 * (300 / 64));
    CU_ASSERT_EQUAL(rc, -XEN_EINVAL);
    assert_wide_tree_idle(300);
}

/* A half-checked table is a table: not writable, not another level, not to be updated. */
static void partial_is_protected(void)
{
    make_wide_tree(100);
    preempt_every(1);
    CU_ASSERT_EQUAL(step_get(), -XEN_ERESTART);
    CU_ASSERT_EQUAL(get_type_once(t[4], PT_L3), -XEN_EINVAL);
    CU_ASSERT_EQUAL(page_get_and_type(page_of(t[4]), world.d, PT_WRITABLE), -XEN_EINVAL);
    CU_ASSERT_EQUAL(pv_table_of(page_of(t[4]), world.d), 0);
    CU_ASSERT_EQUAL(REFS(t[4]), 2);
    /* world_end() takes the domain down with it half-checked, and counts the frames. */
}

static void dies_half_unchecked(void)
{
    int rc;

    make_wide_tree(300);
    preempt_every(1);
    restarts(step_get, &rc);
    CU_ASSERT_EQUAL(put_type_once(t[4]), -XEN_ERESTART);
    CU_ASSERT((page_of(t[2])->type & PTF_PARTIAL) != 0);
}

static void dies_with_pins(void)
{
    struct mmuext_op op = {.cmd = MMUEXT_PIN_L4_TABLE};

    make_wide_tree(300);
    op.arg1.mfn = t[4].n;
    CU_ASSERT_EQUAL(call(__HYPERVISOR_mmuext_op, guest_put(0, &op, sizeof(op)), 1, 0, DOMID_SELF),
                    0);
    op.cmd = MMUEXT_PIN_L2_TABLE;
    op.arg1.mfn = t[2].n;
    CU_ASSERT_EQUAL(call(__HYPERVISOR_mmuext_op, guest_put(0, &op, sizeof(op)), 1, 0, DOMID_SELF),
                    0);
    preempt_every(1);
}

int main(void)
{
    static const struct mm_test tests[] = {
        MM_TEST(counts),
        MM_TEST(stored_form),
        MM_TEST(hypervisor_slots),
        MM_TEST(refused_entries),
        MM_TEST(cache_bits),
        MM_TEST(device_frames),
        MM_TEST(preempted_check),
        MM_TEST(changed_mind),
        MM_TEST(preempted_refusal),
        MM_TEST(partial_is_protected),
        MM_TEST(dies_half_unchecked),
        MM_TEST(dies_with_pins),
    };

    return run_mm_tests("pt_validate", tests, ARRAY_SIZE(tests));
}
