/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Life and description of domains (domctl.h of libdomus): a thin layer that turns our small
 * structures into those of the ABI and back, and makes nothing up.
 */
#include <domus/domctl.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <public/sched.h>

#include "host.h"

/* xl's own limit: the ports of a guest with a few dozen devices. */
#define DEFAULT_MAX_PORT 1023

void dom_create_defaults(struct dom_create *params)
{
    *params = (struct dom_create){
        .domid = DOM_ID_NONE,
        .vcpus = 1,
        .max_evtchn_port = DEFAULT_MAX_PORT,
        .max_grant_frames = -1,
        .max_maptrack_frames = -1,
    };
}

int dom_create(struct dom_host *host, const struct dom_create *params, uint32_t *domid)
{
    struct xen_domctl op = {0};
    struct xen_domctl_createdomain *c = &op.u.createdomain;
    /* An id outside of the valid range means "choose one". */
    uint32_t wish = params->domid == 0 ? DOM_ID_NONE : params->domid;

    memcpy(c->handle, params->uuid, sizeof(c->handle));
    c->flags = params->xenstore_domain ? XEN_DOMCTL_CDF_xs_domain : 0;
    c->max_vcpus = params->vcpus;
    c->max_evtchn_port = params->max_evtchn_port;
    c->max_grant_frames = params->max_grant_frames;
    c->max_maptrack_frames = params->max_maptrack_frames;
    c->grant_opts = XEN_DOMCTL_GRANT_version(1);
    c->cpupool_id = params->cpupool;
    if (dom_domctl(host, XEN_DOMCTL_createdomain, wish, &op) < 0)
        return -1;
    *domid = op.domain;
    return 0;
}

/* Operations without an argument. */
static int plain(struct dom_host *host, uint32_t cmd, uint32_t domid)
{
    struct xen_domctl op = {0};

    return dom_domctl(host, cmd, domid, &op);
}

int dom_destroy(struct dom_host *host, uint32_t domid)
{
    int rc;

    /* Giving back memory is cut into slices; each answer of this kind means that one more is due.
     */
    do
        rc = plain(host, XEN_DOMCTL_destroydomain, domid);
    while (rc < 0 && (errno == EAGAIN || errno == ERESTART || errno == EINTR));
    return rc;
}

int dom_pause(struct dom_host *host, uint32_t domid)
{
    return plain(host, XEN_DOMCTL_pausedomain, domid);
}

int dom_unpause(struct dom_host *host, uint32_t domid)
{
    return plain(host, XEN_DOMCTL_unpausedomain, domid);
}

int dom_resume(struct dom_host *host, uint32_t domid)
{
    return plain(host, XEN_DOMCTL_resumedomain, domid);
}

int dom_shutdown(struct dom_host *host, uint32_t domid, enum dom_shutdown_reason reason)
{
    struct sched_remote_shutdown arg = {.domain_id = (domid_t)domid, .reason = reason};
    void *buf = dom_buf_in(host, &arg, sizeof(arg));
    int64_t rc;

    if (!buf)
        return -1;
    rc = dom_hypercall(host, __HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, (uintptr_t)buf, 0, 0,
                       0);
    dom_buf_free(host, buf, sizeof(arg));
    return rc < 0 ? -1 : 0;
}

int dom_set_uuid(struct dom_host *host, uint32_t domid, const uint8_t uuid[16])
{
    struct xen_domctl op = {0};

    memcpy(op.u.setdomainhandle.handle, uuid, 16);
    return dom_domctl(host, XEN_DOMCTL_setdomainhandle, domid, &op);
}

int dom_set_debugging(struct dom_host *host, uint32_t domid, bool on)
{
    struct xen_domctl op = {.u.setdebugging = {.enable = on}};

    return dom_domctl(host, XEN_DOMCTL_setdebugging, domid, &op);
}

int dom_set_time_offset(struct dom_host *host, uint32_t domid, int64_t seconds)
{
    struct xen_domctl op = {.u.settimeoffset = {.time_offset_seconds = seconds}};

    return dom_domctl(host, XEN_DOMCTL_settimeoffset, domid, &op);
}

int dom_send_trigger(struct dom_host *host, uint32_t domid, enum dom_trigger trigger, uint32_t vcpu)
{
    struct xen_domctl op = {.u.sendtrigger = {.trigger = trigger, .vcpu = vcpu}};

    return dom_domctl(host, XEN_DOMCTL_sendtrigger, domid, &op);
}

