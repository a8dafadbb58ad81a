/* SPDX-License-Identifier: Apache-2.0 */
/* Work put off until a CPU leaves for a guest or idles. Handlers run with no lock held. */
#pragma once

#include <hv/types.h>

enum softirq {
    SOFTIRQ_TIMER,
    SOFTIRQ_TASKLET,
    SOFTIRQ_SCHEDULE /* last: it may not return */,
    SOFTIRQ_COUNT
};

void softirq_register(enum softirq nr, void (*handler)(void));
void softirq_raise(enum softirq nr);                      /* this CPU */
void softirq_raise_on(unsigned int cpu, enum softirq nr); /* any CPU: kicks it when it is another */
bool softirq_pending(void);
/* Run all pending handlers of this CPU. SOFTIRQ_SCHEDULE may switch away and not return. */
void softirq_run(void);

/* A function run once on a given CPU from SOFTIRQ_TASKLET. */
struct tasklet {
    struct tasklet *next;
    void (*fn)(void *arg);
    void *arg;
    bool queued;
};
void tasklet_init(struct tasklet *t, void (*fn)(void *), void *arg);
/* Allowed from anywhere, with any lock held. Scheduled again before it ran: runs once. fn may free
 * it. */
void tasklet_schedule_on(struct tasklet *t, unsigned int cpu);
/* Handler of SOFTIRQ_TASKLET (registered by softirq.c itself). */
void tasklet_softirq(void);
