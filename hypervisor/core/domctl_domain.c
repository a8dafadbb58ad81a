/* SPDX-License-Identifier: Apache-2.0 */
/* Control of whole domains: making, stopping, destroying, limits, facts. One operation at a time
 * (domctl.c). */
#include <hv/arch.h>
#include <hv/domctl.h>
#include <hv/evtchn.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/string.h>
#include <hv/time.h>
#include <hv/vcpu.h>
#include <public/errno.h>

#define VCPUS_MAX 512

/* Ask for nothing that a PV domain cannot have here. 0 or -XEN_EINVAL with a line that says what.
 */
static int create_check(const struct xen_domctl_createdomain *c)
{
    const char *why = NULL;

    if (c->flags & ~(uint32_t)XEN_DOMCTL_CDF_xs_domain)
        why = "flags: only xs_domain is for PV domains without an I/O MMU";
    else if (c->iommu_opts)
        why = "iommu_opts: there is no I/O MMU";
    else if (!c->max_vcpus || c->max_vcpus > VCPUS_MAX)
        why = "max_vcpus: 1 to 512";
    else if (XEN_DOMCTL_GRANT_version(c->grant_opts) > 1)
        why = "grant_opts: grant table version 1 is all there is";
    else if (c->vmtrace_size)
        why = "vmtrace_size: no processor trace";
    else if (c->cpupool_id)
        why = "cpupool_id: pool 0 is the only one";
    else if (c->arch.emulation_flags & ~XEN_X86_EMU_PIT)
        why = "emulation_flags: PV domains have no emulated devices";
    else if (c->arch.misc_flags & ~XEN_X86_MISC_FLAGS_MAX)
        why = "misc_flags: unknown bits";
    if (!why)
        return 0;
    log_info("createdomain: %s\n", why);
    return -XEN_EINVAL;
}

static unsigned int limit_or_default(int32_t frames)
{
    return frames < 0 ? 0 : (unsigned int)frames;
}

long domctl_createdomain(struct domain *unused, struct xen_domctl *op)
{
    static domid_t last; /* numbers are not used again before all others were */
    const struct xen_domctl_createdomain *c = &op->u.createdomain;
    struct domain_create_params p = {
        .ssidref = c->ssidref,
        .flags = c->flags,
        .max_vcpus = c->max_vcpus,
        .max_evtchn_port = c->max_evtchn_port,
        .max_grant_frames = limit_or_default(c->max_grant_frames),
        .max_maptrack_frames = limit_or_default(c->max_maptrack_frames),
    };
    struct domain *d;
    int rc = create_check(c);

    (void)unused;
    if (rc)
        return rc;
    memcpy(p.handle, c->handle, sizeof(p.handle));
    if (op->domain && op->domain < DOMID_FIRST_RESERVED) {
        p.id = op->domain;
        d = domain_get_by_id(p.id);
        if (d) {
            domain_put(d);
            return -XEN_EEXIST;
        }
    } else {
        p.id = domain_free_id((domid_t)(last + 1));
        if (p.id >= DOMID_FIRST_RESERVED)
            p.id = domain_free_id(1);
        if (p.id >= DOMID_FIRST_RESERVED)
            return -XEN_ENOMEM;
        last = p.id;
    }
    rc = domain_create(&p, &d);
    if (!rc)
        op->domain = p.id;
    return rc;
}

long domctl_destroydomain(struct domain *d, struct xen_domctl *op)
{
    (void)op;
    return d->is_privileged ? -XEN_EINVAL : domain_kill(d);
}

long domctl_pausedomain(struct domain *d, struct xen_domctl *op)
{
    (void)op;
    return domain_pause_by_control(d);
}

long domctl_unpausedomain(struct domain *d, struct xen_domctl *op)
{
    (void)op;
    return domain_unpause_by_control(d);
}

long domctl_resumedomain(struct domain *d, struct xen_domctl *op)
{
    (void)op;
    domain_resume(d);
    return 0;
}

struct domain *domain_next(domid_t from)
{
    struct domain *d, *found = NULL;

    spin_lock(&domain_list_lock);
    list_for_each (d, &domain_list, link) {
        if (d->id >= from && domain_get(d)) {
            found = d;
            break;
        }
    }
    spin_unlock(&domain_list_lock);
    return found;
}

/* What the vCPUs do, taken together: blocked when none could run, running when one does. */
static void info_of_vcpus(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
    struct vcpu *v;

    info->flags |= XEN_DOMINF_blocked;
    info->max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
    for_each_vcpu(d, v)
    {
        struct vcpu_runstate_info rs;
        uint32_t paused = read_once(v->pause_flags);

        sched_runstate(v, &rs);
        info->cpu_time += rs.time[RUNSTATE_running];
        info->max_vcpu_id = v->id;
        if (paused & VPF_DOWN)
            continue;
        info->nr_online_vcpus++;
        if (!(paused & VPF_BLOCKED))
            info->flags &= ~XEN_DOMINF_blocked;
        if (read_once(v->is_running))
            info->flags |= XEN_DOMINF_running;
    }
}

void domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
    memset(info, 0, sizeof(*info));
    info->domain = d->id;
    info->cpu_time = d->cpu_time_dead;
    info_of_vcpus(d, info);
    if (read_once(d->dying) == DOMAIN_DEAD)
        info->flags |= XEN_DOMINF_dying;
    if (d->is_shut_down)
        info->flags |= XEN_DOMINF_shutdown | (d->shutdown_code & XEN_DOMINF_shutdownmask)
                                                 << XEN_DOMINF_shutdownshift;
    if (d->control_pause_count)
        info->flags |= XEN_DOMINF_paused;
    if (d->debugging)
        info->flags |= XEN_DOMINF_debugged;
    if (d->create_flags & XEN_DOMCTL_CDF_xs_domain)
        info->flags |= XEN_DOMINF_xs_domain;
    info->tot_pages = read_once(d->tot_pages);
    info->max_pages = read_once(d->max_pages);
    info->shr_pages = 0;
    info->shared_info_frame = d->shared_mfn.n;
    info->ssidref = d->ssidref;
    memcpy(info->handle, d->handle, sizeof(info->handle));
}

long domctl_getdomaininfo(struct domain *unused, struct xen_domctl *op)
{
    struct domain *d;

    (void)unused;
    if (op->domain >= DOMID_FIRST_RESERVED)
        return -XEN_EINVAL;
    d = domain_next(op->domain);
    if (!d)
        return -XEN_ESRCH;
    domain_info(d, &op->u.getdomaininfo);
    op->domain = d->id;
    domain_put(d);
    return 0;
}

/* May be less than it has: then it gets no more until it gave enough back. */
long domctl_max_mem(struct domain *d, struct xen_domctl *op)
{
    uint64_t pages = op->u.max_mem.max_memkb >> (PAGE_SHIFT - 10);

    spin_lock(&d->page_list_lock);
    d->max_pages = MIN(pages, (uint64_t)UINT32_MAX);
    spin_unlock(&d->page_list_lock);
    return 0;
}

long domctl_setdomainhandle(struct domain *d, struct xen_domctl *op)
{
    memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
    return 0;
}

long domctl_setdebugging(struct domain *d, struct xen_domctl *op)
{
    domain_pause(d);
    d->debugging = op->u.setdebugging.enable != 0;
    domain_unpause(d);
    return 0;
}

long domctl_settimeoffset(struct domain *d, struct xen_domctl *op)
{
    d->wallclock_offset_s = op->u.settimeoffset.time_offset_seconds;
    wallclock_update(d);
    return 0;
}

/* Signalled when the domain shuts down, in place of the tools' polling. 0: no more. */
long domctl_subscribe(struct domain *d, struct xen_domctl *op)
{
    write_once(d->suspend_port, op->u.subscribe.port);
    return 0;
}

long domctl_set_virq_handler(struct domain *d, struct xen_domctl *op)
{
    return virq_set_handler(d, op->u.set_virq_handler.virq);
}

long domctl_set_address_size(struct domain *d, struct xen_domctl *op)
{
    (void)d;
    return op->u.address_size.size == 64 ? 0 : -XEN_EINVAL;
}

long domctl_get_address_size(struct domain *d, struct xen_domctl *op)
{
    (void)d;
    op->u.address_size.size = 64;
    return 0;
}

long domctl_gettscinfo(struct domain *d, struct xen_domctl *op)
{
    op->u.tsc_info = (struct xen_domctl_tsc_info){
        .tsc_mode = d->tsc.mode,
        .gtsc_khz = d->tsc.khz ? d->tsc.khz : arch_tsc_khz(),
        .incarnation = d->tsc.incarnation,
        .elapsed_nsec = now_ns() - d->tsc.elapsed_ns,
    };
    return 0;
}

/* Guests read the real TSC: modes that emulate it do not work. */
long domctl_settscinfo(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_tsc_info *t = &op->u.tsc_info;

    switch (t->tsc_mode) {
    case 0: /* default: as native as possible */
    case 2: /* never emulate */
        break;
    case 1:
        log_info("settscinfo: d%u: an emulated TSC is not supported\n", d->id);
        return -XEN_EOPNOTSUPP;
    default:
        return -XEN_EINVAL;
    }
    d->tsc.mode = t->tsc_mode;
    d->tsc.khz = t->gtsc_khz;
    d->tsc.incarnation = t->incarnation + 1;
    d->tsc.elapsed_ns = now_ns() - t->elapsed_nsec;
    return 0;
}
