/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of live tables, through the hypercalls that change them: references move from the old
 * frame to the new one, refused changes change nothing, lists stop where they should and go on
 * where they stopped.
 */
#include <string.h>

#include <hv/hypercall.h>

#include "mm_world.h"

#define SLOT(i) (pt_index(DATA_VA, 1) + (i))

static uint64_t *l1_entry(unsigned int i)
{
    return &words(world.table[1])[SLOT(i)];
}

static uint64_t entry_maddr(unsigned int level, unsigned int slot)
{
    return mfn_to_maddr(world.table[level]) + slot * 8;
}

static unsigned int done;

/* mmu_update with a list of `n`; `done` tells how far it came. */
static long update_list(const struct mmu_update *list, unsigned int n, domid_t frames_of)
{
    uint64_t at = guest_put(8, list, n * sizeof(*list)), none = ~0ull,
             done_at = guest_put(0, &none, 4);
    long rc = call(__HYPERVISOR_mmu_update, at, n, done_at, frames_of);

    CU_ASSERT(host_guest_load(done_at, &done, sizeof(done)));
    return rc;
}

static long update(uint64_t ptr, uint64_t val)
{
    struct mmu_update one = {.ptr = ptr, .val = val};

    return update_list(&one, 1, DOMID_SELF);
}

static void replace_frame(void)
{
    mfn_t old = world.data[3], new = frame_of(world.d);

    CU_ASSERT_EQUAL(update(entry_maddr(1, SLOT(3)), pte_make(new, RW_BITS)), 0);
    CU_ASSERT_EQUAL(done, 1);
    CU_ASSERT_EQUAL(*l1_entry(3), pte_make(new, RW_BITS));
    CU_ASSERT_EQUAL(REFS(new), 2);
    CU_ASSERT_EQUAL(TYPES(new), 1);
    CU_ASSERT_EQUAL(REFS(old), 1);
    CU_ASSERT_EQUAL(TYPES(old), 0);
    /* Read-only: the type goes, the reference stays. */
    CU_ASSERT_EQUAL(update(entry_maddr(1, SLOT(3)), pte_make(new, RO_BITS)), 0);
    CU_ASSERT_EQUAL(REFS(new), 2);
    CU_ASSERT_EQUAL(TYPES(new), 0);
    /* Software bits only: nothing is counted anew. */
    CU_ASSERT_EQUAL(update(entry_maddr(1, SLOT(3)), pte_make(new, RO_BITS | PTE_NX | PTE_AVAIL)),
                    0);
    CU_ASSERT_EQUAL(REFS(new), 2);
    CU_ASSERT_EQUAL(update(entry_maddr(1, SLOT(3)), 0x1234 << 1), 0);
    CU_ASSERT_EQUAL(*l1_entry(3), 0x1234 << 1);
    CU_ASSERT_EQUAL(REFS(new), 1);
}

static void preserve_ad(void)
{
    *l1_entry(2) |= PTE_A | PTE_D;
    CU_ASSERT_EQUAL(update(entry_maddr(1, SLOT(2)) | MMU_PT_UPDATE_PRESERVE_AD,
                           pte_make(world.data[2], PTE_P | PTE_US)),
                    0);
    CU_ASSERT_EQUAL(*l1_entry(2), pte_make(world.data[2], PTE_P | PTE_US | PTE_A | PTE_D));
    CU_ASSERT_EQUAL(update(entry_maddr(1, SLOT(2)), pte_make(world.data[2], PTE_P | PTE_US)), 0);
    CU_ASSERT_EQUAL(*l1_entry(2), pte_make(world.data[2], PTE_P | PTE_US));
}

static void expect_refused(uint64_t ptr, uint64_t val, long rc)
{
    uint64_t *e = (uint64_t *)((char *)words(maddr_to_mfn(ptr)) + (ptr & ~PAGE_MASK & ~7ull));
    uint64_t before = *e;

    CU_ASSERT_EQUAL(update(ptr, val), rc);
    CU_ASSERT_EQUAL(done, 0);
    CU_ASSERT_EQUAL(*e, before);
}

