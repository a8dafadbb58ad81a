/* SPDX-License-Identifier: Apache-2.0 */
/* What the static ACPI tables say (MADT, FADT, MCFG, HPET). AML is dom0's business. */
#pragma once

#include <hv/cpumask.h>
#include <hv/types.h>

#define ACPI_MAX_IOAPICS 16
#define ACPI_NR_ISA      16

struct acpi_ioapic {
    uint64_t addr;
    uint32_t id, gsi_base;
};

struct acpi_mcfg {
    uint64_t base;
    uint16_t segment;
    uint8_t bus_first, bus_last;
};

struct acpi_info {
    uint32_t cpu_apic_id[MAX_CPUS]; /* enabled CPUs, in table order */
    unsigned int nr_cpus;
    struct acpi_ioapic ioapic[ACPI_MAX_IOAPICS];
    unsigned int nr_ioapics;
    struct {
        uint32_t gsi;
        bool level, active_low, overridden;
    } isa[ACPI_NR_ISA]; /* ISA irq -> GSI */
    struct acpi_mcfg mcfg[8];
    unsigned int nr_mcfg;
    uint16_t sci_irq;
    uint64_t hpet_addr; /* registers of the high-precision timer; 0: none */
    /* FADT */
    uint32_t pm1a_cnt, pm1b_cnt, pm1a_evt, pm1b_evt; /* ports; 0: none */
    uint32_t pm_timer;                               /* port of the 3.579545 MHz counter; 0: none */
    uint8_t pm1_evt_len;
    bool reset_supported;
    uint8_t reset_space; /* 0: memory, 1: port */
    uint64_t reset_addr;
    uint8_t reset_value;
};
extern struct acpi_info acpi;
