/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports of event channels: which are in use, what each is bound to, sending, closing. Invariants:
 * two interdomain ports name each other or neither does; a port changes between free and used only
 * under its domain's event lock; after evtchn_destroy() no port of a domain is in use and none can
 * be made.
 */
#include <hv/evtchn_port.h>
#include <hv/heap.h>
#include <hv/panic.h>
#include <hv/pirq.h>
#include <hv/printk.h>
#include <hv/vcpu.h>
#include <public/errno.h>

static evtchn_port_t port_limit(const struct domain *d)
{
    evtchn_port_t top = EVTCHN_2L_NR_CHANNELS - 1;

    return d->max_evtchn_port && d->max_evtchn_port < top ? d->max_evtchn_port : top;
}

struct evtchn *evtchn_lookup(struct domain *d, evtchn_port_t port)
{
    struct evtchn *bucket;

    if (port == 0 || port > port_limit(d))
        return NULL;
    bucket = load_acquire(d->evtchn->bucket[port / EVTCHN_BUCKET_PORTS]);
    return bucket ? &bucket[port % EVTCHN_BUCKET_PORTS] : NULL;
}

struct vcpu *evtchn_vcpu(struct domain *d, uint32_t vcpu)
{
    return vcpu < d->max_vcpus ? read_once(d->vcpu[vcpu]) : NULL;
}

static int bucket_make(struct evtchn_domain *e, unsigned int i)
{
    struct evtchn *bucket = hv_zalloc(EVTCHN_BUCKET_PORTS * sizeof(*bucket));

    if (!bucket)
        return -XEN_ENOMEM;
    for (unsigned int p = 0; p < EVTCHN_BUCKET_PORTS; p++)
        spin_init(&bucket[p].lock, LOCK_EVENT_PORT);
    store_release(e->bucket[i], bucket);
    return 0;
}

int evtchn_reserve(struct domain *d, evtchn_port_t *port, struct evtchn **chn)
{
    struct evtchn_domain *e = d->evtchn;

    if (domain_is_dying(d))
        return -XEN_EINVAL;
    for (evtchn_port_t p = e->first_free; p <= port_limit(d); p++) {
        unsigned int i = p / EVTCHN_BUCKET_PORTS;

        if (!e->bucket[i] && bucket_make(e, i))
            return -XEN_ENOMEM;
        *chn = &e->bucket[i][p % EVTCHN_BUCKET_PORTS];
        if ((*chn)->state != EVTCHNSTAT_closed)
            continue;
        write_once((*chn)->state, PORT_RESERVED);
        write_once(e->in_use, e->in_use + 1);
        e->first_free = p + 1;
        *port = p;
        return 0;
    }
    return -XEN_ENOSPC;
}

void evtchn_commit(struct evtchn *chn, uint8_t state, uint32_t vcpu, uint32_t number)
{
    spin_lock(&chn->lock);
    chn->vcpu = vcpu;
    switch (state) {
    case EVTCHNSTAT_unbound:
        chn->unbound_for = (domid_t)number;
        break;
    case EVTCHNSTAT_pirq:
        chn->pirq = number;
        break;
    case EVTCHNSTAT_virq:
        chn->virq = number;
        break;
    default:
        break;
    }
    chn->state = state;
    spin_unlock(&chn->lock);
}

/* The port is closed already: count it as free. */
static void port_account_free(struct domain *d, evtchn_port_t port)
{
    struct evtchn_domain *e = d->evtchn;

    evtchn_2l_clear_pending(d, port);
    write_once(e->in_use, e->in_use - 1);
    if (port < e->first_free)
        e->first_free = port;
}

void evtchn_unreserve(struct domain *d, evtchn_port_t port, struct evtchn *chn)
{
    write_once(chn->state, EVTCHNSTAT_closed);
    port_account_free(d, port);
}

/*
 * Close the port itself and, when it is interdomain, its connection. Event lock held.
 * -XEN_EAGAIN: the peer changed while its lock was sought; *peer (referenced) is the caller's to
 * put.
 */
static int port_detach(struct domain *d, struct evtchn *chn, struct domain **peer)
{
    struct evtchn *rchn = NULL;
    bool same = true;

    spin_lock(&chn->lock);
    if (chn->state == EVTCHNSTAT_interdomain) {
        rchn = evtchn_lookup(chn->peer.dom, chn->peer.port);
        /* A connected domain has not finished evtchn_destroy(), so it still has references. */
        BUG_ON(!rchn || !domain_get(chn->peer.dom));
        *peer = chn->peer.dom;
        spin_unlock(&chn->lock);
        spin_lock_pair(&chn->lock, &rchn->lock);
        same = chn->state != EVTCHNSTAT_interdomain ||
               (chn->peer.dom == *peer && evtchn_lookup(*peer, chn->peer.port) == rchn);
    }
    if (same) {
        if (rchn && chn->state == EVTCHNSTAT_interdomain) {
            rchn->state = EVTCHNSTAT_unbound;
            rchn->unbound_for = d->id;
        }
        chn->state = EVTCHNSTAT_closed;
        chn->vcpu = 0;
    }
    if (rchn)
        spin_unlock_pair(&chn->lock, &rchn->lock);
    else
        spin_unlock(&chn->lock);
    return same ? 0 : -XEN_EAGAIN;
}

