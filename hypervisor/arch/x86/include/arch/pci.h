/* SPDX-License-Identifier: Apache-2.0 */
/* PCI configuration space, for MSI programming. Segment 0 by ports; other segments need MCFG. */
#pragma once

#include <hv/types.h>

struct pci_addr {
    uint16_t seg;
    uint8_t bus, devfn;
};

uint32_t pci_read(struct pci_addr a, unsigned int reg, unsigned int bytes);
void pci_write(struct pci_addr a, unsigned int reg, unsigned int bytes, uint32_t value);
/* Offset of a capability, or 0. */
unsigned int pci_find_cap(struct pci_addr a, uint8_t id);
/* Dom0's own accesses to the configuration ports, kept apart from ours. */
uint32_t pci_port_in(unsigned int port, unsigned int bytes);
void pci_port_out(unsigned int port, unsigned int bytes, uint32_t value);
