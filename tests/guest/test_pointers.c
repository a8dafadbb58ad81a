/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile pointers. Every hypercall that takes an address is given ones that it must not follow:
 * unmapped, non-canonical, the hypervisor's own, ends of buffers that reach over the edge. Each
 * answers -EFAULT, and memory of the hypervisor is neither read nor written on our behalf.
 */
#include "test.h"

static unsigned long bad_pointers[8];
static unsigned int bad_count;

static void collect(void)
{
    bad_pointers[bad_count++] = 0x10000;                                 /* nothing there */
    bad_pointers[bad_count++] = 0x00007ffffffff000;                      /* end of the lower half */
    bad_pointers[bad_count++] = 0x0000800000000000;                      /* non-canonical */
    bad_pointers[bad_count++] = 0x8000000000001000;                      /* non-canonical */
    bad_pointers[bad_count++] = HYPERVISOR_VIRT_START + (1UL << 39) * 2; /* hypervisor */
    bad_pointers[bad_count++] = HYPERVISOR_VIRT_END - 0x1000;            /* hypervisor */
    bad_pointers[bad_count++] = 0xffff880000000000; /* ours, but nothing there */
    bad_pointers[bad_count++] = ~0UL - 3;           /* wraps around */
}

static void check_call(unsigned long nr, unsigned long a1, unsigned long a2, unsigned long a3,
                       unsigned long a4)
{
    CHECK_EQ_AT(hypercall_raw(nr, a1, a2, a3, a4, 0), -XEN_EFAULT, (long)(nr << 8 | a1));
}

static void check_first_argument(unsigned long p)
{
    check_call(__HYPERVISOR_set_trap_table, p, 0, 0, 0);
    check_call(__HYPERVISOR_mmu_update, p, 1, 0, DOMID_SELF);
    check_call(__HYPERVISOR_mmuext_op, p, 1, 0, DOMID_SELF);
    check_call(__HYPERVISOR_set_gdt, p, 512, 0, 0);
    check_call(__HYPERVISOR_multicall, p, 1, 0, 0);
    check_call(__HYPERVISOR_platform_op, p, 0, 0, 0);
    check_call(__HYPERVISOR_domctl, p, 0, 0, 0);
    check_call(__HYPERVISOR_sysctl, p, 0, 0, 0);
}

static void check_second_argument(unsigned long p)
{
    check_call(__HYPERVISOR_xen_version, XENVER_extraversion, p, 0, 0);
    check_call(__HYPERVISOR_xen_version, XENVER_compile_info, p, 0, 0);
    check_call(__HYPERVISOR_xen_version, XENVER_get_features, p, 0, 0);
    check_call(__HYPERVISOR_xen_version, XENVER_platform_parameters, p, 0, 0);
    check_call(__HYPERVISOR_memory_op, XENMEM_exchange, p, 0, 0);
    check_call(__HYPERVISOR_memory_op, XENMEM_current_reservation, p, 0, 0);
    check_call(__HYPERVISOR_memory_op, XENMEM_machphys_mapping, p, 0, 0);
    check_call(__HYPERVISOR_memory_op, XENMEM_memory_map, p, 0, 0);
    check_call(__HYPERVISOR_sched_op, SCHEDOP_shutdown, p, 0, 0);
    check_call(__HYPERVISOR_sched_op, SCHEDOP_poll, p, 0, 0);
    check_call(__HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, p, 0, 0);
    check_call(__HYPERVISOR_sched_op, SCHEDOP_watchdog, p, 0, 0);
    check_call(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, p, 0, 0);
    check_call(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, p, 0, 0);
    check_call(__HYPERVISOR_event_channel_op, EVTCHNOP_status, p, 0, 0);
    check_call(__HYPERVISOR_event_channel_op, EVTCHNOP_send, p, 0, 0);
    check_call(__HYPERVISOR_event_channel_op, EVTCHNOP_close, p, 0, 0);
    check_call(__HYPERVISOR_physdev_op, PHYSDEVOP_eoi, p, 0, 0);
    check_call(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, p, 0, 0);
    check_call(__HYPERVISOR_physdev_op, PHYSDEVOP_map_pirq, p, 0, 0);
    check_call(__HYPERVISOR_callback_op, CALLBACKOP_register, p, 0, 0);
    check_call(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, p, 1, 0);
    check_call(__HYPERVISOR_grant_table_op, GNTTABOP_unmap_grant_ref, p, 1, 0);
    check_call(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table, p, 1, 0);
    check_call(__HYPERVISOR_grant_table_op, GNTTABOP_copy, p, 1, 0);
    check_call(__HYPERVISOR_grant_table_op, GNTTABOP_query_size, p, 1, 0);
}

/* These answer how many extents they did. */
static void check_extents(unsigned long p)
{
    static const unsigned int ops[] = {XENMEM_increase_reservation, XENMEM_decrease_reservation,
                                       XENMEM_populate_physmap};

    for (unsigned int i = 0; i < 3; i++)
        CHECK_EQ_AT(hypercall_memory_op(ops[i], (void *)p), 0, ops[i]);
}

static void check_third_argument(unsigned long p)
{
    check_call(__HYPERVISOR_console_io, CONSOLEIO_write, 8, p, 0);
    check_call(__HYPERVISOR_vcpu_op, VCPUOP_get_runstate_info, 0, p, 0);
    check_call(__HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, 0, p, 0);
    check_call(__HYPERVISOR_vcpu_op, VCPUOP_set_periodic_timer, 0, p, 0);
    check_call(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, 0, p, 0);
}

/* A structure whose last byte lies on an unmapped page is refused as a whole. */
static void check_page_end(void)
{
    char *hole = page_alloc(); /* the allocator goes downwards: */
    char *page = page_alloc();
    uint64_t old = *pte_lookup((unsigned long)hole, 1);

    CHECK_EQ(hole - page, PAGE_SIZE);
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)hole, 0, UVMF_INVLPG | UVMF_ALL), 0);
    CHECK_EQ(hypercall_raw(__HYPERVISOR_xen_version, XENVER_extraversion, (unsigned long)hole - 15,
                           0, 0, 0),
             -XEN_EFAULT);
    CHECK_EQ(hypercall_raw(__HYPERVISOR_xen_version, XENVER_extraversion, (unsigned long)hole - 16,
                           0, 0, 0),
             0);
    CHECK_EQ(hypercall_raw(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (unsigned long)hole - 3, 0,
                           0, 0),
             -XEN_EFAULT);
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)hole, old, UVMF_INVLPG | UVMF_ALL), 0);
}

/* A page that we may only read is no place for answers. */
static void check_read_only(void)
{
    void *page = page_alloc();

    CHECK_EQ(page_protect(page), 0);
    CHECK_EQ(hypercall_xen_version(XENVER_extraversion, page), -XEN_EFAULT);
    CHECK_EQ(((char *)page)[0], 0);
    CHECK_EQ(page_unprotect(page), 0);
    CHECK_EQ(hypercall_xen_version(XENVER_extraversion, page), 0);
    page_free(page);
}

void test_run(void)
{
    collect();
    for (unsigned int i = 0; i < bad_count; i++) {
        printf("pointer %#lx\n", bad_pointers[i]);
        check_first_argument(bad_pointers[i]);
        check_second_argument(bad_pointers[i]);
        check_third_argument(bad_pointers[i]);
        check_extents(bad_pointers[i]);
    }
    check_page_end();
    check_read_only();
}
