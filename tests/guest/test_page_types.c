/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A frame is either a page table or writable memory, never both. Tables are built, pinned at each
 * of the four levels, used, taken apart; every attempt to get write access to one, to use it at two
 * levels at once, or to put a forbidden entry into one is refused and changes nothing.
 */
#include "test.h"

#define L4_SLOT_FIRST_HV 256
#define L4_SLOT_LAST_HV  271

static uint64_t *tables[5]; /* by level, 1 to 4 */
static uint64_t *data;

static void make_tables(void)
{
    data = page_alloc();
    for (int level = 1; level <= 4; level++)
        tables[level] = page_alloc();
    tables[1][0] = make_pte(virt_to_mfn(data), PTE_RW);
    for (int level = 2; level <= 4; level++)
        tables[level][0] = make_pte(virt_to_mfn(tables[level - 1]), PTE_TABLE);
}

/* A writable page cannot be pinned; a read-only one can; then it cannot be made writable. */
static void check_pin_l1(void)
{
    CHECK_EQ(table_pin(tables[1], 1), -XEN_EINVAL);
    CHECK_EQ(page_protect(tables[1]), 0);
    CHECK_EQ(table_pin(tables[1], 1), 0);
    CHECK_EQ(page_unprotect(tables[1]), -XEN_EBUSY);
    CHECK(!(*pte_lookup((unsigned long)tables[1], 1) & PTE_WRITE));
    CHECK_EQ(table_pin(tables[1], 1), -XEN_EINVAL); /* twice */
    CHECK_EQ(table_unpin(tables[1]), 0);
    CHECK_EQ(table_unpin(tables[1]), -XEN_EINVAL);
    CHECK_EQ(page_unprotect(tables[1]), 0);
    tables[1][1] = 0;
}

static void check_pin_all(void)
{
    for (int level = 1; level <= 4; level++)
        CHECK_EQ_AT(page_protect(tables[level]), 0, level);
    CHECK_EQ(table_pin(tables[4], 4), 0);
    /* All lower ones are tables now, of just one level. */
    for (int level = 1; level <= 3; level++) {
        CHECK_EQ_AT(page_unprotect(tables[level]), -XEN_EBUSY, level);
        for (int other = 1; other <= 4; other++) {
            if (other == level)
                continue;
            CHECK_EQ_AT(table_pin(tables[level], other), -XEN_EINVAL, level * 10 + other);
        }
    }
    CHECK_EQ(table_unpin(tables[4]), 0);
    for (int level = 1; level <= 4; level++)
        CHECK_EQ_AT(page_unprotect(tables[level]), 0, level);
}

static long try_entry(int level, unsigned int slot, uint64_t value)
{
    struct mmu_update req = {.ptr = virt_to_machine(&tables[level][slot]), .val = value};
    unsigned int done = 99;
    long rc = hypercall_mmu_update(&req, 1, &done, DOMID_SELF);

    CHECK_EQ_AT(done, rc == 0 ? 1 : 0, level * 1000 + slot);
    return rc;
}

/* Entries that no table may hold. */
static void check_bad_entries(void)
{
    unsigned long own = virt_to_mfn(data);

    for (int level = 1; level <= 4; level++)
        CHECK_EQ_AT(page_protect(tables[level]), 0, level);
    CHECK_EQ(table_pin(tables[4], 4), 0);
    for (int level = 1; level <= 4; level++) {
        unsigned long child = level == 1 ? own : virt_to_mfn(tables[level - 1]);
        uint64_t good = make_pte(child, level == 1 ? PTE_RW : PTE_TABLE);

        CHECK_EQ_AT(try_entry(level, 7, good), 0, level);
        CHECK_EQ_AT(tables[level][7] & PTE_MFN_MASK, good & PTE_MFN_MASK, level);
        /* A frame that does not exist; one of the hypervisor's. */
        CHECK(try_entry(level, 8, make_pte(0xfffffffUL, PTE_TABLE)) < 0);
        CHECK_EQ_AT(tables[level][8], 0, level);
        /* Physical address bits that are reserved. */
        CHECK(try_entry(level, 8, good | (1UL << 51)) < 0);
        CHECK_EQ_AT(tables[level][8], 0, level);
        if (level >= 2) {
            CHECK_EQ_AT(try_entry(level, 8, good | PTE_LARGE), -XEN_EINVAL, level);
            /* The data page is writable: it is no table. */
            CHECK_EQ_AT(try_entry(level, 8, make_pte(own, PTE_TABLE)), -XEN_EINVAL, level);
        }
        CHECK_EQ_AT(tables[level][8], 0, level);
        CHECK_EQ_AT(try_entry(level, 7, 0), 0, level);
    }
    /* A writable mapping of any of the tables. */
    for (int level = 1; level <= 4; level++)
        CHECK_EQ_AT(try_entry(1, 9, make_pte(virt_to_mfn(tables[level]), PTE_RW)), -XEN_EBUSY,
                    level);
    /* A read-only one is fine. */
    for (int level = 1; level <= 4; level++)
        CHECK_EQ_AT(try_entry(1, 9, make_pte(virt_to_mfn(tables[level]), PTE_RO)), 0, level);
    CHECK_EQ(try_entry(1, 9, 0), 0);
    /* Global mappings are the hypervisor's to decide; a table entry cannot be global. */
    CHECK_EQ(try_entry(3, 8, make_pte(virt_to_mfn(tables[2]), PTE_TABLE | PTE_GLOBAL)),
             -XEN_EINVAL);
}

