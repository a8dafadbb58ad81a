/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI configuration by ports 0xcf8/0xcfc. The pair is shared between the hypervisor (MSI) and dom0
 * (everything else), so dom0's address register is a shadow that is written out under the lock for
 * each data access.
 */
#include <hv/lock.h>
#include <arch/pci.h>
#include <arch/x86_cpu.h>

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define MAX_CAPS       48

static struct spinlock pci_lock = SPINLOCK_INIT(LOCK_DEVICE);
static uint32_t dom0_address;

static uint32_t data_in(unsigned int off, unsigned int bytes)
{
    switch (bytes) {
    case 1:
        return inb((uint16_t)(CONFIG_DATA + off));
    case 2:
        return inw((uint16_t)(CONFIG_DATA + off));
    default:
        return inl((uint16_t)(CONFIG_DATA + off));
    }
}

static void data_out(unsigned int off, unsigned int bytes, uint32_t v)
{
    switch (bytes) {
    case 1:
        outb((uint16_t)(CONFIG_DATA + off), (uint8_t)v);
        break;
    case 2:
        outw((uint16_t)(CONFIG_DATA + off), (uint16_t)v);
        break;
    default:
        outl((uint16_t)(CONFIG_DATA + off), v);
    }
}

static uint32_t address_of(struct pci_addr a, unsigned int reg)
{
    return 0x80000000u | (uint32_t)a.bus << 16 | (uint32_t)a.devfn << 8 | (reg & 0xfc);
}

uint32_t pci_read(struct pci_addr a, unsigned int reg, unsigned int bytes)
{
    uint32_t v;

    if (a.seg || reg > 0xff)
        return ~0u;
    spin_lock(&pci_lock);
    outl(CONFIG_ADDRESS, address_of(a, reg));
    v = data_in(reg & 3, bytes);
    spin_unlock(&pci_lock);
    return v;
}

void pci_write(struct pci_addr a, unsigned int reg, unsigned int bytes, uint32_t value)
{
    if (a.seg || reg > 0xff)
        return;
    spin_lock(&pci_lock);
    outl(CONFIG_ADDRESS, address_of(a, reg));
    data_out(reg & 3, bytes, value);
    spin_unlock(&pci_lock);
}

unsigned int pci_find_cap(struct pci_addr a, uint8_t id)
{
    unsigned int pos;

    if (!(pci_read(a, 6, 2) & 0x10)) /* status: capability list */
        return 0;
    pos = pci_read(a, 0x34, 1) & 0xfc;
    for (unsigned int i = 0; pos >= 0x40 && i < MAX_CAPS; i++) {
        if (pci_read(a, pos, 1) == id)
            return pos;
        pos = pci_read(a, pos + 1, 1) & 0xfc;
    }
    return 0;
}

uint32_t pci_port_in(unsigned int port, unsigned int bytes)
{
    uint32_t v;

    if (port < CONFIG_DATA) {
        if (port == CONFIG_ADDRESS && bytes == 4)
            return dom0_address;
        return bytes == 1 ? inb((uint16_t)port) : bytes == 2 ? inw((uint16_t)port) : ~0u;
    }
    spin_lock(&pci_lock);
    outl(CONFIG_ADDRESS, dom0_address);
    v = data_in(port - CONFIG_DATA, bytes);
    spin_unlock(&pci_lock);
    return v;
}

void pci_port_out(unsigned int port, unsigned int bytes, uint32_t value)
{
    if (port < CONFIG_DATA) {
        if (port == CONFIG_ADDRESS && bytes == 4)
            dom0_address = value;
        else if (bytes == 1)
            outb((uint16_t)port, (uint8_t)value); /* 0xcf9: the reset register among them */
        return;
    }
    spin_lock(&pci_lock);
    outl(CONFIG_ADDRESS, dom0_address);
    data_out(port - CONFIG_DATA, bytes, value);
    spin_unlock(&pci_lock);
}
