/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduling mechanism: run states, sleep and wake-up, the switch. Who runs next is the
 * policy's choice.
 *
 * Invariants, each under the run-queue lock of v->processor:
 *  - a vCPU is on the policy's queue exactly while its runstate is RUNNABLE;
 *  - it moves to another CPU only while it is not is_running, that is, its state is in memory;
 *  - is_running goes up when a CPU chooses the vCPU and comes down when that CPU has left it for
 * good. The lock is not held across arch_context_switch(): is_running is what keeps others off.
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/cmdline.h>
#include <hv/domain.h>
#include <hv/heap.h>
#include <hv/panic.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/sched_policy.h>
#include <hv/softirq.h>
#include <hv/string.h>
#include <hv/time.h>
#include <hv/vcpu.h>
#include <public/errno.h>

struct sched_cpu {
    struct spinlock lock;
    struct vcpu *current;
    struct timer slice; /* the current vCPU's time is over */
    void *priv;         /* the policy's */
};

static const struct sched_policy *const policies[] = {&sched_credit, &sched_rr};
static const struct sched_policy *policy = &sched_credit;

static int parse_sched(const char *name)
{
    for (size_t i = 0; name && i < ARRAY_SIZE(policies); i++) {
        if (!strcmp(name, policies[i]->name)) {
            policy = policies[i];
            return 0;
        }
    }
    return -1;
}

HV_OPTION(sched, "sched", "scheduling policy: credit or rr", parse_sched);

static struct sched_cpu *sched_cpu(unsigned int cpu)
{
    return percpu_table[cpu]->sched;
}

/* ---- what policies see ---- */

void *sched_cpu_priv(unsigned int cpu)
{
    return percpu_table[cpu] && sched_cpu(cpu) ? sched_cpu(cpu)->priv : NULL;
}

struct vcpu *sched_cpu_current(unsigned int cpu)
{
    return read_once(sched_cpu(cpu)->current);
}

void sched_resched(unsigned int cpu)
{
    softirq_raise_on(cpu, SOFTIRQ_SCHEDULE);
}

bool sched_trylock(unsigned int cpu)
{
    return spin_trylock(&sched_cpu(cpu)->lock);
}

void sched_unlock(unsigned int cpu)
{
    spin_unlock(&sched_cpu(cpu)->lock);
}

unsigned int sched_lock_vcpu(struct vcpu *v)
{
    for (;;) {
        unsigned int cpu = read_once(v->processor);

        spin_lock(&sched_cpu(cpu)->lock);
        if (read_once(v->processor) == cpu)
            return cpu;
        sched_unlock(cpu);
    }
}

/* ---- set-up ---- */

static void slice_over(void *arg)
{
    (void)arg;
    softirq_raise(SOFTIRQ_SCHEDULE);
}

void sched_init(void)
{
    log_info("Scheduler: %s\n", policy->name);
    softirq_register(SOFTIRQ_SCHEDULE, sched_softirq);
}

void sched_init_cpu(unsigned int cpu)
{
    struct percpu *p = percpu_table[cpu];
    struct sched_cpu *c = hv_zalloc(sizeof(*c));
    struct vcpu *idle;

    if (!c || policy->init_cpu(cpu, &c->priv))
        panic("no memory for the scheduler of CPU %u", cpu);
    spin_init(&c->lock, LOCK_SCHED);
    timer_init(&c->slice, cpu, slice_over, NULL);
    p->sched = c;

    idle = vcpu_create(domain_idle, cpu);
    if (!idle)
        panic("no memory for the idle vCPU of CPU %u", cpu);
    idle->pause_flags = 0;
    idle->initialised = true;
    idle->is_running = true;
    idle->runstate.state = RUNSTATE_running;
    c->current = idle;
    p->idle = idle;
    p->current = idle;
}

int sched_init_vcpu(struct vcpu *v)
{
    v->runstate.state = RUNSTATE_offline;
    v->runstate.state_entry_time = now_ns();
    if (v->is_idle) {
        v->processor = v->id;
        return 0;
    }
    /* A first place; where it runs is decided when it wakes. */
    v->processor = (v->domain->id + v->id) % nr_cpus;
    if (!sched_cpu_priv(v->processor))
        v->processor = this_cpu()->id;
    return policy->init_vcpu(v);
}

void sched_destroy_vcpu(struct vcpu *v)
{
    if (v->is_idle)
        return;
    BUG_ON(v->is_running || v->runstate.state <= RUNSTATE_runnable);
    policy->destroy_vcpu(v);
}

int sched_init_domain(struct domain *d)
{
    return policy->init_domain(d);
}

void sched_destroy_domain(struct domain *d)
{
    policy->destroy_domain(d);
}

/* ---- run states; the lock of v->processor is held ---- */

static void set_runstate(struct vcpu *v, int state, uint64_t now)
{
    struct vcpu_runstate_info *r = &v->runstate;

    if (r->state == state)
        return;
    if (now > r->state_entry_time)
        r->time[r->state] += now - r->state_entry_time;
    r->state_entry_time = now;
    r->state = state;
}

static int stopped_state(const struct vcpu *v)
{
    return read_once(v->pause_flags) & VPF_BLOCKED ? RUNSTATE_blocked : RUNSTATE_offline;
}

void sched_runstate_raw(struct vcpu *v, struct vcpu_runstate_info *out)
{
    unsigned int cpu = sched_lock_vcpu(v);

    *out = v->runstate;
    sched_unlock(cpu);
}

void sched_runstate(struct vcpu *v, struct vcpu_runstate_info *out)
{
    uint64_t now;

    sched_runstate_raw(v, out);
    now = now_ns();
    if (now > out->state_entry_time)
        out->time[out->state] += now - out->state_entry_time;
}

