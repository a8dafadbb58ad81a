/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile guest. It knows frames and ports of dom0 and tries everything to reach them, and the
 * machine's devices, and the toolstack's calls. Each attempt must answer the error listed here;
 * afterwards dom0's page holds what it held, and the guest has shut down in good order.
 */
#include "domu.h"

static struct domu dom;
static struct domu_mail mail;

static uint8_t window[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t scratch[PAGE_SIZE] __attribute__((aligned(4096)));

/* An attempt runs in the guest. `frame` and `port` are dom0's. Answers what it got. */
typedef long attempt_t(unsigned long frame, evtchn_port_t port);

static long try_domctl(unsigned long frame, evtchn_port_t port)
{
    struct xen_domctl op = {0};

    (void)frame;
    (void)port;
    return domctl(XEN_DOMCTL_getdomaininfo, 0, &op);
}

static long try_destroy(unsigned long frame, evtchn_port_t port)
{
    struct xen_domctl op = {0};

    (void)frame;
    (void)port;
    return domctl(XEN_DOMCTL_destroydomain, DOMID_SELF, &op);
}

static long try_sysctl(unsigned long frame, evtchn_port_t port)
{
    struct xen_sysctl op = {0};

    (void)frame;
    (void)port;
    return sysctl(XEN_SYSCTL_physinfo, &op);
}

static long try_remote_shutdown(unsigned long frame, evtchn_port_t port)
{
    struct sched_remote_shutdown arg = {.domain_id = 0, .reason = SHUTDOWN_crash};

    (void)frame;
    (void)port;
    return hypercall_sched_op(SCHEDOP_remote_shutdown, &arg);
}

static long map_here(unsigned long frame, uint64_t flags)
{
    return hypercall_update_va_mapping((unsigned long)window, make_pte(frame, flags), UVMF_INVLPG);
}

static long try_map_write(unsigned long frame, evtchn_port_t port)
{
    (void)port;
    return map_here(frame, PTE_RW);
}

static long try_map_read(unsigned long frame, evtchn_port_t port)
{
    (void)port;
    return map_here(frame, PTE_RO);
}

static long try_map_apic(unsigned long frame, evtchn_port_t port)
{
    (void)frame;
    (void)port;
    return map_here(0xfee00, PTE_RW | PTE_PCD);
}

static long try_map_vga(unsigned long frame, evtchn_port_t port)
{
    (void)frame;
    (void)port;
    return map_here(0xb8, PTE_RW);
}

static long try_map_other(unsigned long frame, evtchn_port_t port)
{
    (void)port;
    return HYPERCALL4(__HYPERVISOR_update_va_mapping_otherdomain, window, make_pte(frame, PTE_RW),
                      UVMF_INVLPG, 0);
}

static long try_foreign_update(unsigned long frame, evtchn_port_t port)
{
    struct mmu_update req = {.ptr = (uint64_t)frame << PAGE_SHIFT, .val = 0};

    (void)port;
    return hypercall_mmu_update(&req, 1, NULL, 0);
}

static long try_update(unsigned long frame, evtchn_port_t port)
{
    struct mmu_update req = {.ptr = (uint64_t)frame << PAGE_SHIFT, .val = 0};

    (void)port;
    return hypercall_mmu_update(&req, 1, NULL, DOMID_SELF);
}

static long try_machphys(unsigned long frame, evtchn_port_t port)
{
    struct mmu_update req = {.ptr = ((uint64_t)frame << PAGE_SHIFT) | MMU_MACHPHYS_UPDATE,
                             .val = 0};

    (void)port;
    return hypercall_mmu_update(&req, 1, NULL, DOMID_SELF);
}

static long try_pin(unsigned long frame, evtchn_port_t port)
{
    (void)port;
    return mmuext_mfn(MMUEXT_PIN_L1_TABLE, frame);
}

static long try_clear(unsigned long frame, evtchn_port_t port)
{
    (void)port;
    return mmuext_mfn(MMUEXT_CLEAR_PAGE, frame);
}

static long try_root(unsigned long frame, evtchn_port_t port)
{
    (void)port;
    return mmuext_mfn(MMUEXT_NEW_BASEPTR, frame);
}

static long try_gdt(unsigned long frame, evtchn_port_t port)
{
    (void)port;
    return hypercall_set_gdt(&frame, 512);
}

static long try_descriptor(unsigned long frame, evtchn_port_t port)
{
    (void)port;
    return hypercall_update_descriptor((uint64_t)frame << PAGE_SHIFT, 0);
}

static long try_decrease(unsigned long frame, evtchn_port_t port)
{
    xen_pfn_t list = frame;
    struct xen_memory_reservation arg = {.nr_extents = 1, .domid = DOMID_SELF};

    (void)port;
    set_xen_guest_handle(arg.extent_start, &list);
    return hypercall_memory_op(XENMEM_decrease_reservation, &arg);
}

static long try_grow(unsigned long frame, evtchn_port_t port)
{
    xen_pfn_t list = 1000;
    struct xen_memory_reservation arg = {.nr_extents = 1, .domid = DOMID_SELF};

    (void)frame;
    (void)port;
    set_xen_guest_handle(arg.extent_start, &list);
    return hypercall_memory_op(XENMEM_populate_physmap, &arg);
}

static long try_populate_dom0(unsigned long frame, evtchn_port_t port)
{
    xen_pfn_t list = 1000;
    struct xen_memory_reservation arg = {.nr_extents = 1, .domid = 0};

    (void)frame;
    (void)port;
    set_xen_guest_handle(arg.extent_start, &list);
    return hypercall_memory_op(XENMEM_populate_physmap, &arg);
}

static long try_machine_map(unsigned long frame, evtchn_port_t port)
{
    struct xen_memory_map map = {.nr_entries = 100};

    (void)frame;
    (void)port;
    set_xen_guest_handle(map.buffer, scratch);
    return hypercall_memory_op(XENMEM_machine_memory_map, &map);
}

static long try_bind(unsigned long frame, evtchn_port_t port)
{
    struct evtchn_bind_interdomain arg = {.remote_dom = 0, .remote_port = port};

    (void)frame;
    return hypercall_event_channel_op(EVTCHNOP_bind_interdomain, &arg);
}

static long try_alloc(unsigned long frame, evtchn_port_t port)
{
    struct evtchn_alloc_unbound arg = {.dom = 0, .remote_dom = DOMID_SELF};

    (void)frame;
    (void)port;
    return hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &arg);
}