static void refused(void)
{
    mfn_t foreign = frame_of(world_other());
    uint64_t before = REFS(world.data[3]);

    for (unsigned int level = 1; level <= 4; level++)
        expect_refused(entry_maddr(1, SLOT(3)), pte_make(world.table[level], RW_BITS), -XEN_EBUSY);
    expect_refused(entry_maddr(1, SLOT(3)), pte_make(foreign, RO_BITS), -XEN_EINVAL);
    expect_refused(entry_maddr(1, SLOT(3)), pte_make(world.data[3], RO_BITS | PTE_GNTTAB),
                   -XEN_EINVAL);
    expect_refused(entry_maddr(2, 9), pte_make(world.data[3], RW_BITS), -XEN_EINVAL);
    expect_refused(entry_maddr(3, 9), pte_make(world.table[3], RW_BITS), -XEN_EINVAL);
    expect_refused(entry_maddr(4, 9), pte_make(world.table[4], RW_BITS), -XEN_EINVAL);
    for (unsigned int slot = HV_L4_FIRST; slot <= HV_L4_LAST; slot++)
        expect_refused(entry_maddr(4, slot), pte_make(world.table[3], RW_BITS), -XEN_EINVAL);
    expect_refused(entry_maddr(1, SLOT(3)) + 4, 0, -XEN_EINVAL);
    CU_ASSERT_EQUAL(update(mfn_to_maddr(foreign), 1), -XEN_EINVAL);
    CU_ASSERT_EQUAL(update(0xfffffffull << PAGE_SHIFT, 1), -XEN_EINVAL);
    CU_ASSERT_EQUAL(REFS(world.data[3]), before);
    CU_ASSERT_EQUAL(REFS(foreign), 1);
}

/* Foreign frames, for who may name them. */
static void foreign_frames(void)
{
    mfn_t foreign = frame_of(world_other());
    struct mmu_update map = {entry_maddr(1, SLOT(3)), pte_make(foreign, RW_BITS)};

    CU_ASSERT_EQUAL(update_list(&map, 1, world_other()->id), 0);
    CU_ASSERT_EQUAL(REFS(foreign), 2);
    CU_ASSERT_EQUAL(TYPES(foreign), 1);
    CU_ASSERT_EQUAL(update(map.ptr, 0), 0);
    CU_ASSERT_EQUAL(REFS(foreign), 1);
    CU_ASSERT_EQUAL(update_list(&map, 1, 0x1234), -XEN_ESRCH);
    world.d->is_privileged = false;
    CU_ASSERT_EQUAL(update_list(&map, 1, world_other()->id), -XEN_EPERM);
    world.d->is_privileged = true;
    CU_ASSERT_EQUAL(REFS(foreign), 1);
}

/* A foreign frame stays while it is mapped, though its domain died. */
static void foreign_frame_outlives(void)
{
    mfn_t foreign = frame_of(world_other());
    struct mmu_update map = {entry_maddr(1, SLOT(3)), pte_make(foreign, RW_BITS)};
    uint64_t word = 0x77;

    CU_ASSERT_EQUAL(update_list(&map, 1, world_other()->id), 0);
    while (domain_kill(world_other()))
        ;
    CU_ASSERT_EQUAL(REFS(foreign), 1);
    CU_ASSERT(host_guest_store(DATA_VA + 3 * PAGE_SIZE, &word, sizeof(word)));
    CU_ASSERT_EQUAL(words(foreign)[0], 0x77);
    CU_ASSERT_EQUAL(update(map.ptr, 0), 0);
}

static void plain_memory(void)
{
    uint64_t at = mfn_to_maddr(world.data[5]) + 64;

    CU_ASSERT_EQUAL(update(at, 0xabcd), 0);
    CU_ASSERT_EQUAL(words(world.data[5])[8], 0xabcd);
    CU_ASSERT_EQUAL(update(at | MMU_PT_UPDATE_NO_TRANSLATE, 0xabce), 0);
    CU_ASSERT_EQUAL(words(world.data[5])[8], 0xabce);
    CU_ASSERT_EQUAL(TYPES(world.data[5]), 1); /* its mapping's */
}

