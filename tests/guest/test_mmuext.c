/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mmuext_op one by one: flushes that make a changed mapping visible, clearing and copying frames, a
 * new root for the address space and back again, cache flushes, LDT; and arguments that do not fit
 * any of them.
 */
#include "test.h"

static uint64_t *page, *other;

static long linear(unsigned int cmd, unsigned long at, const void *mask)
{
    struct mmuext_op op = {.cmd = cmd, .arg1.linear_addr = at};

    op.arg2.vcpumask.p = mask;
    return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static void check_flushes(void)
{
    static const unsigned int cmds[] = {MMUEXT_TLB_FLUSH_LOCAL, MMUEXT_INVLPG_LOCAL,
                                        MMUEXT_TLB_FLUSH_MULTI, MMUEXT_INVLPG_MULTI,
                                        MMUEXT_TLB_FLUSH_ALL,   MMUEXT_INVLPG_ALL};
    volatile uint64_t *entry = pte_lookup((unsigned long)page, 1);
    uint64_t mask = 1;

    for (unsigned int i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++) {
        CHECK_EQ(*(volatile uint64_t *)page, 0xaaaa);
        CHECK_EQ_AT(pte_update(entry, make_pte(virt_to_mfn(other), PTE_RW)), 0, i);
        CHECK_EQ_AT(linear(cmds[i], (unsigned long)page, &mask), 0, i);
        CHECK_EQ_AT(*(volatile uint64_t *)page, 0xbbbb, cmds[i]);
        CHECK_EQ_AT(pte_update(entry, make_pte(virt_to_mfn(page), PTE_RW)), 0, i);
        CHECK_EQ_AT(linear(cmds[i], (unsigned long)page, &mask), 0, i);
        CHECK_EQ_AT(*(volatile uint64_t *)page, 0xaaaa, cmds[i]);
    }
    CHECK(linear(MMUEXT_INVLPG_MULTI, (unsigned long)page, (void *)0x10000) < 0);
    CHECK_EQ(linear(MMUEXT_INVLPG_LOCAL, 0x0000800000000000, NULL), 0); /* nothing to do */
    CHECK_EQ(linear(MMUEXT_INVLPG_LOCAL, HYPERVISOR_VIRT_END - PAGE_SIZE, NULL), 0);
}

static void check_clear_and_copy(void)
{
    struct mmuext_op op = {
        .cmd = MMUEXT_COPY_PAGE, .arg1.mfn = virt_to_mfn(other), .arg2.src_mfn = virt_to_mfn(page)};
    void *table = page_alloc();

    page[511] = 0xcccc;
    CHECK_EQ(hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
    CHECK_EQ(other[0], 0xaaaa);
    CHECK_EQ(other[511], 0xcccc);
    CHECK_EQ(mmuext_mfn(MMUEXT_CLEAR_PAGE, virt_to_mfn(other)), 0);
    CHECK_EQ(other[0] | other[511], 0);
    CHECK_EQ(page[511], 0xcccc);
    /* Not a writable page: a page table, someone else's frame. */
    CHECK_EQ(page_protect(table), 0);
    CHECK_EQ(table_pin(table, 1), 0);
    CHECK(mmuext_mfn(MMUEXT_CLEAR_PAGE, virt_to_mfn(table)) < 0);
    op.arg1.mfn = virt_to_mfn(table);
    CHECK(hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF) < 0);
    CHECK_EQ(*(uint64_t *)table, 0);
    CHECK_EQ(table_unpin(table), 0);
    CHECK_EQ(page_unprotect(table), 0);
    CHECK(mmuext_mfn(MMUEXT_CLEAR_PAGE, 0xfffffff) < 0);
    op.arg1.mfn = virt_to_mfn(other);
    op.arg2.src_mfn = 0xfffffff;
    CHECK(hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF) < 0);
    page_free(table);
}