static long try_status(unsigned long frame, evtchn_port_t port)
{
    struct evtchn_status arg = {.dom = 0, .port = port};

    (void)frame;
    return hypercall_event_channel_op(EVTCHNOP_status, &arg);
}

static long try_reset(unsigned long frame, evtchn_port_t port)
{
    struct evtchn_reset arg = {.dom = 0};

    (void)frame;
    (void)port;
    return hypercall_event_channel_op(EVTCHNOP_reset, &arg);
}

static long try_send(unsigned long frame, evtchn_port_t port)
{
    struct evtchn_send arg = {.port = port};

    (void)frame;
    return hypercall_event_channel_op(EVTCHNOP_send, &arg);
}

static long try_pirq(unsigned long frame, evtchn_port_t port)
{
    struct evtchn_bind_pirq arg = {.pirq = 4};

    (void)frame;
    (void)port;
    return hypercall_event_channel_op(EVTCHNOP_bind_pirq, &arg);
}

static long try_grant_map(unsigned long frame, evtchn_port_t port)
{
    struct gnttab_map_grant_ref arg = {
        .host_addr = (unsigned long)window, .flags = GNTMAP_host_map, .ref = 8};

    (void)frame;
    (void)port;
    hypercall_grant_table_op(GNTTABOP_map_grant_ref, &arg, 1);
    return arg.status;
}

static long try_grant_copy(unsigned long frame, evtchn_port_t port)
{
    struct gnttab_copy arg = {.len = 8};

    (void)port;
    arg.source.u.gmfn = frame;
    arg.dest.domid = DOMID_SELF;
    arg.dest.u.gmfn = domu_mail.argument[2];
    hypercall_grant_table_op(GNTTABOP_copy, &arg, 1);
    return arg.status;
}

static long try_grant_overwrite(unsigned long frame, evtchn_port_t port)
{
    struct gnttab_copy arg = {.len = 8};

    (void)port;
    arg.source.domid = DOMID_SELF;
    arg.source.u.gmfn = domu_mail.argument[2];
    arg.dest.u.gmfn = frame;
    hypercall_grant_table_op(GNTTABOP_copy, &arg, 1);
    return arg.status;
}