static void machphys(void)
{
    mfn_t foreign = frame_of(world_other());

    CU_ASSERT_EQUAL(update(mfn_to_maddr(world.data[1]) | MMU_MACHPHYS_UPDATE, 0x99), 0);
    CU_ASSERT_EQUAL(arch_m2p_get(world.data[1]), 0x99);
    CU_ASSERT_EQUAL(update(mfn_to_maddr(foreign) | MMU_MACHPHYS_UPDATE, 0x99), -XEN_EINVAL);
    CU_ASSERT_NOT_EQUAL(arch_m2p_get(foreign), 0x99);
}

static void list_stops_at_refusal(void)
{
    struct mmu_update list[] = {
        {entry_maddr(1, SLOT(3)), 0},
        {entry_maddr(1, SLOT(4)), 0},
        {entry_maddr(4, HV_L4_FIRST), 0},
        {entry_maddr(1, SLOT(5)), 0},
    };

    CU_ASSERT_EQUAL(update_list(list, 4, DOMID_SELF), -XEN_EINVAL);
    CU_ASSERT_EQUAL(done, 2);
    CU_ASSERT_EQUAL(*l1_entry(4), 0);
    CU_ASSERT_NOT_EQUAL(*l1_entry(5), 0);
}

/* A list that is interrupted at every look counts its elements as if it had not been. */
static void preempted_list(void)
{
    static struct mmu_update list[200];

    for (unsigned int i = 0; i < 200; i++)
        list[i] =
            (struct mmu_update){entry_maddr(1, SLOT(40 + i)), pte_make(world.data[1], RO_BITS)};
    preempt_every(1);
    CU_ASSERT_EQUAL(update_list(list, 200, DOMID_SELF), 0);
    CU_ASSERT_EQUAL(done, 200);
    CU_ASSERT_EQUAL(REFS(world.data[1]), 202);
    list[150].ptr = entry_maddr(4, HV_L4_FIRST);
    CU_ASSERT_EQUAL(update_list(list, 200, DOMID_SELF), -XEN_EINVAL);
    CU_ASSERT_EQUAL(done, 150);
}

/* Dropping a whole subtree by one entry is finished by the same call, and by nobody else's
 * patience. */
static void preempted_drop(void)
{
    mfn_t l2 = frame_of(world.d), l1[300];

    for (unsigned int i = 0; i < 300; i++) {
        l1[i] = frame_of(world.d);
        words(l1[i])[0] = pte_make(world.data[1], RO_BITS);
        words(l2)[i] = pte_make(l1[i], RW_BITS);
    }
    CU_ASSERT_EQUAL(update(entry_maddr(3, 77), pte_make(l2, RW_BITS)), 0);
    CU_ASSERT_EQUAL(REFS(world.data[1]), 302);
    preempt_every(1);
    CU_ASSERT_EQUAL(update(entry_maddr(3, 77), 0), 0);
    CU_ASSERT_EQUAL(done, 1);
    CU_ASSERT_EQUAL(REFS(world.data[1]), 2);
    CU_ASSERT_EQUAL(TYPES(l2), 0);
    CU_ASSERT_EQUAL(world.v->pv.old_table, 0);
    CU_ASSERT_EQUAL(update(entry_maddr(3, 77), pte_make(l2, RW_BITS)), 0);
    CU_ASSERT_EQUAL(REFS(world.data[1]), 302);
}

/* ---- update_va_mapping ---- */

