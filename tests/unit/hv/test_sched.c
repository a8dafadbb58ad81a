/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler as a simulation: virtual time, vCPUs that only burn it or sleep, and the mechanism
 * and policies of the hypervisor themselves. Each machine is a child process; what it measured
 * comes back in shared memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arch/host.h>
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/percpu.h>
#include <hv/sched.h>
#include <hv/sched_policy.h>
#include <hv/time.h>
#include <public/domctl.h>
#include <public/errno.h>

#include "unit.h"

#define STEP (200 * NS_PER_US)

/* What a child measured: per domain the running time in per mille of one CPU's time, and free
 * numbers. */
static struct outcome {
    long share[8];
    long number[8];
} * out;

/* ---- in the child ---- */

static struct domain *dom[8];
static unsigned int nr_doms;
static void (*each_step)(void);

static struct domain *new_domain(unsigned int vcpus, unsigned int weight, unsigned int cap)
{
    struct domain_create_params p = {.id = (domid_t)(nr_doms + 1), .max_vcpus = vcpus};
    struct xen_domctl_scheduler_op op = {.sched_id = sched_id(),
                                         .cmd = XEN_DOMCTL_SCHEDOP_putinfo,
                                         .u.credit = {(uint16_t)weight, (uint16_t)cap}};
    struct domain *d;

    if (domain_create(&p, &d))
        abort();
    if (weight && sched_adjust_domain(d, &op))
        abort();
    for (unsigned int i = 0; i < vcpus; i++) {
        struct vcpu *v = vcpu_create(d, i);

        if (!v)
            abort();
        atomic_and(&v->pause_flags, ~(uint32_t)VPF_DOWN);
    }
    dom[nr_doms++] = d;
    return d;
}

static void start_all(void)
{
    for (unsigned int i = 0; i < nr_doms; i++)
        if (dom[i]->control_pause_count)
            domain_unpause_by_control(dom[i]);
    host_settle();
}

static uint64_t ran(struct domain *d)
{
    struct vcpu *v;
    uint64_t sum = 0;

    for_each_vcpu(d, v)
    {
        struct vcpu_runstate_info r;

        sched_runstate(v, &r);
        sum += r.time[RUNSTATE_running];
    }
    return sum;
}

static void pass(uint64_t ns)
{
    for (uint64_t t = 0; t < ns; t += STEP) {
        host_advance(STEP);
        host_settle();
        if (each_step) {
            each_step();
            host_settle();
        }
    }
}

/* Let time pass and note every domain's share of it. */
static void measure(uint64_t ns)
{
    uint64_t before[8];

    start_all();
    pass(200 * NS_PER_MS); /* the start is not typical */
    for (unsigned int i = 0; i < nr_doms; i++)
        before[i] = ran(dom[i]);
    pass(ns);
    for (unsigned int i = 0; i < nr_doms; i++)
        out->share[i] = (long)((ran(dom[i]) - before[i]) * 1000 / ns);
}

/* ---- in the parent ---- */

static bool on_machine(unsigned int cpus, const char *options, void (*fn)(void))
{
    int status;
    pid_t pid;

    memset(out, 0, sizeof(*out));
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        const struct host_config machine = {.cpus = cpus, .frames = 2048, .quiet = true};

        cmdline_parse(options);
        host_boot(&machine);
        fn();
        _exit(0);
    }
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#define NEAR(value, expected, tolerance)                                                           \
    CU_ASSERT((value) >= (expected) - (tolerance) && (value) <= (expected) + (tolerance))

static void fn_equal(void)
{
    new_domain(1, 256, 0);
    new_domain(1, 256, 0);
    measure(3 * NS_PER_SEC);
}

static void equal_shares(void)
{
    CU_ASSERT_TRUE(on_machine(1, "", fn_equal));
    NEAR(out->share[0], 500, 20);
    NEAR(out->share[1], 500, 20);
}

static void fn_weights(void)
{
    new_domain(1, 256, 0);
    new_domain(1, 512, 0);
    new_domain(1, 1024, 0);
    measure(6 * NS_PER_SEC);
}

static void weights(void)
{
    CU_ASSERT_TRUE(on_machine(1, "", fn_weights));
    NEAR(out->share[0], 143, 20);
    NEAR(out->share[1], 286, 20);
    NEAR(out->share[2], 571, 20);
}

/* The weight is the domain's, however many vCPUs it has. */
static void fn_many_vcpus(void)
{
    new_domain(1, 256, 0);
    new_domain(3, 256, 0);
    measure(6 * NS_PER_SEC);
}

static void weight_is_the_domains(void)
{
    CU_ASSERT_TRUE(on_machine(1, "", fn_many_vcpus));
    NEAR(out->share[0], 500, 30);
    NEAR(out->share[1], 500, 30);
}

