/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first domain and the interrupt hardware: the I/O APIC's registers can be read, its vectors
 * not stolen; interrupts are mapped and unmapped; nonsense is refused. A domain without hardware
 * may do none of it.
 */
#include "test.h"

#define IOAPIC 0xfec00000UL

static void check_apic(void)
{
    struct physdev_apic apic = {.apic_physbase = IOAPIC, .reg = 1};

    CHECK_EQ(hypercall_physdev_op(PHYSDEVOP_apic_read, &apic), 0);
    CHECK((apic.value & 0xff) >= 0x10); /* version */
    CHECK(((apic.value >> 16) & 0xff) >= 15);
    apic.apic_physbase = 0x1000;
    CHECK(hypercall_physdev_op(PHYSDEVOP_apic_read, &apic) < 0);
}

static void check_pirq(void)
{
    struct physdev_map_pirq map = {
        .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 20, .pirq = 20};
    struct physdev_unmap_pirq unmap = {.domid = DOMID_SELF};
    struct physdev_setup_gsi gsi = {.gsi = 20, .triggering = 1, .polarity = 1};
    struct physdev_irq_status_query status;
    struct evtchn_bind_pirq bind;
    struct evtchn_close close;
    struct physdev_eoi eoi;

    CHECK_EQ(hypercall_physdev_op(PHYSDEVOP_map_pirq, &map), 0);
    CHECK_EQ(map.pirq, 20);
    CHECK_EQ(hypercall_physdev_op(PHYSDEVOP_setup_gsi, &gsi), 0);
    status.irq = 20;
    CHECK_EQ(hypercall_physdev_op(PHYSDEVOP_irq_status_query, &status), 0);
    bind = (struct evtchn_bind_pirq){.pirq = 20, .flags = BIND_PIRQ__WILL_SHARE};
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_pirq, &bind), 0);
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_pirq, &bind), -XEN_EEXIST);
    eoi.irq = 20;
    CHECK_EQ(hypercall_physdev_op(PHYSDEVOP_eoi, &eoi), 0);
    close.port = bind.port;
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_close, &close), 0);
    unmap.pirq = 20;
    CHECK_EQ(hypercall_physdev_op(PHYSDEVOP_unmap_pirq, &unmap), 0);
    CHECK(hypercall_physdev_op(PHYSDEVOP_unmap_pirq, &unmap) < 0);
}

static void check_refused(void)
{
    struct physdev_map_pirq map = {
        .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 9999, .pirq = -1};
    struct physdev_eoi eoi = {.irq = 0xffffffff};
    struct physdev_irq_status_query status = {.irq = 0xffffffff};
    struct physdev_unmap_pirq unmap = {.domid = DOMID_SELF, .pirq = -5};

    CHECK(hypercall_physdev_op(PHYSDEVOP_map_pirq, &map) < 0);
    map.index = -7;
    CHECK(hypercall_physdev_op(PHYSDEVOP_map_pirq, &map) < 0);
    map = (struct physdev_map_pirq){.domid = DOMID_SELF, .type = 99, .pirq = -1};
    CHECK(hypercall_physdev_op(PHYSDEVOP_map_pirq, &map) < 0);
    map =
        (struct physdev_map_pirq){.domid = 1234, .type = MAP_PIRQ_TYPE_GSI, .index = 5, .pirq = -1};
    CHECK_EQ(hypercall_physdev_op(PHYSDEVOP_map_pirq, &map), -XEN_ESRCH);
    CHECK_EQ(hypercall_physdev_op(PHYSDEVOP_eoi, &eoi), -XEN_EINVAL);
    CHECK_EQ(hypercall_physdev_op(PHYSDEVOP_irq_status_query, &status), -XEN_EINVAL);
    CHECK(hypercall_physdev_op(PHYSDEVOP_unmap_pirq, &unmap) < 0);
}

/* Devices are announced once found. */
static void check_pci(void)
{
    struct physdev_pci_device_add add = {.seg = 0, .bus = 0, .devfn = 0};
    struct physdev_pci_device gone = {.seg = 0, .bus = 200, .devfn = 0};
    long rc;

    CHECK_EQ(hypercall_physdev_op(PHYSDEVOP_pci_device_add, &add), 0);
    /* Without an I/O MMU nothing hangs on a device: an unknown one is refused or does not matter.
     */
    rc = hypercall_physdev_op(PHYSDEVOP_pci_device_remove, &gone);
    CHECK(rc == 0 || rc == -XEN_ENODEV);
}

void test_run(void)
{
    if (!guest_is_dom0())
        test_skip("needs the hardware's domain");
    check_apic();
    check_pirq();
    check_refused();
    check_pci();
}
