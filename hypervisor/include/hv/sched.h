/* SPDX-License-Identifier: Apache-2.0 */
/* The scheduling mechanism: run states, wake-up, switch. What runs next is the policy's
 * (hv/sched_policy.h). */
#pragma once

#include <hv/cpumask.h>
#include <hv/types.h>

struct domain;
struct vcpu;
struct vcpu_runstate_info;
struct vcpu_runstate_info;

void sched_init(void);                 /* at boot: chooses the policy of sched= */
void sched_init_cpu(unsigned int cpu); /* makes the idle vCPU; registers with the policy */
int sched_init_vcpu(struct vcpu *v);   /* 0 or -XEN_ENOMEM */
void sched_destroy_vcpu(struct vcpu *v);
int sched_init_domain(struct domain *d);
void sched_destroy_domain(struct domain *d);

/* Put to sleep / wake after pause_flags or pause_count changed. sync: wait until off the CPU. */
void sched_sleep(struct vcpu *v, bool sync);
void sched_wake(struct vcpu *v);
/* The current vCPU lets others run first. (sched_yield is a C library function, which sanitizers
 * call.) */
void sched_give_way(void);
/* 0 or -XEN_EINVAL (no online CPU in it). Moves the vCPU when it must. */
int sched_set_affinity(struct vcpu *v, const struct cpumask *hard, const struct cpumask *soft);
/* Run states with times up to now. */
void sched_runstate(struct vcpu *v, struct vcpu_runstate_info *out);
/* Run states as of the last change: what the guest's runstate area holds. */
void sched_runstate_raw(struct vcpu *v, struct vcpu_runstate_info *out);
/* Called by the arch on the new vCPU after a switch is complete (prev is off the CPU). */
void sched_switch_done(struct vcpu *prev);
/* Handler of SOFTIRQ_SCHEDULE: picks and switches (arch_context_switch) when another is chosen. */
void sched_softirq(void);
/* The loop of the idle vCPU. */
void sched_idle_loop(void) __attribute__((noreturn));

/* Control calls (domctl scheduler_op / sysctl scheduler_op, sched_id). */
struct xen_domctl_scheduler_op;
struct xen_sysctl_scheduler_op;
int sched_adjust_domain(struct domain *d, struct xen_domctl_scheduler_op *op);
int sched_adjust_global(struct xen_sysctl_scheduler_op *op);
unsigned int sched_id(void);
struct sched_policy;
const struct sched_policy *sched_current_policy(void);
/* Run queues to the log (debug-keys r). */
void sched_dump(void);
