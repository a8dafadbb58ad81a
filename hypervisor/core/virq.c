/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual interrupts: events that the hypervisor itself raises. Per-vCPU ones belong to the vCPU
 * that bound them; global ones to one domain, dom0 unless the toolstack chose another. Invariant: a
 * domain stands in `handler` only while it is alive.
 */
#include <hv/evtchn_port.h>
#include <hv/vcpu.h>
#include <public/errno.h>

static struct spinlock handler_lock = SPINLOCK_INIT(LOCK_EVENT);
static struct domain *handler[NR_VIRQS]; /* NULL: dom0 */

bool virq_is_global(unsigned int virq)
{
    switch (virq) {
    case VIRQ_TIMER:
    case VIRQ_DEBUG:
    case VIRQ_XENOPROF:
    case VIRQ_XENPMU:
        return false;
    default:
        return true;
    }
}

int evtchn_bind_virq(struct domain *d, struct evtchn_bind_virq *op)
{
    struct evtchn *chn;
    struct vcpu *v;
    int rc;

    /* A global one starts on vCPU 0, from where bind_vcpu may move it. */
    if (op->virq >= NR_VIRQS || (virq_is_global(op->virq) && op->vcpu != 0))
        return -XEN_EINVAL;
    v = evtchn_vcpu(d, op->vcpu);
    if (!v)
        return -XEN_ENOENT;
    spin_lock(&d->evtchn->lock);
    rc = v->virq_port[op->virq] ? -XEN_EEXIST : evtchn_reserve(d, &op->port, &chn);
    if (!rc) {
        evtchn_commit(chn, EVTCHNSTAT_virq, op->vcpu, op->virq);
        write_once(v->virq_port[op->virq], op->port);
    }
    spin_unlock(&d->evtchn->lock);
    return rc;
}

void virq_vcpu(struct vcpu *v, unsigned int virq)
{
    evtchn_port_t port = read_once(v->virq_port[virq]);

    if (port)
        evtchn_raise(v->domain, port, EVTCHNSTAT_virq, virq);
}

void virq_domain(struct domain *d, unsigned int virq)
{
    struct vcpu *v = evtchn_vcpu(d, 0);

    if (v)
        virq_vcpu(v, virq);
}

void virq_global(unsigned int virq)
{
    if (!read_once(handler[virq])) {
        if (dom0)
            virq_domain(dom0, virq);
        return;
    }
    /* The lock keeps the domain from going away meanwhile. */
    spin_lock(&handler_lock);
    if (handler[virq] || dom0)
        virq_domain(handler[virq] ? handler[virq] : dom0, virq);
    spin_unlock(&handler_lock);
}

int virq_set_handler(struct domain *d, unsigned int virq)
{
    int rc = 0;

    if (virq >= NR_VIRQS || !virq_is_global(virq))
        return -XEN_EINVAL;
    spin_lock(&handler_lock);
    if (domain_is_dying(d))
        rc = -XEN_EINVAL;
    else
        write_once(handler[virq], d == dom0 ? NULL : d);
    spin_unlock(&handler_lock);
    return rc;
}

void virq_forget_domain(struct domain *d)
{
    spin_lock(&handler_lock);
    for (unsigned int i = 0; i < NR_VIRQS; i++)
        if (handler[i] == d)
            write_once(handler[i], NULL);
    spin_unlock(&handler_lock);
}
