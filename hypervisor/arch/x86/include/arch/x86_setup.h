/* SPDX-License-Identifier: Apache-2.0 */
/* Set-up steps of the machine, in the order start.c calls them. */
#pragma once

#include <hv/percpu.h>

void serial_init(void);       /* console lines go out from here on */
void percpu_boot_early(void); /* GS of the boot CPU */
void percpu_boot_late(void);  /* its descriptor tables */
struct percpu *percpu_create(unsigned int id);
void acpi_init(void);        /* MADT, FADT, HPET, MCFG */
void time_init(void);        /* TSC frequency, wall clock */
void irq_init(void);         /* IO-APICs, vectors */
void smp_start_others(void); /* the other CPUs of the MADT */
