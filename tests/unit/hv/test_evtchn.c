/* SPDX-License-Identifier: Apache-2.0 */
/* Event channels: states, sending, masking, closing from either side, polling, death. */
#include "harness.h"

#include <string.h>

#include <hv/evtchn.h>
#include <public/errno.h>
#include <public/event_channel.h>
#include <public/sched.h>

#define EVT __HYPERVISOR_event_channel_op

static bool pending(const struct guest *g, evtchn_port_t port)
{
    return (g->d->shared->evtchn_pending[port / 64] >> (port % 64)) & 1;
}

static void set_mask(const struct guest *g, evtchn_port_t port, bool on)
{
    uint64_t bit = 1ull << (port % 64);

    if (on)
        g->d->shared->evtchn_mask[port / 64] |= bit;
    else
        g->d->shared->evtchn_mask[port / 64] &= ~bit;
}

static bool upcall(const struct guest *g, unsigned int vcpu)
{
    return g->d->vcpu[vcpu]->info->evtchn_upcall_pending;
}

/* As a guest's interrupt handler would. */
static void consume(const struct guest *g, unsigned int vcpu, evtchn_port_t port)
{
    struct vcpu_info *info = g->d->vcpu[vcpu]->info;

    info->evtchn_upcall_pending = 0;
    info->evtchn_pending_sel = 0;
    g->d->shared->evtchn_pending[port / 64] &= ~(1ull << (port % 64));
}

static evtchn_port_t alloc(const struct guest *g, domid_t remote)
{
    struct evtchn_alloc_unbound op = {.dom = DOMID_SELF, .remote_dom = remote};

    act_as(g, 0);
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_alloc_unbound, &op), 0);
    return op.port;
}

static evtchn_port_t bind(const struct guest *g, const struct guest *to, evtchn_port_t port)
{
    struct evtchn_bind_interdomain op = {.remote_dom = to->d->id, .remote_port = port};

    act_as(g, 0);
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_bind_interdomain, &op), 0);
    return op.local_port;
}

static long send_on(const struct guest *g, evtchn_port_t port)
{
    struct evtchn_send op = {.port = port};

    act_as(g, 0);
    return call_op(EVT, EVTCHNOP_send, &op);
}

static long close_port(const struct guest *g, evtchn_port_t port)
{
    struct evtchn_close op = {.port = port};

    act_as(g, 0);
    return call_op(EVT, EVTCHNOP_close, &op);
}

static struct evtchn_status status(const struct guest *g, evtchn_port_t port)
{
    struct evtchn_status op = {.dom = DOMID_SELF, .port = port};

    act_as(g, 0);
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_status, &op), 0);
    return op;
}

static void interdomain(void)
{
    evtchn_port_t p1 = alloc(g1, 2), p2;

    CU_ASSERT_EQUAL(status(g1, p1).status, EVTCHNSTAT_unbound);
    CU_ASSERT_EQUAL(status(g1, p1).u.unbound.dom, 2);
    CU_ASSERT_EQUAL(send_on(g1, p1), 0); /* nobody hears it */
    p2 = bind(g2, g1, p1);
    CU_ASSERT_TRUE(pending(g2, p2)); /* what came before the connection */
    consume(g2, 0, p2);
    CU_ASSERT_EQUAL(status(g1, p1).status, EVTCHNSTAT_interdomain);
    CU_ASSERT_EQUAL(status(g1, p1).u.interdomain.dom, 2);
    CU_ASSERT_EQUAL(status(g1, p1).u.interdomain.port, p2);
    CU_ASSERT_EQUAL(send_on(g1, p1), 0);
    CU_ASSERT_TRUE(pending(g2, p2));
    CU_ASSERT_TRUE(upcall(g2, 0));
    CU_ASSERT_EQUAL(g2->d->vcpu[0]->info->evtchn_pending_sel, 1ull << (p2 / 64));
    CU_ASSERT_FALSE(pending(g1, p1));
    consume(g2, 0, p2);
    CHECK_WORLD();
    CU_ASSERT_EQUAL(close_port(g2, p2), 0);
    CU_ASSERT_EQUAL(status(g1, p1).status, EVTCHNSTAT_unbound);
    CU_ASSERT_EQUAL(status(g2, p2).status, EVTCHNSTAT_closed);
    CHECK_WORLD();
    p2 = bind(g2, g1, p1); /* and again */
    CU_ASSERT_EQUAL(close_port(g1, p1), 0);
    CU_ASSERT_EQUAL(status(g2, p2).status, EVTCHNSTAT_unbound);
    CU_ASSERT_EQUAL(close_port(g2, p2), 0);
    CU_ASSERT_EQUAL(close_port(g2, p2), -XEN_EINVAL);
    CU_ASSERT_EQUAL(evtchn_count(g1->d) + evtchn_count(g2->d), 0);
    CHECK_WORLD();
}

