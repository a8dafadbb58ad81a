/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual and physical interrupts: who gets them, binding twice, moving, end of interrupt, the EOI
 * page. */
#include "harness.h"

#include <string.h>

#include <hv/arch.h>
#include <hv/evtchn.h>
#include <hv/pirq.h>
#include <public/errno.h>
#include <public/physdev.h>

#define EVT __HYPERVISOR_event_channel_op

static bool take_pending(const struct guest *g, evtchn_port_t port)
{
    uint64_t bit = 1ull << (port % 64), *word = &g->d->shared->evtchn_pending[port / 64];
    bool was = *word & bit;

    *word &= ~bit;
    for (unsigned int i = 0; i < WORLD_VCPUS; i++) {
        g->d->vcpu[i]->info->evtchn_pending_sel = 0;
        g->d->vcpu[i]->info->evtchn_upcall_pending = 0;
    }
    return was;
}

static long bind_virq(const struct guest *g, uint32_t virq, uint32_t vcpu, evtchn_port_t *port)
{
    struct evtchn_bind_virq op = {.virq = virq, .vcpu = vcpu};
    long rc;

    act_as(g, 0);
    rc = call_op(EVT, EVTCHNOP_bind_virq, &op);
    *port = op.port;
    return rc;
}

static void close_port(const struct guest *g, evtchn_port_t port)
{
    struct evtchn_close op = {.port = port};

    act_as(g, 0);
    CU_ASSERT_EQUAL(call_op(EVT, EVTCHNOP_close, &op), 0);
}

static void per_vcpu(void)
{
    evtchn_port_t p0, p1, again;

    CU_ASSERT_EQUAL(bind_virq(g1, VIRQ_TIMER, 0, &p0), 0);
    CU_ASSERT_EQUAL(bind_virq(g1, VIRQ_TIMER, 1, &p1), 0);
    CU_ASSERT_NOT_EQUAL(p0, p1);
    CU_ASSERT_EQUAL(bind_virq(g1, VIRQ_TIMER, 1, &again), -XEN_EEXIST);
    virq_vcpu(g1->d->vcpu[1], VIRQ_TIMER);
    CU_ASSERT_EQUAL(g1->d->vcpu[1]->info->evtchn_upcall_pending, 1);
    CU_ASSERT_TRUE(take_pending(g1, p1));
    CU_ASSERT_FALSE(take_pending(g1, p0));
    virq_vcpu(g2->d->vcpu[1], VIRQ_TIMER); /* not bound: nothing happens */
    CHECK_WORLD();
    close_port(g1, p0);
    close_port(g1, p1);
    CU_ASSERT_EQUAL(g1->d->vcpu[1]->virq_port[VIRQ_TIMER], 0);
    virq_vcpu(g1->d->vcpu[1], VIRQ_TIMER);
    CU_ASSERT_FALSE(take_pending(g1, p1));
    CHECK_WORLD();
}

static void global(void)
{
    evtchn_port_t p0, p1;

    CU_ASSERT_EQUAL(bind_virq(g0, VIRQ_DOM_EXC, 1, &p0), -XEN_EINVAL);
    CU_ASSERT_EQUAL(bind_virq(g0, NR_VIRQS, 0, &p0), -XEN_EINVAL);
    CU_ASSERT_EQUAL(bind_virq(g0, VIRQ_TIMER, 9, &p0), -XEN_ENOENT);
    CU_ASSERT_EQUAL(bind_virq(g0, VIRQ_DOM_EXC, 0, &p0), 0);
    CU_ASSERT_EQUAL(bind_virq(g1, VIRQ_DOM_EXC, 0, &p1), 0);
    virq_global(VIRQ_DOM_EXC);
    CU_ASSERT_TRUE(take_pending(g0, p0));
    CU_ASSERT_FALSE(take_pending(g1, p1));
    /* The toolstack hands it to another domain. */
    CU_ASSERT_EQUAL(virq_set_handler(g1->d, VIRQ_TIMER), -XEN_EINVAL);
    CU_ASSERT_EQUAL(virq_set_handler(g1->d, VIRQ_DOM_EXC), 0);
    virq_global(VIRQ_DOM_EXC);
    CU_ASSERT_FALSE(take_pending(g0, p0));
    CU_ASSERT_TRUE(take_pending(g1, p1));
    CU_ASSERT_EQUAL(virq_set_handler(g0->d, VIRQ_DOM_EXC), 0);
    virq_global(VIRQ_DOM_EXC);
    CU_ASSERT_TRUE(take_pending(g0, p0));
    CHECK_WORLD();
    close_port(g0, p0);
    close_port(g1, p1);
}

