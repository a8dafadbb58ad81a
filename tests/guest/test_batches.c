/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long work. Thousands of updates in one hypercall, a big table pinned and unpinned, thousands of
 * frames given back and fetched: each may be interrupted and goes on, all is done exactly once, and
 * events still arrive.
 */
#include "test.h"

#define COUNT 4096

static struct mmu_update updates[COUNT];
static struct mmuext_op flushes[COUNT];
static xen_pfn_t frames[COUNT], pfns[COUNT];
static uint64_t *table, *data;

static void check_updates(void)
{
    unsigned int done = 0, bad = 0;

    CHECK_EQ(page_protect(table), 0);
    CHECK_EQ(table_pin(table, 1), 0);
    for (unsigned int i = 0; i < COUNT; i++)
        updates[i] =
            (struct mmu_update){.ptr = virt_to_machine(&table[i % 512]),
                                .val = make_pte(virt_to_mfn(data), PTE_RO | ((i & 7UL) << 9))};
    CHECK_EQ(hypercall_mmu_update(updates, COUNT, &done, DOMID_SELF), 0);
    CHECK_EQ(done, COUNT);
    for (unsigned int i = 0; i < 512; i++)
        bad += (table[i] & PTE_MFN_MASK) >> PAGE_SHIFT != virt_to_mfn(data);
    CHECK_EQ(bad, 0);
    /* A bad one late in the list: all before it are done, none after. */
    updates[3000].val = make_pte(0xfffffff, PTE_RW);
    for (unsigned int i = 3001; i < COUNT; i++)
        updates[i].val = 0;
    CHECK(hypercall_mmu_update(updates, COUNT, &done, DOMID_SELF) < 0);
    CHECK_EQ(done, 3000);
    for (unsigned int i = 0; i < 512; i++)
        bad += table[i] == 0;
    CHECK_EQ(bad, 0);
    CHECK_EQ(table_unpin(table), 0);
    CHECK_EQ(page_unprotect(table), 0);
}

static void check_flushes(void)
{
    unsigned int done = 0;

    for (unsigned int i = 0; i < COUNT; i++)
        flushes[i] = (struct mmuext_op){.cmd = i & 1 ? MMUEXT_TLB_FLUSH_LOCAL : MMUEXT_INVLPG_LOCAL,
                                        .arg1.linear_addr = (unsigned long)data};
    CHECK_EQ(hypercall_mmuext_op(flushes, COUNT, &done, DOMID_SELF), 0);
    CHECK_EQ(done, COUNT);
}

static long reserve(unsigned int cmd, xen_pfn_t *list)
{
    struct xen_memory_reservation arg = {.nr_extents = COUNT, .domid = DOMID_SELF};

    set_xen_guest_handle(arg.extent_start, list);
    return hypercall_memory_op(cmd, &arg);
}

static void check_memory(void)
{
    struct xen_memory_domain me = {.domid = DOMID_SELF};
    long before = hypercall_memory_op(XENMEM_current_reservation, &me);
    unsigned long bad = 0;

    for (unsigned int i = 0; i < COUNT; i++) {
        pfns[i] = page_unmapped_pfn();
        frames[i] = pfn_to_mfn(pfns[i]);
    }
    CHECK_EQ(reserve(XENMEM_decrease_reservation, frames), COUNT);
    CHECK_EQ(hypercall_memory_op(XENMEM_current_reservation, &me), before - COUNT);
    memcpy(frames, pfns, sizeof(frames));
    CHECK_EQ(reserve(XENMEM_populate_physmap, frames), COUNT);
    CHECK_EQ(hypercall_memory_op(XENMEM_current_reservation, &me), before);
    for (unsigned int i = 0; i < COUNT; i++)
        bad += mfn_to_pfn(frames[i]) != pfns[i];
    CHECK_EQ(bad, 0);
}

static void check_multicall(void)
{
    static struct multicall_entry calls[COUNT];
    unsigned int bad = 0;

    for (unsigned int i = 0; i < COUNT; i++)
        calls[i] =
            (struct multicall_entry){.op = __HYPERVISOR_xen_version, .args = {XENVER_pagesize}};
    CHECK_EQ(hypercall_multicall(calls, COUNT), 0);
    for (unsigned int i = 0; i < COUNT; i++)
        bad += calls[i].result != 4096;
    CHECK_EQ(bad, 0);
}

void test_run(void)
{
    struct evtchn_bind_virq virq = {.virq = VIRQ_TIMER, .vcpu = 0};
    struct vcpu_set_periodic_timer periodic = {.period_ns = 1000000};

    /* Ticks all the while, so that something interrupts. */
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_virq, &virq), 0);
    event_unmask_quietly(virq.port);
    event_enable();
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_set_periodic_timer, 0, &periodic), 0);
    table = page_alloc();
    data = page_alloc();
    for (int round = 0; round < 4; round++) {
        check_updates();
        check_flushes();
        check_multicall();
    }
    check_memory();
    CHECK(WAIT_FOR(event_count[virq.port] > 0, 1000000));
    hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
}
