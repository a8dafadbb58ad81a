/* SPDX-License-Identifier: Apache-2.0 */
/* core/domain*.c and vcpu.c: making and ending, numbers, pausing, stopping, watchdogs; nothing is
 * left behind. */
#include <string.h>

#include <arch/host.h>
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/heap.h>
#include <hv/page_alloc.h>
#include <hv/percpu.h>
#include <hv/sched.h>
#include <hv/time.h>
#include <public/errno.h>
#include <public/sched.h>

#include "unit.h"

static size_t heap_before;
static uint64_t frames_before;

static struct domain *make(domid_t id, unsigned int vcpus)
{
    struct domain_create_params p = {.id = id, .max_vcpus = vcpus};
    struct domain *d = NULL;

    CU_ASSERT_EQUAL_FATAL(domain_create(&p, &d), 0);
    d->max_pages = 64;
    for (unsigned int i = 0; i < vcpus; i++)
        CU_ASSERT_PTR_NOT_NULL_FATAL(vcpu_create(d, i));
    return d;
}

static void kill(struct domain *d)
{
    int rc;

    while ((rc = domain_kill(d)) == -XEN_ERESTART)
        ;
    CU_ASSERT_EQUAL(rc, 0);
    host_settle();
}

static void start(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu(d, v) atomic_and(&v->pause_flags, ~(uint32_t)VPF_DOWN);
    if (d->control_pause_count)
        CU_ASSERT_EQUAL(domain_unpause_by_control(d), 0);
    host_settle();
}

static unsigned int running(struct domain *d)
{
    struct vcpu *v;
    unsigned int n = 0;

    for_each_vcpu(d, v) n += v->is_running;
    return n;
}

static void remember(void)
{
    heap_before = hv_heap_used();
    frames_before = page_alloc_free();
}

static void expect_nothing_left(void)
{
    CU_ASSERT_EQUAL(hv_heap_used(), heap_before);
    CU_ASSERT_EQUAL(domain_free_id(1), 1);
}

static void comes_and_goes(void)
{
    struct domain *d;

    kill(make(1, 40)); /* the heap keeps a frame of each size it once had */
    remember();
    d = make(1, 40);
    CU_ASSERT_PTR_NOT_NULL(page_alloc_domain(d, 3, 0));
    CU_ASSERT_EQUAL(d->vcpu[0]->info->evtchn_upcall_mask, 1);
    CU_ASSERT_EQUAL(d->vcpu[39]->info->evtchn_upcall_mask, 1); /* beyond shared_info's places */
    CU_ASSERT_PTR_NULL(vcpu_create(d, 5));
    CU_ASSERT_PTR_NULL(vcpu_create(d, 40));
    kill(d);
    expect_nothing_left();
    CU_ASSERT_EQUAL(page_alloc_free(), frames_before);
}

static void refused(void)
{
    struct domain_create_params p = {.id = 3, .max_vcpus = 1};
    struct domain *d = NULL, *other;

    remember();
    p.max_vcpus = 0;
    CU_ASSERT_EQUAL(domain_create(&p, &d), -XEN_EINVAL);
    p.max_vcpus = MAX_DOMAIN_VCPUS + 1;
    CU_ASSERT_EQUAL(domain_create(&p, &d), -XEN_EINVAL);
    p = (struct domain_create_params){.id = DOMID_FIRST_RESERVED, .max_vcpus = 1};
    CU_ASSERT_EQUAL(domain_create(&p, &d), -XEN_EINVAL);
    CU_ASSERT_PTR_NULL(d);
    other = make(3, 1);
    p.id = 3;
    CU_ASSERT_EQUAL(domain_create(&p, &d), -XEN_EEXIST);
    kill(other);
    expect_nothing_left();
}

/* Memory runs out at every possible place: nothing is left behind, nothing breaks. */
static void out_of_memory(void)
{
    struct domain_create_params p = {.id = 1, .max_vcpus = 2};
    static struct page *hog[4096];
    unsigned int held = 0, failures = 0;
    struct domain *d;

    while (held < ARRAY_SIZE(hog) && (hog[held] = page_alloc(0, 0, false)) != NULL)
        held++;
    for (;;) {
        size_t heap = hv_heap_used();

        d = NULL;
        if (domain_create(&p, &d) == 0)
            break;
        failures++;
        CU_ASSERT_EQUAL(hv_heap_used(), heap);
        CU_ASSERT_FATAL(held > 0);
        page_free(hog[--held], 0);
    }
    CU_ASSERT(failures >= 3);
    while (!vcpu_create(d, 0)) {
        CU_ASSERT_FATAL(held > 0);
        page_free(hog[--held], 0);
    }
    kill(d);
    while (held)
        page_free(hog[--held], 0);
}

