/* SPDX-License-Identifier: Apache-2.0 */
/* Where the hypervisor enters the guest kernel: set_callbacks, callback_op, nmi_op, stack_switch.
 */
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/pv_cpu.h>
#include <public/callback.h>
#include <public/errno.h>
#include <public/nmi.h>

long do_set_callbacks(uint64_t event, uint64_t failsafe, uint64_t syscall)
{
    struct vcpu *v = current_vcpu();

    if (!is_canonical(event) || !is_canonical(failsafe) || !is_canonical(syscall))
        return -XEN_EINVAL;
    v->pv.event_cb.rip = event;
    v->pv.failsafe_cb.rip = failsafe;
    v->pv.syscall_cb.rip = syscall;
    return 0;
}

static struct pv_callback *callback_of(struct vcpu *v, unsigned int type)
{
    switch (type) {
    case CALLBACKTYPE_event:
        return &v->pv.event_cb;
    case CALLBACKTYPE_failsafe:
        return &v->pv.failsafe_cb;
    case CALLBACKTYPE_syscall:
        return &v->pv.syscall_cb;
    case CALLBACKTYPE_syscall32:
        return &v->pv.syscall32_cb;
    case CALLBACKTYPE_sysenter:
    case CALLBACKTYPE_sysenter_deprecated:
        return &v->pv.sysenter_cb;
    case CALLBACKTYPE_nmi:
        return &v->pv.nmi_cb;
    default:
        return NULL;
    }
}

static long register_callback(struct vcpu *v, gva_t arg)
{
    struct callback_register r;
    struct pv_callback *cb;

    if (guest_read(&r, arg, sizeof(r)))
        return -XEN_EFAULT;
    cb = callback_of(v, r.type);
    if (!cb)
        return -XEN_ENOSYS;
    if (!is_canonical(r.address))
        return -XEN_EINVAL;
    cb->rip = r.address;
    cb->flags = r.flags;
    return 0;
}

static long unregister_callback(struct vcpu *v, gva_t arg)
{
    struct callback_unregister u;

    if (guest_read(&u, arg, sizeof(u)))
        return -XEN_EFAULT;
    switch (u.type) {
    case CALLBACKTYPE_event:
    case CALLBACKTYPE_failsafe:
    case CALLBACKTYPE_syscall:
    case CALLBACKTYPE_syscall32:
    case CALLBACKTYPE_sysenter:
    case CALLBACKTYPE_sysenter_deprecated:
        return -XEN_EINVAL; /* a kernel cannot live without these */
    case CALLBACKTYPE_nmi:
        v->pv.nmi_cb = (struct pv_callback){0};
        return 0;
    default:
        return -XEN_ENOSYS;
    }
}

long do_callback_op(unsigned int cmd, gva_t arg)
{
    switch (cmd) {
    case CALLBACKOP_register:
        return register_callback(current_vcpu(), arg);
    case CALLBACKOP_unregister:
        return unregister_callback(current_vcpu(), arg);
    default:
        return -XEN_ENOSYS;
    }
}

long do_nmi_op(unsigned int cmd, gva_t arg)
{
    struct vcpu *v = current_vcpu();
    struct xennmi_callback cb;

    switch (cmd) {
    case XENNMI_register_callback:
        if (guest_read(&cb, arg, sizeof(cb)))
            return -XEN_EFAULT;
        if (v->id != 0 || !is_canonical(cb.handler_address))
            return -XEN_EINVAL;
        v->pv.nmi_cb = (struct pv_callback){.rip = cb.handler_address};
        return 0;
    case XENNMI_unregister_callback:
        v->pv.nmi_cb = (struct pv_callback){0};
        return 0;
    default:
        return -XEN_ENOSYS;
    }
}

long do_stack_switch(uint64_t ss, uint64_t sp)
{
    struct vcpu *v = current_vcpu();

    if (!is_canonical(sp))
        return -XEN_EINVAL;
    v->pv.kernel_ss = ss | 3;
    v->pv.kernel_sp = sp;
    return 0;
}
