/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of grant mappings: made and undone by address or by machine address, only where they are,
 * and never counted, whatever the guest does to them in between.
 */
#include <hv/personality.h>
#include <public/grant_table.h>

#include "mm_world.h"

#define SLOT(i) (pt_index(DATA_VA, 1) + (i))
#define VA(i)   (DATA_VA + (i)*PAGE_SIZE)

static uint64_t *entry(unsigned int i)
{
    return &words(world.table[1])[SLOT(i)];
}

static uint64_t entry_maddr(unsigned int i)
{
    return mfn_to_maddr(world.table[1]) + SLOT(i) * 8;
}

/* As core/grant_map.c does: the mapping's own reference, then the entry. */
static mfn_t granted(bool writable)
{
    mfn_t m = frame_of(world_other());

    CU_ASSERT(page_get(page_of(m), world_other()));
    if (writable)
        CU_ASSERT_EQUAL(page_get_type(page_of(m), PT_WRITABLE), 0);
    return m;
}

static void drop(mfn_t m, bool writable)
{
    if (writable)
        page_put_and_type(page_of(m));
    else
        page_put(page_of(m));
}

static void by_address(void)
{
    mfn_t m = granted(true);

    CU_ASSERT_EQUAL(pv_grant_map(world.d, VA(3), m, GNTMAP_host_map), GNTST_okay);
    CU_ASSERT_EQUAL(*entry(3), pte_make(m, RW_BITS | PTE_GNTTAB));
    CU_ASSERT_EQUAL(REFS(m), 2);
    CU_ASSERT_EQUAL(REFS(world.data[3]), 1); /* what was there before is let go */
    CU_ASSERT_EQUAL(pv_grant_unmap(world.d, VA(4), m, GNTMAP_host_map, 0), GNTST_general_error);
    CU_ASSERT_EQUAL(pv_grant_unmap(world.d, VA(3), world.data[3], GNTMAP_host_map, 0),
                    GNTST_general_error);
    CU_ASSERT_EQUAL(pv_grant_unmap(world.d, VA(3), m, GNTMAP_host_map, 0), GNTST_okay);
    CU_ASSERT_EQUAL(*entry(3), 0);
    CU_ASSERT_EQUAL(pv_grant_unmap(world.d, VA(3), m, GNTMAP_host_map, 0), GNTST_general_error);
    CU_ASSERT_EQUAL(REFS(m), 2);
    drop(m, true);
}

static void by_entry(void)
{
    unsigned int flags = GNTMAP_host_map | GNTMAP_contains_pte | GNTMAP_readonly | (5u << 16);
    mfn_t m = granted(false);

    CU_ASSERT_EQUAL(pv_grant_map(world.d, entry_maddr(3), m, flags), GNTST_okay);
    CU_ASSERT_EQUAL(*entry(3), pte_make(m, RO_BITS | PTE_GNTTAB | (5ull << 9)));
    CU_ASSERT_EQUAL(pv_grant_unmap(world.d, entry_maddr(3), m, flags, VA(4)), GNTST_general_error);
    CU_ASSERT_EQUAL(pv_grant_unmap(world.d, entry_maddr(3), m, flags, 0), GNTST_okay);
    CU_ASSERT_EQUAL(*entry(3), 0);
    drop(m, false);
}

static void bad_places(void)
{
    mfn_t m = granted(false);
    unsigned int pte = GNTMAP_host_map | GNTMAP_contains_pte;

    CU_ASSERT_EQUAL(pv_grant_map(world.d, 0x7000000000, m, GNTMAP_host_map), GNTST_general_error);
    CU_ASSERT_EQUAL(pv_grant_map(world.d, HYPERVISOR_VIRT_START, m, GNTMAP_host_map),
                    GNTST_general_error);
    CU_ASSERT_EQUAL(pv_grant_map(world.d, entry_maddr(3) + 4, m, pte), GNTST_general_error);
    CU_ASSERT_EQUAL(pv_grant_map(world.d, mfn_to_maddr(world.data[0]), m, pte),
                    GNTST_general_error);
    CU_ASSERT_EQUAL(pv_grant_map(world.d, mfn_to_maddr(world.table[2]), m, pte),
                    GNTST_general_error);
    CU_ASSERT_EQUAL(pv_grant_map(world.d, mfn_to_maddr(frame_of(world_other())), m, pte),
                    GNTST_general_error);
    CU_ASSERT_EQUAL(pv_grant_map(world.d, 0xfffffffull << PAGE_SHIFT, m, pte), GNTST_general_error);
    drop(m, false);
}

/* unmap_and_replace: the other entry moves over, references and all. */
static void replace(void)
{
    mfn_t m = granted(true);

    CU_ASSERT_EQUAL(pv_grant_map(world.d, VA(3), m, GNTMAP_host_map), GNTST_okay);
    CU_ASSERT_EQUAL(pv_grant_unmap(world.d, VA(3), m, GNTMAP_host_map, VA(3)), GNTST_general_error);
    CU_ASSERT_EQUAL(pv_grant_unmap(world.d, VA(3), m, GNTMAP_host_map, 0x7000000000),
                    GNTST_general_error);
    CU_ASSERT_EQUAL(pv_grant_unmap(world.d, VA(3), m, GNTMAP_host_map, VA(5)), GNTST_okay);
    CU_ASSERT_EQUAL(*entry(3), pte_make(world.data[5], RW_BITS));
    CU_ASSERT_EQUAL(*entry(5), 0);
    CU_ASSERT_EQUAL(REFS(world.data[5]), 2);
    drop(m, true);
}

static long update(unsigned int i, uint64_t val)
{
    struct mmu_update req = {.ptr = entry_maddr(i), .val = val};

    return call(__HYPERVISOR_mmu_update, guest_put(0, &req, sizeof(req)), 1, 0, DOMID_SELF);
}

/* The guest writes over the entry, or back what it read; the mapping's references stay the
 * mapping's. */
static void written_over(void)
{
    mfn_t m = granted(true);

    CU_ASSERT_EQUAL(pv_grant_map(world.d, VA(3), m, GNTMAP_host_map), GNTST_okay);
    CU_ASSERT_EQUAL(update(3, *entry(3) & ~PTE_D), 0); /* same references: allowed with our mark */
    CU_ASSERT_EQUAL(update(3, *entry(3) & ~PTE_RW), -XEN_EINVAL);
    CU_ASSERT_EQUAL(update(4, *entry(3)), -XEN_EINVAL); /* a copy of it would hold no reference */
    CU_ASSERT_EQUAL(update(3, 0), 0);
    CU_ASSERT_EQUAL(REFS(m), 2);
    CU_ASSERT_EQUAL(pv_grant_unmap(world.d, VA(3), m, GNTMAP_host_map, 0), GNTST_general_error);
    drop(m, true);
}

int main(void)
{
    static const struct mm_test tests[] = {
        MM_TEST(by_address), MM_TEST(by_entry),     MM_TEST(bad_places),
        MM_TEST(replace),    MM_TEST(written_over),
    };

    return run_mm_tests("grant_entry", tests, ARRAY_SIZE(tests));
}