static void refusals(void)
{
    struct evtchn_bind_interdomain b = {.remote_dom = 1};
    struct evtchn_alloc_unbound a = {.dom = 1, .remote_dom = 0};
    struct evtchn_status s = {.dom = 1, .port = 1};
    struct evtchn_init_control fifo = {0};
    evtchn_port_t p1 = alloc(g1, 0);

    /* Meant for dom0, not for d2. */
    act_as(g2, 0);
    b.remote_port = p1;
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_bind_interdomain, &b), -XEN_EINVAL);
    b.remote_port = p1 + 1;
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_bind_interdomain, &b), -XEN_EINVAL);
    b.remote_port = 0xffffffff;
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_bind_interdomain, &b), -XEN_EINVAL);
    b.remote_dom = 77;
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_bind_interdomain, &b), -XEN_ESRCH);
    CU_ASSERT_EQUAL(evtchn_count(g2->d), 0);
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_alloc_unbound, &a), -XEN_EPERM);
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_status, &s), -XEN_EPERM);
    CU_ASSERT_EQUAL(send_on(g2, 0), -XEN_EINVAL);
    CU_ASSERT_EQUAL(send_on(g2, 5000), -XEN_EINVAL);
    CU_ASSERT_EQUAL(send_on(g2, 9), -XEN_EINVAL);
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_init_control, &fifo), -XEN_ENOSYS);
    CU_ASSERT_EQUAL(call(EVT, 99, guest_va(0), 0, 0), -XEN_ENOSYS);
    CU_ASSERT_EQUAL(call(EVT, EVTCHNOP_send, 0xffff800000000000, 0, 0), -XEN_EFAULT);
    CU_ASSERT_EQUAL(call(EVT, EVTCHNOP_send, 0x1000, 0, 0), -XEN_EFAULT);
    /* dom0 may ask and allocate for others. */
    act_as(g0, 0);
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_alloc_unbound, &a), 0);
    CU_ASSERT_EQUAL(close_port(g1, a.port), 0);
    CU_ASSERT_EQUAL(close_port(g1, p1), 0);
    CHECK_WORLD();
}

static void masked(void)
{
    struct evtchn_bind_ipi ipi = {.vcpu = 1};
    struct evtchn_unmask un;

    act_as(g1, 0);
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_bind_ipi, &ipi), 0);
    set_mask(g1, ipi.port, true);
    CU_ASSERT_EQUAL(send_on(g1, ipi.port), 0);
    CU_ASSERT_TRUE(pending(g1, ipi.port));
    CU_ASSERT_FALSE(upcall(g1, 1));
    un.port = ipi.port;
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_unmask, &un), 0);
    CU_ASSERT_TRUE(upcall(g1, 1));
    CU_ASSERT_FALSE(upcall(g1, 0));
    consume(g1, 1, ipi.port);
    /* Sent twice before it is seen: one event. */
    CU_ASSERT_EQUAL(send_on(g1, ipi.port), 0);
    g1->d->vcpu[1]->info->evtchn_upcall_pending = 0;
    CU_ASSERT_EQUAL(send_on(g1, ipi.port), 0);
    CU_ASSERT_FALSE(upcall(g1, 1));
    consume(g1, 1, ipi.port);
    CU_ASSERT_EQUAL(close_port(g1, ipi.port), 0);
    CHECK_WORLD();
}

