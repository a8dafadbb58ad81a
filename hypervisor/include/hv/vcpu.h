/* SPDX-License-Identifier: Apache-2.0 */
/* One virtual CPU. */
#pragma once

#include <hv/cpumask.h>
#include <hv/lock.h>
#include <hv/pv_state.h>
#include <hv/timer.h>
#include <public/event_channel.h>
#include <public/vcpu.h>

struct domain;

/* Why a vCPU does not run; pause_flags. 0: it may run. */
enum vcpu_pause {
    VPF_BLOCKED = 1 << 0, /* waits for an event (block, poll) */
    VPF_DOWN = 1 << 1,    /* not brought up */
    VPF_POLL = 1 << 2,    /* with VPF_BLOCKED: waits for certain ports only */
    VPF_MIGRATING = 1 << 3,
};

struct vcpu {
    struct pv_vcpu pv; /* first: the entry code finds `regs` here */
    struct domain *domain;
    unsigned int id;
    bool is_idle;
    bool initialised;  /* has a register context */
    bool initialising; /* VCPUOP_initialise is at work; atomic */
    void *arch;        /* the machine's per-vCPU state */

    /* Shared with the guest: points into shared_info or a page registered with
     * VCPUOP_register_vcpu_info. */
    struct vcpu_info *info;
    struct page *info_page;     /* of a registered area; holds a writable reference */
    struct vcpu_info *own_info; /* where `info` points first, past shared_info's 32; else NULL */

    /* Scheduling: owned by sched/, except the pause words. */
    uint32_t pause_flags;   /* enum vcpu_pause, atomic */
    uint32_t pause_count;   /* vcpu_pause() nesting, atomic */
    bool is_running;        /* its state is loaded on `processor` */
    unsigned int processor; /* where it runs or ran last */
    struct cpumask hard_affinity, soft_affinity;
    struct cpumask dirty_cpu; /* CPUs whose TLB may hold its translations */
    void *sched_priv;         /* of the policy */
    struct vcpu_runstate_info runstate;
    gva_t runstate_area; /* registered by the guest; a == 0: none */
    bool runstate_stale; /* could not be written from guest user mode: do it in kernel mode */
    uint64_t last_run_ns;

    /* Timers of the guest. */
    struct timer singleshot, periodic, poll_timer;
    uint64_t periodic_period_ns; /* 0: none */

    /* Events. */
    evtchn_port_t virq_port[NR_VIRQS]; /* 0: not bound */
    evtchn_port_t poll_port;           /* 0: none or several */
    bool nmi_pending;

    /* A multicall in progress: continuation.c */
    bool in_multicall;
    bool multicall_preempted;          /* the entry under execution was rewritten to be continued */
    struct multicall_entry *multicall; /* local copy of the entry under execution */
};

/* Create vCPU `id` (down, without context) of `d`. NULL when memory is out. */
struct vcpu *vcpu_create(struct domain *d, unsigned int id);
void vcpu_destroy(struct vcpu *v);
/*
 * Back to the state after creation: down, no register context, nothing registered. The vCPU is
 * paused by the caller. 0 or -XEN_ERESTART: call again.
 */
int vcpu_reset(struct vcpu *v);
/* VCPUOP_register_vcpu_info: move vcpu_info into the guest's frame. 0 or -XEN_EINVAL. */
int vcpu_info_register(struct vcpu *v, mfn_t frame, uint32_t offset);
/* Back to shared_info; drops the frame. The vCPU does not run. */
void vcpu_info_release(struct vcpu *v);

/* Stop / let run, nested. pause waits until it is off its CPU; nosync does not (use it on the
 * current one). */
void vcpu_pause(struct vcpu *v);
void vcpu_pause_nosync(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);
/* The vCPU blocks until an event is pending (unless one already is). */
void vcpu_block(struct vcpu *v);
void vcpu_unblock(struct vcpu *v);
/* Tell a vCPU that an upcall is pending: wakes it, or kicks the CPU it runs on. */
void vcpu_kick(struct vcpu *v);
static inline bool vcpu_runnable(const struct vcpu *v);
/* Write the runstate area registered by the guest, for the current vCPU (no lock held: it may
 * fault). */
void vcpu_update_runstate_area(struct vcpu *v);
/* Timer interrupts of the guest: 0 ns stops. */
void vcpu_set_periodic_timer(struct vcpu *v, uint64_t period_ns);
void vcpu_stop_timers(struct vcpu *v);

static inline bool vcpu_runnable(const struct vcpu *v)
{
    return !__atomic_load_n(&v->pause_flags, __ATOMIC_RELAXED) &&
           !__atomic_load_n(&v->pause_count, __ATOMIC_RELAXED);
}
