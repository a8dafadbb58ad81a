/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory reservation: frames are given back and come again, exchanged, counted; frames that are
 * mapped, pinned or foreign are not lost by mistake; sizes and orders that make no sense are
 * refused.
 */
#include "test.h"

static long reserve(unsigned int cmd, xen_pfn_t *frames, unsigned long count, unsigned int order)
{
    struct xen_memory_reservation arg = {
        .nr_extents = count, .extent_order = order, .domid = DOMID_SELF};

    set_xen_guest_handle(arg.extent_start, frames);
    return hypercall_memory_op(cmd, &arg);
}

static long current(void)
{
    struct xen_memory_domain arg = {.domid = DOMID_SELF};

    return hypercall_memory_op(XENMEM_current_reservation, &arg);
}

static void check_counts(void)
{
    struct xen_memory_domain arg = {.domid = DOMID_SELF};

    CHECK_EQ(current(), guest_info->nr_pages);
    CHECK(hypercall_memory_op(XENMEM_maximum_reservation, &arg) >= current());
    CHECK(hypercall_memory_op(XENMEM_maximum_ram_page, NULL) >= (long)guest_info->nr_pages);
    arg.domid = 1234;
    CHECK_EQ(hypercall_memory_op(XENMEM_current_reservation, &arg), -XEN_ESRCH);
}

/* The list of frames and the machine-to-physical table agree, all over. */
static void check_p2m(void)
{
    unsigned long wrong = 0;

    for (unsigned long pfn = 0; pfn < guest_info->nr_pages; pfn++)
        wrong += mfn_to_pfn(pfn_to_mfn(pfn)) != pfn;
    CHECK_EQ(wrong, 0);
}

static void check_decrease(void)
{
    unsigned long pfn = page_unmapped_pfn();
    xen_pfn_t frame = pfn_to_mfn(pfn), given = frame, taken;
    long before = current();
    void *page = page_alloc();
    uint64_t old = *pte_lookup((unsigned long)page, 1);

    CHECK_EQ(reserve(XENMEM_decrease_reservation, &frame, 1, 0), 1);
    CHECK_EQ(current(), before - 1);
    /* Gone: it cannot be mapped, nor given back again. */
    CHECK(hypercall_update_va_mapping((unsigned long)page, make_pte(given, PTE_RW), UVMF_INVLPG) <
          0);
    CHECK_EQ(reserve(XENMEM_decrease_reservation, &frame, 1, 0), 0);
    CHECK_EQ(current(), before - 1);
    taken = pfn;
    CHECK_EQ(reserve(XENMEM_populate_physmap, &taken, 1, 0), 1);
    CHECK_EQ(current(), before);
    CHECK_EQ(mfn_to_pfn(taken), pfn);
    /* What we get is clean, and ours. */
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)page, make_pte(taken, PTE_RW), UVMF_INVLPG),
             0);
    CHECK_EQ(*(volatile uint64_t *)page, 0);
    *(volatile uint64_t *)page = 1;
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)page, old, UVMF_INVLPG), 0);
    page_free(page);
    ((unsigned long *)guest_info->mfn_list)[pfn] = taken;
}

/* increase_reservation answers frame numbers and leaves the table to us. */
static void check_increase(void)
{
    unsigned long pfn = page_unmapped_pfn();
    xen_pfn_t frame = pfn_to_mfn(pfn);
    struct mmu_update update;
    long before = current();

    CHECK_EQ(reserve(XENMEM_decrease_reservation, &frame, 1, 0), 1);
    frame = 0;
    CHECK_EQ(reserve(XENMEM_increase_reservation, &frame, 1, 0), 1);
    CHECK_EQ(current(), before);
    CHECK(frame != 0);
    update.ptr = ((uint64_t)frame << PAGE_SHIFT) | MMU_MACHPHYS_UPDATE;
    update.val = pfn;
    CHECK_EQ(hypercall_mmu_update(&update, 1, NULL, DOMID_SELF), 0);
    CHECK_EQ(mfn_to_pfn(frame), pfn);
    ((unsigned long *)guest_info->mfn_list)[pfn] = frame;
}

