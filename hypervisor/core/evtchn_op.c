/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypercall event_channel_op: one row per operation says how many bytes its argument has and
 * whether an answer goes back. The argument is read once; each operation sees its local copy only.
 */
#include <hv/evtchn_port.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/pirq.h>
#include <hv/printk.h>
#include <hv/vcpu.h>
#include <public/errno.h>

union evtchn_arg {
    struct evtchn_alloc_unbound alloc_unbound;
    struct evtchn_bind_interdomain bind_interdomain;
    struct evtchn_bind_virq bind_virq;
    struct evtchn_bind_pirq bind_pirq;
    struct evtchn_bind_ipi bind_ipi;
    struct evtchn_close close;
    struct evtchn_send send;
    struct evtchn_status status;
    struct evtchn_bind_vcpu bind_vcpu;
    struct evtchn_unmask unmask;
    struct evtchn_reset reset;
};

/* The domain an operation names: the caller's own, or any for a privileged caller. Reference taken.
 */
static int target(struct domain *caller, domid_t id, struct domain **out)
{
    struct domain *d = domain_get_by_id(id);

    if (!d)
        return -XEN_ESRCH;
    if (d != caller && !caller->is_privileged) {
        domain_put(d);
        return -XEN_EPERM;
    }
    *out = d;
    return 0;
}

static int op_alloc_unbound(struct domain *caller, union evtchn_arg *a)
{
    struct evtchn_alloc_unbound *op = &a->alloc_unbound;
    struct evtchn *chn;
    struct domain *d;
    int rc = target(caller, op->dom, &d);

    if (rc)
        return rc;
    spin_lock(&d->evtchn->lock);
    rc = evtchn_reserve(d, &op->port, &chn);
    if (!rc)
        evtchn_commit(chn, EVTCHNSTAT_unbound, 0,
                      op->remote_dom == DOMID_SELF ? caller->id : op->remote_dom);
    spin_unlock(&d->evtchn->lock);
    domain_put(d);
    return rc;
}

/* Make two ports each other's peer. -XEN_EINVAL: the remote one is not open to `d`. */
static int connect(struct domain *d, struct evtchn *chn, evtchn_port_t port, struct domain *rd,
                   evtchn_port_t rport)
{
    struct evtchn *rchn = evtchn_lookup(rd, rport);
    int rc = -XEN_EINVAL;

    if (!rchn)
        return rc;
    spin_lock_pair(&chn->lock, &rchn->lock);
    if (rchn->state == EVTCHNSTAT_unbound && rchn->unbound_for == d->id) {
        chn->vcpu = 0;
        chn->peer.dom = rd;
        chn->peer.port = rport;
        chn->state = EVTCHNSTAT_interdomain;
        rchn->peer.dom = d;
        rchn->peer.port = port;
        rchn->state = EVTCHNSTAT_interdomain;
        rc = 0;
        /* The ABI's promise: what was sent before the connection is not lost. */
        evtchn_2l_set_pending(d, evtchn_vcpu(d, 0), port);
    }
    spin_unlock_pair(&chn->lock, &rchn->lock);
    return rc;
}

static int op_bind_interdomain(struct domain *d, union evtchn_arg *a)
{
    struct evtchn_bind_interdomain *op = &a->bind_interdomain;
    struct domain *rd = domain_get_by_id(op->remote_dom);
    struct evtchn *chn;
    int rc;

    if (!rd)
        return -XEN_ESRCH;
    spin_lock(&d->evtchn->lock);
    rc = evtchn_reserve(d, &op->local_port, &chn);
    if (!rc) {
        rc = connect(d, chn, op->local_port, rd, op->remote_port);
        if (rc)
            evtchn_unreserve(d, op->local_port, chn);
    }
    spin_unlock(&d->evtchn->lock);
    domain_put(rd);
    return rc;
}

static int op_bind_virq(struct domain *d, union evtchn_arg *a)
{
    return evtchn_bind_virq(d, &a->bind_virq);
}

static int op_bind_pirq(struct domain *d, union evtchn_arg *a)
{
    return evtchn_bind_pirq(d, &a->bind_pirq);
}

static int op_bind_ipi(struct domain *d, union evtchn_arg *a)
{
    struct evtchn_bind_ipi *op = &a->bind_ipi;
    struct evtchn *chn;
    int rc;

    if (!evtchn_vcpu(d, op->vcpu))
        return -XEN_ENOENT;
    spin_lock(&d->evtchn->lock);
    rc = evtchn_reserve(d, &op->port, &chn);
    if (!rc)
        evtchn_commit(chn, EVTCHNSTAT_ipi, op->vcpu, 0);
    spin_unlock(&d->evtchn->lock);
    return rc;
}

static int op_close(struct domain *d, union evtchn_arg *a)
{
    return evtchn_close(d, a->close.port);
}

static int op_send(struct domain *d, union evtchn_arg *a)
{
    return evtchn_send(d, a->send.port);
}

