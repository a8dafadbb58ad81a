/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts of the host machine: a table of lines that tests fire. */
#include <stdlib.h>
#include <hv/arch.h>
#include <hv/pirq.h>
#include <public/errno.h>
#include <arch/host.h>

#define LINES 32 /* level-triggered; above: messages */

static struct {
    struct domain *d;
    unsigned int pirq;
    bool masked, in_service, allocated;
} irqs[HOST_IRQS];

static bool valid(int irq)
{
    return irq >= 0 && irq < HOST_IRQS;
}

int arch_irq_bind(struct domain *d, unsigned int pirq, int irq, bool shareable)
{
    (void)shareable;
    if (!valid(irq))
        return -XEN_EINVAL;
    if (irqs[irq].d)
        return -XEN_EBUSY;
    irqs[irq].d = d;
    irqs[irq].pirq = pirq;
    return 0;
}

void arch_irq_unbind(struct domain *d, int irq)
{
    if (!valid(irq) || irqs[irq].d != d)
        abort();
    irqs[irq].d = NULL;
    irqs[irq].in_service = false;
}

bool host_irq_bound(int irq)
{
    return valid(irq) && irqs[irq].d;
}

struct domain *host_irq_owner(int irq, unsigned int *pirq)
{
    *pirq = irqs[irq].pirq;
    return irqs[irq].d;
}

void host_irq_fire(int irq)
{
    if (!host_irq_bound(irq) || irqs[irq].masked || irqs[irq].in_service)
        return;
    irqs[irq].in_service = arch_irq_needs_eoi(irq);
    pirq_fire(irqs[irq].d, irqs[irq].pirq);
}

void arch_irq_eoi(struct domain *d, int irq)
{
    if (valid(irq) && irqs[irq].d == d)
        irqs[irq].in_service = false;
}

bool arch_irq_needs_eoi(int irq)
{
    return irq < LINES;
}

unsigned int arch_nr_gsis(void)
{
    return LINES;
}

int arch_gsi_setup(unsigned int gsi, bool level, bool active_low)
{
    (void)level;
    (void)active_low;
    return gsi < LINES ? 0 : -XEN_EINVAL;
}

int arch_ioapic_read(uint64_t base, uint32_t reg, uint32_t *value)
{
    (void)base;
    (void)reg;
    *value = 0;
    return -XEN_ENODEV;
}

int arch_ioapic_write(uint64_t base, uint32_t reg, uint32_t value)
{
    (void)base;
    (void)reg;
    (void)value;
    return -XEN_ENODEV;
}

/* Bus 1 is the one with message-capable functions. */
int arch_msi_setup(unsigned int seg, unsigned int bus, unsigned int devfn, int entry,
                   uint64_t table_base, unsigned int count, int irq_out[32])
{
    (void)devfn;
    (void)entry;
    (void)table_base;
    if (seg || bus != 1 || count != 1)
        return -XEN_ENODEV;
    for (int irq = LINES; irq < HOST_IRQS; irq++) {
        if (!irqs[irq].allocated) {
            irqs[irq].allocated = true;
            irq_out[0] = irq;
            return irq;
        }
    }
    return -XEN_ENOSPC;
}

void arch_msi_free(int irq)
{
    if (valid(irq))
        irqs[irq].allocated = false;
}

int arch_msi_restore(unsigned int seg, unsigned int bus, unsigned int devfn)
{
    (void)devfn;
    return seg || bus != 1 ? -XEN_ENODEV : 0;
}
