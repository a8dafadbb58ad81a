/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual CPUs: life, stopping and waking, the shared vcpu_info, timers. Whether one may run
 * follows from pause_flags and pause_count alone; every change of these is told to the scheduler.
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/domain.h>
#include <hv/evtchn.h>
#include <hv/frame.h>
#include <hv/guest_copy.h>
#include <hv/heap.h>
#include <hv/panic.h>
#include <hv/percpu.h>
#include <hv/personality.h>
#include <hv/sched.h>
#include <hv/string.h>
#include <hv/time.h>
#include <hv/vcpu.h>
#include <public/errno.h>

/* ---- timers of the guest ---- */

static void singleshot_expired(void *arg)
{
    virq_vcpu(arg, VIRQ_TIMER);
}

static void periodic_expired(void *arg)
{
    struct vcpu *v = arg;
    uint64_t period = read_once(v->periodic_period_ns);

    if (!period)
        return;
    timer_set(&v->periodic, v->periodic.deadline + period > now_ns()
                                ? v->periodic.deadline + period
                                : now_ns() + period); /* ticks missed are not made up for */
    virq_vcpu(v, VIRQ_TIMER);
}

static void poll_expired(void *arg)
{
    vcpu_unblock(arg);
}

void vcpu_set_periodic_timer(struct vcpu *v, uint64_t period_ns)
{
    write_once(v->periodic_period_ns, period_ns);
    if (!period_ns) {
        timer_stop(&v->periodic);
        return;
    }
    timer_migrate(&v->periodic, v->processor);
    timer_set(&v->periodic, now_ns() + period_ns);
}

void vcpu_stop_timers(struct vcpu *v)
{
    write_once(v->periodic_period_ns, 0);
    timer_stop(&v->periodic);
    timer_stop(&v->singleshot);
    timer_stop(&v->poll_timer);
}

/* ---- vcpu_info ---- */

/*
 * The first 32 have a place in shared_info; the others get one of ours, which stays theirs when
 * they register their own: another CPU may just be announcing an event in it.
 */
static struct vcpu_info *default_info(struct vcpu *v)
{
    return v->id < XEN_LEGACY_MAX_VCPUS ? &v->domain->shared->vcpu_info[v->id] : v->own_info;
}

int vcpu_info_register(struct vcpu *v, mfn_t frame, uint32_t offset)
{
    struct page *p = mfn_page(frame);
    struct vcpu_info *to, *from = v->info;

    /* Inside one page; and our atomic operations on its words need their natural alignment. */
    if (v->info_page || offset > PAGE_SIZE - sizeof(*to) || offset % sizeof(uint64_t))
        return -XEN_EINVAL;
    /* Nobody else may write events into the old place while it moves. */
    if (v != current_vcpu() && !(read_once(v->pause_flags) & VPF_DOWN))
        return -XEN_EINVAL;
    if (!p || page_get_and_type(p, v->domain, PT_WRITABLE))
        return -XEN_EINVAL;
    to = (struct vcpu_info *)((char *)arch_frame_ptr(frame) + offset);
    memcpy(to, from, sizeof(*to));
    v->info_page = p;
    store_release(v->info, to);
    evtchn_vcpu_info_moved(v);
    return 0;
}

void vcpu_info_release(struct vcpu *v)
{
    struct page *p = v->info_page;

    if (!p)
        return;
    v->info_page = NULL;
    if (v->own_info)
        *v->own_info = (struct vcpu_info){.evtchn_upcall_mask = 1};
    store_release(v->info, default_info(v));
    page_put_and_type(p);
}

/* ---- life ---- */

static void set_initial_state(struct vcpu *v)
{
    v->pause_flags = VPF_DOWN;
    v->initialised = false;
    v->runstate_area = gva(0);
    v->runstate_stale = false;
    v->nmi_pending = false;
    v->poll_port = 0;
    v->pv.time_info_gva = 0;
}

static int init_guest_parts(struct vcpu *v)
{
    int rc;

    if (v->id >= XEN_LEGACY_MAX_VCPUS) {
        v->own_info = hv_zalloc(sizeof(*v->own_info));
        if (!v->own_info)
            return -XEN_ENOMEM;
        v->own_info->evtchn_upcall_mask = 1;
    }
    v->info = default_info(v);
    rc = pv_vcpu_init(v);
    if (rc)
        hv_free(v->own_info);
    return rc;
}

/* Publish it; a paused domain's vCPU comes paused. */
static void publish(struct vcpu *v)
{
    struct domain *d = v->domain;

    spin_lock(&d->lock);
    v->pause_count = d->pause_count ? 1 : 0;
    store_release(d->vcpu[v->id], v);
    spin_unlock(&d->lock);
}

struct vcpu *vcpu_create(struct domain *d, unsigned int id)
{
    struct vcpu *v;

