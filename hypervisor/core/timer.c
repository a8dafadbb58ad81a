/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timers: per CPU a pairing heap by deadline. Invariant: arch_set_timer() of a CPU never lies after
 * its earliest deadline (it may lie before: then the softirq finds nothing due).
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/heap.h>
#include <hv/lock.h>
#include <hv/panic.h>
#include <hv/percpu.h>
#include <hv/softirq.h>
#include <hv/timer.h>

struct timer_queue {
    struct spinlock lock;
    struct timer *first;   /* root of the heap */
    struct timer *running; /* whose handler runs now, on this CPU */
};

/* ---- the heap; the queue's lock is held ---- */

/* Join two heaps; either may be NULL. Roots have no sibling. */
static struct timer *meld(struct timer *a, struct timer *b)
{
    struct timer *t;

    if (!a || !b)
        return a ? a : b;
    if (b->deadline < a->deadline) {
        t = a;
        a = b;
        b = t;
    }
    b->next = a->child;
    if (b->next)
        b->next->prev = &b->next;
    a->child = b;
    b->prev = &a->child;
    return a;
}

/* One heap of a list of siblings: pair them left to right, then join the pairs right to left. */
static struct timer *meld_siblings(struct timer *list)
{
    struct timer *pairs = NULL, *root = NULL;

    while (list) {
        struct timer *a = list, *b = a->next;

        list = b ? b->next : NULL;
        a->next = NULL;
        if (b)
            b->next = NULL;
        a = meld(a, b);
        a->next = pairs;
        pairs = a;
    }
    while (pairs) {
        struct timer *next = pairs->next;

        pairs->next = NULL;
        root = meld(root, pairs);
        pairs = next;
    }
    return root;
}

static void set_root(struct timer_queue *q, struct timer *root)
{
    q->first = root;
    if (root)
        root->prev = &q->first;
}

static void heap_insert(struct timer_queue *q, struct timer *t)
{
    t->child = t->next = NULL;
    t->active = true;
    set_root(q, meld(q->first, t));
}

static void heap_remove(struct timer_queue *q, struct timer *t)
{
    struct timer *below = meld_siblings(t->child);

    *t->prev = t->next;
    if (t->next)
        t->next->prev = t->prev;
    t->child = t->next = NULL;
    t->active = false;
    set_root(q, meld(q->first, below));
}

/* ---- queues ---- */

static struct timer_queue *queue_of(unsigned int cpu)
{
    BUG_ON(!percpu_table[cpu] || !percpu_table[cpu]->timers);
    return percpu_table[cpu]->timers;
}

/* Lock the queue that a timer belongs to, which may change until the lock is held. */
static struct timer_queue *lock_queue(const struct timer *t)
{
    for (;;) {
        unsigned int cpu = read_once(t->cpu);
        struct timer_queue *q = queue_of(cpu);

        spin_lock(&q->lock);
        if (read_once(t->cpu) == cpu)
            return q;
        spin_unlock(&q->lock);
    }
}

/* The earliest deadline came nearer: have the CPU's clock set. */
static void earlier(unsigned int cpu, uint64_t deadline)
{
    if (cpu == this_cpu()->id)
        arch_set_timer(deadline);
    else
        softirq_raise_on(cpu, SOFTIRQ_TIMER);
}

void timer_init_cpu(unsigned int cpu)
{
    struct timer_queue *q = hv_zalloc(sizeof(*q));

    if (!q)
        panic("no memory for the timers of CPU %u", cpu);
    spin_init(&q->lock, LOCK_TIMER);
    percpu_table[cpu]->timers = q;
}

void timer_init(struct timer *t, unsigned int cpu, void (*fn)(void *), void *arg)
{
    *t = (struct timer){.cpu = cpu, .fn = fn, .arg = arg};
}

void timer_set(struct timer *t, uint64_t deadline)
{
    struct timer_queue *q = lock_queue(t);
    unsigned int cpu = t->cpu;
    bool first;

    if (t->active)
        heap_remove(q, t);
    t->deadline = deadline;
    heap_insert(q, t);
    first = q->first == t;
    spin_unlock(&q->lock);
    if (first)
        earlier(cpu, deadline);
}

void timer_cancel(struct timer *t)
{
    struct timer_queue *q = lock_queue(t);

    if (t->active)
        heap_remove(q, t);
    spin_unlock(&q->lock);
}

void timer_stop(struct timer *t)
{
    for (;;) {
        struct timer_queue *q = lock_queue(t);
        bool elsewhere = q->running == t && q != this_cpu()->timers;

        if (t->active)
            heap_remove(q, t);
        spin_unlock(&q->lock);
        if (!elsewhere)
            return;
        /* The handler may set the timer again before it ends, so look once more afterwards. */
        while (read_once(q->running) == t)
            arch_spin_wait();
    }
}

void timer_migrate(struct timer *t, unsigned int cpu)
{
    struct timer_queue *to = queue_of(cpu), *from;
    unsigned int old = read_once(t->cpu);
    bool first = false;
    uint64_t deadline = 0;

    if (old == cpu)
        return;
    for (;; old = read_once(t->cpu)) {
        from = queue_of(old);
        spin_lock_pair(&from->lock, &to->lock);
        if (read_once(t->cpu) == old)
            break;
        spin_unlock_pair(&from->lock, &to->lock);
    }
    /* A handler that runs just now keeps the timer where timer_stop() will look for it. */
    if (from != to && from->running != t) {
        if (t->active) {
            heap_remove(from, t);
            heap_insert(to, t);
            first = to->first == t;
            deadline = t->deadline;
        }
        write_once(t->cpu, cpu);
    }
    spin_unlock_pair(&from->lock, &to->lock);
    if (first)
        earlier(cpu, deadline);
}

void timer_softirq(void)
{
    struct timer_queue *q = this_cpu()->timers;
    uint64_t now = arch_now_ns();
    struct timer *t;

    spin_lock(&q->lock);
    while ((t = q->first) != NULL && t->deadline <= now) {
        void (*fn)(void *) = t->fn;
        void *arg = t->arg;

        heap_remove(q, t);
        q->running = t;
        spin_unlock(&q->lock);
        fn(arg);
        spin_lock(&q->lock);
        write_once(q->running, NULL);
    }
    arch_set_timer(t ? t->deadline : ~0ull);
    spin_unlock(&q->lock);
}