static void numbers(void)
{
    struct domain *a = make(1, 1), *b = make(2, 1), *c = make(5, 1), *x;

    CU_ASSERT_EQUAL(domain_free_id(1), 3);
    CU_ASSERT_EQUAL(domain_free_id(5), 6);
    CU_ASSERT_EQUAL(domain_free_id(DOMID_FIRST_RESERVED - 1), DOMID_FIRST_RESERVED - 1);
    x = make(DOMID_FIRST_RESERVED - 1, 1);
    CU_ASSERT_EQUAL(domain_free_id(DOMID_FIRST_RESERVED - 1), DOMID_INVALID);
    CU_ASSERT_PTR_EQUAL(domain_get_by_id(5), c);
    domain_put(c);
    CU_ASSERT_PTR_NULL(domain_get_by_id(4));
    CU_ASSERT_PTR_NULL(domain_get_by_id(DOMID_SELF)); /* the idle domain has no self */
    kill(x);
    kill(b);
    kill(a);
    kill(c);
    CU_ASSERT_EQUAL(domain_free_id(1), 1);
}

static void pausing_nests(void)
{
    struct domain *d = make(1, 2);

    CU_ASSERT_EQUAL(running(d), 0);
    start(d);
    CU_ASSERT_EQUAL(running(d), 2);
    domain_pause(d); /* waits for the other CPU; ours leaves its guest here */
    CU_ASSERT_EQUAL(running(d), 0);
    domain_pause(d);
    domain_unpause(d);
    host_settle();
    CU_ASSERT_EQUAL(running(d), 0);
    domain_unpause(d);
    host_settle();
    CU_ASSERT_EQUAL(running(d), 2);
    kill(d);
}

static void control_pauses_count(void)
{
    struct domain *d = make(1, 1);

    CU_ASSERT_TRUE(d->paused_by_control);
    start(d);
    CU_ASSERT_FALSE(d->paused_by_control);
    CU_ASSERT_EQUAL(domain_unpause_by_control(d), -XEN_EINVAL);
    CU_ASSERT_EQUAL(domain_pause_by_control(d), 0);
    CU_ASSERT_EQUAL(domain_pause_by_control(d), 0);
    CU_ASSERT_EQUAL(domain_unpause_by_control(d), 0);
    CU_ASSERT_TRUE(d->paused_by_control);
    CU_ASSERT_EQUAL(domain_unpause_by_control(d), 0);
    CU_ASSERT_FALSE(d->paused_by_control);
    kill(d);
}

/* Created while the domain is paused: paused with it, and let go with it. */
static void late_vcpu(void)
{
    struct domain_create_params p = {.id = 1, .max_vcpus = 2};
    struct domain *d = NULL;

    CU_ASSERT_EQUAL_FATAL(domain_create(&p, &d), 0);
    vcpu_create(d, 0);
    start(d);
    domain_pause(d);
    atomic_and(&vcpu_create(d, 1)->pause_flags, ~(uint32_t)VPF_DOWN);
    host_settle();
    CU_ASSERT_EQUAL(running(d), 0);
    domain_unpause(d);
    host_settle();
    CU_ASSERT_EQUAL(running(d), 2);
    kill(d);
}

/* A vCPU past shared_info's 32: its first vcpu_info stays ours, for those who still write to it. */
static void vcpu_info_moves(void)
{
    struct domain_create_params p = {.id = 1, .max_vcpus = 33};
    struct vcpu_info *first;
    struct domain *d = NULL;
    struct page *page;
    struct vcpu *v;
    size_t heap;

    CU_ASSERT_EQUAL_FATAL(domain_create(&p, &d), 0);
    d->max_pages = 1;
    v = vcpu_create(d, 32);
    page = page_alloc_domain(d, 0, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(v);
    CU_ASSERT_PTR_NOT_NULL_FATAL(page);
    first = v->info;
    heap = hv_heap_used();
    CU_ASSERT_EQUAL(vcpu_info_register(v, page_mfn(page), 64), 0);
    CU_ASSERT_EQUAL(hv_heap_used(), heap);
    CU_ASSERT_PTR_EQUAL(v->info, (char *)arch_frame_ptr(page_mfn(page)) + 64);
    first->evtchn_upcall_mask = 0;
    vcpu_info_release(v);
    CU_ASSERT_PTR_EQUAL(v->info, first);
    CU_ASSERT_EQUAL(first->evtchn_upcall_mask, 1);
    kill(d);
}

static void shutdown_and_resume(void)
{
    struct domain *d = make(1, 2);

    start(d);
    domain_shutdown(d, SHUTDOWN_suspend);
    domain_shutdown(d, SHUTDOWN_crash); /* the first reason stands */
    host_settle();
    CU_ASSERT_TRUE(d->is_shut_down);
    CU_ASSERT_EQUAL(d->shutdown_code, SHUTDOWN_suspend);
    CU_ASSERT_EQUAL(running(d), 0);
    domain_resume(d);
    host_settle();
    CU_ASSERT_FALSE(d->is_shut_down);
    CU_ASSERT_EQUAL(d->shutdown_code, ~0u);
    CU_ASSERT_EQUAL(running(d), 2);
    domain_resume(d); /* of one that is not shut down: nothing */
    host_settle();
    CU_ASSERT_EQUAL(running(d), 2);
    kill(d);
}

static void crash_says_why_once(void)
{
    struct domain *d = make(1, 1);
    const char *text;

    start(d);
    host_console_clear();
    domain_crash(d, "for test %d\n", 7);
    domain_crash(d, "again\n");
    host_settle();
    text = host_console_text();
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "crashed: for test 7"));
    CU_ASSERT_PTR_NULL(strstr(text, "again"));
    CU_ASSERT_EQUAL(d->shutdown_code, SHUTDOWN_crash);
    kill(d);
}