/* Live on a copy of the root, then on the builder's again. */
static void check_new_root(void)
{
    uint64_t *root = page_alloc(), *first = (uint64_t *)guest_info->pt_base;
    uint64_t cr3;

    for (int i = 0; i < 512; i++)
        root[i] = i >= 256 && i <= 271 ? 0 : first[i];
    CHECK_EQ(page_protect(root), 0);
    CHECK_EQ(table_pin(root, 4), 0);
    CHECK_EQ(mmuext_mfn(MMUEXT_NEW_BASEPTR, virt_to_mfn(root)), 0);
    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    CHECK_EQ(cr3 >> PAGE_SHIFT, virt_to_mfn(root));
    CHECK_EQ(*(volatile uint64_t *)page, 0xaaaa);
    CHECK_EQ(mfn_to_pfn(virt_to_mfn(page)), virt_to_pfn(page)); /* hypervisor's slots came along */
    CHECK_EQ(table_unpin(root), 0);                             /* in use still, by the vcpu */
    CHECK_EQ(page_unprotect(root), -XEN_EBUSY);
    CHECK_EQ(mmuext_mfn(MMUEXT_NEW_BASEPTR, virt_to_mfn(first)), 0);
    CHECK_EQ(page_unprotect(root), 0);
    /* Not a root at all. */
    CHECK(mmuext_mfn(MMUEXT_NEW_BASEPTR, virt_to_mfn(page)) < 0);
    CHECK(mmuext_mfn(MMUEXT_NEW_BASEPTR, 0xfffffff) < 0);
    CHECK(mmuext_mfn(MMUEXT_NEW_BASEPTR, virt_to_mfn((void *)pte_lookup((unsigned long)page, 1))) <
          0);
    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    CHECK_EQ(cr3 >> PAGE_SHIFT, virt_to_mfn(first));
    page_free(root);
}

/* MOV to CR3 does the same as NEW_BASEPTR. */
static void do_load_cr3(void *arg)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"((uint64_t)arg) : "memory");
}

static void check_cr3_write(void)
{
    struct trap_caught caught;
    uint64_t cr3;

    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    CHECK(!trap_catch(do_load_cr3, (void *)cr3, &caught));
    CHECK(trap_catch(do_load_cr3, (void *)(virt_to_mfn(page) << PAGE_SHIFT), &caught));
    CHECK_EQ(caught.frame.vector, TRAP_GP);
    CHECK_EQ(*(volatile uint64_t *)page, 0xaaaa);
}

static void check_batches(void)
{
    struct mmuext_op ops[4] = {{.cmd = MMUEXT_TLB_FLUSH_LOCAL},
                               {.cmd = MMUEXT_TLB_FLUSH_ALL},
                               {.cmd = 999},
                               {.cmd = MMUEXT_TLB_FLUSH_LOCAL}};
    unsigned int done = 99;

    CHECK_EQ(hypercall_mmuext_op(ops, 4, &done, DOMID_SELF), -XEN_ENOSYS);
    CHECK_EQ(done, 2);
    CHECK_EQ(hypercall_mmuext_op(ops, 2, &done, DOMID_SELF), 0);
    CHECK_EQ(done, 2);
    CHECK_EQ(hypercall_mmuext_op(ops, 0, &done, DOMID_SELF), 0);
    CHECK_EQ(hypercall_mmuext_op(ops, 1, NULL, 1234), -XEN_ESRCH);
    CHECK(mmuext_mfn(MMUEXT_MARK_SUPER, virt_to_mfn(page)) < 0);
    CHECK_EQ(mmuext_mfn(MMUEXT_FLUSH_CACHE, 0), guest_is_dom0() ? 0 : -XEN_EACCES);
}

void test_run(void)
{
    page = page_alloc();
    other = page_alloc();
    page[0] = 0xaaaa;
    other[0] = 0xbbbb;
    check_flushes();
    check_clear_and_copy();
    check_new_root();
    check_cr3_write();
    check_batches();
}
