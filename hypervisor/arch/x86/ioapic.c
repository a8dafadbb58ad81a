/* SPDX-License-Identifier: Apache-2.0 */
/* IO-APICs: routing entries of GSIs. Dom0 may read their registers; what it writes reaches us as
 * gsi set-up only. */
#include <hv/arch.h>
#include <hv/lock.h>
#include <hv/panic.h>
#include <hv/printk.h>
#include <public/errno.h>
#include <arch/acpi.h>
#include <arch/irq.h>
#include <arch/lapic.h>
#include <arch/x86_mem.h>

struct ioapic {
    volatile uint32_t *regs;
    uint64_t addr;
    uint32_t gsi_base, pins;
};

static struct ioapic ioapics[ACPI_MAX_IOAPICS];
static unsigned int nr_ioapics, nr_gsis;
static struct spinlock ioapic_lock = SPINLOCK_INIT(LOCK_DEVICE);

#define RTE_MASKED   (1u << 16)
#define RTE_LEVEL    (1u << 15)
#define RTE_LOW      (1u << 13)
#define REG_VERSION  1
#define REG_RTE(pin) (0x10 + 2 * (pin))

static uint32_t read_reg(struct ioapic *a, uint32_t reg)
{
    a->regs[0] = reg;
    return a->regs[4];
}

static void write_reg(struct ioapic *a, uint32_t reg, uint32_t v)
{
    a->regs[0] = reg;
    a->regs[4] = v;
}

static void write_rte(struct irq_desc *d)
{
    struct ioapic *a = &ioapics[d->ioapic];
    uint32_t lo = d->vector | (d->level ? RTE_LEVEL : 0) | (d->active_low ? RTE_LOW : 0) |
                  (d->masked || !d->vector ? RTE_MASKED : 0);

    spin_lock(&ioapic_lock);
    write_reg(a, REG_RTE(d->pin), lo | RTE_MASKED);
    write_reg(a, REG_RTE(d->pin) + 1, arch_apic_id(0) << 24);
    write_reg(a, REG_RTE(d->pin), lo);
    spin_unlock(&ioapic_lock);
}

static void gsi_mask(struct irq_desc *d)
{
    d->masked = true;
    write_rte(d);
}

static void gsi_unmask(struct irq_desc *d)
{
    d->masked = false;
    write_rte(d);
}

static const struct irq_chip gsi_chip = {"IO-APIC", gsi_mask, gsi_unmask, true};

void ioapic_init(void)
{
    for (unsigned int i = 0; i < acpi.nr_ioapics; i++) {
        struct ioapic *a = &ioapics[nr_ioapics];

        a->addr = acpi.ioapic[i].addr;
        a->gsi_base = acpi.ioapic[i].gsi_base;
        a->regs = ioremap(a->addr, 0x20);
        if (!a->regs)
            panic("no room to map the IO-APIC at %#lx", (unsigned long)a->addr);
        a->pins = (read_reg(a, REG_VERSION) >> 16 & 0xff) + 1;
        for (unsigned int pin = 0; pin < a->pins; pin++) {
            unsigned int gsi = a->gsi_base + pin;

            write_reg(a, REG_RTE(pin), RTE_MASKED);
            if (gsi >= MAX_IRQS)
                continue;
            irq_table[gsi] = (struct irq_desc){
                .chip = &gsi_chip,
                .masked = true,
                .ioapic = nr_ioapics,
                .pin = pin,
                .level = gsi >= ACPI_NR_ISA,
                .active_low = gsi >= ACPI_NR_ISA,
            };
        }
        nr_gsis = MAX(nr_gsis, MIN(a->gsi_base + a->pins, MAX_IRQS));
        nr_ioapics++;
    }
    for (unsigned int i = 0; i < ACPI_NR_ISA; i++) {
        if (acpi.isa[i].overridden && acpi.isa[i].gsi < nr_gsis) {
            irq_table[acpi.isa[i].gsi].level = acpi.isa[i].level;
            irq_table[acpi.isa[i].gsi].active_low = acpi.isa[i].active_low;
        }
    }
}

int ioapic_setup_gsi(unsigned int gsi, bool level, bool active_low)
{
    struct irq_desc *d;

    if (gsi >= nr_gsis || !irq_table[gsi].chip)
        return -XEN_EINVAL;
    d = &irq_table[gsi];
    d->level = level;
    d->active_low = active_low;
    if (d->vector)
        write_rte(d);
    return 0;
}

unsigned int ioapic_nr_gsis(void)
{
    return nr_gsis;
}

bool ioapic_owns_frame(uint64_t frame)
{
    for (unsigned int i = 0; i < nr_ioapics; i++)
        if (frame == ioapics[i].addr >> PAGE_SHIFT)
            return true;
    return false;
}

static struct ioapic *find(uint64_t addr)
{
    for (unsigned int i = 0; i < nr_ioapics; i++)
        if (ioapics[i].addr == addr)
            return &ioapics[i];
    return NULL;
}

int arch_ioapic_read(uint64_t base, uint32_t reg, uint32_t *value)
{
    struct ioapic *a = find(base);

    if (!a || reg > 0xff)
        return -XEN_EINVAL;
    spin_lock(&ioapic_lock);
    *value = read_reg(a, reg);
    spin_unlock(&ioapic_lock);
    return 0;
}

/* Dom0's polarity and trigger choices are taken over for lines it has not bound yet; vectors stay
 * ours. */
int arch_ioapic_write(uint64_t base, uint32_t reg, uint32_t value)
{
    struct ioapic *a = find(base);
    unsigned int gsi;

    if (!a)
        return -XEN_EINVAL;
    if (reg < 0x10 || reg & 1)
        return 0; /* id, arbitration, destination halves: ours */
    gsi = a->gsi_base + (reg - 0x10) / 2;
    if (gsi >= nr_gsis || (reg - 0x10) / 2 >= a->pins)
        return -XEN_EINVAL;
    if (!(value & RTE_MASKED) && !irq_table[gsi].vector)
        return ioapic_setup_gsi(gsi, value & RTE_LEVEL, value & RTE_LOW);
    return 0;
}