/* ---- sleep, wake, move ---- */

void sched_sleep(struct vcpu *v, bool sync)
{
    unsigned int cpu = sched_lock_vcpu(v);

    if (!vcpu_runnable(v)) {
        uint64_t now = now_ns();

        if (v->runstate.state == RUNSTATE_running) {
            sched_resched(cpu);
        } else {
            if (v->runstate.state == RUNSTATE_runnable)
                policy->sleep(v, now);
            set_runstate(v, stopped_state(v), now);
        }
    }
    sched_unlock(cpu);
    if (!sync)
        return;
    ASSERT(v != current_vcpu());
    while (load_acquire(v->is_running))
        arch_spin_wait();
}

void sched_wake(struct vcpu *v)
{
    unsigned int cpu = sched_lock_vcpu(v);
    bool placed = false, preempt = false;

    while (vcpu_runnable(v) && v->runstate.state > RUNSTATE_runnable) {
        unsigned int best = v->is_running || placed ? cpu : policy->pick_cpu(v);

        if (best == cpu) {
            uint64_t now = now_ns();

            set_runstate(v, RUNSTATE_runnable, now);
            preempt = policy->wake(v, now);
            break;
        }
        /* On no queue and on no CPU: it moves by changing its address. Then everything is looked at
         * again. */
        write_once(v->processor, best);
        placed = true;
        sched_unlock(cpu);
        cpu = sched_lock_vcpu(v);
    }
    if (v->runstate.state > RUNSTATE_runnable)
        set_runstate(v, stopped_state(v), now_ns());
    sched_unlock(cpu);
    if (preempt)
        sched_resched(cpu);
}

void sched_give_way(void)
{
    struct vcpu *v = current_vcpu();
    unsigned int cpu = sched_lock_vcpu(v);

    policy->yield(v);
    sched_unlock(cpu);
    softirq_raise(SOFTIRQ_SCHEDULE);
}

/* A vCPU with VPF_MIGRATING has left its CPU: have it woken on another. Of two who see this, one
 * acts. */
static void finish_migration(struct vcpu *v)
{
    if (atomic_and(&v->pause_flags, ~(uint32_t)VPF_MIGRATING) & VPF_MIGRATING)
        sched_wake(v);
}

int sched_set_affinity(struct vcpu *v, const struct cpumask *hard, const struct cpumask *soft)
{
    struct cpumask usable;
    unsigned int cpu;
    bool move;

    if (hard) {
        cpumask_and(&usable, hard, &cpu_online);
        if (cpumask_empty(&usable))
            return -XEN_EINVAL;
    }
    cpu = sched_lock_vcpu(v);
    if (hard)
        v->hard_affinity = *hard;
    if (soft)
        v->soft_affinity = *soft;
    move = !cpumask_test(&v->hard_affinity, cpu);
    if (move)
        atomic_or(&v->pause_flags, VPF_MIGRATING);
    sched_unlock(cpu);
    if (!move)
        return 0;
    sched_sleep(v, false);
    /* Running: its CPU does the rest in sched_switch_done(). */
    if (!load_acquire(v->is_running))
        finish_migration(v);
    return 0;
}

/* ---- the switch ---- */

static void set_slice(struct sched_cpu *c, uint64_t slice_ns, uint64_t now)
{
    if (slice_ns == ~0ull)
        timer_cancel(&c->slice);
    else
        timer_set(&c->slice, now + slice_ns);
}

/* prev is off the CPU; from here on another may run it. */
void sched_switch_done(struct vcpu *prev)
{
    store_release(prev->is_running, false);
    mb(); /* against sched_set_affinity(), which sets the flag and then looks at is_running */
    if (read_once(prev->pause_flags) & VPF_MIGRATING)
        finish_migration(prev);
}

void sched_softirq(void)
{
    struct percpu *p = this_cpu();
    struct sched_cpu *c = p->sched;
    struct vcpu *prev = p->current, *next;
    struct sched_decision choice;
    uint64_t now;
    bool runnable;

    ASSERT(p->held_ranks == 0);
    spin_lock(&c->lock);
    now = now_ns();
    /* Looked at once: all that follows from it happens under this lock. */
    runnable = !prev->is_idle && vcpu_runnable(prev);
    choice = policy->pick_next(p->id, prev, runnable, p->idle, now);
    next = choice.next;
    set_slice(c, choice.slice_ns, now);
    if (next == prev) {
        spin_unlock(&c->lock);
        return;
    }
    BUG_ON(next->is_running || next->processor != p->id);
    set_runstate(prev, runnable || prev->is_idle ? RUNSTATE_runnable : stopped_state(prev), now);
    set_runstate(next, RUNSTATE_running, now);
    next->is_running = true;
    next->last_run_ns = now;
    write_once(c->current, next);
    spin_unlock(&c->lock);

    if (!prev->is_idle)
        vcpu_update_runstate_area(prev); /* its page tables are still loaded */
    arch_context_switch(prev, next);
}

void sched_idle_loop(void)
{
    for (;;) {
        softirq_run();
        arch_idle();
    }
}

/* ---- control ---- */

unsigned int sched_id(void)
{
    return policy->abi_id;
}

const struct sched_policy *sched_current_policy(void)
{
    return policy;
}

void sched_dump(void)
{
    unsigned int cpu;

    log_info("scheduler %s\n", policy->name);
    for_each_cpu(cpu, &cpu_online)
    {
        const struct vcpu *v;

        if (!sched_cpu_priv(cpu))
            continue;
        spin_lock(&sched_cpu(cpu)->lock);
        v = sched_cpu(cpu)->current;
        log_info("CPU %u runs d%uv%u\n", cpu, v->domain->id, v->id);
        policy->dump(cpu);
        sched_unlock(cpu);
    }
}
