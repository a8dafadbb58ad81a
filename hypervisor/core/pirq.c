/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Physical interrupts as a guest sees them: a table per domain from pirq number to the machine's
 * irq and to the event port bound to it. Invariants: an irq stands in one slot of a domain at most;
 * a slot has a port only while it has an irq, and then the irq is bound to the domain in the arch.
 * The table is the domain's event lock's; an arriving interrupt reads port numbers without it.
 */
#include <hv/arch.h>
#include <hv/evtchn_port.h>
#include <hv/frame.h>
#include <hv/heap.h>
#include <hv/pirq.h>
#include <hv/printk.h>
#include <public/errno.h>
#include <public/physdev.h>

#define PIRQS_PRIVILEGED 1024 /* GSIs of all IO-APICs, then MSIs from the top down */
#define PIRQS_GUEST      64
#define PIRQ_FIRST_FREE  16 /* below: the ISA interrupts, which a guest asks for by number */

struct pirq {
    int irq; /* -1: not mapped */
    evtchn_port_t port;
    bool is_msi;
    bool shared; /* the guest said BIND_PIRQ__WILL_SHARE */
};

struct pirq_domain {
    unsigned int limit;
    struct page *eoi_page; /* writable reference; NULL: the guest asks with irq_status_query */
    uint64_t *eoi_map;
    bool auto_unmask; /* PHYSDEVOP_eoi unmasks the port as well */
    struct pirq slot[];
};

int pirq_init(struct domain *d)
{
    unsigned int limit = d->is_privileged ? PIRQS_PRIVILEGED : PIRQS_GUEST;
    struct pirq_domain *p = hv_zalloc(sizeof(*p) + limit * sizeof(p->slot[0]));

    if (!p)
        return -XEN_ENOMEM;
    p->limit = limit;
    for (unsigned int i = 0; i < limit; i++)
        p->slot[i].irq = -1;
    d->pirqs = p;
    return 0;
}

void pirq_free(struct domain *d)
{
    hv_free(d->pirqs);
    d->pirqs = NULL;
}

unsigned int pirq_limit(const struct domain *d)
{
    return d->pirqs->limit;
}

static struct pirq *slot_of(struct domain *d, unsigned int pirq)
{
    return pirq < d->pirqs->limit ? &d->pirqs->slot[pirq] : NULL;
}

/* Event lock held. */
static int find_irq(struct domain *d, int irq)
{
    for (unsigned int i = 0; i < d->pirqs->limit; i++)
        if (d->pirqs->slot[i].irq == irq)
            return (int)i;
    return -XEN_ENOENT;
}

/* Event lock held. Lines ascend from the ISA ones, messages descend from the top: they keep clear
 * of each other. */
static int find_free(struct domain *d, bool is_msi)
{
    unsigned int limit = d->pirqs->limit;

    for (unsigned int i = PIRQ_FIRST_FREE; i < limit; i++) {
        unsigned int n = is_msi ? limit - 1 - (i - PIRQ_FIRST_FREE) : i;

        if (d->pirqs->slot[n].irq < 0)
            return (int)n;
    }
    return -XEN_ENOSPC;
}

int pirq_get_free(struct domain *d)
{
    int n;

    spin_lock(&d->evtchn->lock);
    n = find_free(d, true);
    spin_unlock(&d->evtchn->lock);
    return n;
}

static int map_locked(struct domain *d, int pirq, int irq, bool is_msi)
{
    int now = find_irq(d, irq);

    if (domain_is_dying(d))
        return -XEN_EINVAL;
    if (now >= 0)
        return pirq < 0 || pirq == now ? now : -XEN_EEXIST;
    if (pirq < 0)
        pirq = find_free(d, is_msi);
    if (pirq < 0)
        return pirq;
    if ((unsigned int)pirq >= d->pirqs->limit)
        return -XEN_EINVAL;
    if (d->pirqs->slot[pirq].irq >= 0)
        return -XEN_EEXIST;
    d->pirqs->slot[pirq] = (struct pirq){.irq = irq, .is_msi = is_msi};
    return pirq;
}

int pirq_map(struct domain *d, int pirq, int irq, bool is_msi)
{
    int rc;

    if (irq < 0)
        return -XEN_EINVAL;
    spin_lock(&d->evtchn->lock);
    rc = map_locked(d, pirq, irq, is_msi);
    spin_unlock(&d->evtchn->lock);
    return rc;
}

/* Event lock held. The port itself stays, deaf, until the guest closes it. */
static void unbind_locked(struct domain *d, struct pirq *s, unsigned int pirq)
{
    if (!s->port)
        return;
    arch_irq_unbind(d, s->irq);
    write_once(s->port, 0);
    s->shared = false;
    if (d->pirqs->eoi_map)
        atomic_test_and_clear_bit(d->pirqs->eoi_map, pirq);
}

int pirq_unmap(struct domain *d, int pirq)
{
    struct pirq *s = pirq < 0 ? NULL : slot_of(d, (unsigned int)pirq);
    int rc = -XEN_EINVAL;

    if (!s)
        return rc;
    spin_lock(&d->evtchn->lock);
    if (s->irq >= 0) {
        unbind_locked(d, s, (unsigned int)pirq);
        if (s->is_msi) /* made for this mapping (physdev_op): nobody else knows of it */
            arch_msi_free(s->irq);
        *s = (struct pirq){.irq = -1};
        rc = 0;
    }
    spin_unlock(&d->evtchn->lock);
    return rc;
}

int pirq_to_irq(struct domain *d, unsigned int pirq)
{
    struct pirq *s = slot_of(d, pirq);

    return s ? read_once(s->irq) : -1;
}

