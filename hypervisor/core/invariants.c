/* SPDX-License-Identifier: Apache-2.0 */
/* The invariant oracle as a whole, and its debug key. */
#include <hv/domctl.h>
#include <hv/invariants.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/vcpu.h>

const char *invariants_check(void)
{
    const char *why = invariants_frames();

    if (!why)
        why = invariants_events();
    if (!why)
        why = invariants_grants();
    if (!why)
        why = invariants_references();
    return why;
}

/* Our own domain cannot be paused as a whole by one of its vCPUs. */
static void pause_others(bool pause)
{
    struct domain *d;
    struct vcpu *v;

    for (domid_t from = 0; (d = domain_next(from)) != NULL; domain_put(d)) {
        from = (domid_t)(d->id + 1);
        if (d != current_vcpu()->domain) {
            if (pause)
                domain_pause(d);
            else
                domain_unpause(d);
            continue;
        }
        for_each_vcpu(d, v)
        {
            if (v == current_vcpu())
                continue;
            if (pause)
                vcpu_pause(v);
            else
                vcpu_unpause(v);
        }
    }
}

void invariants_report(void)
{
    const char *why;

    pause_others(true);
    why = invariants_check();
    pause_others(false);
    invariants_release();
    if (why)
        log_err("invariant broken: %s\n", why);
    else
        log_info("all invariants of frames, events and grants hold\n");
}
