/* SPDX-License-Identifier: Apache-2.0 */
/* The local APIC of this CPU: end of interrupt, timer, IPIs. */
#pragma once

#include <hv/types.h>
#include <arch/irq.h>

void lapic_init_boot(void); /* boot CPU: map, enable, calibrate the timer */
void lapic_init_ap(void);
void lapic_eoi(void);
uint32_t lapic_id(void);
void lapic_send_ipi(unsigned int cpu, unsigned int vector);
/* INIT and STARTUP to a CPU that is not up: by APIC id; `page` is the start-up code's frame below 1
 * MiB. */
void lapic_start_cpu(uint32_t apic_id, unsigned int page);
void lapic_timer_set(uint64_t delta_ns); /* 0: now; ~0: stop */
bool lapic_owns_frame(uint64_t frame);
