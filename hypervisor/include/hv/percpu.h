/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one physical CPU has for itself. Others may only set `softirq_pending` (atomically) and what
 * the owner of a field documents as shared. this_cpu() comes from the arch (<arch/current.h>).
 */
#pragma once

#include <hv/cpumask.h>
#include <hv/types.h>

struct vcpu;
struct timer_queue;

struct percpu {
    struct percpu *self;   /* x86: %gs:0 */
    struct vcpu *current;  /* the vCPU whose state is loaded; never NULL after boot (idle vCPU) */
    uint64_t arch_slot[8]; /* entry-assembly scratch, stack tops: meaning is the arch's */
    unsigned int id;       /* 0 .. nr_cpus - 1 */
    uint32_t softirq_pending; /* bit per enum softirq, set by any CPU */
    uint32_t held_ranks;      /* bit per lock rank held: debug builds check the order */
    struct vcpu *idle;        /* this CPU's idle vCPU */
    struct timer_queue *timers;
    void *sched;       /* the mechanism's per-CPU state (sched/sched.c) */
    void *arch;        /* the arch's per-CPU state */
    uint64_t tlb_seen; /* TLB-flush clock value up to which this CPU has flushed (arch) */
};

extern struct percpu *percpu_table[MAX_CPUS]; /* NULL where there is no such CPU */
extern struct cpumask cpu_online;
extern unsigned int nr_cpus; /* online CPUs; ids are dense */

#include <arch/current.h> /* static inline struct percpu *this_cpu(void); */

static inline struct vcpu *current_vcpu(void)
{
    return this_cpu()->current;
}
