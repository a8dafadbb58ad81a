/* SPDX-License-Identifier: Apache-2.0 */
/* Control of vCPUs: making, contexts, affinity, scheduling parameters, triggers. */
#include <hv/domctl.h>
#include <hv/guest_copy.h>
#include <hv/heap.h>
#include <hv/percpu.h>
#include <hv/personality.h>
#include <hv/sched.h>
#include <hv/string.h>
#include <hv/vcpu.h>
#include <public/callback.h>
#include <public/errno.h>

#define MSR_TSC_AUX 0xc0000103u

struct vcpu *domain_vcpu(struct domain *d, uint32_t id)
{
    return id < d->max_vcpus ? read_once(d->vcpu[id]) : NULL;
}

/* The number was fixed when the domain was created; this makes them. */
long domctl_max_vcpus(struct domain *d, struct xen_domctl *op)
{
    if (op->u.max_vcpus.max != d->max_vcpus)
        return -XEN_EINVAL;
    if (domain_is_dying(d))
        return -XEN_EINVAL;
    for (unsigned int i = 0; i < d->max_vcpus; i++)
        if (!d->vcpu[i] && !vcpu_create(d, i))
            return -XEN_ENOMEM;
    return 0;
}

static long context_set(struct domain *d, struct vcpu *v, const struct xen_domctl_vcpucontext *c)
{
    struct vcpu_guest_context *ctxt = hv_zalloc(sizeof(*ctxt));
    long rc;

    if (!ctxt)
        return -XEN_ENOMEM;
    if (guest_read(ctxt, handle_gva(c->ctxt), sizeof(*ctxt))) {
        rc = -XEN_EFAULT;
    } else if (domain_is_dying(d)) {
        rc = -XEN_EINVAL; /* what vCPUs hold may be gone already: nobody would drop it again */
    } else {
        domain_pause(d);
        rc = pv_context_set(v, ctxt);
        if (!rc) {
            v->initialised = true;
            if (ctxt->flags & VGCF_online)
                atomic_and(&v->pause_flags, ~(uint32_t)VPF_DOWN);
            else
                atomic_or(&v->pause_flags, (uint32_t)VPF_DOWN);
        }
        domain_unpause(d);
    }
    hv_free(ctxt);
    return rc;
}

long domctl_setvcpucontext(struct domain *d, struct xen_domctl *op)
{
    struct vcpu *v = domain_vcpu(d, op->u.vcpucontext.vcpu);
    int rc;

    if (!v)
        return -XEN_EINVAL;
    if (handle_gva(op->u.vcpucontext.ctxt).a)
        return context_set(d, v, &op->u.vcpucontext);
    domain_pause(d);
    rc = vcpu_reset(v);
    domain_unpause(d);
    return rc;
}

long domctl_getvcpucontext(struct domain *d, struct xen_domctl *op)
{
    struct vcpu *v = domain_vcpu(d, op->u.vcpucontext.vcpu);
    struct vcpu_guest_context *ctxt;
    long rc;

    if (!v)
        return -XEN_ESRCH;
    if (v == current_vcpu())
        return -XEN_EINVAL;
    if (!v->initialised)
        return -XEN_ENODATA;
    ctxt = hv_zalloc(sizeof(*ctxt));
    if (!ctxt)
        return -XEN_ENOMEM;
    vcpu_pause(v);
    pv_context_get(v, ctxt);
    vcpu_unpause(v);
    rc = guest_write(handle_gva(op->u.vcpucontext.ctxt), ctxt, sizeof(*ctxt));
    hv_free(ctxt);
    return rc;
}

long domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_getvcpuinfo *i = &op->u.getvcpuinfo;
    struct vcpu *v = domain_vcpu(d, i->vcpu);
    struct vcpu_runstate_info rs;

    if (!v)
        return -XEN_ESRCH;
    sched_runstate(v, &rs);
    i->online = !(read_once(v->pause_flags) & VPF_DOWN);
    i->blocked = (read_once(v->pause_flags) & VPF_BLOCKED) != 0;
    i->running = read_once(v->is_running);
    i->cpu_time = rs.time[RUNSTATE_running];
    i->cpu = read_once(v->processor);
    return 0;
}

