/* SPDX-License-Identifier: MIT */
/*
 * The x86-64 part of the PV ABI: guest handles, segment selectors, reserved virtual addresses,
 * register frames, trap tables and the start state of a virtual CPU. Include <public/xen.h>, which
 * includes this.
 */
#pragma once

/* ---- Flat descriptors that the hypervisor puts into every GDT; all of them are ring 3. ---- */
#define FLAT_RING3_CS32 0xe023 /* 32-bit code */
#define FLAT_RING3_CS64 0xe033 /* 64-bit code */
#define FLAT_RING3_DS32 0xe02b /* 32-bit data */
#define FLAT_RING3_DS64 0x0000 /* 64-bit code needs no data segment */
#define FLAT_RING3_SS32 0xe02b
#define FLAT_RING3_SS64 0xe02b

#define FLAT_KERNEL_CS64 FLAT_RING3_CS64
#define FLAT_KERNEL_CS32 FLAT_RING3_CS32
#define FLAT_KERNEL_CS   FLAT_KERNEL_CS64
#define FLAT_KERNEL_DS64 FLAT_RING3_DS64
#define FLAT_KERNEL_DS32 FLAT_RING3_DS32
#define FLAT_KERNEL_DS   FLAT_KERNEL_DS64
#define FLAT_KERNEL_SS64 FLAT_RING3_SS64
#define FLAT_KERNEL_SS32 FLAT_RING3_SS32
#define FLAT_KERNEL_SS   FLAT_KERNEL_SS64

#define FLAT_USER_CS64 FLAT_RING3_CS64
#define FLAT_USER_CS32 FLAT_RING3_CS32
#define FLAT_USER_CS   FLAT_USER_CS64
#define FLAT_USER_DS64 FLAT_RING3_DS64
#define FLAT_USER_DS32 FLAT_RING3_DS32
#define FLAT_USER_DS   FLAT_USER_DS64
#define FLAT_USER_SS64 FLAT_RING3_SS64
#define FLAT_USER_SS32 FLAT_RING3_SS32
#define FLAT_USER_SS   FLAT_USER_SS64

/* A guest's GDT ends where the hypervisor's own entries begin (descriptor page 14, selector
 * 0xe000). */
#define FIRST_RESERVED_GDT_PAGE  14
#define FIRST_RESERVED_GDT_BYTE  (FIRST_RESERVED_GDT_PAGE * 4096)
#define FIRST_RESERVED_GDT_ENTRY (FIRST_RESERVED_GDT_BYTE / 8)

/*
 * Top-level page-table slots 256 to 271 belong to the hypervisor: guests may neither map nor use
 * them, except that the machine-to-physical table at their start is readable.
 */
#define __HYPERVISOR_VIRT_START 0xFFFF800000000000
#define __HYPERVISOR_VIRT_END   0xFFFF880000000000
#define __MACH2PHYS_VIRT_START  0xFFFF800000000000
#define __MACH2PHYS_VIRT_END    0xFFFF804000000000

/* The hypercall page: 32 bytes for each hypercall number; call page + 32 * number. */
#define XEN_HYPERCALL_ENTRY_BYTES 32

/* Which base set_segment_base sets. */
#define SEGBASE_FS          0 /* FS base */
#define SEGBASE_GS_USER     1 /* GS base while in guest user mode */
#define SEGBASE_GS_KERNEL   2 /* GS base while in guest kernel mode */
#define SEGBASE_GS_USER_SEL 3 /* load a selector into the user GS */

/* Flag in iret_context.flags: return by SYSRET; RCX and R11 need not survive. */
#define _VGCF_in_syscall 8
#define VGCF_in_syscall  (1 << _VGCF_in_syscall)
#define VGCF_IN_SYSCALL  VGCF_in_syscall

#define XEN_HAVE_PV_GUEST_ENTRY 1
#define XEN_HAVE_PV_UPCALL_MASK 1
#define XEN_LEGACY_MAX_VCPUS    32 /* vcpu_info slots inside shared_info */

