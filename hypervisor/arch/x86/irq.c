/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device interrupts: vectors, owners, delivery to a domain's pirq. A level-triggered line stays
 * masked from its arrival until the guest's end of interrupt, so a slow guest cannot storm the
 * host.
 */
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/lock.h>
#include <hv/panic.h>
#include <hv/pirq.h>
#include <hv/printk.h>
#include <hv/softirq.h>
#include <public/errno.h>
#include <arch/irq.h>
#include <arch/lapic.h>
#include <arch/x86_cpu.h>
#include <arch/x86_mem.h>
#include <arch/x86_setup.h>

struct irq_desc irq_table[MAX_IRQS];
static int16_t vector_irq[256]; /* irq + 1; 0: none */
struct spinlock irq_lock = SPINLOCK_INIT(LOCK_IRQ);

/* The 8259s are masked for good; what they may still raise spuriously lands on vectors 0x20-0x2f.
 */
static void pic_disable(void)
{
    outb(0x20, 0x11);
    outb(0xa0, 0x11);
    outb(0x21, VECTOR_PIC_FIRST);
    outb(0xa1, VECTOR_PIC_FIRST + 8);
    outb(0x21, 4);
    outb(0xa1, 2);
    outb(0x21, 1);
    outb(0xa1, 1);
    outb(0x21, 0xff);
    outb(0xa1, 0xff);
}

void irq_init(void)
{
    pic_disable();
    lapic_init_boot();
    ioapic_init();
    log_info("Interrupts: %u GSIs\n", ioapic_nr_gsis());
    serial_irq_init();
}

unsigned int arch_nr_gsis(void)
{
    return ioapic_nr_gsis();
}

int arch_gsi_setup(unsigned int gsi, bool level, bool active_low)
{
    int rc = 0;

    spin_lock(&irq_lock);
    /* A line in use keeps its mode, unless it says the same. */
    if (gsi >= ioapic_nr_gsis())
        rc = -XEN_EINVAL;
    else if (!irq_table[gsi].owner && !irq_table[gsi].handler)
        rc = ioapic_setup_gsi(gsi, level, active_low);
    spin_unlock(&irq_lock);
    return rc;
}

int irq_assign_vector(int irq)
{
    /* Spread over priority classes: neighbouring allocations differ in the high nibble. */
    for (unsigned int low = 0; low < 16; low++) {
        for (unsigned int v = (VECTOR_DEVICE_FIRST & 0xf0) + low; v <= VECTOR_DEVICE_LAST;
             v += 16) {
            if (v < VECTOR_DEVICE_FIRST || v == 0x80 || vector_irq[v])
                continue;
            vector_irq[v] = (int16_t)(irq + 1);
            irq_table[irq].vector = (uint8_t)v;
            return 0;
        }
    }
    return -XEN_ENOSPC;
}

void irq_release_vector(int irq)
{
    vector_irq[irq_table[irq].vector] = 0;
    irq_table[irq].vector = 0;
}

static struct irq_desc *desc_of(int irq)
{
    return irq >= 0 && irq < MAX_IRQS && irq_table[irq].chip ? &irq_table[irq] : NULL;
}

int irq_bind_hypervisor(unsigned int gsi, void (*handler)(void))
{
    struct irq_desc *d = desc_of((int)gsi);

    if (!d || d->owner || d->handler || irq_assign_vector((int)gsi))
        return -1;
    d->handler = handler;
    d->chip->unmask(d);
    return 0;
}

int arch_irq_bind(struct domain *dom, unsigned int pirq, int irq, bool shareable)
{
    struct irq_desc *d = desc_of(irq);
    int rc = -XEN_EBUSY;

    (void)shareable; /* one domain per line today */
    if (!d)
        return -XEN_EINVAL;
    spin_lock(&irq_lock);
    if (!d->owner && !d->handler) {
        rc = d->vector ? 0 : irq_assign_vector(irq);
        if (!rc) {
            d->owner = dom;
            d->pirq = pirq;
            d->in_flight = false;
            d->chip->unmask(d);
        }
    }
    spin_unlock(&irq_lock);
    return rc;
}

void arch_irq_unbind(struct domain *dom, int irq)
{
    struct irq_desc *d = desc_of(irq);

    spin_lock(&irq_lock);
    if (d && d->owner == dom) {
        d->chip->mask(d);
        d->owner = NULL;
        d->in_flight = false;
        if (!d->msi)
            irq_release_vector(irq);
    }
    spin_unlock(&irq_lock);
}

void arch_irq_eoi(struct domain *dom, int irq)
{
    struct irq_desc *d = desc_of(irq);

    spin_lock(&irq_lock);
    if (d && d->owner == dom && d->in_flight) {
        d->in_flight = false;
        d->chip->unmask(d);
    }
    spin_unlock(&irq_lock);
}

bool arch_irq_needs_eoi(int irq)
{
    struct irq_desc *d = desc_of(irq);

    return d && d->chip->level_needs_eoi && d->level;
}

int irq_alloc(void)
{
    for (unsigned int i = ioapic_nr_gsis(); i < MAX_IRQS; i++)
        if (!irq_table[i].chip)
            return (int)i;
    return -XEN_ENOSPC;
}

void irq_free(int irq)
{
    if (irq_table[irq].vector)
        irq_release_vector(irq);
    irq_table[irq] = (struct irq_desc){.chip = NULL};
}

static void device_interrupt(unsigned int vector)
{
    int irq = vector_irq[vector] - 1;
    struct domain *owner = NULL;
    unsigned int pirq = 0;
    void (*handler)(void) = NULL;

    spin_lock(&irq_lock);
    if (irq >= 0) {
        struct irq_desc *d = &irq_table[irq];

        handler = d->handler;
        owner = d->owner;
        pirq = d->pirq;
        if (owner && d->level && d->chip->level_needs_eoi) {
            d->in_flight = true;
            d->chip->mask(d);
        }
        /* It may be unbound, and its domain gone, as soon as the lock is free. */
        if (owner && !domain_get(owner))
            owner = NULL;
    }
    spin_unlock(&irq_lock);
    lapic_eoi();
    if (handler)
        handler();
    else if (owner)
        pirq_fire(owner, pirq);
    if (owner)
        domain_put(owner);
}

void irq_dispatch(unsigned int vector)
{
    switch (vector) {
    case VECTOR_TIMER:
        lapic_eoi();
        softirq_raise(SOFTIRQ_TIMER);
        break;
    case VECTOR_KICK:
        lapic_eoi(); /* its softirqs are looked at on the way out */
        break;
    case VECTOR_FLUSH:
        lapic_eoi();
        tlb_serve_requests();
        break;
    case VECTOR_SPURIOUS:
    case VECTOR_PIC_FIRST ... VECTOR_PIC_FIRST + 15:
        break;
    default:
        device_interrupt(vector);
    }
}

void arch_kick_cpu(unsigned int cpu)
{
    lapic_send_ipi(cpu, VECTOR_KICK);
}

bool arch_poll_interrupts(void)
{
    cpu_irq_window();
    return softirq_pending();
}

void arch_idle(void)
{
    /* sti;hlt is atomic: an interrupt that comes in between ends the halt. */
    if (!softirq_pending())
        cpu_irq_on_and_halt();
    else
        cpu_irq_window();
}
