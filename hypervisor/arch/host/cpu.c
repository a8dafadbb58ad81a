/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CPUs of the host machine. A CPU is in its guest except while it is this_cpu(); then a test,
 * or the code under test, runs as it. A context switch ends the softirq run that led to it
 * (longjmp), as on hardware it never returns. A CPU that waits for another (spin loop) lets the
 * others run in the meantime.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <hv/arch.h>
#include <hv/heap.h>
#include <hv/hypercall.h>
#include <hv/panic.h>
#include <hv/percpu.h>
#include <hv/personality.h>
#include <hv/sched.h>
#include <hv/softirq.h>
#include <public/errno.h>
#include <arch/host.h>
#include "host_internal.h"

#define SPIN_LIMIT 1000 /* waits without progress: a deadlock */
#define SPIN_NS                                                                                    \
    10000000ull /* what a wait takes: the end of 5 s is reached, that of an hour is not */
#define SYSCALL_RIP 0x1000ull

struct host_vcpu {
    char fpu[512];
};

__thread struct percpu *host_this_cpu;
static jmp_buf *switch_point[MAX_CPUS]; /* where a context switch of this CPU ends */
static unsigned int spins;
bool (*host_preempt_hook)(void);

void host_cpus_init(unsigned int cpus)
{
    for (unsigned int i = 0; i < cpus; i++) {
        struct percpu *p = calloc(1, sizeof(*p));

        if (!p)
            abort();
        p->self = p;
        p->id = i;
        percpu_table[i] = p;
        cpumask_set(&cpu_online, i);
    }
    nr_cpus = cpus;
    host_this_cpu = percpu_table[0];
}

void host_use_cpu(unsigned int cpu)
{
    host_this_cpu = percpu_table[cpu];
}

/* One softirq run of this CPU, to its end or to a context switch. */
static void softirqs_once(void)
{
    unsigned int cpu = this_cpu()->id;
    jmp_buf here, *outer = switch_point[cpu];

    switch_point[cpu] = &here;
    if (!setjmp(here))
        softirq_run();
    switch_point[cpu] = outer;
}

void host_run_cpu(unsigned int cpu)
{
    struct percpu *back = host_this_cpu;

    host_use_cpu(cpu);
    for (unsigned int i = 0; softirq_pending(); i++) {
        if (i > SPIN_LIMIT) {
            fprintf(stderr, "host: CPU %u never runs out of softirqs\n", cpu);
            abort();
        }
        softirqs_once();
    }
    host_this_cpu = back;
}

void host_settle(void)
{
    bool again = true;

    for (unsigned int i = 0; again && i < SPIN_LIMIT; i++) {
        again = false;
        for (unsigned int c = 0; c < nr_cpus; c++) {
            if (percpu_table[c]->softirq_pending) {
                host_run_cpu(c);
                again = true;
            }
        }
    }
}

void arch_spin_wait(void)
{
    struct percpu *self = this_cpu();

    host_advance(SPIN_NS);
    if (++spins > SPIN_LIMIT) {
        spins = 0;
        panic("host: CPU %u waits for ever", self->id);
    }
    for (unsigned int c = 0; c < nr_cpus; c++)
        if (percpu_table[c] != self && !switch_point[c] && percpu_table[c]->softirq_pending) {
            spins = 0;
            host_run_cpu(c);
        }
}

void arch_kick_cpu(unsigned int cpu)
{
    (void)cpu; /* it looks when the test lets it */
}

bool arch_poll_interrupts(void)
{
    spins = 0;
    return softirq_pending() || (host_preempt_hook && host_preempt_hook());
}

void arch_idle(void)
{
}

/* ---- vCPUs ---- */

int arch_vcpu_init(struct vcpu *v)
{
    v->arch = v->is_idle ? NULL : hv_zalloc(sizeof(struct host_vcpu));
    return v->is_idle || v->arch ? 0 : -XEN_ENOMEM;
}

void arch_vcpu_destroy(struct vcpu *v)
{
    hv_free(v->arch);
    v->arch = NULL;
}

