/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event channels inside one domain: ports are made in every way that there is, carry events while
 * unmasked, keep them while masked, report their state, and close. Wrong ports, vcpus, domains and
 * numbers are refused.
 */
#include "test.h"

static long status_of(evtchn_port_t port, struct evtchn_status *status)
{
    *status = (struct evtchn_status){.dom = DOMID_SELF, .port = port};
    return hypercall_event_channel_op(EVTCHNOP_status, status);
}

static long send(evtchn_port_t port)
{
    struct evtchn_send arg = {.port = port};

    return hypercall_event_channel_op(EVTCHNOP_send, &arg);
}

static long close_port(evtchn_port_t port)
{
    struct evtchn_close arg = {.port = port};

    return hypercall_event_channel_op(EVTCHNOP_close, &arg);
}

static void check_interdomain(void)
{
    struct evtchn_alloc_unbound made = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    struct evtchn_bind_interdomain bound = {.remote_dom = DOMID_SELF};
    struct evtchn_status status;

    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &made), 0);
    CHECK(made.port > 0 && made.port < EVENT_PORTS);
    CHECK_EQ(status_of(made.port, &status), 0);
    CHECK_EQ(status.status, EVTCHNSTAT_unbound);
    CHECK_EQ(send(made.port), 0); /* to nobody: kept silent */
    bound.remote_port = made.port;
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_interdomain, &bound), 0);
    CHECK(bound.local_port != made.port);
    CHECK(event_is_pending(bound.local_port)); /* set by the binding itself */
    event_clear(bound.local_port);
    CHECK_EQ(status_of(bound.local_port, &status), 0);
    CHECK_EQ(status.status, EVTCHNSTAT_interdomain);
    CHECK_EQ(status.u.interdomain.port, made.port);
    CHECK_EQ(status_of(made.port, &status), 0);
    CHECK_EQ(status.status, EVTCHNSTAT_interdomain);
    CHECK_EQ(status.u.interdomain.port, bound.local_port);
    /* Bound already. */
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_interdomain, &bound), -XEN_EINVAL);
    /* There and back. */
    CHECK_EQ(send(made.port), 0);
    CHECK(event_is_pending(bound.local_port));
    CHECK(!event_is_pending(made.port));
    CHECK_EQ(send(bound.local_port), 0);
    CHECK(event_is_pending(made.port));
    event_clear(made.port);
    event_clear(bound.local_port);
    /* Closing one end leaves the other unbound. */
    CHECK_EQ(close_port(bound.local_port), 0);
    CHECK_EQ(status_of(made.port, &status), 0);
    CHECK_EQ(status.status, EVTCHNSTAT_unbound);
    CHECK_EQ(close_port(made.port), 0);
    CHECK_EQ(status_of(made.port, &status), 0);
    CHECK_EQ(status.status, EVTCHNSTAT_closed);
    CHECK_EQ(close_port(made.port), -XEN_EINVAL);
}

static void check_delivery(void)
{
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    struct evtchn_status status;
    struct evtchn_unmask unmask;
    unsigned long before;

    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_ipi, &ipi), 0);
    CHECK_EQ(status_of(ipi.port, &status), 0);
    CHECK_EQ(status.status, EVTCHNSTAT_ipi);
    CHECK_EQ(status.vcpu, 0);
    /* Upcalls masked: pending only. */
    event_mask(ipi.port);
    event_clear(ipi.port);
    guest_shared->vcpu_info[0].evtchn_upcall_pending = 0;
    guest_shared->vcpu_info[0].evtchn_pending_sel = 0;
    CHECK_EQ(send(ipi.port), 0);
    CHECK(event_is_pending(ipi.port));
    CHECK_EQ(guest_shared->vcpu_info[0].evtchn_upcall_pending, 0); /* masked port: no notice */
    unmask.port = ipi.port;
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_unmask, &unmask), 0);
    CHECK(!event_is_masked(ipi.port));
    CHECK_EQ(guest_shared->vcpu_info[0].evtchn_upcall_pending, 1);
    CHECK_EQ(event_count[ipi.port], 0);
    event_enable();
    CHECK_EQ(event_count[ipi.port], 1);
    CHECK(!event_is_pending(ipi.port));
    /* Open: at once. */
    before = event_upcalls;
    CHECK_EQ(send(ipi.port), 0);
    CHECK_EQ(event_count[ipi.port], 2);
    CHECK_EQ(event_upcalls, before + 1);
    for (int i = 0; i < 100; i++)
        send(ipi.port);
    CHECK_EQ(event_count[ipi.port], 102);
    event_disable();
    /* Many sends while closed are one event. */
    for (int i = 0; i < 5; i++)
        send(ipi.port);
    event_enable();
    CHECK_EQ(event_count[ipi.port], 103);
    event_disable();
    CHECK_EQ(close_port(ipi.port), 0);
    CHECK_EQ(send(ipi.port), -XEN_EINVAL);
}