static long bind_pirq(const struct guest *g, uint32_t pirq, evtchn_port_t *port)
{
    struct evtchn_bind_pirq op = {.pirq = pirq};
    long rc;

    act_as(g, 0);
    rc = call_op(EVT, EVTCHNOP_bind_pirq, &op);
    *port = op.port;
    return rc;
}

static void mapping(void)
{
    int msi;

    CU_ASSERT_EQUAL(pirq_map(g0->d, 9, 9, false), 9);
    CU_ASSERT_EQUAL(pirq_map(g0->d, 9, 9, false), 9); /* again: it is there */
    CU_ASSERT_EQUAL(pirq_map(g0->d, -1, 9, false), 9);
    CU_ASSERT_EQUAL(pirq_map(g0->d, 10, 9, false), -XEN_EEXIST);
    CU_ASSERT_EQUAL(pirq_map(g0->d, 9, 10, false), -XEN_EEXIST);
    CU_ASSERT_EQUAL(pirq_map(g0->d, (int)pirq_limit(g0->d), 10, false), -XEN_EINVAL);
    msi = pirq_map(g0->d, -1, 40, true);
    CU_ASSERT_EQUAL(msi, (int)pirq_limit(g0->d) - 1);
    CU_ASSERT_TRUE(pirq_is_msi(g0->d, (unsigned int)msi));
    CU_ASSERT_EQUAL(pirq_to_irq(g0->d, (unsigned int)msi), 40);
    CU_ASSERT_EQUAL(irq_to_pirq(g0->d, 40), msi);
    CU_ASSERT_EQUAL(pirq_get_free(g0->d), msi - 1);
    CU_ASSERT_EQUAL(pirq_unmap(g0->d, msi), 0);
    CU_ASSERT_EQUAL(pirq_unmap(g0->d, msi), -XEN_EINVAL);
    CU_ASSERT_EQUAL(pirq_unmap(g0->d, 9), 0);
    CU_ASSERT_EQUAL(pirq_to_irq(g0->d, 9), -1);
    CHECK_WORLD();
}

static void firing(void)
{
    evtchn_port_t port, second;

    CU_ASSERT_EQUAL(bind_pirq(g0, 9, &port), -XEN_EINVAL); /* nothing mapped */
    CU_ASSERT_EQUAL(pirq_map(g0->d, 9, 9, false), 9);
    CU_ASSERT_EQUAL(bind_pirq(g0, 9, &port), 0);
    CU_ASSERT_EQUAL(bind_pirq(g0, 9, &second), -XEN_EEXIST);
    CU_ASSERT_TRUE(host_irq_bound(9));
    CU_ASSERT_EQUAL(pirq_status(g0->d, 9), XENIRQSTAT_needs_eoi);
    host_irq_fire(9);
    CU_ASSERT_TRUE(take_pending(g0, port));
    host_irq_fire(9); /* the line stays high until the guest says EOI */
    CU_ASSERT_FALSE(take_pending(g0, port));
    CU_ASSERT_EQUAL(pirq_eoi(g0->d, 9), 0);
    host_irq_fire(9);
    CU_ASSERT_TRUE(take_pending(g0, port));
    CU_ASSERT_EQUAL(pirq_eoi(g0->d, 9), 0);
    CU_ASSERT_EQUAL(pirq_eoi(g0->d, pirq_limit(g0->d)), -XEN_EINVAL);
    CHECK_WORLD();
    /* The port goes first, or the mapping. */
    close_port(g0, port);
    CU_ASSERT_FALSE(host_irq_bound(9));
    CU_ASSERT_EQUAL(bind_pirq(g0, 9, &port), 0);
    CU_ASSERT_EQUAL(pirq_unmap(g0->d, 9), 0);
    CU_ASSERT_FALSE(host_irq_bound(9));
    pirq_fire(g0->d, 9);
    CU_ASSERT_FALSE(take_pending(g0, port));
    CHECK_WORLD();
    close_port(g0, port);
    CHECK_WORLD();
}

