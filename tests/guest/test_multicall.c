/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many hypercalls in one: each gets its own answer, a failing one does not stop the rest,
 * multicalls do not nest, and a list that reaches into bad memory is refused there and not before.
 */
#include "test.h"

static void check_answers(void)
{
    struct multicall_entry calls[5] = {
        {.op = __HYPERVISOR_xen_version, .args = {XENVER_version}},
        {.op = __HYPERVISOR_xen_version, .args = {9999}},
        {.op = 63},
        {.op = __HYPERVISOR_xen_version, .args = {XENVER_pagesize}},
        {.op = __HYPERVISOR_sched_op, .args = {SCHEDOP_yield}},
    };

    for (int i = 0; i < 5; i++)
        calls[i].result = 0xdead;
    CHECK_EQ(hypercall_multicall(calls, 5), 0);
    CHECK_EQ(calls[0].result, hypercall_xen_version(XENVER_version, NULL));
    CHECK_EQ(calls[1].result, -XEN_ENOSYS);
    CHECK_EQ(calls[2].result, -XEN_ENOSYS);
    CHECK_EQ(calls[3].result, 4096);
    CHECK_EQ(calls[4].result, 0);
    CHECK_EQ(hypercall_multicall(calls, 0), 0);
}

static void check_nesting(void)
{
    struct multicall_entry inner = {
        .op = __HYPERVISOR_xen_version, .args = {XENVER_pagesize}, .result = 0xdead};
    struct multicall_entry outer = {.op = __HYPERVISOR_multicall,
                                    .args = {(unsigned long)&inner, 1}};

    outer.result = 0xdead;
    if (hypercall_multicall(&outer, 1) == 0)
        CHECK((long)outer.result < 0);
    CHECK_EQ(inner.result, 0xdead);
}

/* The list's second entry lies on a page that is not there. */
static void check_edge(void)
{
    char *hole = page_alloc(), *page = page_alloc();
    struct multicall_entry *calls = (void *)(hole - sizeof(*calls));
    uint64_t old = *pte_lookup((unsigned long)hole, 1);

    CHECK_EQ(hole - page, PAGE_SIZE);
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)hole, 0, UVMF_INVLPG), 0);
    calls[0] = (struct multicall_entry){.op = __HYPERVISOR_xen_version, .args = {XENVER_pagesize}};
    CHECK_EQ(hypercall_multicall(calls, 1), 0);
    CHECK_EQ(calls[0].result, 4096);
    calls[0].result = 0;
    CHECK_EQ(hypercall_multicall(calls, 2), -XEN_EFAULT);
    CHECK_EQ(hypercall_multicall((void *)HYPERVISOR_VIRT_START, 1), -XEN_EFAULT);
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)hole, old, UVMF_INVLPG), 0);
}

/* Page-table work in a batch. */
static void check_updates(void)
{
    static struct multicall_entry calls[64];
    uint64_t *page = page_alloc(), *other = page_alloc();
    unsigned int bad = 0;

    page[0] = 1;
    other[0] = 2;
    for (unsigned int i = 0; i < 64; i++) {
        calls[i] = (struct multicall_entry){
            .op = __HYPERVISOR_update_va_mapping,
            .args = {(unsigned long)page, make_pte(virt_to_mfn(i % 2 ? page : other), PTE_RW),
                     UVMF_INVLPG}};
        calls[i].result = 0xdead;
    }
    CHECK_EQ(hypercall_multicall(calls, 63), 0);
    for (unsigned int i = 0; i < 63; i++)
        bad += calls[i].result != 0;
    CHECK_EQ(bad, 0);
    CHECK_EQ(calls[63].result, 0xdead);
    CHECK_EQ(*(volatile uint64_t *)page, 2);
    CHECK_EQ(hypercall_multicall(calls + 63, 1), 0);
    CHECK_EQ(*(volatile uint64_t *)page, 1);
}

void test_run(void)
{
    check_answers();
    check_nesting();
    check_edge();
    check_updates();
}
