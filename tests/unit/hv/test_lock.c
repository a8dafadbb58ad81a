/* SPDX-License-Identifier: Apache-2.0 */
/* core/lock.c: exclusion, and the order of ranks that debug builds insist on. */
#include <arch/host.h>
#include <hv/lock.h>
#include <hv/percpu.h>

#include "unit.h"

static struct spinlock low, high, twin;

static void fresh(void)
{
    spin_init(&low, LOCK_DOMAIN);
    spin_init(&high, LOCK_HEAP);
    spin_init(&twin, LOCK_DOMAIN);
}

static void excludes(void)
{
    fresh();
    CU_ASSERT_FALSE(spin_is_locked(&low));
    spin_lock(&low);
    CU_ASSERT_TRUE(spin_is_locked(&low));
    host_use_cpu(1);
    CU_ASSERT_FALSE(spin_trylock(&low));
    host_use_cpu(0);
    spin_unlock(&low);
    host_use_cpu(1);
    CU_ASSERT_TRUE(spin_trylock(&low));
    spin_unlock(&low);
    host_use_cpu(0);
}

/* Ticket numbers wrap. */
static void many_times(void)
{
    fresh();
    for (unsigned int i = 0; i < 70000; i++) {
        spin_lock(&low);
        spin_unlock(&low);
    }
    CU_ASSERT_FALSE(spin_is_locked(&low));
}

static void pairs(void)
{
    fresh();
    spin_lock_pair(&low, &twin);
    CU_ASSERT(spin_is_locked(&low) && spin_is_locked(&twin));
    spin_lock(&high);
    spin_unlock(&high);
    spin_unlock_pair(&low, &twin);
    CU_ASSERT(!spin_is_locked(&low) && !spin_is_locked(&twin));
    spin_lock_pair(&low, &low);
    spin_unlock_pair(&low, &low);
    CU_ASSERT_FALSE(spin_is_locked(&low));
    CU_ASSERT_EQUAL(this_cpu()->held_ranks, 0);
}

static void trying_is_free_of_order(void)
{
    fresh();
    spin_lock(&high);
    CU_ASSERT_TRUE(spin_trylock(&low));
    CU_ASSERT_TRUE(spin_trylock(&twin));
    spin_unlock(&low);
    spin_unlock(&twin);
    spin_unlock(&high);
    CU_ASSERT_EQUAL(this_cpu()->held_ranks, 0);
}

static void downwards(void)
{
    fresh();
    spin_lock(&high);
    spin_lock(&low);
}

static void twice(void)
{
    fresh();
    spin_lock(&low);
    spin_lock(&low);
}

static void equals(void)
{
    fresh();
    spin_lock(&low);
    spin_lock(&twin);
}

static void unlocked(void)
{
    fresh();
    spin_unlock(&low);
}

static void held_by_another(void)
{
    fresh();
    spin_lock(&low);
    host_use_cpu(1);
    spin_lock(&low);
}

static void misuse_stops_the_host(void)
{
    CU_ASSERT_TRUE(host_panics(downwards, "lock order"));
    CU_ASSERT_TRUE(host_panics(twice, "lock order"));
    CU_ASSERT_TRUE(host_panics(equals, "lock order"));
    CU_ASSERT_TRUE(host_panics(unlocked, "bug at"));
    CU_ASSERT_TRUE(host_panics(held_by_another, "waits for ever"));
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT_TEST(excludes),
        UNIT_TEST(many_times),
        UNIT_TEST(pairs),
        UNIT_TEST(trying_is_free_of_order),
        UNIT_TEST(misuse_stops_the_host),
    };
    const struct host_config machine = {.cpus = 2, .frames = 1024, .quiet = true};

    host_boot(&machine);
    return run_unit_tests("lock", tests, ARRAY_SIZE(tests));
}
