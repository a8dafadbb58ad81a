/* SPDX-License-Identifier: Apache-2.0 */
/* core/page.c: references, types, and what a frame may become when. Tables are empty here; their
 * check is pv's. */
#include <string.h>

#include <arch/host.h>
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/page_alloc.h>
#include <hv/percpu.h>
#include <public/errno.h>

#include "unit.h"

static struct domain *d, *e;
static struct page *p;

#define COUNT(pg) ((pg)->ref & PGF_COUNT_MASK)

static struct domain *make_domain(void)
{
    static domid_t id = 1;
    struct domain_create_params params = {.id = id++, .max_vcpus = 1};
    struct domain *n = NULL;

    CU_ASSERT_EQUAL_FATAL(domain_create(&params, &n), 0);
    n->max_pages = 16;
    return n;
}

static void begin(void)
{
    d = make_domain();
    e = make_domain();
    p = page_alloc_domain(d, 0, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
}

static void end(void)
{
    while (domain_kill(d) == -XEN_ERESTART)
        ;
    while (domain_kill(e) == -XEN_ERESTART)
        ;
    host_settle();
}

static int get_table(struct page *pg, enum page_type t)
{
    int rc;

    spin_lock(&pg->owner->mm_lock);
    rc = page_get_and_type(pg, pg->owner, t);
    spin_unlock(&pg->owner->mm_lock);
    return rc;
}

static void put_table(struct page *pg)
{
    struct spinlock *l = &pg->owner->mm_lock;

    spin_lock(l);
    page_put_and_type(pg);
    spin_unlock(l);
}

static void references(void)
{
    begin();
    CU_ASSERT_TRUE(page_get(p, d));
    CU_ASSERT_FALSE(page_get(p, e));
    CU_ASSERT_EQUAL(COUNT(p), 2);
    page_put(p);
    CU_ASSERT_EQUAL(COUNT(p), 1);
    CU_ASSERT_PTR_EQUAL(page_owner(p), d);
    end();
    CU_ASSERT_FALSE(page_get(p, d)); /* free */
    CU_ASSERT_PTR_NULL(page_owner(p));
}

/* A frame that its owner gave up goes only when the last user lets go of it. */
static void outlives_release(void)
{
    uint64_t free;

    begin();
    free = page_alloc_free();
    CU_ASSERT_TRUE(page_get(p, d));
    CU_ASSERT_TRUE(page_release_from_domain(p, d));
    CU_ASSERT_EQUAL(page_alloc_free(), free);
    CU_ASSERT_EQUAL(d->tot_pages, 1);
    CU_ASSERT_PTR_EQUAL(page_owner(p), d);
    page_put(p);
    CU_ASSERT_EQUAL(page_alloc_free(), free + 1);
    CU_ASSERT_EQUAL(d->tot_pages, 0);
    end();
}

static void overflow(void)
{
    begin();
    p->ref |= PGF_COUNT_MASK;
    CU_ASSERT_FALSE(page_get(p, d));
    p->ref = PGF_ALLOCATED | 1;
    CU_ASSERT_EQUAL(page_get_type(p, PT_WRITABLE), 0);
    p->type |= PTF_COUNT_MASK;
    CU_ASSERT_EQUAL(page_get_type(p, PT_WRITABLE), -XEN_EINVAL);
    p->type = (p->type & ~PTF_COUNT_MASK) | 1;
    page_put_type(p);
    end();
}

/* Never a table and writable at once. */
static void one_type_at_a_time(void)
{
    begin();
    CU_ASSERT_EQUAL(page_get_and_type(p, d, PT_WRITABLE), 0);
    CU_ASSERT_EQUAL(page_get_and_type(p, d, PT_WRITABLE), 0);
    CU_ASSERT_EQUAL(page_type(p), PT_WRITABLE);
    CU_ASSERT_EQUAL(page_type_count(p), 2);
    CU_ASSERT_EQUAL(get_table(p, PT_L1), -XEN_EINVAL);
    CU_ASSERT_EQUAL(get_table(p, PT_SEGDESC), -XEN_EINVAL);
    page_put_and_type(p);
    CU_ASSERT_EQUAL(get_table(p, PT_L1), -XEN_EINVAL);
    page_put_and_type(p);
    CU_ASSERT_EQUAL(COUNT(p), 1);
    CU_ASSERT_EQUAL(get_table(p, PT_L1), 0);
    CU_ASSERT_EQUAL(get_table(p, PT_L1), 0);
    CU_ASSERT_EQUAL(page_get_and_type(p, d, PT_WRITABLE), -XEN_EINVAL);
    CU_ASSERT_EQUAL(get_table(p, PT_L2), -XEN_EINVAL);
    CU_ASSERT_EQUAL(COUNT(p), 3);
    put_table(p);
    put_table(p);
    CU_ASSERT_EQUAL(page_get_and_type(p, d, PT_WRITABLE), 0);
    page_put_and_type(p);
    end();
}

static void refused_check_leaves_nothing(void)
{
    uint64_t *t;

    begin();
    t = arch_frame_ptr(page_mfn(p));
    t[7] = page_mfn(p).n << PAGE_SHIFT | 3; /* an L1 entry that maps its own table writable */
    CU_ASSERT_EQUAL(get_table(p, PT_L1), -XEN_EINVAL);
    CU_ASSERT_EQUAL(COUNT(p), 1);
    CU_ASSERT_EQUAL(page_type_count(p), 0);
    t[7] = page_mfn(p).n << PAGE_SHIFT | 1; /* read-only is fine */
    CU_ASSERT_EQUAL(get_table(p, PT_L1), 0);
    CU_ASSERT_EQUAL(COUNT(p), 3);
    put_table(p);
    CU_ASSERT_EQUAL(COUNT(p), 1);
    end();
}

/* A new use waits until no TLB knows the old one; the same use again need not. */
static void change_of_type_flushes(void)
{
    uint64_t flushes;

    begin();
    cpumask_set(&d->dirty_cpus, 1);
    CU_ASSERT_EQUAL(page_get_and_type(p, d, PT_WRITABLE), 0);
    page_put_and_type(p);
    flushes = host_tlb_flushes;
    CU_ASSERT_EQUAL(page_get_and_type(p, d, PT_WRITABLE), 0);
    page_put_and_type(p);
    CU_ASSERT_EQUAL(host_tlb_flushes, flushes);
    CU_ASSERT_EQUAL(get_table(p, PT_L1), 0);
    CU_ASSERT(host_tlb_flushes > flushes);
    put_table(p);
    flushes = host_tlb_flushes;
    CU_ASSERT_EQUAL(page_get_and_type(p, d, PT_WRITABLE), 0);
    CU_ASSERT(host_tlb_flushes > flushes);
    page_put_and_type(p);
    cpumask_clear(&d->dirty_cpus, 1);
    end();
}

/* Others than the owner had it: then their CPUs count, not only the owner's. */
static void foreign_users_are_flushed(void)
{
    uint64_t flushes;

    begin();
    CU_ASSERT_EQUAL(page_get_and_type(p, d, PT_WRITABLE),
                    0); /* by the idle domain, which is not d */
    CU_ASSERT((p->ref & PGF_FOREIGN) != 0);
    page_put_and_type(p);
    flushes = host_tlb_flushes;
    CU_ASSERT_EQUAL(get_table(p, PT_L1), 0);
    CU_ASSERT(host_tlb_flushes > flushes);
    CU_ASSERT((p->ref & PGF_FOREIGN) == 0);
    put_table(p);
    end();
}

static void shared_by_the_hypervisor(void)
{
    struct page *rw, *ro;
    uint32_t count;

    begin();
    count = d->hv_page_count;
    rw = page_alloc(0, 0, true);
    ro = page_alloc(0, 0, true);
    page_share_with_guest(rw, d, true);
    page_share_with_guest(ro, d, false);
    CU_ASSERT_EQUAL(d->hv_page_count, count + 2);
    CU_ASSERT_EQUAL(page_get_and_type(rw, d, PT_WRITABLE), 0);
    CU_ASSERT_EQUAL(page_get_and_type(ro, d, PT_WRITABLE), -XEN_EINVAL);
    CU_ASSERT_TRUE(page_get(ro, d));
    CU_ASSERT_EQUAL(get_table(rw, PT_L1), -XEN_EINVAL);
    CU_ASSERT_EQUAL(get_table(ro, PT_L1), -XEN_EINVAL);
    CU_ASSERT_EQUAL(get_table(ro, PT_SEGDESC), -XEN_EINVAL);
    CU_ASSERT_FALSE(page_unshare(rw));
    CU_ASSERT_FALSE(page_unshare(ro));
    page_put_and_type(rw);
    page_put(ro);
    CU_ASSERT_FALSE(page_get(rw, d));
    CU_ASSERT_EQUAL(d->hv_page_count, count);
    CU_ASSERT_TRUE(page_unshare(rw));
    CU_ASSERT_TRUE(page_unshare(ro));
    page_free(rw, 0);
    page_free(ro, 0);
    end();
}

/* A domain stays while somebody holds one of its frames, and goes with the last. */
static void frame_keeps_its_domain(void)
{
    domid_t id;

    begin();
    id = d->id;
    CU_ASSERT_TRUE(page_get(p, d));
    end();
    CU_ASSERT_PTR_EQUAL(page_owner(p), d);
    CU_ASSERT_PTR_EQUAL(domain_get_by_id(id), d);
    CU_ASSERT_PTR_NULL(domain_get_target(id));
    domain_put(d);
    CU_ASSERT_EQUAL(domain_free_id(id), id + 1);
    page_put(p);
    host_settle();
    CU_ASSERT_PTR_NULL(domain_get_by_id(id));
}

static void outside(void)
{
    CU_ASSERT_PTR_NULL(mfn_page(mfn(frame_table_size)));
    CU_ASSERT_PTR_NULL(mfn_page(INVALID_MFN));
    CU_ASSERT_PTR_NULL(mfn_page(mfn(frame_table_size / 2))); /* the hole */
    CU_ASSERT_PTR_EQUAL(mfn_page(mfn(5)), &frame_table[5]);
}

static void put_too_often(void)
{
    begin();
    page_put(p);
    page_put(p);
    page_put(p);
}

static void type_put_too_often(void)
{
    begin();
    page_put_type(p);
}

static void freed_while_typed(void)
{
    begin();
    CU_ASSERT_EQUAL(page_get_type(p, PT_WRITABLE), 0);
    page_put(p);
}

static void table_without_lock(void)
{
    begin();
    (void)!page_get_type(p, PT_L1);
}

static void misuse_stops_the_host(void)
{
    CU_ASSERT_TRUE(host_panics(put_too_often, "bug at"));
    CU_ASSERT_TRUE(host_panics(type_put_too_often, "bug at"));
    CU_ASSERT_TRUE(host_panics(freed_while_typed, "bug at"));
    CU_ASSERT_TRUE(host_panics(table_without_lock, "bug at"));
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT_TEST(references),
        UNIT_TEST(outlives_release),
        UNIT_TEST(overflow),
        UNIT_TEST(one_type_at_a_time),
        UNIT_TEST(refused_check_leaves_nothing),
        UNIT_TEST(change_of_type_flushes),
        UNIT_TEST(foreign_users_are_flushed),
        UNIT_TEST(shared_by_the_hypervisor),
        UNIT_TEST(frame_keeps_its_domain),
        UNIT_TEST(outside),
        UNIT_TEST(misuse_stops_the_host),
    };
    const struct host_config machine = {.cpus = 2, .frames = 2048, .quiet = true};

    host_boot(&machine);
    return run_unit_tests("page_counts", tests, ARRAY_SIZE(tests));
}