static void va_mapping(void)
{
    uint64_t word = 1, flush = UVMF_INVLPG | UVMF_LOCAL;
    mfn_t new = frame_of(world.d);

    words(new)[0] = 0x5555;
    CU_ASSERT(
        host_guest_store(DATA_VA + 6 * PAGE_SIZE, &word, 8)); /* the old mapping is in the TLB */
    CU_ASSERT_EQUAL(call(__HYPERVISOR_update_va_mapping, DATA_VA + 6 * PAGE_SIZE,
                         pte_make(new, RW_BITS), flush, 0),
                    0);
    CU_ASSERT(host_guest_load(DATA_VA + 6 * PAGE_SIZE, &word, 8));
    CU_ASSERT_EQUAL(word, 0x5555);
    CU_ASSERT_EQUAL(call(__HYPERVISOR_update_va_mapping, 0x7000000000, 0, 0, 0), -XEN_EINVAL);
    CU_ASSERT_EQUAL(call(__HYPERVISOR_update_va_mapping, HYPERVISOR_VIRT_START, 0, 0, 0),
                    -XEN_EINVAL);
    CU_ASSERT_EQUAL(call(__HYPERVISOR_update_va_mapping, 0x0000800000000000, 0, 0, 0), -XEN_EINVAL);
    CU_ASSERT_EQUAL(
        call(__HYPERVISOR_update_va_mapping, DATA_VA, pte_make(world.table[1], RW_BITS), 0, 0),
        -XEN_EBUSY);
    /* A vCPU bitmap that cannot be read. */
    CU_ASSERT_EQUAL(call(__HYPERVISOR_update_va_mapping, DATA_VA + 6 * PAGE_SIZE,
                         pte_make(new, RW_BITS), UVMF_TLB_FLUSH | 0x7000000000, 0),
                    -XEN_EFAULT);
}

/* ---- mmuext_op ---- */

static long ext(unsigned int cmd, mfn_t m)
{
    struct mmuext_op op = {.cmd = cmd};

    op.arg1.mfn = m.n;
    return call(__HYPERVISOR_mmuext_op, guest_put(0, &op, sizeof(op)), 1, 0, DOMID_SELF);
}

static void pins(void)
{
    mfn_t t = frame_of(world.d);

    CU_ASSERT_EQUAL(ext(MMUEXT_PIN_L2_TABLE, t), 0);
    CU_ASSERT_EQUAL(REFS(t), 2);
    CU_ASSERT_EQUAL(ext(MMUEXT_PIN_L2_TABLE, t), -XEN_EINVAL); /* twice */
    CU_ASSERT_EQUAL(ext(MMUEXT_PIN_L1_TABLE, t), -XEN_EINVAL);
    CU_ASSERT_EQUAL(REFS(t), 2);
    CU_ASSERT_EQUAL(ext(MMUEXT_UNPIN_TABLE, t), 0);
    CU_ASSERT_EQUAL(ext(MMUEXT_UNPIN_TABLE, t), -XEN_EINVAL);
    CU_ASSERT_EQUAL(REFS(t), 1);
    CU_ASSERT_EQUAL(ext(MMUEXT_PIN_L1_TABLE, world.data[1]), -XEN_EINVAL); /* writable */
    CU_ASSERT_EQUAL(ext(MMUEXT_PIN_L1_TABLE, frame_of(world_other())), -XEN_EINVAL);
    CU_ASSERT_EQUAL(ext(MMUEXT_PIN_L1_TABLE, mfn(0xfffffff)), -XEN_EINVAL);
}

static void roots(void)
{
    mfn_t root = frame_of(world.d);

    memcpy(words(root), words(world.table[4]), PAGE_SIZE);
    CU_ASSERT_EQUAL(ext(MMUEXT_NEW_BASEPTR, root), 0);
    CU_ASSERT_EQUAL(world.v->pv.cr3, mfn_to_maddr(root));
    CU_ASSERT_EQUAL(TYPES(world.table[4]), 0);
    CU_ASSERT_EQUAL(TYPES(root), 1);
    CU_ASSERT_EQUAL(TYPES(world.table[3]), 1);
    CU_ASSERT_EQUAL(ext(MMUEXT_NEW_BASEPTR, world.table[3]), -XEN_EINVAL);
    CU_ASSERT_EQUAL(ext(MMUEXT_NEW_BASEPTR, mfn(0)), -XEN_EINVAL);
    CU_ASSERT_EQUAL(world.v->pv.cr3, mfn_to_maddr(root));
    CU_ASSERT_EQUAL(ext(MMUEXT_NEW_USER_BASEPTR, world.table[4]), 0);
    CU_ASSERT_EQUAL(TYPES(world.table[4]), 1);
    CU_ASSERT_EQUAL(ext(MMUEXT_NEW_USER_BASEPTR, root), 0);
    CU_ASSERT_EQUAL(TYPES(root), 2);
    CU_ASSERT_EQUAL(ext(MMUEXT_NEW_USER_BASEPTR, mfn(0)), 0);
    CU_ASSERT_EQUAL(world.v->pv.cr3_user, 0);
    CU_ASSERT_EQUAL(TYPES(root), 1);
    CU_ASSERT_EQUAL(ext(MMUEXT_NEW_BASEPTR, root), 0); /* the same: a flush */
    CU_ASSERT_EQUAL(TYPES(root), 1);
}

