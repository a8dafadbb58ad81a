/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translations that a guest forgot to flush: they must be gone before the frame becomes a table,
 * whoever had them and whatever happened to the frame in between. The TLB model of the host machine
 * never forgets by itself.
 */
#include "harness.h"

#include <string.h>

#include <hv/percpu.h>
#include <hv/pv_mm.h>
#include <public/errno.h>
#include <public/memory.h>

#define RW (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)

/* On another CPU than act_as(): what CPU 0 has in its TLB stays there. */
static void act_on_cpu1(const struct guest *g, unsigned int vcpu)
{
    host_use_cpu(1);
    host_force_current(g->d->vcpu[vcpu]);
}

static void leave_cpu1(void)
{
    host_use_cpu(1);
    host_force_current(this_cpu()->idle);
    host_use_cpu(0);
}

static long map_lazily(unsigned int pfn, uint64_t pte)
{
    return call(__HYPERVISOR_update_va_mapping, guest_va(pfn), pte, UVMF_NONE, 0);
}

static long mmuext(unsigned int cmd, uint64_t frame)
{
    struct mmuext_op *op = arg_page(0);

    *op = (struct mmuext_op){.cmd = cmd, .arg1.mfn = frame};
    return call(__HYPERVISOR_mmuext_op, arg_va(0), 1, 0, DOMID_SELF);
}

static void back_to_normal(const struct guest *g, unsigned int pfn)
{
    CU_ASSERT_EQUAL(mmuext(MMUEXT_UNPIN_TABLE, g->p2m[pfn]), 0);
    CU_ASSERT_EQUAL(map_lazily(pfn, pte_make(mfn(g->p2m[pfn]), RW)), 0);
}

static void own_page(void)
{
    uint64_t word = 0;

    act_as(g1, 0);
    CU_ASSERT_TRUE(host_guest_store(guest_va(90), &word, 8));
    CU_ASSERT_EQUAL(map_lazily(90, 0), 0);
    CU_ASSERT_TRUE(host_guest_store(guest_va(90), &word, 8)); /* that is what stale means */
    memset(guest_page(g1, 90), 0, PAGE_SIZE);
    CU_ASSERT_EQUAL(mmuext(MMUEXT_PIN_L1_TABLE, g1->p2m[90]), 0);
    CHECK_WORLD();
    back_to_normal(g1, 90);
}

/* A failed exchange takes the frame away and gives it back: its past goes with it. */
static void after_a_failed_exchange(void)
{
    struct xen_memory_exchange x = {
        .in = {.nr_extents = 2, .domid = DOMID_SELF},
        .out = {.nr_extents = 1, .extent_order = 1, .domid = DOMID_SELF},
    };
    uint64_t *in = guest_page(g1, 2), word = 0;

    act_as(g1, 0);
    memset(guest_page(g1, 90), 0, PAGE_SIZE);
    CU_ASSERT_TRUE(host_guest_store(guest_va(90), &word, 8));
    CU_ASSERT_EQUAL(map_lazily(90, 0), 0);
    in[0] = g1->p2m[90];
    in[1] = g1->p2m[91]; /* in use */
    set_xen_guest_handle(x.in.extent_start, (void *)guest_va(2));
    set_xen_guest_handle(x.out.extent_start, (void *)guest_va(3));
    CU_ASSERT_EQUAL(call_op(__HYPERVISOR_memory_op, XENMEM_exchange, &x), -XEN_EINVAL);
    CU_ASSERT_EQUAL(mmuext(MMUEXT_PIN_L1_TABLE, g1->p2m[90]), 0);
    CHECK_WORLD();
    back_to_normal(g1, 90);
}

/* dom0 had the frame mapped on a CPU where its owner never was. */
static void on_a_foreign_cpu(void)
{
    struct mmu_update *u;
    uint64_t word = 0;

    leave_cpu1();
    act_as(g0, 0);
    u = arg_page(0);
    *u = (struct mmu_update){guest_l1e_maddr(g0, 90), pte_make(mfn(g1->p2m[92]), RW)};
    memset(guest_page(g1, 92), 0, PAGE_SIZE);
    CU_ASSERT_EQUAL(call(__HYPERVISOR_mmu_update, arg_va(0), 1, 0, 1), 0);
    CU_ASSERT_TRUE(host_guest_store(guest_va(90), &word, 8));
    CU_ASSERT_EQUAL(map_lazily(90, pte_make(mfn(g0->p2m[90]), RW)), 0);
    act_on_cpu1(g1, 0);
    CU_ASSERT_FALSE(cpumask_test(&g1->d->dirty_cpus, 0));
    CU_ASSERT_EQUAL(map_lazily(92, 0), 0);
    CU_ASSERT_EQUAL(mmuext(MMUEXT_PIN_L1_TABLE, g1->p2m[92]), 0);
    CHECK_WORLD();
    back_to_normal(g1, 92);
    leave_cpu1();
}

/* The frame goes to another domain. */
static void given_away(void)
{
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};
    uint64_t *list = guest_page(g1, 2), word = 0, frame = g1->p2m[93];

    act_on_cpu1(g1, 0);
    CU_ASSERT_TRUE(host_guest_store(guest_va(93), &word, 8));
    CU_ASSERT_EQUAL(map_lazily(93, 0), 0);
    list[0] = frame;
    set_xen_guest_handle(r.extent_start, (void *)guest_va(2));
    CU_ASSERT_EQUAL(call_op(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, &r), 1);
    act_as(g2, 0);
    *(uint64_t *)guest_page(g2, 2) = g2->pages + 50;
    CU_ASSERT_EQUAL(call_op(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &r), 1);
    CU_ASSERT_EQUAL(*(uint64_t *)guest_page(g2, 2),
                    frame); /* last freed, first used: else this tests nothing */
    CHECK_WORLD();
    CU_ASSERT_EQUAL(call_op(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, &r), 1);
    leave_cpu1();
    act_as(g1, 0);
    list[0] = 93;
    CU_ASSERT_EQUAL(call_op(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &r), 1);
    g1->p2m[93] = list[0];
    CU_ASSERT_EQUAL(map_lazily(93, pte_make(mfn(g1->p2m[93]), RW)), 0);
    CHECK_WORLD();
}

void register_stale(void)
{
    CU_pSuite s = CU_add_suite("stale translations", NULL, NULL);

    CU_ADD_TEST(s, own_page);
    CU_ADD_TEST(s, after_a_failed_exchange);
    CU_ADD_TEST(s, on_a_foreign_cpu);
    CU_ADD_TEST(s, given_away);
}