int cpumask_from_guest(struct cpumask *out, const struct xenctl_bitmap *in)
{
    size_t bytes = MIN(((size_t)in->nr_bits + 7) / 8, sizeof(out->bits));

    cpumask_zero(out);
    if (guest_read(out->bits, handle_gva(in->bitmap), bytes))
        return -XEN_EFAULT;
    for (unsigned int cpu = in->nr_bits; cpu < bytes * 8; cpu++)
        cpumask_clear(out, cpu);
    return 0;
}

int cpumask_to_guest(const struct xenctl_bitmap *out, const struct cpumask *in)
{
    size_t bytes = ((size_t)out->nr_bits + 7) / 8, mine = MIN(bytes, sizeof(in->bits));

    if (guest_write(handle_gva(out->bitmap), in->bits, mine))
        return -XEN_EFAULT;
    return bytes > mine ? guest_clear(gva_add(handle_gva(out->bitmap), mine), bytes - mine) : 0;
}

/* Set what the flags name, then answer with what is in force: the sets cut down to the CPUs there
 * are. */
long domctl_setvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
    struct vcpu *v = domain_vcpu(d, a->vcpu);
    struct cpumask hard, soft;
    int rc;

    if (!v)
        return -XEN_ESRCH;
    if (!(a->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)))
        return -XEN_EINVAL;
    hard = v->hard_affinity;
    soft = v->soft_affinity;
    if ((a->flags & XEN_VCPUAFFINITY_HARD) && cpumask_from_guest(&hard, &a->cpumap_hard))
        return -XEN_EFAULT;
    if ((a->flags & XEN_VCPUAFFINITY_SOFT) && cpumask_from_guest(&soft, &a->cpumap_soft))
        return -XEN_EFAULT;
    rc = sched_set_affinity(v, &hard, &soft);
    if (rc)
        return rc;
    cpumask_and(&hard, &hard, &cpu_online);
    cpumask_and(&soft, &soft, &hard);
    if ((a->flags & XEN_VCPUAFFINITY_HARD) && cpumask_to_guest(&a->cpumap_hard, &hard))
        return -XEN_EFAULT;
    if ((a->flags & XEN_VCPUAFFINITY_SOFT) && cpumask_to_guest(&a->cpumap_soft, &soft))
        return -XEN_EFAULT;
    return 0;
}

long domctl_getvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_vcpuaffinity *a = &op->u.vcpuaffinity;
    struct vcpu *v = domain_vcpu(d, a->vcpu);

    if (!v)
        return -XEN_ESRCH;
    if (!(a->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)))
        return -XEN_EINVAL;
    if ((a->flags & XEN_VCPUAFFINITY_HARD) && cpumask_to_guest(&a->cpumap_hard, &v->hard_affinity))
        return -XEN_EFAULT;
    if ((a->flags & XEN_VCPUAFFINITY_SOFT) && cpumask_to_guest(&a->cpumap_soft, &v->soft_affinity))
        return -XEN_EFAULT;
    return 0;
}

/* One node of memory is all there is: its set must contain that node, and does. */
long domctl_setnodeaffinity(struct domain *d, struct xen_domctl *op)
{
    struct cpumask nodes;

    (void)d;
    if (cpumask_from_guest(&nodes, &op->u.nodeaffinity.nodemap))
        return -XEN_EFAULT;
    return cpumask_test(&nodes, 0) ? 0 : -XEN_EINVAL;
}

long domctl_getnodeaffinity(struct domain *d, struct xen_domctl *op)
{
    struct cpumask nodes;

    (void)d;
    cpumask_zero(&nodes);
    cpumask_set(&nodes, 0);
    return cpumask_to_guest(&op->u.nodeaffinity.nodemap, &nodes);
}

long domctl_scheduler_op(struct domain *d, struct xen_domctl *op)
{
    return sched_adjust_domain(d, &op->u.scheduler_op);
}