static void check_hypervisor_slots(void)
{
    uint64_t entry = make_pte(virt_to_mfn(tables[3]), PTE_TABLE);

    for (unsigned int slot = L4_SLOT_FIRST_HV; slot <= L4_SLOT_LAST_HV; slot++)
        CHECK_EQ_AT(try_entry(4, slot, entry), -XEN_EINVAL, slot);
    CHECK_EQ(try_entry(4, L4_SLOT_LAST_HV + 1, entry), 0);
    CHECK_EQ(try_entry(4, L4_SLOT_LAST_HV + 1, 0), 0);
    CHECK_EQ(try_entry(4, L4_SLOT_FIRST_HV - 1, entry), 0);
    CHECK_EQ(try_entry(4, L4_SLOT_FIRST_HV - 1, 0), 0);
}

/* mmu_update itself: bad targets. */
static void check_bad_targets(void)
{
    struct mmu_update req = {.ptr = virt_to_machine(data) | MMU_NORMAL_PT_UPDATE, .val = 0};
    unsigned int done = 99;

    data[0] = 0x1234;
    CHECK_EQ(hypercall_mmu_update(&req, 1, &done, DOMID_SELF), 0); /* plain memory: just a write */
    CHECK_EQ(data[0], 0);
    req.ptr = (0xfffffffUL << PAGE_SHIFT);
    CHECK(hypercall_mmu_update(&req, 1, &done, DOMID_SELF) < 0);
    CHECK_EQ(done, 0);
    req.ptr = virt_to_machine(data) | 4; /* not on an entry's boundary, and cut to one */
    CHECK_EQ(hypercall_mmu_update(&req, 0, &done, DOMID_SELF), 0);
    CHECK_EQ(hypercall_mmu_update(&req, 1, &done, 1234), -XEN_ESRCH);
    req.ptr = virt_to_machine(data) | MMU_PT_UPDATE_NO_TRANSLATE;
    req.val = 5;
    CHECK_EQ(hypercall_mmu_update(&req, 1, &done, DOMID_SELF), 0);
    CHECK_EQ(data[0], 5);
}

/* MMU_MACHPHYS_UPDATE changes the table for our own frames only. */
static void check_machphys(void)
{
    unsigned long mfn = virt_to_mfn(data), pfn = mfn_to_pfn(mfn);
    struct mmu_update req = {.ptr = ((uint64_t)mfn << PAGE_SHIFT) | MMU_MACHPHYS_UPDATE, .val = 77};

    CHECK_EQ(pfn, virt_to_pfn(data));
    CHECK_EQ(hypercall_mmu_update(&req, 1, NULL, DOMID_SELF), 0);
    CHECK_EQ(mfn_to_pfn(mfn), 77);
    req.val = pfn;
    CHECK_EQ(hypercall_mmu_update(&req, 1, NULL, DOMID_SELF), 0);
    CHECK_EQ(mfn_to_pfn(mfn), pfn);
    req.ptr = (0xfffffffUL << PAGE_SHIFT) | MMU_MACHPHYS_UPDATE;
    CHECK_EQ(hypercall_mmu_update(&req, 1, NULL, DOMID_SELF), -XEN_EINVAL);
}

void test_run(void)
{
    make_tables();
    check_pin_l1();
    check_pin_all();
    check_bad_entries();
    check_hypervisor_slots();
    check_bad_targets();
    check_machphys();
}