int irq_to_pirq(struct domain *d, int irq)
{
    int n;

    spin_lock(&d->evtchn->lock);
    n = irq < 0 ? -XEN_ENOENT : find_irq(d, irq);
    spin_unlock(&d->evtchn->lock);
    return n;
}

bool pirq_is_msi(struct domain *d, unsigned int pirq)
{
    struct pirq *s = slot_of(d, pirq);

    return s && read_once(s->irq) >= 0 && s->is_msi;
}

int pirq_bind_port(struct domain *d, unsigned int pirq, evtchn_port_t port, bool shareable)
{
    struct pirq *s = slot_of(d, pirq);
    int rc;

    if (!s || s->irq < 0)
        return -XEN_EINVAL;
    if (s->port)
        return -XEN_EEXIST;
    /* The port first: the interrupt may come as soon as it is bound. */
    write_once(s->port, port);
    rc = arch_irq_bind(d, pirq, s->irq, shareable);
    if (rc) {
        write_once(s->port, 0);
        return rc;
    }
    s->shared = shareable;
    if (d->pirqs->eoi_map && arch_irq_needs_eoi(s->irq))
        atomic_test_and_set_bit(d->pirqs->eoi_map, pirq);
    return 0;
}

void pirq_unbind_port(struct domain *d, unsigned int pirq)
{
    struct pirq *s = slot_of(d, pirq);

    if (s && s->irq >= 0)
        unbind_locked(d, s, pirq);
}

int evtchn_bind_pirq(struct domain *d, struct evtchn_bind_pirq *op)
{
    struct evtchn *chn;
    int rc;

    if (op->pirq >= d->pirqs->limit)
        return -XEN_EINVAL;
    spin_lock(&d->evtchn->lock);
    rc = evtchn_reserve(d, &op->port, &chn);
    if (!rc) {
        /* Bound before the machine half, which may deliver at once; undone when that fails. */
        evtchn_commit(chn, EVTCHNSTAT_pirq, 0, op->pirq);
        rc = pirq_bind_port(d, op->pirq, op->port, op->flags & BIND_PIRQ__WILL_SHARE);
        if (rc) {
            evtchn_commit(chn, PORT_RESERVED, 0, 0);
            evtchn_unreserve(d, op->port, chn);
        }
    }
    spin_unlock(&d->evtchn->lock);
    return rc;
}

void pirq_fire(struct domain *d, unsigned int pirq)
{
    struct pirq *s = slot_of(d, pirq);
    evtchn_port_t port = s ? read_once(s->port) : 0;

    if (port)
        evtchn_raise(d, port, EVTCHNSTAT_pirq, pirq);
}

int pirq_eoi(struct domain *d, unsigned int pirq)
{
    struct pirq *s = slot_of(d, pirq);
    evtchn_port_t port;
    int irq;

    if (!s)
        return -XEN_EINVAL;
    irq = read_once(s->irq);
    port = read_once(s->port);
    if (irq < 0 || !port)
        return 0; /* nothing in flight: as harmless as on hardware */
    if (d->pirqs->auto_unmask) {
        struct evtchn *chn = evtchn_lookup(d, port);

        if (chn)
            evtchn_2l_unmask(d, evtchn_vcpu(d, read_once(chn->vcpu)), port);
    }
    arch_irq_eoi(d, irq);
    return 0;
}

int pirq_status(struct domain *d, unsigned int pirq)
{
    struct pirq *s = slot_of(d, pirq);
    int irq, flags = 0;

    if (!s)
        return -XEN_EINVAL;
    irq = read_once(s->irq);
    if (irq < 0 || arch_irq_needs_eoi(irq))
        flags |= XENIRQSTAT_needs_eoi; /* not known yet: better one EOI too many */
    if (s->shared)
        flags |= XENIRQSTAT_shared;
    return flags;
}

int pirq_set_eoi_page(struct domain *d, mfn_t m, bool auto_unmask)
{
    struct page *page = mfn_page(m);
    uint64_t *map;
    int rc = 0;

    if (!page || page_get_and_type(page, d, PT_WRITABLE))
        return -XEN_EINVAL;
    map = arch_frame_ptr(m);
    spin_lock(&d->evtchn->lock);
    if (d->pirqs->eoi_map) {
        rc = -XEN_EBUSY;
    } else {
        d->pirqs->eoi_page = page;
        d->pirqs->auto_unmask = auto_unmask;
        for (unsigned int i = 0; i < d->pirqs->limit; i++) {
            struct pirq *s = &d->pirqs->slot[i];

            if (s->port && arch_irq_needs_eoi(s->irq))
                atomic_test_and_set_bit(map, i);
            else
                atomic_test_and_clear_bit(map, i);
        }
        d->pirqs->eoi_map = map;
    }
    spin_unlock(&d->evtchn->lock);
    if (rc)
        page_put_and_type(page);
    return rc;
}

struct page *pirq_eoi_page(const struct domain *d)
{
    return d->pirqs ? d->pirqs->eoi_page : NULL;
}

void pirq_destroy(struct domain *d)
{
    struct page *page;

    if (!d->pirqs)
        return;
    for (unsigned int i = 0; i < d->pirqs->limit; i++)
        (void)pirq_unmap(d, (int)i);
    spin_lock(&d->evtchn->lock);
    page = d->pirqs->eoi_page;
    d->pirqs->eoi_page = NULL;
    d->pirqs->eoi_map = NULL;
    spin_unlock(&d->evtchn->lock);
    if (page)
        page_put_and_type(page);
}
