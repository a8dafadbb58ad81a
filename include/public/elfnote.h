/* SPDX-License-Identifier: MIT */
/* Types of the ELF notes, owner name "Xen", by which a kernel tells the domain builder how to load
 * it. */
#pragma once

#define XEN_ELFNOTE_INFO  0 /* free text */
#define XEN_ELFNOTE_ENTRY 1 /* virtual address of the entry point */
#define XEN_ELFNOTE_HYPERCALL_PAGE                                                                 \
    2 /* virtual address of the page to fill with hypercall stubs                                  \
       */
#define XEN_ELFNOTE_VIRT_BASE          3  /* virtual address of guest physical 0 */
#define XEN_ELFNOTE_PADDR_OFFSET       4  /* to subtract from the ELF's physical addresses */
#define XEN_ELFNOTE_XEN_VERSION        5  /* "xen-3.0" */
#define XEN_ELFNOTE_GUEST_OS           6  /* name of the operating system */
#define XEN_ELFNOTE_GUEST_VERSION      7  /* its version */
#define XEN_ELFNOTE_LOADER             8  /* "generic" */
#define XEN_ELFNOTE_PAE_MODE           9  /* 32-bit kernels: "yes", "no", "bimodal" */
#define XEN_ELFNOTE_FEATURES           10 /* names, separated by '|'; '!' before one: required */
#define XEN_ELFNOTE_BSD_SYMTAB         11 /* "yes": load the symbol table */
#define XEN_ELFNOTE_HV_START_LOW       12 /* lowest address the hypervisor may take for itself */
#define XEN_ELFNOTE_L1_MFN_VALID       13 /* pairs (mask, value): what marks a valid L1 entry */
#define XEN_ELFNOTE_SUSPEND_CANCEL     14 /* non-zero: a suspend may be called off */
#define XEN_ELFNOTE_INIT_P2M           15 /* virtual address for the initial frame list */
#define XEN_ELFNOTE_MOD_START_PFN      16 /* non-zero: kernel takes an unmapped initrd, by pfn */
#define XEN_ELFNOTE_SUPPORTED_FEATURES 17 /* 32-bit map of XENFEAT_* */
#define XEN_ELFNOTE_PHYS32_ENTRY       18 /* 32-bit entry for PVH */
#define XEN_ELFNOTE_MAX                XEN_ELFNOTE_PHYS32_ENTRY

/* Notes of crash and core dumps. */
#define XEN_ELFNOTE_CRASH_INFO              0x1000001
#define XEN_ELFNOTE_CRASH_REGS              0x1000002
#define XEN_ELFNOTE_DUMPCORE_NONE           0x2000000
#define XEN_ELFNOTE_DUMPCORE_HEADER         0x2000001
#define XEN_ELFNOTE_DUMPCORE_XEN_VERSION    0x2000002
#define XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION 0x2000003
