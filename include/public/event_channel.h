/* SPDX-License-Identifier: MIT */
/* Event channels: one-bit notifications between domains, from devices and from the hypervisor
 * itself. */
#pragma once

#include <public/xen.h>

#define EVTCHNOP_bind_interdomain 0
#define EVTCHNOP_bind_virq        1
#define EVTCHNOP_bind_pirq        2
#define EVTCHNOP_close            3
#define EVTCHNOP_send             4
#define EVTCHNOP_status           5
#define EVTCHNOP_alloc_unbound    6
#define EVTCHNOP_bind_ipi         7
#define EVTCHNOP_bind_vcpu        8
#define EVTCHNOP_unmask           9
#define EVTCHNOP_reset            10
#define EVTCHNOP_init_control     11
#define EVTCHNOP_expand_array     12
#define EVTCHNOP_set_priority     13

typedef uint32_t evtchn_port_t; /* port number within its domain; 0 is never valid */
DEFINE_XEN_GUEST_HANDLE(evtchn_port_t);

/* Make a port in `dom` that `remote_dom` may bind to. Another domain than the caller's needs
 * privilege. */
struct evtchn_alloc_unbound {
    domid_t dom, remote_dom; /* in */
    evtchn_port_t port;      /* out */
};
typedef struct evtchn_alloc_unbound evtchn_alloc_unbound_t;

/* Connect a new local port to an unbound port elsewhere. The new port starts with an event pending.
 */
struct evtchn_bind_interdomain {
    domid_t remote_dom;        /* in */
    evtchn_port_t remote_port; /* in */
    evtchn_port_t local_port;  /* out */
};
typedef struct evtchn_bind_interdomain evtchn_bind_interdomain_t;

/* A port for a virtual interrupt. Global ones bind to vcpu 0 only, to begin with. */
struct evtchn_bind_virq {
    uint32_t virq;      /* in: VIRQ_* */
    uint32_t vcpu;      /* in */
    evtchn_port_t port; /* out */
};
typedef struct evtchn_bind_virq evtchn_bind_virq_t;

/* A port for a physical interrupt that was mapped before. */
struct evtchn_bind_pirq {
    uint32_t pirq; /* in */
#define BIND_PIRQ__WILL_SHARE 1
    uint32_t flags;     /* in: BIND_PIRQ__* */
    evtchn_port_t port; /* out */
};
typedef struct evtchn_bind_pirq evtchn_bind_pirq_t;

/* A port by which the domain signals one of its own vcpus. */
struct evtchn_bind_ipi {
    uint32_t vcpu;      /* in */
    evtchn_port_t port; /* out */
};
typedef struct evtchn_bind_ipi evtchn_bind_ipi_t;

/* Release a port; an interdomain peer becomes unbound again. */
struct evtchn_close {
    evtchn_port_t port; /* in */
};
typedef struct evtchn_close evtchn_close_t;

/* Signal the other end. */
struct evtchn_send {
    evtchn_port_t port; /* in: local end */
};
typedef struct evtchn_send evtchn_send_t;

/* What is a port bound to? */
struct evtchn_status {
    domid_t dom;        /* in */
    evtchn_port_t port; /* in */
#define EVTCHNSTAT_closed      0
#define EVTCHNSTAT_unbound     1
#define EVTCHNSTAT_interdomain 2
#define EVTCHNSTAT_pirq        3
#define EVTCHNSTAT_virq        4
#define EVTCHNSTAT_ipi         5
    uint32_t status; /* out: EVTCHNSTAT_* */
    uint32_t vcpu;   /* out: notified vcpu */
    union {
        struct {
            domid_t dom; /* who may bind */
        } unbound;
        struct {
            domid_t dom; /* the other end */
            evtchn_port_t port;
        } interdomain;
        uint32_t pirq;
        uint32_t virq;
    } u; /* out */
};
typedef struct evtchn_status evtchn_status_t;

