/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that writes to a live page table as if it were memory gets its write done for it,
 * checked: good entries appear and work, bad ones end in the guest's own page fault and leave the
 * entry as it was. Writes of other sizes, and compare-and-exchange, keep their meaning.
 */
#include "test.h"

static volatile uint64_t *entry_of;
static uint64_t *page, *other;

static void check_plain_writes(void)
{
    struct trap_caught caught;
    uint64_t seen = 0;

    page[0] = 0xaaaa;
    other[0] = 0xbbbb;
    *entry_of = make_pte(virt_to_mfn(other), PTE_RW);
    CHECK_EQ(mmuext_mfn(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
    CHECK_EQ(*(volatile uint64_t *)page, 0xbbbb);
    *entry_of = 0;
    CHECK_EQ(mmuext_mfn(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
    CHECK_EQ(trap_try_read(page, &seen, &caught), TRAP_PF);
    CHECK_EQ(caught.cr2, (unsigned long)page);
    CHECK_EQ(caught.frame.error_code & 3, 0); /* not present, read */
    *entry_of = make_pte(virt_to_mfn(page), PTE_RW);
    CHECK_EQ(trap_try_read(page, &seen, NULL), -1);
    CHECK_EQ(seen, 0xaaaa);
}

static void check_bad_writes(void)
{
    uint64_t before = *entry_of;
    struct trap_caught caught;

    /* Writable mapping of the page table itself. */
    CHECK_EQ(trap_try_write(entry_of, make_pte(virt_to_mfn(entry_of), PTE_RW), &caught), TRAP_PF);
    CHECK_EQ(caught.cr2, (unsigned long)entry_of);
    CHECK_EQ(caught.frame.error_code & 3, 3); /* present, write */
    CHECK_EQ(*entry_of, before);
    /* A frame that is not ours. */
    CHECK_EQ(trap_try_write(entry_of, make_pte(0xfffffff, PTE_RW), &caught), TRAP_PF);
    CHECK_EQ(*entry_of, before);
    /* Upper tables are not emulated: those need the hypercall. */
    CHECK_EQ(trap_try_write(pte_lookup((unsigned long)page, 2), 0, &caught), TRAP_PF);
    CHECK_EQ(trap_try_write(pte_lookup((unsigned long)page, 4), 0, &caught), TRAP_PF);
    CHECK_EQ(*(volatile uint64_t *)page, 0xaaaa);
}

static void check_exchange(void)
{
    uint64_t before = *entry_of, wanted = make_pte(virt_to_mfn(other), PTE_RW), old;
    unsigned char equal;

    old = before;
    __asm__ volatile("lock cmpxchgq %3, %0; sete %1"
                     : "+m"(*entry_of), "=q"(equal), "+a"(old)
                     : "r"(wanted)
                     : "memory", "cc");
    CHECK_EQ(equal, 1);
    CHECK_EQ(*entry_of & PTE_MFN_MASK, wanted & PTE_MFN_MASK);
    old = 0x1234; /* does not match */
    __asm__ volatile("lock cmpxchgq %3, %0; sete %1"
                     : "+m"(*entry_of), "=q"(equal), "+a"(old)
                     : "r"(before)
                     : "memory", "cc");
    CHECK_EQ(equal, 0);
    CHECK_EQ(old & PTE_MFN_MASK, wanted & PTE_MFN_MASK);
    *entry_of = before;
    CHECK_EQ(*entry_of & PTE_MFN_MASK, before & PTE_MFN_MASK);
    /* XCHG and a read-modify-write. */
    old = 0;
    __asm__ volatile("xchgq %1, %0" : "+m"(*entry_of), "+r"(old) : : "memory");
    CHECK_EQ(old & PTE_MFN_MASK, before & PTE_MFN_MASK);
    CHECK_EQ(*entry_of, 0);
    *entry_of = before;
    __asm__ volatile("lock btrq $1, %0" : "+m"(*entry_of) : : "memory", "cc");
    CHECK_EQ(*entry_of & PTE_WRITE, 0);
    CHECK_EQ(mmuext_mfn(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
    CHECK_EQ(trap_try_write(page, 1, NULL), TRAP_PF);
    __asm__ volatile("lock btsq $1, %0" : "+m"(*entry_of) : : "memory", "cc");
    CHECK_EQ(*entry_of & PTE_WRITE, PTE_WRITE);
    CHECK_EQ(trap_try_write(page, 0xaaaa, NULL), -1);
}

void test_run(void)
{
    page = page_alloc();
    other = page_alloc();
    entry_of = pte_lookup((unsigned long)page, 1);
    CHECK(!(*pte_lookup((unsigned long)entry_of, 1) & PTE_WRITE));
    check_plain_writes();
    check_bad_writes();
    check_exchange();
}