static void other_vcpu(void)
{
    struct evtchn_bind_vcpu to = {.vcpu = 1};
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    evtchn_port_t p1 = alloc(g1, 2), p2 = bind(g2, g1, p1);

    consume(g2, 0, p2);
    to.port = p2;
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_bind_vcpu, &to), 0);
    CU_ASSERT_EQUAL(status(g2, p2).vcpu, 1);
    CU_ASSERT_EQUAL(send_on(g1, p1), 0);
    CU_ASSERT_TRUE(upcall(g2, 1));
    CU_ASSERT_FALSE(upcall(g2, 0));
    consume(g2, 1, p2);
    act_as(g2, 0);
    to.vcpu = WORLD_VCPUS;
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_bind_vcpu, &to), -XEN_ENOENT);
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_bind_ipi, &ipi), 0);
    to = (struct evtchn_bind_vcpu){.port = ipi.port, .vcpu = 1};
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_bind_vcpu, &to), -XEN_EINVAL);
    CU_ASSERT_EQUAL(close_port(g2, ipi.port), 0);
    CU_ASSERT_EQUAL(close_port(g2, p2), 0);
    CU_ASSERT_EQUAL(close_port(g1, p1), 0);
    CHECK_WORLD();
}

static void all_ports(void)
{
    struct evtchn_alloc_unbound op = {.dom = DOMID_SELF, .remote_dom = 0};
    struct evtchn_reset reset = {.dom = DOMID_SELF};
    unsigned int n = 0;
    long rc;

    act_as(g1, 0);
    while ((rc = call_op(EVT, EVTCHNOP_alloc_unbound, &op)) == 0)
        n++;
    CU_ASSERT_EQUAL(rc, -XEN_ENOSPC);
    CU_ASSERT_EQUAL(n, 4095);
    CU_ASSERT_EQUAL(op.port, 4095);
    CU_ASSERT_EQUAL(close_port(g1, 2000), 0);
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_alloc_unbound, &op), 0);
    CU_ASSERT_EQUAL(op.port, 2000);
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_reset, &reset), 0);
    CU_ASSERT_EQUAL(evtchn_count(g1->d), 0);
    CHECK_WORLD();
}

static void moved_info(void)
{
    struct vcpu_register_vcpu_info op = {.mfn = g2->p2m[20], .offset = 64};
    struct vcpu_info *info = (struct vcpu_info *)((char *)guest_page(g2, 20) + 64);
    evtchn_port_t p1 = alloc(g1, 2), p2 = bind(g2, g1, p1);

    act_as(g2, 0);
    memcpy(guest_page(g2, 0), &op, sizeof(op));
    CU_ASSERT_EQUAL(call(__HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, 0, guest_va(0), 0), 0);
    CU_ASSERT_EQUAL(info->evtchn_upcall_pending, 1); /* look at everything once */
    CU_ASSERT_EQUAL(info->evtchn_pending_sel, ~0ul);
    consume(g2, 0, p2);
    CU_ASSERT_EQUAL(info->evtchn_upcall_pending, 0);
    CU_ASSERT_EQUAL(send_on(g1, p1), 0);
    CU_ASSERT_EQUAL(info->evtchn_upcall_pending, 1);
    CHECK_WORLD();
    CU_ASSERT_EQUAL(close_port(g1, p1), 0);
    CU_ASSERT_EQUAL(close_port(g2, p2), 0);
}

static void compat(void)
{
    struct evtchn_op op = {.cmd = EVTCHNOP_alloc_unbound,
                           .u.alloc_unbound = {.dom = DOMID_SELF, .remote_dom = 0}};

    act_as(g1, 0);
    memcpy(guest_page(g1, 0), &op, sizeof(op));
    CU_ASSERT_EQUAL(call(__HYPERVISOR_event_channel_op_compat, guest_va(0), 0, 0, 0), 0);
    memcpy(&op, guest_page(g1, 0), sizeof(op));
    CU_ASSERT_NOT_EQUAL(op.u.alloc_unbound.port, 0);
    CU_ASSERT_EQUAL(close_port(g1, op.u.alloc_unbound.port), 0);
    op.cmd = EVTCHNOP_reset;
    memcpy(guest_page(g1, 0), &op, sizeof(op));
    CU_ASSERT_EQUAL(call(__HYPERVISOR_event_channel_op_compat, guest_va(0), 0, 0, 0), -XEN_ENOSYS);
    CHECK_WORLD();
}

void register_evtchn(void)
{
    CU_pSuite s = CU_add_suite("evtchn", NULL, NULL);

    CU_ADD_TEST(s, interdomain);
    CU_ADD_TEST(s, refusals);
    CU_ADD_TEST(s, masked);
    CU_ADD_TEST(s, other_vcpu);
    CU_ADD_TEST(s, all_ports);
    CU_ADD_TEST(s, moved_info);
    CU_ADD_TEST(s, compat);
}
