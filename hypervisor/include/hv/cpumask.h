/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of physical CPUs. */
#pragma once

#include <hv/atomic.h>

#define MAX_CPUS 256

struct cpumask {
    uint64_t bits[MAX_CPUS / 64];
};

static inline bool cpumask_test(const struct cpumask *m, unsigned int cpu)
{
    return cpu < MAX_CPUS && test_bit(m->bits, cpu);
}

/* Atomic. */
static inline void cpumask_set(struct cpumask *m, unsigned int cpu)
{
    atomic_or(&m->bits[cpu / 64], 1ull << (cpu % 64));
}

/* Atomic. */
static inline void cpumask_clear(struct cpumask *m, unsigned int cpu)
{
    atomic_and(&m->bits[cpu / 64], ~(1ull << (cpu % 64)));
}

static inline void cpumask_zero(struct cpumask *m)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(m->bits); i++)
        m->bits[i] = 0;
}

static inline void cpumask_fill(struct cpumask *m)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(m->bits); i++)
        m->bits[i] = ~0ull;
}

static inline bool cpumask_empty(const struct cpumask *m)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(m->bits); i++)
        if (m->bits[i])
            return false;
    return true;
}

static inline void cpumask_and(struct cpumask *d, const struct cpumask *a, const struct cpumask *b)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(d->bits); i++)
        d->bits[i] = a->bits[i] & b->bits[i];
}

/* The first CPU at or after `from`, or MAX_CPUS. */
static inline unsigned int cpumask_next(const struct cpumask *m, unsigned int from)
{
    for (unsigned int c = from; c < MAX_CPUS; c = (c / 64 + 1) * 64) {
        uint64_t w = read_once(m->bits[c / 64]) >> (c % 64);

        if (w)
            return c + (unsigned int)__builtin_ctzll(w);
    }
    return MAX_CPUS;
}

#define for_each_cpu(c, mask)                                                                      \
    for (c = cpumask_next((mask), 0); c < MAX_CPUS; c = cpumask_next((mask), c + 1))
