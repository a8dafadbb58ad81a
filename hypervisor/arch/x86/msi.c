/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MSI and MSI-X: the hypervisor writes address, data and mask bits of functions that dom0 drives;
 * dom0 only switches the capability on and off. Facts: PCI Local Bus 3.0, 6.8; PHYSDEVOP_map_pirq
 * of public/physdev.h. MSI-X tables are mapped by us alone: dom0 may not reach them
 * (arch_frame_is_ours).
 */
#include <hv/arch.h>
#include <hv/heap.h>
#include <hv/printk.h>
#include <public/errno.h>
#include <arch/irq.h>
#include <arch/lapic.h>
#include <arch/msi.h>
#include <arch/pci.h>
#include <arch/x86_mem.h>

#define CAP_MSI  0x05
#define CAP_MSIX 0x11

#define MSI_CTRL_64     (1u << 7)
#define MSI_CTRL_MASK   (1u << 8)
#define MSIX_ENTRY_SIZE 16
#define MAX_MSIX_TABLES 128

struct msi_entry {
    struct pci_addr fn;
    int entry;                 /* MSI-X table index; -1: MSI */
    unsigned int cap;          /* offset of the capability */
    unsigned int first, count; /* MSI: index in a multi-message group */
    volatile uint32_t *slot;   /* MSI-X: its table entry */
};

/* Tables mapped so far: ioremap never unmaps, so each is mapped once. */
static struct {
    uint64_t addr;
    volatile uint32_t *map;
    uint64_t first_frame, last_frame;
} tables[MAX_MSIX_TABLES];
static unsigned int nr_tables;

static uint32_t msi_address(void)
{
    return 0xfee00000u | arch_apic_id(0) << 12;
}

static void msi_set_mask(struct irq_desc *d, bool masked)
{
    struct msi_entry *m = d->msi;

    if (m->entry >= 0) {
        m->slot[3] = (m->slot[3] & ~1u) | masked;
        (void)m->slot[3]; /* posted write: read back */
    } else {
        uint32_t ctrl = pci_read(m->fn, m->cap + 2, 2);
        unsigned int reg = m->cap + ((ctrl & MSI_CTRL_64) ? 0x10 : 0x0c);

        if (ctrl & MSI_CTRL_MASK) {
            uint32_t bits = pci_read(m->fn, reg, 4), bit = 1u << m->first;

            pci_write(m->fn, reg, 4, masked ? bits | bit : bits & ~bit);
        }
    }
    d->masked = masked;
}

static void msi_mask(struct irq_desc *d)
{
    msi_set_mask(d, true);
}

static void msi_unmask(struct irq_desc *d)
{
    msi_set_mask(d, false);
}

static const struct irq_chip msi_chip = {"MSI", msi_mask, msi_unmask, false};

/* Program address and data of an irq into its function. */
static void msi_program(int irq)
{
    struct irq_desc *d = &irq_table[irq];
    struct msi_entry *m = d->msi;

    if (m->entry >= 0) {
        uint32_t masked = m->slot[3] | 1;

        m->slot[3] = masked;
        m->slot[0] = msi_address();
        m->slot[1] = 0;
        m->slot[2] = d->vector;
        m->slot[3] = d->masked ? masked : masked & ~1u;
    } else if (m->first == 0) {
        uint32_t ctrl = pci_read(m->fn, m->cap + 2, 2);

        pci_write(m->fn, m->cap + 4, 4, msi_address());
        if (ctrl & MSI_CTRL_64) {
            pci_write(m->fn, m->cap + 8, 4, 0);
            pci_write(m->fn, m->cap + 12, 2, d->vector);
        } else {
            pci_write(m->fn, m->cap + 8, 2, d->vector);
        }
        msi_set_mask(d, d->masked);
    } else {
        msi_set_mask(d, d->masked);
    }
}

static volatile uint32_t *map_table(uint64_t addr, unsigned int entries)
{
    size_t size = (size_t)entries * MSIX_ENTRY_SIZE;

    for (unsigned int i = 0; i < nr_tables; i++)
        if (tables[i].addr == addr)
            return tables[i].map;
    if (nr_tables == MAX_MSIX_TABLES)
        return NULL;
    tables[nr_tables].map = ioremap(addr, size);
    if (!tables[nr_tables].map)
        return NULL;
    tables[nr_tables].addr = addr;
    tables[nr_tables].first_frame = addr >> PAGE_SHIFT;
    tables[nr_tables].last_frame = (addr + size - 1) >> PAGE_SHIFT;
    return tables[nr_tables++].map;
}

bool msi_owns_frame(uint64_t frame)
{
    for (unsigned int i = 0; i < nr_tables; i++)
        if (frame >= tables[i].first_frame && frame <= tables[i].last_frame)
            return true;
    return false;
}