static void fn_caps(void)
{
    new_domain(1, 256, 25);
    new_domain(2, 256, 50);
    new_domain(2, 256, 150);
    measure(6 * NS_PER_SEC);
}

/* On a machine with CPUs to spare a cap is what limits; without one a domain gets all it can use.
 */
static void caps(void)
{
    CU_ASSERT_TRUE(on_machine(8, "", fn_caps));
    NEAR(out->share[0], 250, 15);
    NEAR(out->share[1], 500, 30);
    NEAR(out->share[2], 1500, 60);
}

static void fn_cap_contended(void)
{
    new_domain(1, 256, 20);
    new_domain(1, 256, 0);
    measure(6 * NS_PER_SEC);
}

static void cap_leaves_the_rest_to_others(void)
{
    CU_ASSERT_TRUE(on_machine(1, "", fn_cap_contended));
    NEAR(out->share[0], 200, 15);
    NEAR(out->share[1], 800, 15);
}

static void fn_uncapped_again(void)
{
    struct xen_domctl_scheduler_op op = {
        .sched_id = sched_id(), .cmd = XEN_DOMCTL_SCHEDOP_putinfo, .u.credit = {0, 0}};
    struct domain *d = new_domain(1, 256, 10);

    measure(2 * NS_PER_SEC);
    out->number[0] = out->share[0];
    out->number[1] = sched_adjust_domain(d, &op);
    measure(2 * NS_PER_SEC);
}

static void cap_taken_away(void)
{
    CU_ASSERT_TRUE(on_machine(1, "", fn_uncapped_again));
    NEAR(out->number[0], 100, 15);
    CU_ASSERT_EQUAL(out->number[1], 0);
    NEAR(out->share[0], 1000, 1);
}

static void fn_three_on_two(void)
{
    new_domain(1, 256, 0);
    new_domain(1, 256, 0);
    new_domain(1, 256, 0);
    measure(6 * NS_PER_SEC);
}

/* No CPU idles while somebody waits, and nobody is stuck behind another. */
static void work_conserving(void)
{
    CU_ASSERT_TRUE(on_machine(2, "", fn_three_on_two));
    NEAR(out->share[0] + out->share[1] + out->share[2], 2000, 10);
    NEAR(out->share[0], 667, 60);
    NEAR(out->share[1], 667, 60);
    NEAR(out->share[2], 667, 60);
    CU_ASSERT_TRUE(on_machine(4, "", fn_three_on_two));
    NEAR(out->share[0] + out->share[1] + out->share[2], 3000, 3);
}

/* ---- sleepers ---- */

static struct vcpu *sleeper;
static uint64_t woken_at, worst_wait, naps, settled_at;

/* Sleeps 5 ms, runs a step, and so on; how long from wake-up to running? */
static void nap(void)
{
    static uint64_t slept_at;
    uint64_t now = arch_now_ns();

    if (sleeper->runstate.state == RUNSTATE_running) {
        if (woken_at && now > settled_at) {
            worst_wait = MAX(worst_wait, now - woken_at);
            naps++;
        }
        woken_at = 0;
        atomic_or(&sleeper->pause_flags, VPF_BLOCKED);
        sched_sleep(sleeper, false);
        slept_at = now;
    } else if (sleeper->pause_flags & VPF_BLOCKED && now - slept_at >= 5 * NS_PER_MS) {
        woken_at = now;
        vcpu_unblock(sleeper);
    }
}

static void fn_sleeper(void)
{
    struct cpumask first = {{1}};

    /* Both on one CPU of two: the time of the other keeps both in credit, only the boost tells them
     * apart. */
    sleeper = new_domain(1, 256, 0)->vcpu[0];
    sched_set_affinity(sleeper, &first, NULL);
    sched_set_affinity(new_domain(1, 256, 0)->vcpu[0], &first, NULL);
    each_step = nap;
    settled_at = arch_now_ns() + 200 * NS_PER_MS; /* everybody starts with a boost and no credit */
    measure(3 * NS_PER_SEC);
    out->number[0] = (long)(worst_wait / NS_PER_US);
    out->number[1] = (long)naps;
}

/* Who sleeps most of the time runs soon after it wakes, not a slice later. */
static void sleeper_runs_soon(void)
{
    CU_ASSERT_TRUE(on_machine(2, "", fn_sleeper));
    CU_ASSERT(out->number[1] > 300);
    CU_ASSERT(out->number[0] <= 1500); /* the rate limit and a step */
    CU_ASSERT(out->share[1] > 900);
}