static int port_close_locked(struct domain *d, evtchn_port_t port, struct domain **peer)
{
    struct evtchn *chn = evtchn_lookup(d, port);
    struct vcpu *v;
    int rc;

    if (!chn)
        return -XEN_EINVAL;
    switch (read_once(chn->state)) {
    case EVTCHNSTAT_closed:
    case PORT_RESERVED:
        return -XEN_EINVAL;
    case EVTCHNSTAT_virq:
        for_each_vcpu(d, v) if (v->virq_port[chn->virq] == port)
            write_once(v->virq_port[chn->virq], 0);
        break;
    case EVTCHNSTAT_pirq:
        pirq_unbind_port(d, chn->pirq);
        break;
    default:
        break;
    }
    rc = port_detach(d, chn, peer);
    if (!rc)
        port_account_free(d, port);
    return rc;
}

int evtchn_close(struct domain *d, evtchn_port_t port)
{
    int rc;

    do {
        struct domain *peer = NULL;

        spin_lock(&d->evtchn->lock);
        rc = port_close_locked(d, port, &peer);
        spin_unlock(&d->evtchn->lock);
        if (peer)
            domain_put(peer);
    } while (rc == -XEN_EAGAIN);
    return rc;
}

int evtchn_send(struct domain *d, evtchn_port_t port)
{
    struct evtchn *chn = evtchn_lookup(d, port), *rchn;
    struct domain *rd;
    int rc = 0;

    if (!chn)
        return -XEN_EINVAL;
    spin_lock(&chn->lock);
    switch (chn->state) {
    case EVTCHNSTAT_interdomain:
        rd = chn->peer.dom;
        rchn = evtchn_lookup(rd, chn->peer.port);
        evtchn_2l_set_pending(rd, evtchn_vcpu(rd, read_once(rchn->vcpu)), chn->peer.port);
        break;
    case EVTCHNSTAT_ipi:
        evtchn_2l_set_pending(d, evtchn_vcpu(d, chn->vcpu), port);
        break;
    case EVTCHNSTAT_unbound: /* nobody hears it: not the sender's fault */
        break;
    default:
        rc = -XEN_EINVAL;
    }
    spin_unlock(&chn->lock);
    return rc;
}

void evtchn_raise(struct domain *d, evtchn_port_t port, uint8_t state, uint32_t number)
{
    struct evtchn *chn = evtchn_lookup(d, port);

    if (!chn)
        return;
    spin_lock(&chn->lock);
    if (chn->state == state &&
        (state == EVTCHNSTAT_virq ? chn->virq == number : chn->pirq == number))
        evtchn_2l_set_pending(d, evtchn_vcpu(d, chn->vcpu), port);
    spin_unlock(&chn->lock);
}

int evtchn_init(struct domain *d)
{
    struct evtchn_domain *e = hv_zalloc(sizeof(*e));

    if (!e)
        return -XEN_ENOMEM;
    spin_init(&e->lock, LOCK_EVENT);
    e->first_free = 1;
    d->evtchn = e;
    return 0;
}

void evtchn_destroy(struct domain *d)
{
    if (!d->evtchn)
        return;
    virq_forget_domain(d);
    for (evtchn_port_t port = 1; port <= port_limit(d); port++)
        if (evtchn_lookup(d, port))
            (void)evtchn_close(d, port);
}

void evtchn_free(struct domain *d)
{
    if (!d->evtchn)
        return;
    for (unsigned int i = 0; i < EVTCHN_BUCKETS; i++)
        hv_free(d->evtchn->bucket[i]);
    hv_free(d->evtchn);
    d->evtchn = NULL;
}

unsigned int evtchn_count(const struct domain *d)
{
    return d->evtchn ? read_once(d->evtchn->in_use) : 0;
}

void evtchn_dump(struct domain *d)
{
    static const char *const names[] = {"closed", "unbound", "interdomain", "pirq", "virq", "ipi"};

    for (evtchn_port_t port = 1; port <= port_limit(d); port++) {
        struct evtchn *chn = evtchn_lookup(d, port);
        domid_t peer = DOMID_INVALID;
        uint32_t number = 0;
        uint8_t state;

        if (!chn)
            continue;
        spin_lock(&chn->lock);
        state = chn->state;
        if (state == EVTCHNSTAT_interdomain) {
            peer = chn->peer.dom->id;
            number = chn->peer.port;
        } else if (state == EVTCHNSTAT_unbound) {
            peer = chn->unbound_for;
        } else if (state == EVTCHNSTAT_virq || state == EVTCHNSTAT_pirq) {
            number = chn->virq;
        }
        spin_unlock(&chn->lock);
        if (state == EVTCHNSTAT_closed || state >= ARRAY_SIZE(names))
            continue;
        log_info("  d%u port %4u %s d%u/%u vcpu%u%s%s\n", d->id, port, names[state], peer, number,
                 chn->vcpu, evtchn_port_pending(d, port) ? " pending" : "",
                 evtchn_2l_is_masked(d, port) ? " masked" : "");
    }
}
