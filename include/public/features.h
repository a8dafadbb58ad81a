/* SPDX-License-Identifier: MIT */
/* Feature bits answered by XENVER_get_features and asked for in ELF notes. */
#pragma once

#define XENFEAT_writable_page_tables       0 /* guest may write its page tables without asking */
#define XENFEAT_writable_descriptor_tables 1 /* guest may write GDT and LDT pages */
#define XENFEAT_auto_translated_physmap    2 /* hypervisor translates guest frames */
#define XENFEAT_supervisor_mode_kernel     3 /* guest kernel runs in ring 0 */
#define XENFEAT_pae_pgdir_above_4gb        4 /* root tables may lie above 4 GiB */
#define XENFEAT_mmu_pt_update_preserve_ad  5 /* MMU_PT_UPDATE_PRESERVE_AD works */
#define XENFEAT_highmem_assist             6 /* (gone) */
#define XENFEAT_gnttab_map_avail_bits      7 /* grant maps may set the PTE's free bits */
#define XENFEAT_hvm_callback_vector        8
#define XENFEAT_hvm_safe_pvclock           9
#define XENFEAT_hvm_pirqs                  10
#define XENFEAT_dom0                       11 /* the caller is, or the kernel can be, dom0 */
#define XENFEAT_memory_op_vnode_supported  13 /* memory flags may name a virtual node */
#define XENFEAT_ARM_SMCCC_supported        14
#define XENFEAT_linux_rsdp_unrestricted    15 /* kernel accepts the ACPI root anywhere */
#define XENFEAT_not_direct_mapped          16
#define XENFEAT_direct_mapped              17

#define XENFEAT_NR_SUBMAPS 1 /* 32-bit words of feature bits */
