/* SPDX-License-Identifier: Apache-2.0 */
/* The world of mm_world.h. A domain that does not give back every frame it had fails its test. */
#include <stdio.h>
#include <string.h>

#include <hv/arch.h>
#include <hv/hypercall.h>
#include <hv/invariants.h>

#include "mm_world.h"

struct world world;
static struct domain *other;
static domid_t next_id = 1;
static bool warm;

/* ---- preemption on demand ---- */

static unsigned int preempt_period, preempt_count;

static bool preempt_hook(void)
{
    return preempt_period && ++preempt_count % preempt_period == 0;
}

void preempt_every(unsigned int n)
{
    preempt_period = n;
    preempt_count = 0;
    host_preempt_hook = preempt_hook;
}

/* ---- domains ---- */

mfn_t frame_of(struct domain *d)
{
    struct page *p = page_alloc_domain(d, 0, 0);

    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    return page_mfn(p);
}

static struct domain *new_domain(bool privileged)
{
    struct domain_create_params params = {
        .id = next_id++, .privileged = privileged, .max_vcpus = 2};
    struct domain *d;

    CU_ASSERT_EQUAL_FATAL(domain_create(&params, &d), 0);
    d->max_pages = 4096;
    return d;
}

struct domain *world_other(void)
{
    if (!other)
        other = new_domain(false);
    return other;
}

static void build_tables(void)
{
    unsigned int first = pt_index(DATA_VA, 1), tables = pt_index(TABLE_VA, 1);

    for (unsigned int level = 1; level <= 4; level++)
        world.table[level] = frame_of(world.d);
    for (unsigned int i = 0; i < DATA_PAGES; i++) {
        world.data[i] = frame_of(world.d);
        words(world.table[1])[first + i] = pte_make(world.data[i], RW_BITS);
    }
    for (unsigned int level = 1; level <= 4; level++)
        words(world.table[1])[tables + level] = pte_make(world.table[level], RO_BITS);
    for (unsigned int level = 2; level <= 4; level++)
        words(world.table[level])[pt_index(DATA_VA, level)] =
            pte_make(world.table[level - 1], RW_BITS & ~PTE_D);
}

void world_begin(void)
{
    preempt_every(0);
    world.free_before = page_alloc_free();
    world.d = new_domain(true);
    world.v = vcpu_create(world.d, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(world.v);
    build_tables();
    CU_ASSERT_EQUAL_FATAL(pv_set_kernel_root(world.v, world.table[4]), 0);
    world.v->initialised = true;
    host_force_current(world.v);
}

static void end_domain(struct domain *d)
{
    unsigned int tries = 0;

    if (d->paused_by_control == false)
        d->paused_by_control = true;
    while (domain_kill(d))
        CU_ASSERT_FATAL(++tries < 10000);
}

/* Counts recomputed from nothing, and no stale translation. */
void world_check(void)
{
    const char *why = invariants_check();

    if (!why)
        why = host_tlb_check();
    if (why)
        printf("\n    %s\n", why);
    CU_ASSERT_PTR_NULL(why);
}

void world_end(void)
{
    world_check();
    host_force_current(this_cpu()->idle);
    if (other)
        end_domain(other);
    end_domain(world.d);
    other = NULL;
    preempt_every(0);
    host_settle();
    if (warm)
        CU_ASSERT_EQUAL(page_alloc_free(), world.free_before);
    warm = true;
}

/* The small-allocation heap keeps pages once it has them: the first round is not counted. */
static void warm_up(void)
{
    world_other();
}

/* ---- types ---- */

int get_type_once(mfn_t m, enum page_type t)
{
    int rc;

    spin_lock(&world.d->mm_lock);
    rc = page_get_and_type(page_of(m), world.d, t);
    spin_unlock(&world.d->mm_lock);
    return rc;
}

int get_type(mfn_t m, enum page_type t)
{
    int rc;

    do
        rc = get_type_once(m, t);
    while (rc == -XEN_ERESTART);
    return rc;
}

int put_type_once(mfn_t m)
{
    int rc;

    spin_lock(&world.d->mm_lock);
    rc = page_put_type(page_of(m));
    spin_unlock(&world.d->mm_lock);
    page_put(page_of(m));
    return rc;
}

/* ---- calls ---- */

uint64_t guest_put(unsigned int offset, const void *src, size_t len)
{
    CU_ASSERT_FATAL(host_guest_store(DATA_VA + offset, src, len));
    return DATA_VA + offset;
}

long call(unsigned int nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    const uint64_t args[6] = {a, b, c, d};

    return host_hypercall(nr, args);
}

/* ---- running ---- */

int run_mm_tests(const char *suite, const struct mm_test *tests, unsigned int count)
{
    static const struct host_config config = {.cpus = 2, .frames = 16384, .quiet = true};
    unsigned int run, failed;
    CU_pSuite s;

    host_boot(&config);
    CU_initialize_registry();
    s = CU_add_suite_with_setup_and_teardown(suite, NULL, NULL, world_begin, world_end);
    CU_add_test(s, "warm_up", warm_up);
    for (unsigned int i = 0; i < count; i++)
        CU_add_test(s, tests[i].name, tests[i].fn);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    run = CU_get_number_of_tests_run();
    failed = CU_get_number_of_tests_failed();
    CU_cleanup_registry();
    printf("\n%u passed, %u failed, 0 skipped\n", run - failed, failed);
    return failed != 0;
}