static void watchdogs(void)
{
    struct domain *d = make(1, 1);

    start(d);
    CU_ASSERT_EQUAL(domain_watchdog(d, 0, 0), -XEN_EINVAL);
    CU_ASSERT_EQUAL(domain_watchdog(d, 3, 1), -XEN_EINVAL);
    CU_ASSERT_EQUAL(domain_watchdog(d, 1, 1), -XEN_EINVAL); /* not made yet */
    CU_ASSERT_EQUAL(domain_watchdog(d, 0, 10), 1);
    CU_ASSERT_EQUAL(domain_watchdog(d, 0, 20), 2);
    CU_ASSERT_EQUAL(domain_watchdog(d, 0, 20), -XEN_ENOSPC);
    CU_ASSERT_EQUAL(domain_watchdog(d, 1, 0), 0);
    host_advance(15 * NS_PER_SEC);
    host_settle();
    CU_ASSERT_FALSE(d->is_shut_down);
    CU_ASSERT_EQUAL(domain_watchdog(d, 2, 10), 0); /* wound up again */
    host_advance(9 * NS_PER_SEC);
    host_settle();
    CU_ASSERT_FALSE(d->is_shut_down);
    host_advance(NS_PER_SEC);
    host_settle();
    CU_ASSERT_EQUAL(d->shutdown_code, SHUTDOWN_watchdog);
    kill(d);
}

static void dies_with_a_watchdog(void)
{
    struct domain *d = make(1, 1);

    CU_ASSERT_EQUAL(domain_watchdog(d, 0, 5), 1);
    vcpu_set_periodic_timer(d->vcpu[0], NS_PER_MS);
    kill(d);
    host_advance(10 * NS_PER_SEC);
    host_settle();
}

/* Preempted between any two steps, and killed again when it is dead already. */
static void killed_in_steps(void)
{
    struct domain *d = make(1, 2);

    start(d);
    CU_ASSERT_PTR_NOT_NULL(page_alloc_domain(d, 4, 0));
    CU_ASSERT_TRUE(domain_get(d));
    while (domain_kill(d) == -XEN_ERESTART) {
        CU_ASSERT_PTR_NULL(page_alloc_domain(d, 0, 0));
    }
    CU_ASSERT_EQUAL(d->dying, DOMAIN_DEAD);
    CU_ASSERT_EQUAL(domain_kill(d), 0);
    CU_ASSERT_EQUAL(d->refs, 1);
    domain_put(d);
    host_settle();
    CU_ASSERT_EQUAL(domain_free_id(1), 1);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT_TEST(comes_and_goes),      UNIT_TEST(refused),
        UNIT_TEST(out_of_memory),       UNIT_TEST(numbers),
        UNIT_TEST(pausing_nests),       UNIT_TEST(control_pauses_count),
        UNIT_TEST(late_vcpu),           UNIT_TEST(vcpu_info_moves),
        UNIT_TEST(shutdown_and_resume), UNIT_TEST(crash_says_why_once),
        UNIT_TEST(watchdogs),           UNIT_TEST(dies_with_a_watchdog),
        UNIT_TEST(killed_in_steps),
    };
    const struct host_config machine = {.cpus = 3, .frames = 4096, .quiet = true};

    host_boot(&machine);
    return run_unit_tests("domain", tests, ARRAY_SIZE(tests));
}
