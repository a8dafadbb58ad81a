/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a scheduling policy is: one file, one const table. It sees vCPUs, CPUs and a clock; it has
 * no access to the machine. The mechanism calls every hook with the run-queue lock of `cpu` (or of
 * v->processor) held, except init_*, destroy_*, get_param and set_param, which are called with no
 * scheduler lock. A vCPU is on a queue of the policy exactly while its runstate is
 * RUNSTATE_runnable. Idle vCPUs are not the policy's: it never gets them but as `idle`.
 * docs/scheduler.md
 */
#pragma once

#include <hv/cpumask.h>
#include <hv/types.h>

struct domain;
struct vcpu;

/* A tunable that describes itself: no control-call or tool needs to know it in advance. */
struct sched_param {
    const char *name; /* as in the command line of the tools */
    const char *unit; /* "us", "%", "" */
    int64_t min, max, def;
    enum { PARAM_GLOBAL, PARAM_DOMAIN, PARAM_VCPU } scope;
};

struct sched_decision {
    struct vcpu *next;
    uint64_t slice_ns; /* run at most so long; ~0: until something happens */
};

struct sched_policy {
    const char *name;    /* sched=NAME */
    unsigned int abi_id; /* XEN_SCHEDULER_* */
    const struct sched_param *params;
    unsigned int nr_params;

    int (*init_cpu)(unsigned int cpu, void **priv);
    int (*init_domain)(struct domain *d);
    void (*destroy_domain)(struct domain *d);
    int (*init_vcpu)(struct vcpu *v);
    void (*destroy_vcpu)(struct vcpu *v);
    /* Choose the CPU a vCPU should wake on or move to. */
    unsigned int (*pick_cpu)(struct vcpu *v);
    /* Became runnable; returns true when v->processor should reschedule. */
    bool (*wake)(struct vcpu *v, uint64_t now);
    /* Stopped being runnable. */
    void (*sleep)(struct vcpu *v, uint64_t now);
    void (*yield)(struct vcpu *v);
    /*
     * The current vCPU of `cpu` has run until `now`; choose the next. `idle` when nobody can run.
     * `runnable`: the current one may go on, so unless it is chosen it is to be queued. A vCPU of
     * another CPU's queue may be taken only while it is not is_running (sched_trylock).
     */
    struct sched_decision (*pick_next)(unsigned int cpu, struct vcpu *current, bool runnable,
                                       struct vcpu *idle, uint64_t now);
    int (*get_param)(struct domain *d, unsigned int param, int64_t *value);
    int (*set_param)(struct domain *d, unsigned int param, int64_t value);
    void (*dump)(unsigned int cpu);
};

/* ---- what the mechanism offers to policies ---- */

/* A policy's state of a CPU (from init_cpu); NULL where the CPU is not set up. */
void *sched_cpu_priv(unsigned int cpu);
/* Who runs on a CPU now; stable while its lock is held. */
struct vcpu *sched_cpu_current(unsigned int cpu);
/* Have a CPU choose again soon. */
void sched_resched(unsigned int cpu);
/* The run-queue lock of another CPU while one's own is held: never waits. */
bool sched_trylock(unsigned int cpu);
void sched_unlock(unsigned int cpu);
/* The run-queue lock of the CPU that a vCPU belongs to; returns that CPU. */
unsigned int sched_lock_vcpu(struct vcpu *v);

extern const struct sched_policy sched_credit;
extern const struct sched_policy sched_rr;
