/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One-shot timers, one heap per CPU, run from SOFTIRQ_TIMER with no lock held. A handler may set
 * its own timer again. After timer_stop() returns the handler is not running on another CPU and
 * will not run; so the caller must not hold a lock that the handler takes. The heap is linked
 * through the timers: setting one never fails.
 */
#pragma once

#include <hv/types.h>

struct timer {
    uint64_t deadline; /* ns since boot */
    void (*fn)(void *arg);
    void *arg;
    unsigned int cpu; /* whose queue */
    bool active;      /* in the heap; the queue's lock */
    struct timer *child, *next,
        **prev; /* pairing heap: first child, next sibling, what points here */
};

/* Per-CPU set-up at boot. */
void timer_init_cpu(unsigned int cpu);
void timer_init(struct timer *t, unsigned int cpu, void (*fn)(void *), void *arg);
void timer_set(struct timer *t, uint64_t deadline);
void timer_stop(struct timer *t);
/* As timer_stop, but does not wait for a handler that runs just now on another CPU. */
void timer_cancel(struct timer *t);
/* Move to another CPU's queue, set or not. */
void timer_migrate(struct timer *t, unsigned int cpu);
/* Handler of SOFTIRQ_TIMER. */
void timer_softirq(void);
