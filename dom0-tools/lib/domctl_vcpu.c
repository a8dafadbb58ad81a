/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vcpus of a domain: number, state, affinity, registers, and the scheduler's parameters. Bitmaps
 * cross the hypercall in the caller's size; the hypervisor fills what it does not know with zeros.
 */
#include <domus/domctl.h>

#include <errno.h>
#include <string.h>

#include "host.h"

int dom_max_vcpus(struct dom_host *host, uint32_t domid, uint32_t vcpus)
{
    struct xen_domctl op = {.u.max_vcpus = {.max = vcpus}};

    return dom_domctl(host, XEN_DOMCTL_max_vcpus, domid, &op);
}

int dom_get_vcpu_info(struct dom_host *host, uint32_t domid, uint32_t vcpu,
                      struct dom_vcpu_info *info)
{
    struct xen_domctl op = {.u.getvcpuinfo = {.vcpu = vcpu}};
    const struct xen_domctl_getvcpuinfo *from = &op.u.getvcpuinfo;

    if (dom_domctl(host, XEN_DOMCTL_getvcpuinfo, domid, &op) < 0)
        return -1;
    *info = (struct dom_vcpu_info){
        .online = from->online,
        .blocked = from->blocked,
        .running = from->running,
        .cpu_ns = from->cpu_time,
        .cpu = from->cpu,
    };
    return 0;
}

static int affinity(struct dom_host *host, uint32_t cmd, uint32_t domid, uint32_t vcpu,
                    uint32_t flags, uint8_t *hard, uint8_t *soft, size_t bytes)
{
    struct xen_domctl op = {.u.vcpuaffinity = {.vcpu = vcpu, .flags = flags}};
    struct xen_domctl_vcpuaffinity *a = &op.u.vcpuaffinity;
    uint8_t *buf;
    int rc;

    if (bytes == 0 || bytes > UINT32_MAX / 8) {
        errno = EINVAL;
        return -1;
    }
    buf = dom_buf_alloc(host, 2 * bytes);
    if (!buf)
        return -1;
    if (hard) {
        a->flags |= XEN_VCPUAFFINITY_HARD;
        memcpy(buf, hard, bytes);
        set_xen_guest_handle(a->cpumap_hard.bitmap, buf);
        a->cpumap_hard.nr_bits = (uint32_t)bytes * 8;
    }
    if (soft) {
        a->flags |= XEN_VCPUAFFINITY_SOFT;
        memcpy(buf + bytes, soft, bytes);
        set_xen_guest_handle(a->cpumap_soft.bitmap, buf + bytes);
        a->cpumap_soft.nr_bits = (uint32_t)bytes * 8;
    }
    rc = dom_domctl(host, cmd, domid, &op);
    if (rc == 0 && hard)
        memcpy(hard, buf, bytes);
    if (rc == 0 && soft)
        memcpy(soft, buf + bytes, bytes);
    dom_buf_free(host, buf, 2 * bytes);
    return rc;
}

int dom_get_affinity(struct dom_host *host, uint32_t domid, uint32_t vcpu, uint8_t *hard,
                     uint8_t *soft, size_t bytes)
{
    return affinity(host, XEN_DOMCTL_getvcpuaffinity, domid, vcpu, 0, hard, soft, bytes);
}

int dom_set_affinity(struct dom_host *host, uint32_t domid, uint32_t vcpu, uint8_t *hard,
                     uint8_t *soft, size_t bytes, bool force)
{
    uint32_t flags = force ? XEN_VCPUAFFINITY_FORCE : 0;

    return affinity(host, XEN_DOMCTL_setvcpuaffinity, domid, vcpu, flags, hard, soft, bytes);
}

static int context(struct dom_host *host, uint32_t cmd, uint32_t domid, uint32_t vcpu,
                   struct vcpu_guest_context *buf)
{
    struct xen_domctl op = {.u.vcpucontext = {.vcpu = vcpu}};

    set_xen_guest_handle(op.u.vcpucontext.ctxt, buf);
    return dom_domctl(host, cmd, domid, &op);
}

int dom_get_vcpu_context(struct dom_host *host, uint32_t domid, uint32_t vcpu,
                         struct vcpu_guest_context *to)
{
    struct vcpu_guest_context *buf = dom_buf_alloc(host, sizeof(*buf));
    int rc;

    if (!buf)
        return -1;
    rc = context(host, XEN_DOMCTL_getvcpucontext, domid, vcpu, buf);
    dom_buf_out(host, buf, rc == 0 ? to : NULL, sizeof(*buf));
    return rc;
}

int dom_set_vcpu_context(struct dom_host *host, uint32_t domid, uint32_t vcpu,
                         const struct vcpu_guest_context *from)
{
    struct vcpu_guest_context *buf = dom_buf_in(host, from, sizeof(*from));
    int rc;

    if (!buf)
        return -1;
    rc = context(host, XEN_DOMCTL_setvcpucontext, domid, vcpu, buf);
    dom_buf_free(host, buf, sizeof(*buf));
    return rc;
}

/* credit and credit2 have the same two parameters in the same place of the union. */
static int credit(struct dom_host *host, uint32_t cmd, uint32_t domid, enum dom_sched sched,
                  struct dom_sched_credit *params)
{
    struct xen_domctl op = {.u.scheduler_op = {.sched_id = sched, .cmd = cmd}};
    struct xen_domctl_sched_credit *c = &op.u.scheduler_op.u.credit;

    _Static_assert(sizeof(struct xen_domctl_sched_credit) ==
                       sizeof(struct xen_domctl_sched_credit2),
                   "one layout for both");
    if (sched != DOM_SCHED_CREDIT && sched != DOM_SCHED_CREDIT2) {
        errno = EINVAL;
        return -1;
    }
    c->weight = params->weight;
    c->cap = params->cap;
    if (dom_domctl(host, XEN_DOMCTL_scheduler_op, domid, &op) < 0)
        return -1;
    params->weight = c->weight;
    params->cap = c->cap;
    return 0;
}

int dom_sched_credit_get(struct dom_host *host, uint32_t domid, enum dom_sched sched,
                         struct dom_sched_credit *params)
{
    *params = (struct dom_sched_credit){0};
    return credit(host, XEN_DOMCTL_SCHEDOP_getinfo, domid, sched, params);
}

int dom_sched_credit_set(struct dom_host *host, uint32_t domid, enum dom_sched sched,
                         const struct dom_sched_credit *params)
{
    struct dom_sched_credit copy = *params;

    return credit(host, XEN_DOMCTL_SCHEDOP_putinfo, domid, sched, &copy);
}
