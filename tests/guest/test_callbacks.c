/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registering entry points: callback_op for each kind, vm_assist, NMI, and the refusal of addresses
 * that are none. An event reaches the new entry.
 */
#include <public/nmi.h>

#include "test.h"

extern const uint8_t event_entry[], failsafe_entry[], syscall_entry[], nmi_entry[];

static long reg(unsigned int type, unsigned int flags, unsigned long address)
{
    struct callback_register arg = {
        .type = (uint16_t)type, .flags = (uint16_t)flags, .address = address};

    return hypercall_callback_op(CALLBACKOP_register, &arg);
}

static void check_kinds(void)
{
    CHECK_EQ(reg(CALLBACKTYPE_event, 0, (unsigned long)event_entry), 0);
    CHECK_EQ(reg(CALLBACKTYPE_failsafe, CALLBACKF_mask_events, (unsigned long)failsafe_entry), 0);
    CHECK_EQ(reg(CALLBACKTYPE_syscall, CALLBACKF_mask_events, (unsigned long)syscall_entry), 0);
    CHECK_EQ(reg(CALLBACKTYPE_nmi, 0, (unsigned long)nmi_entry), 0);
    CHECK_EQ(reg(99, 0, (unsigned long)event_entry), -XEN_ENOSYS);
    CHECK_EQ(reg(CALLBACKTYPE_event, 0, 0x1000800000000000), -XEN_EINVAL);
    CHECK_EQ(reg(CALLBACKTYPE_syscall, 0, 0x1000800000000000), -XEN_EINVAL);
    CHECK_EQ(hypercall_callback_op(99, &(struct callback_register){0}), -XEN_ENOSYS);
}

static void check_unregister(void)
{
    struct callback_unregister arg = {.type = CALLBACKTYPE_event};

    CHECK_EQ(hypercall_callback_op(CALLBACKOP_unregister, &arg),
             -XEN_EINVAL); /* cannot do without */
    arg.type = CALLBACKTYPE_nmi;
    CHECK_EQ(hypercall_callback_op(CALLBACKOP_unregister, &arg), 0);
    arg.type = 99;
    CHECK_EQ(hypercall_callback_op(CALLBACKOP_unregister, &arg), -XEN_ENOSYS);
}

static void check_event(void)
{
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    struct evtchn_send send;

    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_ipi, &ipi), 0);
    event_unmask_quietly(ipi.port);
    event_enable();
    send.port = ipi.port;
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_send, &send), 0);
    CHECK_EQ(event_count[ipi.port], 1);
    event_disable();
}

static void check_assists(void)
{
    CHECK_EQ(hypercall_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0);
    CHECK_EQ(hypercall_vm_assist(VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag), 0);
    CHECK_EQ(hypercall_vm_assist(VMASST_CMD_disable, VMASST_TYPE_runstate_update_flag), 0);
    CHECK_EQ(hypercall_vm_assist(VMASST_CMD_enable, 31), -XEN_EINVAL);
    CHECK_EQ(hypercall_vm_assist(VMASST_CMD_enable, 1000), -XEN_EINVAL);
    CHECK_EQ(hypercall_vm_assist(7, VMASST_TYPE_writable_pagetables), -XEN_ENOSYS);
}

static void check_nmi(void)
{
    struct xennmi_callback arg = {.handler_address = (unsigned long)nmi_entry};

    CHECK_EQ(HYPERCALL2(__HYPERVISOR_nmi_op, XENNMI_register_callback, &arg), 0);
    arg.handler_address = 0x1000800000000000;
    CHECK_EQ(HYPERCALL2(__HYPERVISOR_nmi_op, XENNMI_register_callback, &arg), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL2(__HYPERVISOR_nmi_op, XENNMI_unregister_callback, 0), 0);
    CHECK_EQ(HYPERCALL2(__HYPERVISOR_nmi_op, 99, 0), -XEN_ENOSYS);
}

static void check_stack_switch(void)
{
    CHECK_EQ(hypercall_stack_switch(FLAT_KERNEL_SS, (unsigned long)page_alloc() + PAGE_SIZE), 0);
    /* Bad ones do not take effect, whatever is answered. */
    hypercall_set_callbacks(0x1000800000000000, (unsigned long)failsafe_entry, 0x1000800000000000);
    check_event();
    CHECK_EQ(hypercall_set_callbacks((unsigned long)event_entry, (unsigned long)failsafe_entry,
                                     (unsigned long)syscall_entry),
             0);
}

void test_run(void)
{
    check_kinds();
    check_unregister();
    check_event();
    check_assists();
    check_nmi();
    check_stack_switch();
}
