/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls by which a guest gives up the CPU, waits, or stops. */
#include <hv/atomic.h>
#include <hv/domain.h>
#include <hv/evtchn.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/softirq.h>
#include <hv/vcpu.h>
#include <public/errno.h>
#include <public/sched.h>

#define MAX_POLL_PORTS 128

/* Reasons travel as one byte in the control interface. */
#define REASON(r) ((r)&0xff)

static long block(struct vcpu *v)
{
    if (v->info)
        write_once(v->info->evtchn_upcall_mask, 0);
    mb();
    vcpu_block(v);
    return 0;
}

/* 1: a port is pending; 0: none is; *only: the one port, when it is one. */
static long look_at_ports(struct vcpu *v, const struct sched_poll *poll, evtchn_port_t *only)
{
    for (unsigned int i = 0; i < poll->nr_ports; i++) {
        evtchn_port_t port;

        if (guest_read_elem(&port, poll->ports, i))
            return -XEN_EFAULT;
        if (port > v->domain->max_evtchn_port)
            return -XEN_EINVAL;
        if (evtchn_port_pending(v->domain, port))
            return 1;
        *only = poll->nr_ports == 1 ? port : 0;
    }
    return 0;
}

/*
 * Sleep until a port is pending, masked or not, until an upcall, or the time is over. The flags are
 * set before the look: a port that becomes pending afterwards finds us waiting and wakes us.
 */
static long poll_ports(gva_t arg)
{
    struct vcpu *v = current_vcpu();
    struct sched_poll poll;
    evtchn_port_t only = 0;
    long rc;

    if (guest_read(&poll, arg, sizeof(poll)))
        return -XEN_EFAULT;
    if (poll.nr_ports > MAX_POLL_PORTS)
        return -XEN_EINVAL;
    v->poll_port = 0;
    atomic_or(&v->pause_flags, VPF_BLOCKED | VPF_POLL);
    if (v->info && vcpu_upcall_ready(v->info))
        rc = 1;
    else
        rc = look_at_ports(v, &poll, &only);
    if (rc) {
        atomic_and(&v->pause_flags, ~(uint32_t)(VPF_BLOCKED | VPF_POLL));
        return rc < 0 ? rc : 0;
    }
    /* An event between the flags and here has cleared them: then this changes nothing. */
    write_once(v->poll_port, only);
    if (poll.timeout) {
        timer_migrate(&v->poll_timer, this_cpu()->id);
        timer_set(&v->poll_timer, poll.timeout);
    }
    softirq_raise(SOFTIRQ_SCHEDULE);
    return 0;
}

static long remote_shutdown(gva_t arg)
{
    struct sched_remote_shutdown op;
    struct domain *d;

    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    if (!current_vcpu()->domain->is_privileged)
        return -XEN_EPERM;
    d = domain_get_by_id(op.domain_id);
    if (!d)
        return -XEN_ESRCH;
    domain_shutdown(d, REASON(op.reason));
    domain_put(d);
    return 0;
}

static long watchdog(struct domain *d, gva_t arg)
{
    struct sched_watchdog op;

    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    return domain_watchdog(d, op.id, op.timeout);
}

long do_sched_op(unsigned int cmd, gva_t arg)
{
    struct vcpu *v = current_vcpu();
    struct sched_shutdown shutdown;

    switch (cmd) {
    case SCHEDOP_yield:
        sched_give_way();
        return 0;
    case SCHEDOP_block:
        return block(v);
    case SCHEDOP_shutdown:
        if (guest_read(&shutdown, arg, sizeof(shutdown)))
            return -XEN_EFAULT;
        domain_shutdown(v->domain, REASON(shutdown.reason));
        return 0;
    case SCHEDOP_shutdown_code:
        if (guest_read(&shutdown, arg, sizeof(shutdown)))
            return -XEN_EFAULT;
        domain_set_shutdown_code(v->domain, REASON(shutdown.reason));
        return 0;
    case SCHEDOP_poll:
        return poll_ports(arg);
    case SCHEDOP_remote_shutdown:
        return remote_shutdown(arg);
    case SCHEDOP_watchdog:
        return watchdog(v->domain, arg);
    case SCHEDOP_pin_override: /* for SMI calls of some firmware; dom0's driver goes on without */
        return v->domain->is_privileged ? -XEN_ENOSYS : -XEN_EPERM;
    default:
        return -XEN_ENOSYS;
    }
}

long do_sched_op_compat(unsigned int cmd, uint64_t arg)
{
    struct vcpu *v = current_vcpu();

    switch (cmd) {
    case SCHEDOP_yield:
        sched_give_way();
        return 0;
    case SCHEDOP_block:
        return block(v);
    case SCHEDOP_shutdown:
        domain_shutdown(v->domain, REASON((unsigned int)arg));
        return 0;
    default:
        return -XEN_ENOSYS;
    }
}