static void fn_affinity(void)
{
    struct cpumask one = {{2}}, none = {{0}}, absent = {{0}};
    struct domain *d = new_domain(2, 256, 0);

    new_domain(2, 256, 0);
    cpumask_set(&absent, 200);
    out->number[0] = sched_set_affinity(d->vcpu[0], &none, NULL);
    out->number[1] = sched_set_affinity(d->vcpu[0], &absent, NULL);
    start_all();
    pass(50 * NS_PER_MS);
    out->number[2] = sched_set_affinity(d->vcpu[0], &one, NULL);
    host_settle();
    for (unsigned int i = 0; i < 1000; i++) {
        pass(STEP);
        if (d->vcpu[0]->processor != 1)
            out->number[3]++;
    }
    measure(NS_PER_SEC);
}

static void affinity(void)
{
    CU_ASSERT_TRUE(on_machine(2, "", fn_affinity));
    CU_ASSERT_EQUAL(out->number[0], -XEN_EINVAL);
    CU_ASSERT_EQUAL(out->number[1], -XEN_EINVAL);
    CU_ASSERT_EQUAL(out->number[2], 0);
    CU_ASSERT_EQUAL(out->number[3], 0);
    NEAR(out->share[0] + out->share[1], 2000, 10);
}

static void fn_runstates(void)
{
    struct vcpu_runstate_info r;
    uint64_t sum = 0, began = arch_now_ns();
    struct domain *d = new_domain(1, 256, 0);

    new_domain(1, 256, 0);
    start_all();
    pass(100 * NS_PER_MS);
    domain_pause_nosync(d);
    host_settle();
    out->number[0] = d->vcpu[0]->runstate.state;
    out->number[1] = d->vcpu[0]->is_running;
    pass(100 * NS_PER_MS);
    domain_unpause(d);
    pass(100 * NS_PER_MS);
    sched_runstate(d->vcpu[0], &r);
    for (unsigned int i = 0; i < 4; i++)
        sum += r.time[i];
    out->number[2] = (long)(arch_now_ns() - began - sum);
    out->number[3] = (long)(r.time[RUNSTATE_offline] / NS_PER_MS);
    out->number[4] = (long)(r.time[RUNSTATE_running] / NS_PER_MS);
}

static void runstates_add_up(void)
{
    CU_ASSERT_TRUE(on_machine(1, "", fn_runstates));
    CU_ASSERT_EQUAL(out->number[0], RUNSTATE_offline);
    CU_ASSERT_EQUAL(out->number[1], 0);
    CU_ASSERT_EQUAL(out->number[2], 0);
    NEAR(out->number[3], 100, 1);
    NEAR(out->number[4], 100, 32);
}

static void fn_yield(void)
{
    struct domain *d = new_domain(1, 256, 0), *e = new_domain(1, 256, 0);
    uint64_t before;

    start_all();
    pass(100 * NS_PER_MS);
    before = ran(e->vcpu[0]->domain);
    for (unsigned int i = 0; i < 50; i++) {
        if (this_cpu()->current == d->vcpu[0])
            sched_give_way();
        host_settle();
        pass(STEP);
    }
    out->number[0] = (long)((ran(e) - before) / STEP);
}

static void yielding(void)
{
    CU_ASSERT_TRUE(on_machine(1, "", fn_yield));
    CU_ASSERT(out->number[0] >= 40);
}

static void fn_rr(void)
{
    out->number[0] = sched_id();
    new_domain(1, 0, 0);
    new_domain(3, 0, 0);
    measure(2 * NS_PER_SEC);
}

static void round_robin(void)
{
    CU_ASSERT_TRUE(on_machine(1, "sched=rr", fn_rr));
    CU_ASSERT_EQUAL(out->number[0], 0x100);
    NEAR(out->share[0], 250, 10);
    NEAR(out->share[1], 750, 10);
    CU_ASSERT_TRUE(on_machine(4, "sched=rr", fn_rr));
    NEAR(out->share[0] + out->share[1], 4000, 4);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT_TEST(equal_shares),
        UNIT_TEST(weights),
        UNIT_TEST(weight_is_the_domains),
        UNIT_TEST(caps),
        UNIT_TEST(cap_leaves_the_rest_to_others),
        UNIT_TEST(cap_taken_away),
        UNIT_TEST(work_conserving),
        UNIT_TEST(sleeper_runs_soon),
        UNIT_TEST(affinity),
        UNIT_TEST(runstates_add_up),
        UNIT_TEST(yielding),
        UNIT_TEST(round_robin),
    };

    out = mmap(NULL, sizeof(*out), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (out == MAP_FAILED)
        return 2;
    return run_unit_tests("sched", tests, ARRAY_SIZE(tests));
}