static void busy_line(void)
{
    evtchn_port_t p0, p1;

    CU_ASSERT_EQUAL(pirq_map(g0->d, 11, 11, false), 11);
    CU_ASSERT_EQUAL(pirq_map(g1->d, 11, 11, false), 11);
    CU_ASSERT_EQUAL(bind_pirq(g0, 11, &p0), 0);
    CU_ASSERT_EQUAL(bind_pirq(g1, 11, &p1), -XEN_EBUSY);
    CU_ASSERT_EQUAL(evtchn_count(g1->d), 0); /* nothing is left of the attempt */
    CHECK_WORLD();
    close_port(g0, p0);
    CU_ASSERT_EQUAL(pirq_unmap(g0->d, 11), 0);
    CU_ASSERT_EQUAL(pirq_unmap(g1->d, 11), 0);
}

static void eoi_page(void)
{
    const uint64_t *map = guest_page(g0, 21);
    evtchn_port_t level, edge;
    int msi = pirq_map(g0->d, -1, 41, true);

    CU_ASSERT_EQUAL(pirq_map(g0->d, 12, 12, false), 12);
    CU_ASSERT_EQUAL(bind_pirq(g0, 12, &level), 0);
    CU_ASSERT_EQUAL(pirq_set_eoi_page(g0->d, mfn(g1->p2m[21]), false), -XEN_EINVAL);
    CU_ASSERT_EQUAL(pirq_set_eoi_page(g0->d, mfn(g0->p2m[21]), false), 0);
    CU_ASSERT_EQUAL(pirq_set_eoi_page(g0->d, mfn(g0->p2m[22]), false), -XEN_EBUSY);
    CU_ASSERT_EQUAL(map[0], 1ull << 12);
    CU_ASSERT_EQUAL(bind_pirq(g0, (uint32_t)msi, &edge), 0);
    CU_ASSERT_EQUAL(map[msi / 64] >> (msi % 64) & 1, 0);
    CHECK_WORLD();
    close_port(g0, level);
    CU_ASSERT_EQUAL(map[0], 0);
    close_port(g0, edge);
    CU_ASSERT_EQUAL(pirq_unmap(g0->d, 12), 0);
    CU_ASSERT_EQUAL(pirq_unmap(g0->d, msi), 0);
    CHECK_WORLD();
}

/* A message's irq was made for its mapping and goes with it, however that ends. */
static void message_irq_goes(void)
{
    int out[32], irq = arch_msi_setup(0, 1, 0, -1, 0, 1, out);
    int pirq = pirq_map(g1->d, -1, irq, true);

    CU_ASSERT_TRUE(irq >= 0 && pirq >= 0);
    CU_ASSERT_EQUAL(pirq_unmap(g1->d, pirq), 0);
    CU_ASSERT_EQUAL(arch_msi_setup(0, 1, 0, -1, 0, 1, out), irq);
    arch_msi_free(irq);
}

void register_irqs(void)
{
    CU_pSuite s = CU_add_suite("virq and pirq", NULL, NULL);

    CU_ADD_TEST(s, per_vcpu);
    CU_ADD_TEST(s, global);
    CU_ADD_TEST(s, mapping);
    CU_ADD_TEST(s, firing);
    CU_ADD_TEST(s, busy_line);
    CU_ADD_TEST(s, eoi_page);
    CU_ADD_TEST(s, message_irq_goes);
}
