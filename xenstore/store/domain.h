/* SPDX-License-Identifier: Apache-2.0 */
/* Domains known to the store: introduced with a ring, until released or dead. */
#pragma once

#include "store/list.h"

#include <stdbool.h>
#include <stdint.h>

struct conn;
struct store;

struct domain {
    struct list link; /* in store->domains */
    uint32_t domid;
    uint64_t gfn;  /* guest frame of its ring */
    uint32_t port; /* its end of the event channel */
    bool shutdown; /* its shutdown was reported by @releaseDomain; reset by RESUME */
    struct conn *conn;
    void *transport; /* the ring transport's own, between attach and detach */
};

/** What the hypervisor says of a domain. */
enum domain_state {
    DOMAIN_RUNS,
    DOMAIN_SHUT_DOWN, /* it stopped itself (also: crashed), its memory is still there */
    DOMAIN_GONE,      /* dying or no longer there */
};

/** The introduced domain DOMID, or NULL. */
struct domain *domain_find(struct store *s, uint32_t domid);

/**
 * Introduce a domain, or one already known anew (then its ring is attached again; with another
 * frame it also starts with a fresh connection). 0 or errno of the ring's attachment. Fires
 * @introduceDomain for a new one.
 */
int domain_introduce(struct store *s, struct conn *cause, uint32_t domid, uint64_t gfn,
                     uint32_t port);

/** Forget a domain: its connection, its nodes. Fires @releaseDomain. ENOENT if it is not known. */
int domain_release(struct store *s, struct conn *cause, uint32_t domid);

/**
 * Ask STATE (with DATA) about every introduced domain: release those gone, report those newly shut
 * down. To be called on VIRQ_DOM_EXC.
 */
void domain_check_all(struct store *s, enum domain_state (*state)(void *data, uint32_t domid),
                      void *data);