    if (id >= d->max_vcpus || d->vcpu[id])
        return NULL;
    v = hv_zalloc(sizeof(*v));
    if (!v)
        return NULL;
    v->domain = d;
    v->id = id;
    v->is_idle = d->is_idle;
    cpumask_fill(&v->hard_affinity);
    cpumask_fill(&v->soft_affinity);
    set_initial_state(v);
    timer_init(&v->singleshot, this_cpu()->id, singleshot_expired, v);
    timer_init(&v->periodic, this_cpu()->id, periodic_expired, v);
    timer_init(&v->poll_timer, this_cpu()->id, poll_expired, v);
    if (!d->is_idle && init_guest_parts(v))
        goto no_parts;
    if (arch_vcpu_init(v))
        goto no_arch;
    if (sched_init_vcpu(v))
        goto no_sched;
    publish(v);
    return v;

no_sched:
    arch_vcpu_destroy(v);
no_arch:
    if (!d->is_idle) {
        pv_vcpu_destroy(v);
        hv_free(v->own_info);
    }
no_parts:
    hv_free(v);
    return NULL;
}

void vcpu_destroy(struct vcpu *v)
{
    struct domain *d = v->domain;

    vcpu_stop_timers(v);
    d->cpu_time_dead += v->runstate.time[RUNSTATE_running];
    d->vcpu[v->id] = NULL;
    sched_destroy_vcpu(v);
    arch_vcpu_destroy(v);
    pv_vcpu_destroy(v);
    vcpu_info_release(v);
    hv_free(v->own_info);
    hv_free(v);
}

int vcpu_reset(struct vcpu *v)
{
    int rc;

    atomic_or(&v->pause_flags, VPF_DOWN);
    vcpu_stop_timers(v);
    vcpu_info_release(v);
    rc = pv_vcpu_release(v);
    if (!rc)
        set_initial_state(v);
    return rc;
}

/* ---- stopping and waking ---- */

void vcpu_pause_nosync(struct vcpu *v)
{
    atomic_add(&v->pause_count, 1);
    sched_sleep(v, false);
}

void vcpu_pause(struct vcpu *v)
{
    ASSERT(v != current_vcpu());
    atomic_add(&v->pause_count, 1);
    sched_sleep(v, true);
}

void vcpu_unpause(struct vcpu *v)
{
    uint32_t left = atomic_sub(&v->pause_count, 1);

    BUG_ON(left == ~0u);
    if (left == 0)
        sched_wake(v);
}

void vcpu_block(struct vcpu *v)
{
    atomic_or(&v->pause_flags, VPF_BLOCKED);
    /* An event or NMI that came before the flag was set would not have woken us. */
    if ((v->info && vcpu_upcall_ready(v->info)) || read_once(v->nmi_pending))
        atomic_and(&v->pause_flags, ~(uint32_t)VPF_BLOCKED);
    else
        softirq_raise(SOFTIRQ_SCHEDULE);
}

void vcpu_unblock(struct vcpu *v)
{
    if (!(read_once(v->pause_flags) & VPF_BLOCKED))
        return;
    v->poll_port = 0;
    if (atomic_and(&v->pause_flags, ~(uint32_t)(VPF_BLOCKED | VPF_POLL)) & VPF_BLOCKED)
        sched_wake(v);
}

void vcpu_kick(struct vcpu *v)
{
    bool running;

    mb(); /* what the caller made pending is seen before we look whether it runs */
    running = read_once(v->is_running);
    vcpu_unblock(v);
    if (running && v != current_vcpu())
        arch_kick_cpu(read_once(v->processor));
}

/* ---- the runstate area ---- */

#define STATE_ENTRY(area) gva_add(area, offsetof(struct vcpu_runstate_info, state_entry_time))

/* Mark it under change, write it, mark it whole: the guest reads it on another CPU meanwhile. */
static int write_flagged(gva_t area, struct vcpu_runstate_info *info)
{
    uint64_t entry = info->state_entry_time;
    int rc;

    info->state_entry_time |= XEN_RUNSTATE_UPDATE;
    rc = guest_write(STATE_ENTRY(area), &info->state_entry_time, sizeof(entry));
    mb();
    if (!rc)
        rc = guest_write(area, info, sizeof(*info));
    mb();
    if (!rc)
        rc = guest_write(STATE_ENTRY(area), &entry, sizeof(entry));
    return rc;
}

void vcpu_update_runstate_area(struct vcpu *v)
{
    struct vcpu_runstate_info info;
    int rc;

    if (!v->runstate_area.a)
        return;
    sched_runstate_raw(v, &info);
    if (v->domain->pv.vm_assist & (1ull << VMASST_TYPE_runstate_update_flag))
        rc = write_flagged(v->runstate_area, &info);
    else
        rc = guest_write(v->runstate_area, &info, sizeof(info));
    /* Guest user tables need not map it: pv_toggle_mode() comes back here in kernel mode. */
    v->runstate_stale = rc && !v->pv.kernel_mode;
}