static long try_physdev(unsigned long frame, evtchn_port_t port)
{
    struct physdev_pci_device_add arg = {.bus = 1};

    (void)frame;
    (void)port;
    return hypercall_physdev_op(PHYSDEVOP_pci_device_add, &arg);
}

static long try_apic_read(unsigned long frame, evtchn_port_t port)
{
    struct physdev_apic arg = {.apic_physbase = 0xfec00000, .reg = 1};

    (void)frame;
    (void)port;
    return hypercall_physdev_op(PHYSDEVOP_apic_read, &arg);
}

static long try_map_pirq(unsigned long frame, evtchn_port_t port)
{
    struct physdev_map_pirq arg = {
        .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 4, .pirq = 4};

    (void)frame;
    (void)port;
    return hypercall_physdev_op(PHYSDEVOP_map_pirq, &arg);
}

static long try_platform(unsigned long frame, evtchn_port_t port)
{
    uint32_t op[40] = {17 /* settime */, 0x03000001};

    (void)frame;
    (void)port;
    return HYPERCALL1(__HYPERVISOR_platform_op, op);
}

static long try_console_read(unsigned long frame, evtchn_port_t port)
{
    (void)frame;
    (void)port;
    return hypercall_console_io(CONSOLEIO_read, 8, (char *)scratch);
}

static void do_in(void *arg)
{
    uint8_t value;

    __asm__ volatile("inb %w1, %0" : "=a"(value) : "d"((unsigned int)(unsigned long)arg));
}

static void do_out(void *arg)
{
    __asm__ volatile("outb %b0, %w1" : : "a"(0), "d"((unsigned int)(unsigned long)arg));
}

/* Without I/O privilege of its own a port traps; with it, a foreign port reads as nothing and takes
 * nothing. */
static long set_iopl(unsigned int level)
{
    struct physdev_set_iopl iopl = {.iopl = level};

    return hypercall_physdev_op(PHYSDEVOP_set_iopl, &iopl);
}

static long try_port(void (*access)(void *), unsigned long number, unsigned int level)
{
    struct trap_caught caught;
    long rc = set_iopl(level);

    if (rc)
        return rc;
    return trap_catch(access, (void *)number, &caught) ? (long)caught.frame.vector : 0;
}

static long try_in(unsigned long frame, evtchn_port_t port)
{
    (void)frame;
    (void)port;
    return try_port(do_in, 0x3fd, 0);
}

static long try_out(unsigned long frame, evtchn_port_t port)
{
    (void)frame;
    (void)port;
    return try_port(do_out, 0xcf9, 0);
}

static long try_in_iopl(unsigned long frame, evtchn_port_t port)
{
    uint8_t value = 0;

    (void)frame;
    (void)port;
    set_iopl(1);
    __asm__ volatile("inb %w1, %0" : "=a"(value) : "d"(0x3fd));
    return value;
}

static long try_reset_port(unsigned long frame, evtchn_port_t port)
{
    (void)frame;
    (void)port;
    set_iopl(1);
    __asm__ volatile("outb %b0, %w1" : : "a"(6), "d"(0xcf9));
    return 0;
}

static long try_cr3(unsigned long frame, evtchn_port_t port)
{
    (void)port;
    return mmuext_mfn(MMUEXT_NEW_USER_BASEPTR, frame);
}

#define ANY_ERROR (-10000) /* some negative answer */