static void check_refused(void)
{
    xen_pfn_t frame = 0xfffffff;
    struct xen_memory_reservation arg = {.nr_extents = 1, .domid = 1234};

    CHECK_EQ(reserve(XENMEM_decrease_reservation, &frame, 1, 0), 0);
    frame = 1UL << 50;
    CHECK_EQ(reserve(XENMEM_decrease_reservation, &frame, 1, 0), 0);
    frame = 5;
    CHECK(reserve(XENMEM_populate_physmap, &frame, 1, 60) <= 0);
    CHECK(reserve(XENMEM_increase_reservation, &frame, 1, 200) <= 0);
    CHECK(reserve(XENMEM_increase_reservation, &frame, ~0UL, 0) <= 0);
    CHECK_EQ(reserve(XENMEM_decrease_reservation, (xen_pfn_t *)0x10000, 1, 0), 0);
    CHECK_EQ(
        reserve(XENMEM_decrease_reservation, (xen_pfn_t *)(HYPERVISOR_VIRT_END - PAGE_SIZE), 1, 0),
        0);
    set_xen_guest_handle(arg.extent_start, &frame);
    CHECK_EQ(hypercall_memory_op(XENMEM_decrease_reservation, &arg), 0);
    CHECK_EQ(current(), guest_info->nr_pages);
}

/* Four single frames for one run of four. */
static void check_exchange(void)
{
    xen_pfn_t in[4], out = 0;
    struct xen_memory_exchange arg = {
        .in = {.nr_extents = 4, .domid = DOMID_SELF},
        .out = {.nr_extents = 1, .extent_order = 2, .domid = DOMID_SELF}};
    unsigned long pfn = page_unmapped_pfn();
    long before = current(), rc;

    for (int i = 0; i < 4; i++) {
        in[i] = pfn_to_mfn(pfn + (unsigned long)i);
        if (i)
            page_unmapped_pfn();
    }
    out = pfn;
    set_xen_guest_handle(arg.in.extent_start, in);
    set_xen_guest_handle(arg.out.extent_start, &out);
    rc = hypercall_memory_op(XENMEM_exchange, &arg);
    CHECK_EQ(rc, 0);
    CHECK_EQ(arg.nr_exchanged, 4);
    CHECK_EQ(current(), before);
    CHECK_EQ(out & 3, 0);
    for (unsigned long i = 0; i < 4; i++)
        CHECK_EQ_AT(mfn_to_pfn(out + i), pfn + i, i);
    /* Totals that do not match. */
    arg.nr_exchanged = 0;
    arg.in.nr_extents = 3;
    CHECK_EQ(hypercall_memory_op(XENMEM_exchange, &arg), -XEN_EINVAL);
    CHECK_EQ(current(), before);
}

static void check_maps(void)
{
    struct e820 {
        uint64_t addr, size;
        uint32_t type;
    } __attribute__((packed)) *entries = page_alloc();
    struct xen_memory_map map = {.nr_entries = 128};
    struct xen_machphys_mapping machphys = {0};
    long rc;

    CHECK_EQ(hypercall_memory_op(XENMEM_machphys_mapping, &machphys), 0);
    CHECK_EQ(machphys.v_start, MACH2PHYS_VIRT_START);
    CHECK_EQ(machphys.v_end, MACH2PHYS_VIRT_END);
    set_xen_guest_handle(map.buffer, entries);
    rc = hypercall_memory_op(XENMEM_machine_memory_map, &map);
    if (!guest_is_dom0()) {
        CHECK_EQ(rc, -XEN_EPERM);
        return;
    }
    CHECK_EQ(rc, 0);
    CHECK(map.nr_entries >= 1 && map.nr_entries <= 128);
    for (unsigned int i = 1; i < map.nr_entries; i++)
        CHECK(entries[i].addr >= entries[i - 1].addr);
    page_free(entries);
}

void test_run(void)
{
    check_counts();
    check_p2m();
    check_decrease();
    check_increase();
    check_refused();
    check_exchange();
    check_maps();
}