/* Bytes before CPUID that ask the hypervisor to emulate it: UD2 followed by "xen". */
#ifndef __ASSEMBLER__
#define XEN_EMULATE_PREFIX ".byte 0x0f,0x0b,0x78,0x65,0x6e ; "
#define XEN_CPUID          XEN_EMULATE_PREFIX "cpuid"
#else
#define XEN_EMULATE_PREFIX .byte 0x0f, 0x0b, 0x78, 0x65, 0x6e;
#define XEN_CPUID          XEN_EMULATE_PREFIX cpuid
#endif

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

#define HYPERVISOR_VIRT_START 0xFFFF800000000000UL
#define HYPERVISOR_VIRT_END   0xFFFF880000000000UL
#define MACH2PHYS_VIRT_START  0xFFFF800000000000UL
#define MACH2PHYS_VIRT_END    0xFFFF804000000000UL
#define MACH2PHYS_NR_ENTRIES  ((MACH2PHYS_VIRT_END - MACH2PHYS_VIRT_START) >> 3)

/*
 * A guest handle is a guest virtual address in an argument structure. The wrapper keeps it from
 * being followed by accident; the field `p` gives its type. Always 8 bytes here.
 */
#define XEN_GUEST_HANDLE(name)       __guest_handle_##name
#define XEN_GUEST_HANDLE_64(name)    XEN_GUEST_HANDLE(name)
#define XEN_GUEST_HANDLE_PARAM(name) XEN_GUEST_HANDLE(name)
#define XEN_DEFINE_HANDLE_AS(name, type)                                                           \
    typedef struct {                                                                               \
        type *p;                                                                                   \
    } XEN_GUEST_HANDLE(name);                                                                      \
    typedef struct {                                                                               \
        const type *p;                                                                             \
    } XEN_GUEST_HANDLE(const_##name)
#define DEFINE_XEN_GUEST_HANDLE(name) XEN_DEFINE_HANDLE_AS(name, name)
/* Point a handle at VAL. Use it on zeroed structures: unions and padding stay as they were. */
#define set_xen_guest_handle_raw(handle, val)                                                      \
    do {                                                                                           \
        (handle).p = (val);                                                                        \
    } while (0)
#define set_xen_guest_handle(handle, val) set_xen_guest_handle_raw(handle, val)

typedef unsigned long xen_pfn_t; /* a frame number: pseudo-physical or machine, as the field says */
typedef unsigned long xen_ulong_t; /* the guest's machine word */
#define PRI_xen_pfn   "lx"
#define PRIu_xen_pfn  "lu"
#define PRI_xen_ulong "lx"

typedef uint64_t tsc_timestamp_t;     /* a reading of RDTSC */
typedef unsigned long xen_callback_t; /* code address the hypervisor jumps to */

/* One entry of set_trap_table. A table ends with an entry whose address is 0. */
struct trap_info {
    uint8_t vector; /* exception or INT number */
    uint8_t flags;  /* bits 0-1: lowest ring that may INT to it; bit 2: mask events on entry */
    uint16_t cs;    /* code selector of the handler */
    unsigned long address; /* its address */
};
typedef struct trap_info trap_info_t;
DEFINE_XEN_GUEST_HANDLE(trap_info_t);
#define TI_GET_DPL(ti)      ((ti)->flags & 3)
#define TI_GET_IF(ti)       ((ti)->flags & 4)
#define TI_SET_DPL(ti, dpl) ((ti)->flags |= (dpl))
#define TI_SET_IF(ti, on)   ((ti)->flags |= (uint8_t)(!!(on) << 2))

/* What the iret hypercall finds on the guest kernel's stack, from the stack pointer upwards. */
struct iret_context {
    uint64_t rax, r11, rcx; /* restored registers */
    uint64_t flags;         /* VGCF_in_syscall or 0 */
    uint64_t rip, cs, rflags, rsp, ss;
};

/* All general registers of a virtual CPU, in the order in which the ABI keeps them in memory. */
struct cpu_user_regs {
    uint64_t r15, r14, r13, r12, rbp, rbx;
    uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint32_t error_code;   /* hypervisor's own use */
    uint32_t entry_vector; /* hypervisor's own use */
    uint64_t rip;
    uint16_t cs, _pad0[1];
    uint8_t saved_upcall_mask; /* event mask at the time of the entry */
    uint8_t _pad1[3];
    uint64_t rflags; /* its IF bit mirrors !saved_upcall_mask */
    uint64_t rsp;
    uint16_t ss, _pad2[3];
    uint16_t es, _pad3[3];
    uint16_t ds, _pad4[3];
    uint16_t fs, _pad5[3]; /* non-zero: takes precedence over fs_base */
    uint16_t gs, _pad6[3]; /* non-zero: takes precedence over gs_base_user */
};
typedef struct cpu_user_regs cpu_user_regs_t;
DEFINE_XEN_GUEST_HANDLE(cpu_user_regs_t);

/* Frame number to and from the form that control register 3 holds. */
#define xen_pfn_to_cr3(pfn) ((unsigned long)(pfn) << 12)
#define xen_cr3_to_pfn(cr3) ((unsigned long)(cr3) >> 12)

/* The x86 part of vcpu_info. */
struct arch_vcpu_info {
    unsigned long cr2; /* address of the last page fault handed to the guest */
    unsigned long pad;
};
typedef struct arch_vcpu_info arch_vcpu_info_t;

/* Complete state of a virtual CPU, for VCPUOP_initialise and for {get,set}vcpucontext. */
struct vcpu_guest_context {
    struct {
        char x[512];
    } fpu_ctxt; /* FXSAVE image, valid with VGCF_i387_valid */
#define VGCF_I387_VALID                (1 << 0)
#define VGCF_IN_KERNEL                 (1 << 2)
#define _VGCF_i387_valid               0
#define VGCF_i387_valid                (1 << _VGCF_i387_valid)
#define _VGCF_in_kernel                2
#define VGCF_in_kernel                 (1 << _VGCF_in_kernel)
#define _VGCF_failsafe_disables_events 3
#define VGCF_failsafe_disables_events  (1 << _VGCF_failsafe_disables_events)
#define _VGCF_syscall_disables_events  4
#define VGCF_syscall_disables_events   (1 << _VGCF_syscall_disables_events)
#define _VGCF_online                   5
#define VGCF_online                    (1 << _VGCF_online)
    unsigned long flags;                    /* VGCF_* */
    struct cpu_user_regs user_regs;         /* registers at entry */
    struct trap_info trap_ctxt[256];        /* trap table, by vector */
    unsigned long ldt_base, ldt_ents;       /* virtual address; number of 8-byte entries */
    unsigned long gdt_frames[16], gdt_ents; /* machine frames; number of entries */
    unsigned long kernel_ss, kernel_sp;     /* stack to load when user mode enters the kernel */
    unsigned long ctrlreg[8];  /* 0: CR0; 1: CR3 of user mode; 3: CR3 of the kernel; 4: CR4 */
    unsigned long debugreg[8]; /* DR0 to DR7 */
    unsigned long event_callback_eip;    /* upcall entry */
    unsigned long failsafe_callback_eip; /* entry after a failed segment load or iret */
    unsigned long syscall_callback_eip;  /* entry of SYSCALL from user mode */
    unsigned long vm_assist;             /* VMASST_TYPE_* bits */
    uint64_t fs_base;                    /* 64-bit segment bases */
    uint64_t gs_base_kernel;             /* GS base in use while in the guest kernel */
    uint64_t gs_base_user;               /* GS base in use while in guest user mode */
};
typedef struct vcpu_guest_context vcpu_guest_context_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_guest_context_t);