static void left_cpu(struct vcpu *prev, struct vcpu *next, unsigned int cpu)
{
    if (prev != next)
        cpumask_clear(&prev->dirty_cpu, cpu);
    if (prev->domain != next->domain)
        cpumask_clear(&prev->domain->dirty_cpus, cpu);
}

static void switch_state(struct vcpu *prev, struct vcpu *next)
{
    struct percpu *p = this_cpu();

    p->current = next;
    host_tlb_drop(p->id);
    if (!next->is_idle) {
        cpumask_set(&next->dirty_cpu, p->id);
        cpumask_set(&next->domain->dirty_cpus, p->id);
    }
    left_cpu(prev, next, p->id);
}

void arch_context_switch(struct vcpu *prev, struct vcpu *next)
{
    struct percpu *p = this_cpu();

    switch_state(prev, next);
    sched_switch_done(prev);
    if (!next->is_idle) {
        pv_update_time(next);
        vcpu_update_runstate_area(next);
    }
    if (!switch_point[p->id]) {
        fprintf(stderr, "host: context switch outside of softirqs on CPU %u\n", p->id);
        abort();
    }
    longjmp(*switch_point[p->id], 1);
}

void host_force_current(struct vcpu *v)
{
    struct vcpu *prev = this_cpu()->current;

    if (prev == v)
        return;
    prev->is_running = false;
    v->is_running = true;
    v->processor = this_cpu()->id;
    switch_state(prev, v);
}

void arch_load_root(struct vcpu *v)
{
    (void)v;
    host_tlb_drop(this_cpu()->id);
}

void arch_switch_mode(struct vcpu *v)
{
    arch_load_root(v);
}

/* Registers beyond v->pv do not exist here. */
void arch_load_user_gs(struct vcpu *v, unsigned int selector)
{
    (void)selector;
    v->pv.gs_base_user = 0;
}

void arch_set_ts(struct vcpu *v, bool on)
{
    (void)v;
    (void)on;
}

void arch_load_fs_base(struct vcpu *v)
{
    (void)v;
}

void arch_load_gs_base(struct vcpu *v)
{
    (void)v;
}

void arch_save_segments(struct vcpu *v)
{
    (void)v;
}

void arch_load_debugregs(struct vcpu *v)
{
    (void)v;
}

void arch_load_gdt(struct vcpu *v)
{
    (void)v;
}

void arch_load_ldt(struct vcpu *v)
{
    (void)v;
}

void arch_fpu_get(struct vcpu *v, void *fxsave)
{
    memcpy(fxsave, ((struct host_vcpu *)v->arch)->fpu, 512);
}

void arch_fpu_set(struct vcpu *v, const void *fxsave)
{
    memcpy(((struct host_vcpu *)v->arch)->fpu, fxsave, 512);
}

/* ---- hypercalls: the guest stands at a SYSCALL instruction; a restart steps back to it ---- */

void host_hypercall_begin(struct vcpu *v, unsigned int nr, const uint64_t args[6])
{
    struct cpu_user_regs *r = &v->pv.regs;

    r->rip = SYSCALL_RIP;
    r->rax = nr;
    r->rdi = args[0];
    r->rsi = args[1];
    r->rdx = args[2];
    r->r10 = args[3];
    r->r8 = args[4];
    r->r9 = args[5];
}

bool host_hypercall_unfinished(const struct vcpu *v)
{
    return v->pv.regs.rip == SYSCALL_RIP;
}

bool host_hypercall_step(struct vcpu *v, long *result)
{
    v->pv.regs.rip += 2; /* the CPU has gone past the instruction when it enters */
    hypercall_entry(&v->pv.regs);
    if (host_hypercall_unfinished(v))
        return false;
    *result = (long)v->pv.regs.rax;
    return true;
}

long host_hypercall(unsigned int nr, const uint64_t args[6])
{
    struct vcpu *v = current_vcpu();
    long result = 0;

    host_hypercall_begin(v, nr, args);
    while (!host_hypercall_step(v, &result))
        ;
    return result;
}