/* The machine address of a function's MSI-X table, from its BAR; 0 when the BAR is not set. */
static uint64_t msix_table_addr(struct pci_addr fn, unsigned int cap)
{
    uint32_t where = pci_read(fn, cap + 4, 4);
    unsigned int bar = 0x10 + 4 * (where & 7);
    uint64_t base;

    if ((where & 7) > 5)
        return 0;
    base = pci_read(fn, bar, 4);
    if (base & 1)
        return 0; /* an I/O BAR cannot hold a table */
    if ((base & 6) == 4)
        base |= (uint64_t)pci_read(fn, bar + 4, 4) << 32;
    base &= ~15ull;
    return base ? base + (where & ~7u) : 0;
}

static int setup_one(struct pci_addr fn, unsigned int cap, int entry, unsigned int first,
                     unsigned int count, volatile uint32_t *slot)
{
    struct msi_entry *m = hv_zalloc(sizeof(*m));
    int irq = irq_alloc();

    if (!m || irq < 0) {
        hv_free(m);
        return m ? irq : -XEN_ENOMEM;
    }
    *m = (struct msi_entry){
        .fn = fn, .entry = entry, .cap = cap, .first = first, .count = count, .slot = slot};
    irq_table[irq] = (struct irq_desc){.chip = &msi_chip, .masked = true, .msi = m};
    if (irq_assign_vector(irq)) {
        irq_table[irq].chip = NULL;
        hv_free(m);
        return -XEN_ENOSPC;
    }
    return irq;
}

static int setup_locked(unsigned int seg, unsigned int bus, unsigned int devfn, int entry,
                        uint64_t table_base, unsigned int count, int irq_out[32])
{
    struct pci_addr fn = {(uint16_t)seg, (uint8_t)bus, (uint8_t)devfn};
    unsigned int cap = pci_find_cap(fn, entry >= 0 ? CAP_MSIX : CAP_MSI);
    volatile uint32_t *slot = NULL;
    int irq;

    if (!cap)
        return -XEN_ENODEV;
    /* Several messages of plain MSI need consecutive vectors: not offered; drivers fall back to
     * one. */
    if (entry < 0 && count != 1)
        return -XEN_EINVAL;
    if (entry >= 0) {
        unsigned int size = (pci_read(fn, cap + 2, 2) & 0x7ff) + 1;
        uint64_t addr = msix_table_addr(fn, cap);

        if ((unsigned int)entry >= size)
            return -XEN_EINVAL;
        if (!addr)
            return -XEN_ENXIO;
        if (table_base && table_base != (addr & PAGE_MASK) && table_base != addr)
            log_warn("MSI-X table of %02x:%02x.%u: dom0 says %#lx, its BAR %#lx; the BAR counts\n",
                     bus, devfn >> 3, devfn & 7, (unsigned long)table_base, (unsigned long)addr);
        slot = map_table(addr, size);
        if (!slot)
            return -XEN_ENOMEM;
        slot += (unsigned int)entry * (MSIX_ENTRY_SIZE / 4);
    }
    irq = setup_one(fn, cap, entry, 0, 1, slot);
    if (irq < 0)
        return irq;
    msi_program(irq);
    irq_out[0] = irq;
    return irq;
}

int arch_msi_setup(unsigned int seg, unsigned int bus, unsigned int devfn, int entry,
                   uint64_t table_base, unsigned int count, int irq_out[32])
{
    int irq;

    /* Two drivers of dom0 may ask at once, on two CPUs. */
    spin_lock(&irq_lock);
    irq = setup_locked(seg, bus, devfn, entry, table_base, count, irq_out);
    spin_unlock(&irq_lock);
    return irq;
}

void arch_msi_free(int irq)
{
    struct msi_entry *m = NULL;

    if (irq < 0 || irq >= MAX_IRQS)
        return;
    spin_lock(&irq_lock);
    if (irq_table[irq].msi) {
        m = irq_table[irq].msi;
        if (!irq_table[irq].masked)
            msi_mask(&irq_table[irq]);
        irq_free(irq);
    }
    spin_unlock(&irq_lock);
    hv_free(m);
}

int arch_msi_restore(unsigned int seg, unsigned int bus, unsigned int devfn)
{
    int found = -XEN_ESRCH;

    spin_lock(&irq_lock);
    for (int i = 0; i < MAX_IRQS; i++) {
        struct msi_entry *m = irq_table[i].msi;

        if (irq_table[i].chip == &msi_chip && m->fn.seg == seg && m->fn.bus == bus &&
            m->fn.devfn == devfn) {
            msi_program(i);
            found = 0;
        }
    }
    spin_unlock(&irq_lock);
    return found;
}