long domctl_sendtrigger(struct domain *d, struct xen_domctl *op)
{
    struct vcpu *v = domain_vcpu(d, op->u.sendtrigger.vcpu);

    if (!v)
        return -XEN_ESRCH;
    if (op->u.sendtrigger.trigger != XEN_DOMCTL_SENDTRIGGER_NMI)
        return -XEN_ENOSYS; /* the others press buttons of machines that PV guests do not have */
    pv_send_nmi(v);
    return 0;
}

long domctl_set_ext_vcpucontext(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;
    struct vcpu *v = domain_vcpu(d, e->vcpu);

    if (!v)
        return -XEN_ESRCH;
    if (e->size < offsetof(struct xen_domctl_ext_vcpucontext, mcg_cap))
        return -XEN_EINVAL;
    domain_pause(d);
    v->pv.syscall32_cb.rip = e->syscall32_callback_eip;
    v->pv.syscall32_cb.flags = e->syscall32_disables_events ? CALLBACKF_mask_events : 0;
    v->pv.sysenter_cb.rip = e->sysenter_callback_eip;
    v->pv.sysenter_cb.flags = e->sysenter_disables_events ? CALLBACKF_mask_events : 0;
    domain_unpause(d);
    return 0;
}

long domctl_get_ext_vcpucontext(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_ext_vcpucontext *e = &op->u.ext_vcpucontext;
    struct vcpu *v = domain_vcpu(d, e->vcpu);

    if (!v)
        return -XEN_ESRCH;
    memset(e, 0, sizeof(*e));
    e->vcpu = v->id;
    e->size = sizeof(*e);
    e->syscall32_callback_eip = v->pv.syscall32_cb.rip;
    e->syscall32_callback_cs = FLAT_KERNEL_CS;
    e->syscall32_disables_events = (v->pv.syscall32_cb.flags & CALLBACKF_mask_events) != 0;
    e->sysenter_callback_eip = v->pv.sysenter_cb.rip;
    e->sysenter_callback_cs = FLAT_KERNEL_CS;
    e->sysenter_disables_events = (v->pv.sysenter_cb.flags & CALLBACKF_mask_events) != 0;
    return 0;
}

/* Registers that no other context has: TSC_AUX, when the guest set it. */
long domctl_get_vcpu_msrs(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_vcpu_msrs *m = &op->u.vcpu_msrs;
    struct vcpu *v = domain_vcpu(d, m->vcpu);
    struct xen_domctl_vcpu_msr msr = {.index = MSR_TSC_AUX};

    if (!v)
        return -XEN_ESRCH;
    if (v == current_vcpu())
        return -XEN_EINVAL;
    if (!handle_gva(m->msrs).a) {
        m->msr_count = 1;
        return 0;
    }
    vcpu_pause(v);
    msr.value = v->pv.tsc_aux;
    vcpu_unpause(v);
    if (!msr.value) {
        m->msr_count = 0;
        return 0;
    }
    if (m->msr_count < 1)
        return -XEN_ENOBUFS;
    m->msr_count = 1;
    return guest_write_elem(m->msrs, 0, &msr);
}

/* Answers with the number of entries taken: the first one refused is at that index. */
long domctl_set_vcpu_msrs(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_vcpu_msrs *m = &op->u.vcpu_msrs;
    struct vcpu *v = domain_vcpu(d, m->vcpu);

    if (!v)
        return -XEN_ESRCH;
    if (m->msr_count > 16)
        return -XEN_EINVAL;
    for (uint32_t i = 0; i < m->msr_count; i++) {
        struct xen_domctl_vcpu_msr msr;

        if (guest_read_elem(&msr, m->msrs, i))
            return -XEN_EFAULT;
        if (msr.reserved || msr.index != MSR_TSC_AUX || msr.value > UINT32_MAX)
            return -XEN_EINVAL;
        domain_pause(d);
        v->pv.tsc_aux = msr.value;
        domain_unpause(d);
    }
    return 0;
}