/* Which vcpu does a port notify? Per-vcpu VIRQs and IPIs cannot move. */
struct evtchn_bind_vcpu {
    evtchn_port_t port; /* in */
    uint32_t vcpu;      /* in */
};
typedef struct evtchn_bind_vcpu evtchn_bind_vcpu_t;

/* Clear the mask bit and notify if an event was waiting. */
struct evtchn_unmask {
    evtchn_port_t port; /* in */
};
typedef struct evtchn_unmask evtchn_unmask_t;

/* Close every port and return to 2-level bitmaps. */
struct evtchn_reset {
    domid_t dom; /* in */
};
typedef struct evtchn_reset evtchn_reset_t;

/* FIFO events: give a vcpu's control block. */
struct evtchn_init_control {
    uint64_t control_gfn; /* in: frame holding the block */
    uint32_t offset;      /* in: its offset there */
    uint32_t vcpu;        /* in */
    uint8_t link_bits;    /* out: bits of a link field */
    uint8_t _pad[7];
};
typedef struct evtchn_init_control evtchn_init_control_t;

/* FIFO events: add one page of event words. */
struct evtchn_expand_array {
    uint64_t array_gfn; /* in */
};
typedef struct evtchn_expand_array evtchn_expand_array_t;

/* FIFO events: queue of a port. */
struct evtchn_set_priority {
    evtchn_port_t port; /* in */
    uint32_t priority;  /* in: EVTCHN_FIFO_PRIORITY_MAX to _MIN */
};
typedef struct evtchn_set_priority evtchn_set_priority_t;

/* Argument of the superseded event_channel_op_compat. */
struct evtchn_op {
    uint32_t cmd; /* EVTCHNOP_* */
    union {
        evtchn_alloc_unbound_t alloc_unbound;
        evtchn_bind_interdomain_t bind_interdomain;
        evtchn_bind_virq_t bind_virq;
        evtchn_bind_pirq_t bind_pirq;
        evtchn_bind_ipi_t bind_ipi;
        evtchn_close_t close;
        evtchn_send_t send;
        evtchn_status_t status;
        evtchn_bind_vcpu_t bind_vcpu;
        evtchn_unmask_t unmask;
    } u;
};
typedef struct evtchn_op evtchn_op_t;
DEFINE_XEN_GUEST_HANDLE(evtchn_op_t);

/* Ports that the 2-level bitmaps can hold. */
#define EVTCHN_2L_NR_CHANNELS (sizeof(xen_ulong_t) * sizeof(xen_ulong_t) * 64)

/* FIFO events: priorities (a lower number is more urgent) and bits of an event word. */
#define EVTCHN_FIFO_PRIORITY_MAX     0
#define EVTCHN_FIFO_PRIORITY_DEFAULT 7
#define EVTCHN_FIFO_PRIORITY_MIN     15
#define EVTCHN_FIFO_MAX_QUEUES       (EVTCHN_FIFO_PRIORITY_MIN + 1)
typedef uint32_t event_word_t;
#define EVTCHN_FIFO_PENDING     31
#define EVTCHN_FIFO_MASKED      30
#define EVTCHN_FIFO_LINKED      29
#define EVTCHN_FIFO_BUSY        28
#define EVTCHN_FIFO_LINK_BITS   17
#define EVTCHN_FIFO_LINK_MASK   ((1 << EVTCHN_FIFO_LINK_BITS) - 1)
#define EVTCHN_FIFO_NR_CHANNELS (1 << EVTCHN_FIFO_LINK_BITS)
struct evtchn_fifo_control_block {
    uint32_t ready; /* bit: queue of that priority is not empty */
    uint32_t _rsvd;
    uint32_t head[EVTCHN_FIFO_MAX_QUEUES]; /* first port of each queue */
};
typedef struct evtchn_fifo_control_block evtchn_fifo_control_block_t;
