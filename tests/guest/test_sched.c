/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving up the CPU: yield returns; poll wakes for a pending port at once, for a timer when its
 * time has come, and refuses what it cannot watch; block wakes for an event although it came
 * before; the watchdog counts.
 */
#include "test.h"

#define MS 1000000UL

static evtchn_port_t port;

static long poll(evtchn_port_t *ports, unsigned int count, uint64_t timeout)
{
    struct sched_poll arg = {.nr_ports = count, .timeout = timeout};

    set_xen_guest_handle(arg.ports, ports);
    return hypercall_sched_op(SCHEDOP_poll, &arg);
}

static void check_poll(void)
{
    struct evtchn_send send = {.port = port};
    evtchn_port_t bad = 100000;
    uint64_t when;

    event_mask(port);
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_send, &send), 0);
    CHECK(event_is_pending(port));
    CHECK_EQ(poll(&port, 1, 0), 0); /* pending: at once, although masked */
    event_clear(port);
    when = time_now() + 3 * MS;
    CHECK_EQ(poll(&port, 1, when), 0);
    CHECK(time_now() >= when);
    CHECK_EQ(poll(&port, 1, 1), 0); /* a time in the past */
    CHECK_EQ(poll(&bad, 1, time_now() + MS), -XEN_EINVAL);
    CHECK_EQ(poll(&port, 129, time_now() + MS), -XEN_EINVAL);
    CHECK_EQ(poll((evtchn_port_t *)0x10000, 1, time_now() + MS), -XEN_EFAULT);
    CHECK_EQ(poll((evtchn_port_t *)(HYPERVISOR_VIRT_END - PAGE_SIZE), 1, time_now() + MS),
             -XEN_EFAULT);
}

static void check_block(void)
{
    struct evtchn_send send = {.port = port};

    event_clear(port);
    event_unmask_quietly(port);
    event_count[port] = 0;
    guest_shared->vcpu_info[0].evtchn_pending_sel = 0;
    guest_shared->vcpu_info[0].evtchn_upcall_pending = 0;
    event_disable();
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_send, &send), 0);
    CHECK_EQ(event_count[port], 0);
    CHECK_EQ(hypercall_sched_op(SCHEDOP_block, NULL), 0); /* opens the mask and does not sleep */
    CHECK_EQ(event_count[port], 1);
    CHECK_EQ(guest_shared->vcpu_info[0].evtchn_upcall_mask, 0);
    event_disable();
}

static void check_watchdog(void)
{
    struct sched_watchdog dog = {.id = 0, .timeout = 100};
    long id = hypercall_sched_op(SCHEDOP_watchdog, &dog);

    CHECK(id > 0);
    dog.id = (uint32_t)id;
    CHECK_EQ(hypercall_sched_op(SCHEDOP_watchdog, &dog), 0);
    dog.timeout = 0;
    CHECK_EQ(hypercall_sched_op(SCHEDOP_watchdog, &dog), 0);
    CHECK_EQ(hypercall_sched_op(SCHEDOP_watchdog, &dog), -XEN_EINVAL); /* gone */
    dog = (struct sched_watchdog){.id = 1000, .timeout = 5};
    CHECK_EQ(hypercall_sched_op(SCHEDOP_watchdog, &dog), -XEN_EINVAL);
}

static void check_refused(void)
{
    struct sched_remote_shutdown remote = {.domain_id = 1234, .reason = SHUTDOWN_crash};

    CHECK_EQ(hypercall_sched_op(SCHEDOP_remote_shutdown, &remote), -XEN_ESRCH);
    CHECK_EQ(hypercall_sched_op(4321, NULL), -XEN_ENOSYS);
}

void test_run(void)
{
    struct evtchn_bind_ipi ipi = {.vcpu = 0};

    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_ipi, &ipi), 0);
    port = ipi.port;
    for (int i = 0; i < 1000; i++)
        if (hypercall_sched_op(SCHEDOP_yield, NULL))
            CHECK(0);
    check_poll();
    check_block();
    check_watchdog();
    check_refused();
}
