/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ticket locks: first come, first served, one word. Invariant in debug builds: the ranks a CPU
 * holds are taken in ascending order (docs/locking.md).
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/lock.h>
#include <hv/panic.h>
#include <hv/percpu.h>

#ifdef HV_DEBUG
#define CHECK_ORDER 1
#else
#define CHECK_ORDER 0
#endif

/* Remember that this CPU holds a lock of this rank; `ordered`: waiting for it needs ascending
 * order. */
static void note_taken(struct spinlock *l, bool ordered)
{
    struct percpu *cpu = this_cpu();
    uint32_t bit = 1u << l->rank;

    if (!CHECK_ORDER || !cpu)
        return;
    if (ordered && cpu->held_ranks >> l->rank) {
        uint32_t held = cpu->held_ranks;

        cpu->held_ranks = 0; /* the panic report itself takes locks */
        panic("lock order: rank %u taken while ranks %#x are held", l->rank, held);
    }
    /* A second lock of one rank (pair, trylock) leaves the bit to the first. */
    l->tracked = !(cpu->held_ranks & bit);
    cpu->held_ranks |= bit;
}

static void note_released(struct spinlock *l)
{
    struct percpu *cpu = this_cpu();

    if (!CHECK_ORDER || !cpu || !l->tracked)
        return;
    l->tracked = false;
    cpu->held_ranks &= ~(1u << l->rank);
}

static void wait_turn(struct spinlock *l)
{
    uint16_t ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);

    while (load_acquire(l->owner) != ticket)
        arch_spin_wait();
}

void spin_init(struct spinlock *l, enum lock_rank rank)
{
    *l = (struct spinlock)SPINLOCK_INIT(rank);
}

void spin_lock(struct spinlock *l)
{
    struct percpu *cpu = this_cpu();

    /* Before waiting, so that a violation is a report and not a hang. */
    if (CHECK_ORDER && cpu && cpu->held_ranks >> l->rank)
        note_taken(l, true);
    wait_turn(l);
    note_taken(l, true);
}

bool spin_trylock(struct spinlock *l)
{
    uint16_t owner = read_once(l->owner), expected = owner;

    if (!__atomic_compare_exchange_n(&l->next, &expected, (uint16_t)(owner + 1), false,
                                     __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return false;
    note_taken(l, false);
    return true;
}

void spin_unlock(struct spinlock *l)
{
    ASSERT(spin_is_locked(l));
    note_released(l);
    store_release(l->owner, (uint16_t)(l->owner + 1));
}

bool spin_is_locked(const struct spinlock *l)
{
    return read_once(l->owner) != read_once(l->next);
}

void spin_lock_pair(struct spinlock *a, struct spinlock *b)
{
    spin_lock(a < b ? a : b);
    if (a == b)
        return;
    wait_turn(a < b ? b : a);
    note_taken(a < b ? b : a, false);
}

void spin_unlock_pair(struct spinlock *a, struct spinlock *b)
{
    if (a != b)
        spin_unlock(a < b ? b : a);
    spin_unlock(a < b ? a : b);
}
