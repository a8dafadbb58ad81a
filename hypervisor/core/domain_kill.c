/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking a domain apart, in steps that may be interrupted between any two bits of work and gone on
 * with later. Nothing a step has undone can come back: the domain is marked dying before the first.
 */
#include <hv/atomic.h>
#include <hv/domain.h>
#include <hv/evtchn.h>
#include <hv/grant.h>
#include <hv/hypercall.h>
#include <hv/page_alloc.h>
#include <hv/panic.h>
#include <hv/personality.h>
#include <hv/pirq.h>
#include <hv/vcpu.h>
#include <public/errno.h>

/* From here on no frame, port or grant is given to it, and no lookup for a target finds it. */
static int mark_dying(struct domain *d)
{
    domain_pause(d);
    spin_lock(&d->lock);
    store_release(d->dying, DOMAIN_DYING);
    spin_unlock(&d->lock);
    /* Whoever took pages for it saw it alive: wait for them to be through. */
    spin_lock(&d->page_list_lock);
    spin_unlock(&d->page_list_lock);
    return 0;
}

static int stop_timers(struct domain *d)
{
    struct vcpu *v;

    domain_watchdog_stop_all(d);
    for_each_vcpu(d, v) vcpu_stop_timers(v);
    return 0;
}

static int close_channels(struct domain *d)
{
    pirq_destroy(d);
    evtchn_destroy(d);
    return 0;
}

static int release_grants(struct domain *d)
{
    return grant_table_release_mappings(d);
}

static int release_vcpus(struct domain *d)
{
    struct vcpu *v;
    int rc;

    for_each_vcpu(d, v)
    {
        vcpu_info_release(v);
        rc = pv_vcpu_release(v);
        if (rc)
            return rc;
    }
    return 0;
}

static int release_memory(struct domain *d)
{
    int rc = pv_relinquish_memory(d);

    if (!rc)
        page_unshare_all(d);
    return rc;
}

static int (*const steps[])(struct domain *) = {
    mark_dying, stop_timers, close_channels, release_grants, release_vcpus, release_memory,
};

int domain_kill(struct domain *d)
{
    if (d->dying == DOMAIN_DEAD)
        return 0;
    while (d->kill_step < ARRAY_SIZE(steps)) {
        int rc = steps[d->kill_step](d);

        if (rc)
            return rc;
        d->kill_step++;
        if (hypercall_should_preempt())
            return -XEN_ERESTART;
    }
    store_release(d->dying, DOMAIN_DEAD);
    virq_global(VIRQ_DOM_EXC);
    domain_put(d);
    return 0;
}
