/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One-shot timers, one heap per CPU, run from SOFTIRQ_TIMER. A handler may set its own timer again.
 * After timer_stop() returns the handler is not running on another CPU and will not run.
 */
#pragma once

#include <hv/types.h>

struct timer {
    uint64_t deadline; /* ns since boot */
    void (*fn)(void *arg);
    void *arg;
    unsigned int cpu;  /* whose queue */
    uint32_t slot;     /* position in the heap + 1; 0: not set */
};

/* Per-CPU set-up at boot. */
void timer_init_cpu(unsigned int cpu);
void timer_init(struct timer *t, unsigned int cpu, void (*fn)(void *), void *arg);
void timer_set(struct timer *t, uint64_t deadline);
void timer_stop(struct timer *t);
/* Move to another CPU's queue, set or not. */
void timer_migrate(struct timer *t, unsigned int cpu);
/* Handler of SOFTIRQ_TIMER. */
void timer_softirq(void);