static void check_virq(void)
{
    struct evtchn_bind_virq virq = {.virq = VIRQ_DEBUG, .vcpu = 0};
    struct evtchn_bind_vcpu move;
    struct evtchn_status status;

    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_virq, &virq), 0);
    CHECK_EQ(status_of(virq.port, &status), 0);
    CHECK_EQ(status.status, EVTCHNSTAT_virq);
    CHECK_EQ(status.u.virq, VIRQ_DEBUG);
    CHECK_EQ(send(virq.port), -XEN_EINVAL); /* only the hypervisor sends */
    move = (struct evtchn_bind_vcpu){.port = virq.port, .vcpu = 0};
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_vcpu, &move), -XEN_EINVAL);
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_virq, &virq), -XEN_EEXIST);
    CHECK_EQ(close_port(virq.port), 0);
    virq.virq = NR_VIRQS;
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_virq, &virq), -XEN_EINVAL);
    virq.virq = ~0u;
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_virq, &virq), -XEN_EINVAL);
    virq = (struct evtchn_bind_virq){.virq = VIRQ_TIMER, .vcpu = 999};
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_virq, &virq), -XEN_ENOENT);
    virq = (struct evtchn_bind_virq){.virq = VIRQ_TIMER, .vcpu = ~0u};
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_virq, &virq), -XEN_ENOENT);
}

static void check_refused(void)
{
    static const evtchn_port_t ports[] = {0, 4095, 4096, 0x20000, 0xffffffff};
    struct evtchn_alloc_unbound made = {.dom = 1234, .remote_dom = 0};
    struct evtchn_bind_interdomain bound = {.remote_dom = 1234, .remote_port = 1};
    struct evtchn_bind_ipi ipi = {.vcpu = 999};
    struct evtchn_bind_pirq pirq = {.pirq = 0xffffffff};
    struct evtchn_status status;

    for (unsigned int i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        struct evtchn_unmask unmask = {.port = ports[i]};
        struct evtchn_bind_vcpu move = {.port = ports[i]};

        CHECK_EQ_AT(send(ports[i]), -XEN_EINVAL, i);
        CHECK_EQ_AT(close_port(ports[i]), -XEN_EINVAL, i);
        CHECK_EQ_AT(hypercall_event_channel_op(EVTCHNOP_bind_vcpu, &move), -XEN_EINVAL, i);
        if (ports[i] >= 4096) {
            CHECK_EQ_AT(hypercall_event_channel_op(EVTCHNOP_unmask, &unmask), -XEN_EINVAL, i);
            CHECK_EQ_AT(status_of(ports[i], &status), -XEN_EINVAL, i);
        }
    }
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &made), -XEN_ESRCH);
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_interdomain, &bound), -XEN_ESRCH);
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_ipi, &ipi), -XEN_ENOENT);
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_bind_pirq, &pirq), -XEN_EINVAL);
    status = (struct evtchn_status){.dom = 1234, .port = 1};
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_status, &status), -XEN_ESRCH);
}

/* As many ports as there are, then no more, then again. */
static void check_exhaustion(void)
{
    struct evtchn_alloc_unbound made;
    unsigned int count = 0;
    long rc;

    for (;;) {
        made = (struct evtchn_alloc_unbound){.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
        rc = hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &made);
        if (rc)
            break;
        if (made.port == 0 || made.port >= EVENT_PORTS || ++count > EVENT_PORTS)
            break;
    }
    CHECK_EQ(rc, -XEN_ENOSPC);
    CHECK(count >= 1000 && count <= EVENT_PORTS);
    for (evtchn_port_t port = 1; port < EVENT_PORTS; port++)
        count -= close_port(port) == 0;
    CHECK_EQ(count, 0);
}

void test_run(void)
{
    check_interdomain();
    check_delivery();
    check_virq();
    check_refused();
    check_exhaustion();
}
