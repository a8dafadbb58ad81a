/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stopping and continuing all vCPUs of a domain. Invariant, under d->lock: while d->pause_count is
 * above 0, each vCPU has exactly one vcpu_pause on its account (vcpu_create gives it to those that
 * come later).
 */
#include <hv/atomic.h>
#include <hv/domain.h>
#include <hv/panic.h>
#include <hv/percpu.h>
#include <hv/sched.h>
#include <hv/vcpu.h>
#include <public/errno.h>

static void pause_locked(struct domain *d)
{
    struct vcpu *v;

    ASSERT(spin_is_locked(&d->lock));
    if (d->pause_count++)
        return;
    for_each_vcpu(d, v) vcpu_pause_nosync(v);
}

static void unpause_locked(struct domain *d)
{
    struct vcpu *v;

    ASSERT(spin_is_locked(&d->lock));
    BUG_ON(d->pause_count == 0);
    if (--d->pause_count)
        return;
    for_each_vcpu(d, v) vcpu_unpause(v);
}

/* Without d->lock: a vCPU on its way off its CPU may be waiting for it. */
static void wait_stopped(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu(d, v) sched_sleep(v, true);
}

void domain_pause_nosync(struct domain *d)
{
    spin_lock(&d->lock);
    pause_locked(d);
    spin_unlock(&d->lock);
}

void domain_pause(struct domain *d)
{
    ASSERT(d != current_vcpu()->domain);
    domain_pause_nosync(d);
    wait_stopped(d);
}

void domain_unpause(struct domain *d)
{
    spin_lock(&d->lock);
    unpause_locked(d);
    spin_unlock(&d->lock);
}

int domain_pause_by_control(struct domain *d)
{
    int rc = 0;

    if (d == current_vcpu()->domain)
        return -XEN_EINVAL;
    spin_lock(&d->lock);
    if (d->control_pause_count == ~0u) {
        rc = -XEN_EOVERFLOW;
    } else {
        d->control_pause_count++;
        d->paused_by_control = true;
        pause_locked(d);
    }
    spin_unlock(&d->lock);
    if (!rc)
        wait_stopped(d);
    return rc;
}

int domain_unpause_by_control(struct domain *d)
{
    int rc = 0;

    spin_lock(&d->lock);
    if (d->control_pause_count == 0) {
        rc = -XEN_EINVAL;
    } else {
        d->paused_by_control = --d->control_pause_count != 0;
        unpause_locked(d);
    }
    spin_unlock(&d->lock);
    return rc;
}
