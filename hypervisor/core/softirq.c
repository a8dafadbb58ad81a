/* SPDX-License-Identifier: Apache-2.0 */
/* Pending work of each CPU: a word of bits that anybody may set and the CPU itself clears. */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/panic.h>
#include <hv/percpu.h>
#include <hv/softirq.h>

/* Tasklets need no set-up, so that they work from the first softirq on. */
static void (*handlers[SOFTIRQ_COUNT])(void) = {[SOFTIRQ_TASKLET] = tasklet_softirq};

void softirq_register(enum softirq nr, void (*handler)(void))
{
    handlers[nr] = handler;
}

void softirq_raise(enum softirq nr)
{
    atomic_or(&this_cpu()->softirq_pending, 1u << nr);
}

void softirq_raise_on(unsigned int cpu, enum softirq nr)
{
    struct percpu *p = percpu_table[cpu];
    uint32_t bit = 1u << nr;

    BUG_ON(p == NULL);
    /* A bit that was set already has kicked the CPU, or the CPU has set it and will look itself. */
    if (!(atomic_or(&p->softirq_pending, bit) & bit) && p != this_cpu())
        arch_kick_cpu(cpu);
}

bool softirq_pending(void)
{
    return read_once(this_cpu()->softirq_pending) != 0;
}

void softirq_run(void)
{
    struct percpu *p = this_cpu();
    uint32_t pending;

    ASSERT(p->held_ranks == 0);
    while ((pending = read_once(p->softirq_pending)) != 0) {
        unsigned int nr = (unsigned int)__builtin_ctz(pending);

        atomic_and(&p->softirq_pending, ~(1u << nr));
        if (handlers[nr])
            handlers[nr](); /* SOFTIRQ_SCHEDULE may not come back: it is the last, and bits are kept
                             */
    }
}
