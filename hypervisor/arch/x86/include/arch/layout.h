/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the hypervisor's sixteen L4 slots (256..271, the PV ABI's reservation) go. Shared by C and
 * assembly. 256  machine-to-phys table, readable by guests 257  mappings of device registers
 * (ioremap) 258  descriptor-table windows, one per CPU 261  this image 262+ all RAM, the direct map
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#define HV_SLOT_M2P     256
#define HV_SLOT_IOREMAP 257
#define HV_SLOT_DESC    258
#define HV_SLOT_IMAGE   261
#define HV_SLOT_DIRECT  262
#define HV_SLOT_LAST    271

#define HV_VIRT_M2P     0xffff800000000000
#define HV_VIRT_IOREMAP 0xffff808000000000
#define HV_VIRT_DESC    0xffff810000000000
#define HV_VIRT_IMAGE   0xffff828000000000
#define HV_VIRT_DIRECT  0xffff830000000000

/* Per-CPU window in HV_SLOT_DESC: 16 pages of GDT, then 16 pages of LDT. */
#define DESC_WINDOW_PAGES 32
#define DESC_WINDOW_SIZE  (DESC_WINDOW_PAGES * 4096)
#define DESC_LDT_OFFSET   (16 * 4096)

/* Selectors of our own descriptors, all in the GDT's page 14 (byte offset 0xe000 and up: the ABI's
 * flat ones). */
#define SEL_HV_CS      0xe008
#define SEL_HV_DS      0xe010
#define SEL_RING3_CS32 0xe023
#define SEL_RING3_DS   0xe02b
#define SEL_RING3_CS64 0xe033
#define SEL_TSS        0xe040
#define SEL_LDT        0xe050

/* Interrupt stack table slots. */
#define IST_NMI 1
#define IST_DF  2
#define IST_MC  3
#define IST_DB  4

#endif
