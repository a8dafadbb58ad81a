/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update_va_mapping changes the entry behind a virtual address and flushes as told. Every flush
 * flag is tried; what the CPU sees afterwards is the new mapping. Addresses without a page table,
 * in the hypervisor's range or not canonical, and foreign domains, are refused.
 */
#include "test.h"

static uint64_t *page, *other;

static void check_flags(void)
{
    static const unsigned long flags[] = {
        UVMF_TLB_FLUSH | UVMF_LOCAL,
        UVMF_TLB_FLUSH | UVMF_ALL,
        UVMF_INVLPG | UVMF_LOCAL,
        UVMF_INVLPG | UVMF_ALL,
    };
    uint64_t mask = 1;

    for (unsigned int i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        CHECK_EQ(*(volatile uint64_t *)page, 0xaaaa); /* now it is in the TLB */
        CHECK_EQ_AT(hypercall_update_va_mapping((unsigned long)page,
                                                make_pte(virt_to_mfn(other), PTE_RW), flags[i]),
                    0, i);
        CHECK_EQ(*(volatile uint64_t *)page, 0xbbbb);
        CHECK_EQ_AT(hypercall_update_va_mapping((unsigned long)page,
                                                make_pte(virt_to_mfn(page), PTE_RW), flags[i]),
                    0, i);
    }
    /* With a bitmap of vcpus. */
    CHECK_EQ(*(volatile uint64_t *)page, 0xaaaa);
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)page, make_pte(virt_to_mfn(other), PTE_RW),
                                         UVMF_INVLPG | UVMF_MULTI | (unsigned long)&mask),
             0);
    CHECK_EQ(*(volatile uint64_t *)page, 0xbbbb);
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)page, make_pte(virt_to_mfn(page), PTE_RW),
                                         UVMF_TLB_FLUSH | UVMF_MULTI | (unsigned long)&mask),
             0);
    CHECK_EQ(*(volatile uint64_t *)page, 0xaaaa);
}

static void check_refused(void)
{
    uint64_t pte = make_pte(virt_to_mfn(other), PTE_RW);
    unsigned long here = (unsigned long)page;

    CHECK_EQ(hypercall_update_va_mapping(0x10000, pte, 0), -XEN_EINVAL);
    CHECK_EQ(hypercall_update_va_mapping(HYPERVISOR_VIRT_START, pte, 0), -XEN_EINVAL);
    CHECK_EQ(hypercall_update_va_mapping(HYPERVISOR_VIRT_END - PAGE_SIZE, pte, 0), -XEN_EINVAL);
    CHECK(hypercall_update_va_mapping(0x0000800000000000, pte, 0) < 0);
    CHECK(hypercall_update_va_mapping(here, make_pte(0xfffffff, PTE_RW), UVMF_INVLPG) < 0);
    CHECK(hypercall_update_va_mapping(here, pte | (1UL << 51), UVMF_INVLPG) < 0);
    CHECK_EQ(*(volatile uint64_t *)page, 0xaaaa);
    CHECK_EQ(HYPERCALL4(__HYPERVISOR_update_va_mapping_otherdomain, here, pte, 0, 1234),
             -XEN_ESRCH);
    CHECK_EQ(HYPERCALL4(__HYPERVISOR_update_va_mapping_otherdomain, here, pte, 0, DOMID_INVALID),
             -XEN_ESRCH);
}

/* What the hypervisor keeps of flags: accessed and dirty, no-execute, the three free bits. */
static void check_bits(void)
{
    uint64_t pte = make_pte(virt_to_mfn(page), PTE_RW | PTE_NX | (3UL << 9));
    volatile uint64_t *entry = pte_lookup((unsigned long)page, 1);

    CHECK_EQ(hypercall_update_va_mapping((unsigned long)page, pte, UVMF_INVLPG), 0);
    CHECK_EQ(*entry & ~PTE_GLOBAL, pte);
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)page, make_pte(virt_to_mfn(page), PTE_RW),
                                         UVMF_INVLPG),
             0);
    /* A kernel page without the user bit: it must remain usable, for the kernel is in ring 3. */
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)page,
                                         make_pte(virt_to_mfn(page), PTE_PRESENT | PTE_WRITE),
                                         UVMF_INVLPG),
             0);
    CHECK_EQ(trap_try_write(page, 5, NULL), -1);
}

static void check_not_present(void)
{
    uint64_t value = 0x7fffffff000UL << 4; /* a swap entry: anything goes while not present */

    value &= ~1UL;
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)page, value, UVMF_INVLPG), 0);
    CHECK_EQ(*pte_lookup((unsigned long)page, 1), value);
    CHECK_EQ(trap_try_read(page, NULL, NULL), TRAP_PF);
    CHECK_EQ(
        hypercall_update_va_mapping((unsigned long)page, make_pte(virt_to_mfn(page), PTE_RW), 0),
        0);
    CHECK_EQ(trap_try_read(page, NULL, NULL), -1);
}

void test_run(void)
{
    page = page_alloc();
    other = page_alloc();
    page[0] = 0xaaaa;
    other[0] = 0xbbbb;
    check_flags();
    check_refused();
    check_bits();
    check_not_present();
}