static const struct {
    attempt_t *attempt;
    long want;
    const char *what;
} attempts[] = {
    {try_domctl, -XEN_EPERM, "domctl"},
    {try_destroy, ANY_ERROR, "destroy itself"},
    {try_sysctl, -XEN_EPERM, "sysctl"},
    {try_platform, -XEN_EPERM, "platform_op"},
    {try_remote_shutdown, -XEN_EPERM, "remote shutdown of dom0"},
    {try_map_write, ANY_ERROR, "map dom0's frame for writing"},
    {try_map_read, ANY_ERROR, "map dom0's frame for reading"},
    {try_map_apic, ANY_ERROR, "map the local APIC"},
    {try_map_vga, ANY_ERROR, "map the VGA text buffer"},
    {try_map_other, -XEN_EPERM, "map as if it were dom0"},
    {try_foreign_update, -XEN_EPERM, "mmu_update on dom0's behalf"},
    {try_update, ANY_ERROR, "write to dom0's frame by mmu_update"},
    {try_machphys, ANY_ERROR, "change dom0's machine-to-physical entry"},
    {try_pin, ANY_ERROR, "pin dom0's frame"},
    {try_clear, ANY_ERROR, "clear dom0's frame"},
    {try_root, ANY_ERROR, "run on dom0's frame as root"},
    {try_cr3, ANY_ERROR, "run user mode on dom0's frame as root"},
    {try_gdt, ANY_ERROR, "use dom0's frame as GDT"},
    {try_descriptor, ANY_ERROR, "write a descriptor to dom0's frame"},
    {try_decrease, 0, "give dom0's frame back"},
    {try_grow, 0, "grow beyond its limit"},
    {try_populate_dom0, 0, "populate dom0"},
    {try_machine_map, -XEN_EPERM, "read the machine's memory map"},
    {try_bind, ANY_ERROR, "bind to a port for another domain"},
    {try_alloc, -XEN_EPERM, "make a port in dom0"},
    {try_status, -XEN_EPERM, "ask for the state of dom0's port"},
    {try_reset, -XEN_EPERM, "close dom0's ports"},
    {try_send, -XEN_EINVAL, "send on a port it does not have"},
    {try_pirq, ANY_ERROR, "bind the serial port's interrupt"},
    {try_grant_map, ANY_ERROR, "map what was not granted"},
    {try_grant_copy, GNTST_permission_denied, "copy from dom0 by frame"},
    {try_grant_overwrite, GNTST_permission_denied, "copy to dom0 by frame"},
    {try_physdev, -XEN_EPERM, "add a PCI device"},
    {try_apic_read, -XEN_EPERM, "read the I/O APIC"},
    {try_map_pirq, -XEN_EPERM, "map an interrupt"},
    {try_console_read, -XEN_EPERM, "read the console"},
    {try_in, TRAP_GP, "read a port"},
    {try_out, TRAP_GP, "write to the reset port"},
    {try_in_iopl, 0xff, "read the serial port's status with I/O privilege"},
    {try_reset_port, 0, "reset the machine with I/O privilege"},
};
#define NR_ATTEMPTS (sizeof(attempts) / sizeof(attempts[0]))

static void entry(void)
{
    domu_start_here();
    for (unsigned int i = 0; i < NR_ATTEMPTS; i++)
        domu_report((uint64_t)attempts[i].attempt(domu_mail.argument[0],
                                                  (evtchn_port_t)domu_mail.argument[1]));
    domu_end(SHUTDOWN_poweroff);
}

static void check_results(void)
{
    domu_read_mail(&dom, &mail);
    CHECK_EQ(mail.results_done, NR_ATTEMPTS);
    for (unsigned int i = 0; i < mail.results_done; i++) {
        long got = (long)mail.result[i];
        int ok = attempts[i].want == ANY_ERROR ? got < 0 : got == attempts[i].want;

        test_check(ok, __FILE__, __LINE__, "%s: answered %ld, not %ld", attempts[i].what, got,
                   attempts[i].want);
    }
}

void test_run(void)
{
    uint64_t *secret = page_alloc();
    struct evtchn_alloc_unbound made = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    uint64_t arguments[8];

    if (!guest_is_dom0())
        test_skip("needs dom0");
    for (int i = 0; i < 512; i++)
        secret[i] = 0x5ec0e7UL * (unsigned int)(i + 1);
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &made), 0);
    CHECK_EQ(domu_create(&dom), 0);
    arguments[0] = virt_to_mfn(secret);
    arguments[1] = made.port;
    arguments[2] = dom.frames[virt_to_pfn(scratch)];
    CHECK_EQ(domu_build(&dom, entry, arguments), 0);
    CHECK_EQ(domu_run(&dom), SHUTDOWN_poweroff);
    check_results();
    for (unsigned int i = 0; i < 512; i++)
        if (secret[i] != 0x5ec0e7UL * (i + 1))
            CHECK_EQ_AT(secret[i], 0x5ec0e7UL * (i + 1), i);
    CHECK_EQ(mfn_to_pfn(virt_to_mfn(secret)), virt_to_pfn(secret));
    CHECK_EQ(domu_destroy(&dom), 0);
}
