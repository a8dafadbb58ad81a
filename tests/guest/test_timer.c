/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock goes forward, never back; a one-shot timer brings VIRQ_TIMER, not before its time; one
 * in the past fires at once, one that was stopped does not; blocking sleeps until then. Nothing
 * here asks how late.
 */
#include "test.h"

#define MS 1000000UL

static evtchn_port_t port;

static void check_clock(void)
{
    uint64_t last = time_now(), now = 0;
    int backwards = 0;

    for (int i = 0; i < 20000; i++) {
        now = time_now();
        backwards += now < last;
        last = now;
    }
    CHECK_EQ(backwards, 0);
    CHECK(guest_shared->wc_sec > 1600000000);
    CHECK_EQ(guest_shared->wc_version & 1, 0);
}

/* Block until the event has come; answers whether it did, in at most `tries` sleeps. */
static int sleep_for_event(unsigned long wanted, int tries)
{
    while (event_count[port] < wanted && tries--)
        hypercall_sched_op(SCHEDOP_block, NULL);
    return event_count[port] >= wanted;
}

static void check_one_shot(void)
{
    for (int round = 1; round <= 5; round++) {
        uint64_t when = time_now() + 3 * MS;

        CHECK_EQ_AT(hypercall_set_timer_op(when), 0, round);
        CHECK(sleep_for_event((unsigned long)round, 10));
        CHECK(time_now() >= when);
        CHECK_EQ_AT(event_count[port], round, round);
    }
}

static void check_past(void)
{
    unsigned long before = event_count[port];

    CHECK_EQ(hypercall_set_timer_op(1), 0);
    CHECK(WAIT_FOR(event_count[port] > before, 1000000));
    CHECK_EQ(event_count[port], before + 1);
}

static void check_stop(void)
{
    unsigned long before = event_count[port];
    uint64_t end = time_now() + 20 * MS;

    CHECK_EQ(hypercall_set_timer_op(time_now() + 5 * MS), 0);
    CHECK_EQ(hypercall_set_timer_op(0), 0);
    while (time_now() < end)
        hypercall_sched_op(SCHEDOP_yield, NULL);
    CHECK_EQ(event_count[port], before);
}

static void check_vcpu_timer(void)
{
    struct vcpu_set_singleshot_timer shot = {.timeout_abs_ns = time_now() + 2 * MS};
    unsigned long before = event_count[port];
    long rc;

    CHECK_EQ(hypercall_vcpu_op(VCPUOP_set_singleshot_timer, 0, &shot), 0);
    CHECK(sleep_for_event(before + 1, 10));
    CHECK(time_now() >= shot.timeout_abs_ns);
    shot.timeout_abs_ns = 1;
    shot.flags = VCPU_SSHOTTMR_future;
    /* In the past: refused, or, as later versions have it, the flag is ignored and the event comes
     * at once. */
    rc = hypercall_vcpu_op(VCPUOP_set_singleshot_timer, 0, &shot);
    CHECK(rc == -XEN_ETIME || rc == 0);
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL), 0);
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_set_singleshot_timer, 1, &shot) < 0, 1);
}

static void check_periodic(void)
{
    struct vcpu_set_periodic_timer periodic = {.period_ns = 2 * MS};
    unsigned long before = event_count[port];

    CHECK_EQ(hypercall_vcpu_op(VCPUOP_set_periodic_timer, 0, &periodic), 0);
    CHECK(
        WAIT_FOR(event_count[port] >= before + 5, 10000000)); /* it ticks for running vcpus only */
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    periodic.period_ns = 1000;
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_set_periodic_timer, 0, &periodic), -XEN_EINVAL);
    periodic.period_ns = ~0UL;
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_set_periodic_timer, 0, &periodic), -XEN_EINVAL);
}

void test_run(void)
{
    struct evtchn_bind_virq virq = {.virq = VIRQ_TIMER, .vcpu = 0};

    CHECK_EQ(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_virq, &virq), 0);
    port = virq.port;
    event_unmask_quietly(port);
    event_enable();
    event_count[port] = 0;
    check_clock();
    check_one_shot();
    check_past();
    check_stop();
    check_vcpu_timer();
    check_periodic();
}
