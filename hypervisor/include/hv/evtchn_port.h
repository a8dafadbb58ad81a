/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event channel ports, between the files that implement them (evtchn*.c, virq.c, pirq.c,
 * invariants.c).
 *
 * Locks: the domain's event lock covers which ports are in use, `virq_port` of its vCPUs and its
 * pirq table. The port's own lock covers what it is bound to; sending takes nothing else. While an
 * interdomain port is locked its peer cannot change, because that needs both port locks: so the
 * peer's domain is alive, too.
 */
#pragma once

#include <hv/domain.h>
#include <hv/evtchn.h>
#include <hv/lock.h>

#define EVTCHN_BUCKET_PORTS 64
#define EVTCHN_BUCKETS      (EVTCHN_2L_NR_CHANNELS / EVTCHN_BUCKET_PORTS)

/* Port states beyond EVTCHNSTAT_*: taken out of the free ones, not bound yet. */
#define PORT_RESERVED 255

struct evtchn {
    struct spinlock lock; /* LOCK_EVENT_PORT */
    uint8_t state;        /* EVTCHNSTAT_* or PORT_RESERVED */
    uint32_t vcpu;        /* who is notified */
    union {
        domid_t unbound_for; /* who may bind */
        struct {
            struct domain *dom;
            evtchn_port_t port;
        } peer; /* interdomain */
        uint32_t pirq;
        uint32_t virq;
    };
};

struct evtchn_domain {
    struct spinlock lock;                  /* LOCK_EVENT */
    struct evtchn *bucket[EVTCHN_BUCKETS]; /* made on demand, kept until the domain's end */
    uint32_t in_use;                       /* ports that are not closed */
    evtchn_port_t first_free;              /* no port below it is free */
};

/* The port, or NULL when the number is beyond the domain's limit or was never in use. */
struct evtchn *evtchn_lookup(struct domain *d, evtchn_port_t port);
/* Take a free port, event lock held: 0, -XEN_ENOSPC, -XEN_ENOMEM, -XEN_EINVAL (dying). */
int evtchn_reserve(struct domain *d, evtchn_port_t *port, struct evtchn **chn);
/* Give a reserved port its binding. */
void evtchn_commit(struct evtchn *chn, uint8_t state, uint32_t vcpu, uint32_t number);
/* Give a reserved port back, event lock held. */
void evtchn_unreserve(struct domain *d, evtchn_port_t port, struct evtchn *chn);
/* Close a port of any kind. 0 or -XEN_EINVAL. */
int evtchn_close(struct domain *d, evtchn_port_t port);
/* Mark a local port pending if it still is bound to `number` in `state` (EVTCHNSTAT_virq, _pirq).
 */
void evtchn_raise(struct domain *d, evtchn_port_t port, uint8_t state, uint32_t number);
struct vcpu *evtchn_vcpu(struct domain *d, uint32_t vcpu);

int evtchn_bind_virq(struct domain *d, struct evtchn_bind_virq *op);
int evtchn_bind_pirq(struct domain *d, struct evtchn_bind_pirq *op);
/* The frame behind PHYSDEVOP_pirq_eoi_gmfn, or NULL. */
struct page *pirq_eoi_page(const struct domain *d);
/* The domain dies: no global virq goes to it any more. */
void virq_forget_domain(struct domain *d);

/* ---- 2-level bitmaps (evtchn_2l.c) ---- */

/* Pending bit, then selector and upcall unless masked. v == NULL: the vCPU does not exist yet. */
void evtchn_2l_set_pending(struct domain *d, struct vcpu *v, evtchn_port_t port);
void evtchn_2l_clear_pending(struct domain *d, evtchn_port_t port);
void evtchn_2l_unmask(struct domain *d, struct vcpu *v, evtchn_port_t port);
bool evtchn_2l_is_masked(struct domain *d, evtchn_port_t port);
