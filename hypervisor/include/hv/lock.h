/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spinlocks with a written order. The hypervisor runs with interrupts off, so there is one kind of
 * lock. A CPU takes locks in strictly ascending rank; debug builds stop on a violation
 * (docs/locking.md). A CPU that spins keeps serving TLB-flush requests (arch_spin_wait), so a lock
 * holder may wait for flushes.
 */
#pragma once

#include <hv/types.h>

/* THE lock order. Two locks of equal rank are taken only through spin_lock_pair(). */
enum lock_rank {
    LOCK_DOMCTL = 1,   /* one control operation at a time */
    LOCK_DOMLIST,      /* the list of all domains */
    LOCK_DOMAIN,       /* domain: life cycle, vcpu array, pause counts */
    LOCK_GRANT,        /* grant table of one domain */
    LOCK_MM,           /* page tables of one domain (personality) */
    LOCK_PAGE_LIST,    /* domain's lists of pages and their counts */
    LOCK_EVENT,        /* which ports of one domain are in use, and its pirq table */
    LOCK_IRQ,          /* hardware interrupt descriptors */
    LOCK_EVENT_PORT,   /* what one port is bound to; all that sending takes */
    LOCK_SCHED_POLICY, /* a policy's list of domains */
    LOCK_SCHED,        /* run queue of one CPU */
    LOCK_TIMER,        /* timer queue of one CPU */
    LOCK_PAGE_ALLOC,   /* the free frames */
    LOCK_HEAP,         /* small allocations */
    LOCK_DEVICE,       /* a register pair of the machine: IO-APIC, PCI config, CMOS */
    LOCK_CONSOLE,      /* log ring and serial line */
};

struct spinlock {
    uint16_t next, owner; /* ticket lock */
    uint8_t rank;
    bool tracked; /* debug: the owner's held_ranks bit was set by this lock */
};

#define SPINLOCK_INIT(r)                                                                           \
    {                                                                                              \
        0, 0, (r), false                                                                           \
    }

void spin_init(struct spinlock *l, enum lock_rank rank);
void spin_lock(struct spinlock *l);
/* Never waits, so it may be tried in any order, also for a second lock of one rank. */
bool spin_trylock(struct spinlock *l);
void spin_unlock(struct spinlock *l);
bool spin_is_locked(const struct spinlock *l);
/* Two locks of one rank, in address order; a == b takes it once. */
void spin_lock_pair(struct spinlock *a, struct spinlock *b);
void spin_unlock_pair(struct spinlock *a, struct spinlock *b);
