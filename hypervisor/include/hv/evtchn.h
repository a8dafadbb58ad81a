/* SPDX-License-Identifier: Apache-2.0 */
/* Event channels, 2-level ABI. Sending takes no global lock. */
#pragma once

#include <hv/types.h>
#include <public/event_channel.h>
#include <public/xen.h>

struct domain;
struct vcpu;

int evtchn_init(struct domain *d);     /* 0 or -XEN_ENOMEM */
void evtchn_destroy(struct domain *d); /* close all ports: step of domain_kill */
void evtchn_free(struct domain *d);    /* memory: at last domain_put */

/* Send on a local port of `d`, as EVTCHNOP_send does. 0 or -XEN_E*. */
int evtchn_send(struct domain *d, evtchn_port_t port);
/* Mark a port pending for its vCPU (2-level: pending bit, selector, upcall), unless masked: then
 * pending only. */
void evtchn_set_pending(struct vcpu *v, evtchn_port_t port);
/* Raise a virq. Global ones go to the vCPU that bound it in the domain that owns it (dom0 by
 * default). */
void virq_vcpu(struct vcpu *v, unsigned int virq);
void virq_domain(struct domain *d, unsigned int virq);
void virq_global(unsigned int virq);
/* domctl set_virq_handler: `d` gets a global virq in dom0's place, until it dies. 0 or -XEN_EINVAL.
 */
int virq_set_handler(struct domain *d, unsigned int virq);
/* One for the whole system (true), or one for each vCPU? */
bool virq_is_global(unsigned int virq);
/* Called at vcpu_info registration: all pending words must be seen again. */
void evtchn_vcpu_info_moved(struct vcpu *v);
/* True when one of these ports is pending (SCHEDOP_poll). */
bool evtchn_port_pending(struct domain *d, evtchn_port_t port);
/* Has the guest an unmasked upcall waiting? */
static inline bool vcpu_upcall_ready(const struct vcpu_info *info)
{
    return __atomic_load_n(&info->evtchn_upcall_pending, __ATOMIC_RELAXED) &&
           !__atomic_load_n(&info->evtchn_upcall_mask, __ATOMIC_RELAXED);
}
/* Ports in use, for leak checks. */
unsigned int evtchn_count(const struct domain *d);
/* Ports and their pending and masked bits, to the log (debug-keys e). */
void evtchn_dump(struct domain *d);