static int op_status(struct domain *caller, union evtchn_arg *a)
{
    struct evtchn_status *op = &a->status;
    struct evtchn *chn;
    struct domain *d;
    int rc = target(caller, op->dom, &d);

    if (rc)
        return rc;
    chn = evtchn_lookup(d, op->port);
    if (chn) {
        spin_lock(&chn->lock);
        op->status = chn->state == PORT_RESERVED ? EVTCHNSTAT_closed : chn->state;
        op->vcpu = chn->vcpu;
        switch (chn->state) {
        case EVTCHNSTAT_unbound:
            op->u.unbound.dom = chn->unbound_for;
            break;
        case EVTCHNSTAT_interdomain:
            op->u.interdomain.dom = chn->peer.dom->id;
            op->u.interdomain.port = chn->peer.port;
            break;
        case EVTCHNSTAT_pirq:
            op->u.pirq = chn->pirq;
            break;
        case EVTCHNSTAT_virq:
            op->u.virq = chn->virq;
            break;
        default:
            break;
        }
        spin_unlock(&chn->lock);
    } else {
        rc = -XEN_EINVAL;
    }
    domain_put(d);
    return rc;
}

static int op_bind_vcpu(struct domain *d, union evtchn_arg *a)
{
    struct evtchn *chn = evtchn_lookup(d, a->bind_vcpu.port);
    int rc = -XEN_EINVAL;

    if (!evtchn_vcpu(d, a->bind_vcpu.vcpu))
        return -XEN_ENOENT;
    if (!chn)
        return rc;
    spin_lock(&chn->lock);
    switch (chn->state) {
    case EVTCHNSTAT_virq:
        if (!virq_is_global(chn->virq))
            break;
        /* fall through */
    case EVTCHNSTAT_unbound:
    case EVTCHNSTAT_interdomain:
    case EVTCHNSTAT_pirq:
        write_once(chn->vcpu, a->bind_vcpu.vcpu);
        rc = 0;
        break;
    default:
        break;
    }
    spin_unlock(&chn->lock);
    return rc;
}

static int op_unmask(struct domain *d, union evtchn_arg *a)
{
    struct evtchn *chn = evtchn_lookup(d, a->unmask.port);

    if (!chn)
        return -XEN_EINVAL;
    evtchn_2l_unmask(d, evtchn_vcpu(d, read_once(chn->vcpu)), a->unmask.port);
    return 0;
}

static int op_reset(struct domain *caller, union evtchn_arg *a)
{
    struct domain *d;
    int rc = target(caller, a->reset.dom, &d);

    if (rc)
        return rc;
    if (d != caller && !read_once(d->control_pause_count)) {
        rc = -XEN_EINVAL; /* it would pull the ports from under a running guest */
    } else {
        for (evtchn_port_t port = 1; port < EVTCHN_2L_NR_CHANNELS; port++)
            if (evtchn_lookup(d, port))
                (void)evtchn_close(d, port);
    }
    domain_put(d);
    return rc;
}

/* FIFO queues: Linux asks at boot and takes 2-level bitmaps when told there are none. */
static int op_fifo(struct domain *d, union evtchn_arg *a)
{
    (void)d;
    (void)a;
    return -XEN_ENOSYS;
}

struct evtchn_row {
    int (*fn)(struct domain *d, union evtchn_arg *a);
    uint8_t size; /* bytes of the argument */
    bool answers; /* the argument is written back on success */
};

#define ROW(nr, name, out) [nr] = {op_##name, sizeof(((union evtchn_arg *)0)->name), out}

static const struct evtchn_row rows[] = {
    ROW(EVTCHNOP_bind_interdomain, bind_interdomain, true),
    ROW(EVTCHNOP_bind_virq, bind_virq, true),
    ROW(EVTCHNOP_bind_pirq, bind_pirq, true),
    ROW(EVTCHNOP_close, close, false),
    ROW(EVTCHNOP_send, send, false),
    ROW(EVTCHNOP_status, status, true),
    ROW(EVTCHNOP_alloc_unbound, alloc_unbound, true),
    ROW(EVTCHNOP_bind_ipi, bind_ipi, true),
    ROW(EVTCHNOP_bind_vcpu, bind_vcpu, false),
    ROW(EVTCHNOP_unmask, unmask, false),
    ROW(EVTCHNOP_reset, reset, false),
    [EVTCHNOP_init_control] = {op_fifo, 0, false},
    [EVTCHNOP_expand_array] = {op_fifo, 0, false},
    [EVTCHNOP_set_priority] = {op_fifo, 0, false},
};

long do_event_channel_op(unsigned int cmd, gva_t arg)
{
    struct domain *d = current_vcpu()->domain;
    union evtchn_arg a = {0};
    long rc;

    if (cmd >= ARRAY_SIZE(rows)) {
        guest_log(LOG_INFO, "d%u: event_channel_op %u is unknown\n", d->id, cmd);
        return -XEN_ENOSYS;
    }
    if (guest_read(&a, arg, rows[cmd].size))
        return -XEN_EFAULT;
    rc = rows[cmd].fn(d, &a);
    if (!rc && rows[cmd].answers && guest_write(arg, &a, rows[cmd].size))
        rc = -XEN_EFAULT;
    return rc;
}

/* The superseded form: the command stands before the argument, in guest memory. */
long do_event_channel_op_compat(gva_t op)
{
    uint32_t cmd;

    if (guest_read(&cmd, op, sizeof(cmd)))
        return -XEN_EFAULT;
    if (cmd > EVTCHNOP_unmask)
        return -XEN_ENOSYS;
    return do_event_channel_op(cmd, gva_add(op, offsetof(struct evtchn_op, u)));
}
