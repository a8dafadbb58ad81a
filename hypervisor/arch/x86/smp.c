/* SPDX-License-Identifier: Apache-2.0 */
/* Which CPUs there are. */
#include <hv/arch.h>
#include <hv/printk.h>
#include <arch/acpi.h>
#include <arch/lapic.h>
#include <arch/x86_cpu.h>
#include <arch/x86_setup.h>

uint32_t arch_apic_id(unsigned int cpu)
{
    return percpu_table[cpu] ? ((struct x86_cpu *)percpu_table[cpu]->arch)->apic_id : 0;
}

void smp_start_others(void)
{
    x86_this()->apic_id = lapic_id();
    if (acpi.nr_cpus > 1)
        log_warn("%u CPUs found, 1 used: starting the others is not there yet\n", acpi.nr_cpus);
}