/* The x86 part of shared_info; the guest fills it so that tools can find its frame tables. */
struct arch_shared_info {
    unsigned long max_pfn;                /* number of valid entries in the frame tables below */
    xen_pfn_t pfn_to_mfn_frame_list_list; /* frame of the three-level pfn-to-mfn tree's root */
    unsigned long nmi_reason;             /* XEN_NMIREASON_* bits */
    unsigned long p2m_cr3;        /* root under which p2m_vaddr is mapped; 0: no linear table */
    unsigned long p2m_vaddr;      /* virtual address of the linear pfn-to-mfn table */
    unsigned long p2m_generation; /* odd while the table changes */
};
typedef struct arch_shared_info arch_shared_info_t;

/* The x86 part of domain creation. A PV domain has neither emulated device. */
struct xen_arch_domainconfig {
#define _XEN_X86_EMU_LAPIC    0
#define XEN_X86_EMU_LAPIC     (1U << _XEN_X86_EMU_LAPIC)
#define _XEN_X86_EMU_HPET     1
#define XEN_X86_EMU_HPET      (1U << _XEN_X86_EMU_HPET)
#define _XEN_X86_EMU_PM       2
#define XEN_X86_EMU_PM        (1U << _XEN_X86_EMU_PM)
#define _XEN_X86_EMU_RTC      3
#define XEN_X86_EMU_RTC       (1U << _XEN_X86_EMU_RTC)
#define _XEN_X86_EMU_IOAPIC   4
#define XEN_X86_EMU_IOAPIC    (1U << _XEN_X86_EMU_IOAPIC)
#define _XEN_X86_EMU_PIC      5
#define XEN_X86_EMU_PIC       (1U << _XEN_X86_EMU_PIC)
#define _XEN_X86_EMU_VGA      6
#define XEN_X86_EMU_VGA       (1U << _XEN_X86_EMU_VGA)
#define _XEN_X86_EMU_IOMMU    7
#define XEN_X86_EMU_IOMMU     (1U << _XEN_X86_EMU_IOMMU)
#define _XEN_X86_EMU_PIT      8
#define XEN_X86_EMU_PIT       (1U << _XEN_X86_EMU_PIT)
#define _XEN_X86_EMU_USE_PIRQ 9
#define XEN_X86_EMU_USE_PIRQ  (1U << _XEN_X86_EMU_USE_PIRQ)
#define _XEN_X86_EMU_VPCI     10
#define XEN_X86_EMU_VPCI      (1U << _XEN_X86_EMU_VPCI)
#define XEN_X86_EMU_ALL       ((1U << (_XEN_X86_EMU_VPCI + 1)) - 1)
    uint32_t emulation_flags; /* XEN_X86_EMU_* */
#define XEN_X86_MSR_RELAXED    (1u << 0)
#define XEN_X86_MISC_FLAGS_MAX XEN_X86_MSR_RELAXED
    uint32_t misc_flags; /* XEN_X86_MSR_RELAXED: unknown MSRs read as zero, not #GP */
};

/* One CPUID leaf of a CPU policy. */
typedef struct xen_cpuid_leaf {
#define XEN_CPUID_NO_SUBLEAF 0xffffffffu
    uint32_t leaf,
        subleaf;         /* EAX and ECX of the query; subleaf NO_SUBLEAF where ECX does not count */
    uint32_t a, b, c, d; /* the four answers */
} xen_cpuid_leaf_t;
DEFINE_XEN_GUEST_HANDLE(xen_cpuid_leaf_t);

/* One model-specific register of a CPU policy. */
typedef struct xen_msr_entry {
    uint32_t idx;   /* register number */
    uint32_t flags; /* must be 0 */
    uint64_t val;
} xen_msr_entry_t;
DEFINE_XEN_GUEST_HANDLE(xen_msr_entry_t);

#endif /* !__ASSEMBLER__ */