static void to_info(const struct xen_domctl_getdomaininfo *from, struct dom_info *to)
{
    uint32_t flags = from->flags;

    *to = (struct dom_info){
        .domid = from->domain,
        .dying = flags & XEN_DOMINF_dying,
        .hvm = flags & XEN_DOMINF_hvm_guest,
        .shutdown = flags & XEN_DOMINF_shutdown,
        .paused = flags & XEN_DOMINF_paused,
        .blocked = flags & XEN_DOMINF_blocked,
        .running = flags & XEN_DOMINF_running,
        .debugged = flags & XEN_DOMINF_debugged,
        .xenstore_domain = flags & XEN_DOMINF_xs_domain,
        .shutdown_reason = (flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask,
        .pages = from->tot_pages,
        .max_pages = from->max_pages,
        .outstanding_pages = from->outstanding_pages,
        .shared_pages = from->shr_pages,
        .paged_pages = from->paged_pages,
        .shared_info_frame = from->shared_info_frame,
        .cpu_ns = from->cpu_time,
        .vcpus_online = from->nr_online_vcpus,
        .vcpu_max_id = from->max_vcpu_id,
        .cpupool = from->cpupool,
        .ssid = from->ssidref,
    };
    memcpy(to->uuid, from->handle, sizeof(to->uuid));
}

int dom_get_info(struct dom_host *host, uint32_t domid, struct dom_info *info)
{
    struct xen_domctl op = {0};

    if (dom_domctl(host, XEN_DOMCTL_getdomaininfo, domid, &op) < 0)
        return -1;
    /* The hypervisor answers with the first domain from this id on. */
    if (op.u.getdomaininfo.domain != domid) {
        errno = ESRCH;
        return -1;
    }
    to_info(&op.u.getdomaininfo, info);
    return 0;
}

int dom_list(struct dom_host *host, uint32_t first, struct dom_info *list, unsigned int max)
{
    size_t size = (size_t)max * sizeof(struct xen_domctl_getdomaininfo);
    struct xen_sysctl op = {0};
    struct xen_domctl_getdomaininfo *buf;
    int count = -1;

    if (max == 0 || first >= DOM_ID_FIRST_RESERVED)
        return 0;
    buf = dom_buf_alloc(host, size);
    if (!buf)
        return -1;
    op.u.getdomaininfolist.first_domain = (domid_t)first;
    op.u.getdomaininfolist.max_domains = max;
    set_xen_guest_handle(op.u.getdomaininfolist.buffer, buf);
    if (dom_sysctl(host, XEN_SYSCTL_getdomaininfolist, &op) == 0) {
        uint32_t n = op.u.getdomaininfolist.num_domains;

        count = (int)(n < max ? n : max);
        for (int i = 0; i < count; i++)
            to_info(&buf[i], &list[i]);
    }
    dom_buf_free(host, buf, size);
    return count;
}

int dom_list_all(struct dom_host *host, struct dom_info **list)
{
    struct dom_info *all = NULL;
    unsigned int count = 0, room = 0;
    uint32_t first = 0;
    int n;

    do {
        struct dom_info *bigger;

        room += 64;
        bigger = realloc(all, room * sizeof(*all));
        if (!bigger) {
            free(all);
            return -1;
        }
        all = bigger;
        n = dom_list(host, first, all + count, room - count);
        if (n < 0) {
            int saved = errno;
            free(all);
            errno = saved;
            return -1;
        }
        count += (unsigned int)n;
        if (n)
            first = all[count - 1].domid + 1;
    } while (count == room);
    *list = all;
    return (int)count;
}

int dom_permit_iomem(struct dom_host *host, uint32_t domid, uint64_t first_mfn, uint64_t count,
                     bool allow)
{
    struct xen_domctl op = {
        .u.iomem_permission = {.first_mfn = first_mfn, .nr_mfns = count, .allow_access = allow}};

    return dom_domctl(host, XEN_DOMCTL_iomem_permission, domid, &op);
}

int dom_permit_ioports(struct dom_host *host, uint32_t domid, uint32_t first, uint32_t count,
                       bool allow)
{
    struct xen_domctl op = {
        .u.ioport_permission = {.first_port = first, .nr_ports = count, .allow_access = allow}};

    return dom_domctl(host, XEN_DOMCTL_ioport_permission, domid, &op);
}

int dom_permit_irq(struct dom_host *host, uint32_t domid, uint32_t pirq, bool allow)
{
    struct xen_domctl op = {.u.irq_permission = {.pirq = pirq, .allow_access = allow}};

    return dom_domctl(host, XEN_DOMCTL_irq_permission, domid, &op);
}

int dom_hypercall_init(struct dom_host *host, uint32_t domid, uint64_t mfn)
{
    struct xen_domctl op = {.u.hypercall_init = {.gmfn = mfn}};

    return dom_domctl(host, XEN_DOMCTL_hypercall_init, domid, &op);
}
