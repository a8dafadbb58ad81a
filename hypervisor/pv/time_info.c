/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock a guest reads without asking: its vcpu_time_info, and the copy at an address of its
 * choice. Version is odd while we write. The scale never changes, so an update at each switch-in
 * only moves the reference point.
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/guest_copy.h>
#include <hv/personality.h>
#include <hv/percpu.h>
#include <hv/pv_cpu.h>

static void fill(struct vcpu_time_info *t)
{
    uint64_t now;

    t->tsc_timestamp = arch_read_tsc(&now);
    t->system_time = now;
    arch_tsc_scale(&t->tsc_to_system_mul, &t->tsc_shift);
    t->flags = XEN_PVCLOCK_TSC_STABLE_BIT; /* one TSC scale and base for all CPUs */
}

void pv_update_time(struct vcpu *v)
{
    struct vcpu_time_info *t, now = {0};
    uint32_t version;

    if (!v->info || v->is_idle)
        return;
    fill(&now);
    t = &v->info->time;
    version = read_once(t->version) | 1;
    store_release(t->version, version);
    mb();
    t->tsc_timestamp = now.tsc_timestamp;
    t->system_time = now.system_time;
    t->tsc_to_system_mul = now.tsc_to_system_mul;
    t->tsc_shift = now.tsc_shift;
    t->flags = now.flags;
    store_release(t->version, version + 1);
    if (v->pv.time_info_gva && v == current_vcpu()) {
        now.version = version + 1;
        /* The guest's own mapping of it. In guest user mode it may not be mapped; the next update
         * tries again, and until then the old reference point still gives the right time. */
        int ignored = guest_write(gva(v->pv.time_info_gva), &now, sizeof(now));

        (void)ignored;
    }
}
