/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls of a guest about its vCPUs: vcpu_op and set_timer_op. One function per operation. */
#include <hv/atomic.h>
#include <hv/domain.h>
#include <hv/guest_copy.h>
#include <hv/heap.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/personality.h>
#include <hv/sched.h>
#include <hv/time.h>
#include <hv/vcpu.h>
#include <public/errno.h>
#include <public/sched.h>
#include <public/vcpu.h>

/* Longest period: keeps sums of times far from overflow. */
#define MAX_PERIOD_NS (INT64_MAX / 4)

static long op_initialise(struct vcpu *v, gva_t arg)
{
    struct vcpu_guest_context *ctxt = hv_zalloc(sizeof(*ctxt));
    long rc;

    if (!ctxt)
        return -XEN_ENOMEM;
    rc = guest_read(ctxt, arg, sizeof(*ctxt));
    if (!rc && atomic_xchg(&v->initialising, true))
        rc = -XEN_EBUSY;
    else if (!rc) {
        rc = v->initialised ? -XEN_EEXIST : pv_context_set(v, ctxt);
        store_release(v->initialising, false);
    }
    hv_free(ctxt);
    if (rc == -XEN_ERESTART) /* its page tables take a while to check */
        return hypercall_continue(__HYPERVISOR_vcpu_op, 3, (uint64_t)VCPUOP_initialise,
                                  (uint64_t)v->id, arg.a);
    return rc;
}

static long op_up(struct vcpu *v)
{
    if (!v->initialised)
        return -XEN_EINVAL;
    if (atomic_and(&v->pause_flags, ~(uint32_t)VPF_DOWN) & VPF_DOWN)
        sched_wake(v);
    return 0;
}

/* The last vCPU that goes down takes the domain with it: nobody would be left to bring one up. */
static long op_down(struct vcpu *v)
{
    struct domain *d = v->domain;
    struct vcpu *other;
    bool last = true;

    spin_lock(&d->lock);
    for_each_vcpu(d, other)
    {
        if (other != v && !(read_once(other->pause_flags) & VPF_DOWN))
            last = false;
    }
    if (!last)
        atomic_or(&v->pause_flags, VPF_DOWN);
    spin_unlock(&d->lock);
    if (last)
        domain_shutdown(d, SHUTDOWN_poweroff);
    else
        sched_sleep(v, false);
    return 0;
}

static long op_get_runstate(struct vcpu *v, gva_t arg)
{
    struct vcpu_runstate_info info;

    sched_runstate(v, &info);
    return guest_write(arg, &info, sizeof(info));
}

static long op_register_runstate(struct vcpu *v, gva_t arg)
{
    struct vcpu_register_runstate_memory_area area;
    struct vcpu_runstate_info info;

    if (guest_read(&area, arg, sizeof(area)))
        return -XEN_EFAULT;
    if (!guest_range_ok(gva(area.addr.p), sizeof(info)))
        return -XEN_EFAULT;
    v->runstate_area = gva(area.addr.p);
    if (!area.addr.p)
        return 0;
    /* The first contents, through the caller's tables: another's are not loaded now. */
    sched_runstate_raw(v, &info);
    return guest_write(v->runstate_area, &info, sizeof(info));
}

static long op_set_periodic(struct vcpu *v, gva_t arg)
{
    struct vcpu_set_periodic_timer set;

    if (guest_read(&set, arg, sizeof(set)))
        return -XEN_EFAULT;
    if (set.period_ns < NS_PER_MS || set.period_ns > MAX_PERIOD_NS)
        return -XEN_EINVAL;
    vcpu_set_periodic_timer(v, set.period_ns);
    return 0;
}

static void set_singleshot(struct vcpu *v, uint64_t deadline)
{
    timer_migrate(&v->singleshot, this_cpu()->id);
    timer_set(&v->singleshot, deadline);
}