static void page_operations(void)
{
    struct mmuext_op op = {.cmd = MMUEXT_COPY_PAGE};

    words(world.data[7])[511] = 0x1111;
    op.arg1.mfn = world.data[8].n;
    op.arg2.src_mfn = world.data[7].n;
    CU_ASSERT_EQUAL(call(__HYPERVISOR_mmuext_op, guest_put(0, &op, sizeof(op)), 1, 0, DOMID_SELF),
                    0);
    CU_ASSERT_EQUAL(words(world.data[8])[511], 0x1111);
    CU_ASSERT_EQUAL(ext(MMUEXT_CLEAR_PAGE, world.data[8]), 0);
    CU_ASSERT_EQUAL(words(world.data[8])[511], 0);
    CU_ASSERT_EQUAL(ext(MMUEXT_CLEAR_PAGE, world.table[1]), -XEN_EINVAL);
    CU_ASSERT_EQUAL(ext(MMUEXT_CLEAR_PAGE, frame_of(world_other())), -XEN_EINVAL);
    CU_ASSERT_EQUAL(ext(999, mfn(0)), -XEN_ENOSYS);
    CU_ASSERT_EQUAL(ext(MMUEXT_MARK_SUPER, mfn(0)), -XEN_EOPNOTSUPP);
    CU_ASSERT_EQUAL(ext(MMUEXT_FLUSH_CACHE, mfn(0)), 0);
    world.d->is_privileged = false;
    CU_ASSERT_EQUAL(ext(MMUEXT_FLUSH_CACHE, mfn(0)), -XEN_EACCES);
    world.d->is_privileged = true;
}

/* A page that loses its last writable mapping and becomes a table: no CPU may still know it
 * writable. */
static void writable_to_table(void)
{
    uint64_t word = 0;
    mfn_t m = world.data[9];

    CU_ASSERT(host_guest_store(DATA_VA + 9 * PAGE_SIZE, &word, 8));
    CU_ASSERT_EQUAL(update(entry_maddr(1, SLOT(9)), pte_make(m, RO_BITS)), 0); /* without a flush */
    CU_ASSERT_EQUAL(ext(MMUEXT_PIN_L1_TABLE, m), 0);
    CU_ASSERT_PTR_NULL(host_tlb_check());
    CU_ASSERT_FALSE(host_guest_store(DATA_VA + 9 * PAGE_SIZE, &word, 8));
}

int main(void)
{
    static const struct mm_test tests[] = {
        MM_TEST(replace_frame),
        MM_TEST(preserve_ad),
        MM_TEST(refused),
        MM_TEST(foreign_frames),
        MM_TEST(foreign_frame_outlives),
        MM_TEST(plain_memory),
        MM_TEST(machphys),
        MM_TEST(list_stops_at_refusal),
        MM_TEST(preempted_list),
        MM_TEST(preempted_drop),
        MM_TEST(va_mapping),
        MM_TEST(pins),
        MM_TEST(roots),
        MM_TEST(page_operations),
        MM_TEST(writable_to_table),
    };

    return run_mm_tests("pt_update", tests, ARRAY_SIZE(tests));
}
