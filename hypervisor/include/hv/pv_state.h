/* SPDX-License-Identifier: Apache-2.0 */
/* What a PV guest has set up for itself: data only. Owned by pv/; core only allocates and copies
 * it. */
#pragma once

#include <hv/list.h>
#include <hv/types.h>
#include <public/xen.h>

#define PV_NR_TRAPS        256
#define PV_GDT_FRAMES      14 /* guest descriptors; entry 7168 and up are ours */
#define PV_MAX_LDT_ENTRIES 8192

struct pv_callback {
    uint64_t rip;   /* 0: not registered */
    uint32_t flags; /* CALLBACKF_* */
};

struct pv_trap {
    uint64_t rip; /* 0: no handler */
    uint16_t cs;
    uint8_t flags; /* bits 0-1: privilege needed to use it by INT; bit 2: mask events on entry */
};

/* Per vCPU. `regs` is where the entry code saves the guest's registers: always current when not
 * running. */
struct pv_vcpu {
    uint64_t regs_align; /* the CPU aligns its frame to 16 bytes: regs.es must start such a block */
    struct cpu_user_regs regs;
    bool kernel_mode;    /* guest kernel (true) or guest user; both are ring 3 */
    bool pending_bounce; /* `bounce` must be built on the guest's stack before return */
    bool fast_return;    /* entered by SYSCALL and rcx, r11 are free to lose: return by SYSRET */
    uint64_t cr3;        /* kernel root: machine address of an L4 we hold a type reference on */
    uint64_t cr3_user;   /* user root, or 0 */
    uint64_t old_table;  /* frame of a table whose un-check was preempted (pt_update.c); 0: none */
    uint16_t old_table_owner;      /* its domain */
    uint64_t cr0_guest, cr4_guest; /* as the guest believes */
    uint64_t kernel_ss, kernel_sp; /* stack_switch */
    struct pv_callback event_cb, failsafe_cb, syscall_cb, syscall32_cb, sysenter_cb, nmi_cb;
    struct pv_trap traps[PV_NR_TRAPS];
    struct {
        uint8_t vector;
        uint8_t flags; /* enum pv_bounce_flags */
        uint16_t cs;
        uint32_t error_code;
        uint64_t rip;
    } bounce;
    uint64_t fs_base, gs_base_kernel, gs_base_user;
    uint64_t gdt_frames[PV_GDT_FRAMES]; /* each with a PT_SEGDESC reference */
    uint32_t gdt_ents;
    uint32_t ldt_ents;
    uint64_t ldt_base;                                  /* guest virtual address */
    uint64_t ldt_frames[PV_MAX_LDT_ENTRIES * 8 / 4096]; /* faulted in on use; 0: not yet */
    uint64_t debugreg[8];
    uint32_t iopl; /* virtual IOPL, 0..3 */
    gva_t iobmp;   /* port permission bitmap for guest user */
    uint32_t iobmp_limit;
    uint64_t xcr0;
    uint64_t time_info_gva; /* vcpu_register_vcpu_time_memory_area: 0 none */
    uint64_t tsc_aux;
};

/* Per domain. */
struct pv_domain {
    uint64_t vm_assist; /* VMASST_TYPE_* bits */
    mfn_t hypercall_page;
    struct list relinquished; /* frames of a dying domain that pv_relinquish_memory() has seen to */
};
