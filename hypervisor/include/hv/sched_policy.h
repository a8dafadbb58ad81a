/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a scheduling policy is: one file, one const table. It sees vCPUs, CPUs and a clock; it has no access to
 * the machine. The mechanism calls every hook with the run-queue lock of `cpu` (or of v->processor) held.
 */
#pragma once

#include <hv/cpumask.h>
#include <hv/types.h>

struct domain;
struct vcpu;

/* A tunable that describes itself: no control-call or tool needs to know it in advance. */
struct sched_param {
    const char *name;   /* as in the command line of the tools */
    const char *unit;   /* "us", "%", "" */
    int64_t min, max, def;
    enum { PARAM_GLOBAL, PARAM_DOMAIN, PARAM_VCPU } scope;
};

struct sched_decision {
    struct vcpu *next;
    uint64_t slice_ns;  /* run at most so long; ~0: until something happens */
};

struct sched_policy {
    const char *name;   /* sched=NAME */
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
    /* The current vCPU of `cpu` has run until `now`; choose the next. `idle` when nobody can run. */
    struct sched_decision (*pick_next)(unsigned int cpu, struct vcpu *current, struct vcpu *idle, uint64_t now);
    void (*migrated)(struct vcpu *v, unsigned int from, unsigned int to);
    int (*get_param)(struct domain *d, unsigned int param, int64_t *value);
    int (*set_param)(struct domain *d, unsigned int param, int64_t value);
    void (*dump)(unsigned int cpu);
};

extern const struct sched_policy sched_credit;
extern const struct sched_policy sched_rr;
