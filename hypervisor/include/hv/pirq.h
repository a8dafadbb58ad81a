/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's view of hardware interrupts: pirq number -> event port, and back to the machine's irq.
 */
#pragma once

#include <hv/types.h>
#include <public/event_channel.h>

struct domain;

int pirq_init(struct domain *d);
void pirq_destroy(struct domain *d); /* unbind all: step of domain_kill */
void pirq_free(struct domain *d);

/*
 * Map machine irq `irq` (arch's number: GSI below nr_gsis, above: MSI vectors) as `pirq` (-1:
 * choose) of `d`. Returns the pirq number, or -XEN_E*.
 */
int pirq_map(struct domain *d, int pirq, int irq, bool is_msi);
int pirq_unmap(struct domain *d, int pirq);
/* The arch irq behind a pirq, or -1. */
int pirq_to_irq(struct domain *d, unsigned int pirq);
int irq_to_pirq(struct domain *d, int irq);
bool pirq_is_msi(struct domain *d, unsigned int pirq);
/* A pirq number with nothing mapped (PHYSDEVOP_get_free_pirq), or -XEN_ENOSPC. */
int pirq_get_free(struct domain *d);

/* EVTCHNOP_bind_pirq's machine half: called by evtchn.c. */
int pirq_bind_port(struct domain *d, unsigned int pirq, evtchn_port_t port, bool shareable);
void pirq_unbind_port(struct domain *d, unsigned int pirq);

/* An interrupt arrived (called by the arch, interrupts off). Marks the port pending. */
void pirq_fire(struct domain *d, unsigned int pirq);
/* PHYSDEVOP_eoi; also called on unmask of a pirq port. */
int pirq_eoi(struct domain *d, unsigned int pirq);
/* PHYSDEVOP_irq_status_query: XENIRQSTAT_* flags or -XEN_EINVAL. */
int pirq_status(struct domain *d, unsigned int pirq);
/* Number of pirqs a domain may use. */
unsigned int pirq_limit(const struct domain *d);
/* PHYSDEVOP_pirq_eoi_gmfn_v1/v2: page of a bitmap that tells the guest which pirqs need an EOI. */
int pirq_set_eoi_page(struct domain *d, mfn_t m, bool auto_unmask);
