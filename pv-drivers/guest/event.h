/* SPDX-License-Identifier: Apache-2.0 */
/* Event channels of vcpu 0 in the 2-level format: counting, masking, waiting with a bound. */
#pragma once

#include <stdint.h>

#include <public/event_channel.h>

#define EVENT_PORTS 4096

/* Upcalls delivered for each port. */
extern volatile unsigned long event_count[EVENT_PORTS];
/* Upcalls in all, also those that found no port pending. */
extern volatile unsigned long event_upcalls;

/* Take over TRAP_EVENT and unmask nothing. Called once at start. */
void event_init(void);

/* Allow upcalls on this vcpu, and take what is pending; forbid them. */
void event_enable(void);
void event_disable(void);

/* Mask or unmask a port by hand, without a hypercall (unmasking does not look for pending events).
 */
void event_mask(evtchn_port_t port);
void event_unmask_quietly(evtchn_port_t port);
int event_is_pending(evtchn_port_t port);
int event_is_masked(evtchn_port_t port);
void event_clear(evtchn_port_t port);

/* System time in nanoseconds, from the shared clock of vcpu 0. */
uint64_t time_now(void);
