/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions put off to a moment when no lock is held. Each CPU has a stack of them that others push
 * to without a lock, so a tasklet may be scheduled from anywhere, also while holding any lock.
 */
#include <hv/atomic.h>
#include <hv/percpu.h>
#include <hv/softirq.h>

static struct tasklet *queue[MAX_CPUS];

void tasklet_init(struct tasklet *t, void (*fn)(void *), void *arg)
{
    *t = (struct tasklet){.fn = fn, .arg = arg};
}

void tasklet_schedule_on(struct tasklet *t, unsigned int cpu)
{
    if (atomic_xchg(&t->queued, true))
        return;
    t->next = read_once(queue[cpu]);
    while (!atomic_cas(&queue[cpu], &t->next, t))
        ;
    softirq_raise_on(cpu, SOFTIRQ_TASKLET);
}

void tasklet_softirq(void)
{
    struct tasklet *t = atomic_xchg(&queue[this_cpu()->id], NULL), *ordered = NULL, *next;

    for (; t; t = next) { /* the stack has the newest first */
        next = t->next;
        t->next = ordered;
        ordered = t;
    }
    for (t = ordered; t; t = next) {
        void (*fn)(void *) = t->fn;
        void *arg = t->arg;

        next = t->next;
        /* From here on it may be scheduled again, or its memory freed by fn. */
        store_release(t->queued, false);
        fn(arg);
    }
}