static long op_set_singleshot(struct vcpu *v, gva_t arg)
{
    struct vcpu_set_singleshot_timer set;

    if (v != current_vcpu())
        return -XEN_EINVAL;
    if (guest_read(&set, arg, sizeof(set)))
        return -XEN_EFAULT;
    if ((set.flags & VCPU_SSHOTTMR_future) && set.timeout_abs_ns < now_ns())
        return -XEN_ETIME;
    set_singleshot(v, set.timeout_abs_ns);
    return 0;
}

static long op_stop_singleshot(struct vcpu *v)
{
    if (v != current_vcpu())
        return -XEN_EINVAL;
    timer_stop(&v->singleshot);
    return 0;
}

static long op_register_info(struct vcpu *v, gva_t arg)
{
    struct vcpu_register_vcpu_info info;
    struct domain *d = v->domain;
    long rc;

    if (guest_read(&info, arg, sizeof(info)))
        return -XEN_EFAULT;
    spin_lock(&d->lock);
    rc = vcpu_info_register(v, mfn(info.mfn), info.offset);
    spin_unlock(&d->lock);
    return rc;
}

static long op_register_time(struct vcpu *v, gva_t arg)
{
    struct vcpu_register_time_memory_area area;

    if (guest_read(&area, arg, sizeof(area)))
        return -XEN_EFAULT;
    if (!guest_range_ok(gva(area.addr.p), sizeof(struct vcpu_time_info)))
        return -XEN_EFAULT;
    v->pv.time_info_gva = area.addr.p;
    if (v == current_vcpu())
        pv_update_time(v);
    return 0;
}

long do_vcpu_op(unsigned int cmd, unsigned int vcpu_id, gva_t arg)
{
    struct domain *d = current_vcpu()->domain;
    struct vcpu *v = vcpu_id < d->max_vcpus ? load_acquire(d->vcpu[vcpu_id]) : NULL;

    if (!v)
        return -XEN_ENOENT;
    switch (cmd) {
    case VCPUOP_initialise:
        return op_initialise(v, arg);
    case VCPUOP_up:
        return op_up(v);
    case VCPUOP_down:
        return op_down(v);
    case VCPUOP_is_up:
        return !(read_once(v->pause_flags) & VPF_DOWN);
    case VCPUOP_get_runstate_info:
        return op_get_runstate(v, arg);
    case VCPUOP_register_runstate_memory_area:
        return op_register_runstate(v, arg);
    case VCPUOP_set_periodic_timer:
        return op_set_periodic(v, arg);
    case VCPUOP_stop_periodic_timer:
        vcpu_set_periodic_timer(v, 0);
        return 0;
    case VCPUOP_set_singleshot_timer:
        return op_set_singleshot(v, arg);
    case VCPUOP_stop_singleshot_timer:
        return op_stop_singleshot(v);
    case VCPUOP_register_vcpu_info:
        return op_register_info(v, arg);
    case VCPUOP_send_nmi:
        if (arg.a)
            return -XEN_EINVAL;
        pv_send_nmi(v);
        return 0;
    case VCPUOP_get_physid: /* for vCPUs tied to one CPU for good; ours are not */
        return -XEN_EINVAL;
    case VCPUOP_register_vcpu_time_memory_area:
        return op_register_time(v, arg);
    default:
        return -XEN_ENOSYS;
    }
}

/* Deadlines this far ahead are sign errors of old guests: they get a tick soon instead of none
 * ever. */
#define FAR_AHEAD_NS (1ull << 50)
#define SOON_NS      (50 * NS_PER_MS)

long do_set_timer_op(uint64_t timeout)
{
    struct vcpu *v = current_vcpu();
    uint64_t now = now_ns();

    if (timeout == 0)
        timer_stop(&v->singleshot);
    else if ((int64_t)timeout < 0 || (timeout > now && timeout - now >= FAR_AHEAD_NS))
        set_singleshot(v, now + SOON_NS);
    else
        set_singleshot(v, timeout);
    return 0;
}
