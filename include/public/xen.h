/* SPDX-License-Identifier: MIT */
/*
 * The heart of the guest ABI: hypercall numbers, virtual interrupts, page-table operations, the
 * pages shared between guest and hypervisor, and what a guest finds at its start. Layout as in
 * Xen 4.17 on x86-64.
 *
 * Calling convention: number in RAX, arguments in RDI, RSI, RDX, R10, R8, R9; answer in RAX;
 * argument registers that were used are clobbered. Guests call through the hypercall page.
 */
#pragma once

#include <public/arch-x86.h>

/* ---- Hypercall numbers ---- */
#define __HYPERVISOR_set_trap_table                0
#define __HYPERVISOR_mmu_update                    1
#define __HYPERVISOR_set_gdt                       2
#define __HYPERVISOR_stack_switch                  3
#define __HYPERVISOR_set_callbacks                 4
#define __HYPERVISOR_fpu_taskswitch                5
#define __HYPERVISOR_sched_op_compat               6
#define __HYPERVISOR_platform_op                   7
#define __HYPERVISOR_set_debugreg                  8
#define __HYPERVISOR_get_debugreg                  9
#define __HYPERVISOR_update_descriptor             10
#define __HYPERVISOR_memory_op                     12
#define __HYPERVISOR_multicall                     13
#define __HYPERVISOR_update_va_mapping             14
#define __HYPERVISOR_set_timer_op                  15
#define __HYPERVISOR_event_channel_op_compat       16
#define __HYPERVISOR_xen_version                   17
#define __HYPERVISOR_console_io                    18
#define __HYPERVISOR_physdev_op_compat             19
#define __HYPERVISOR_grant_table_op                20
#define __HYPERVISOR_vm_assist                     21
#define __HYPERVISOR_update_va_mapping_otherdomain 22
#define __HYPERVISOR_iret                          23
#define __HYPERVISOR_vcpu_op                       24
#define __HYPERVISOR_set_segment_base              25
#define __HYPERVISOR_mmuext_op                     26
#define __HYPERVISOR_xsm_op                        27
#define __HYPERVISOR_nmi_op                        28
#define __HYPERVISOR_sched_op                      29
#define __HYPERVISOR_callback_op                   30
#define __HYPERVISOR_xenoprof_op                   31
#define __HYPERVISOR_event_channel_op              32
#define __HYPERVISOR_physdev_op                    33
#define __HYPERVISOR_hvm_op                        34
#define __HYPERVISOR_sysctl                        35
#define __HYPERVISOR_domctl                        36
#define __HYPERVISOR_kexec_op                      37
#define __HYPERVISOR_tmem_op                       38
#define __HYPERVISOR_argo_op                       39
#define __HYPERVISOR_xenpmu_op                     40
#define __HYPERVISOR_dm_op                         41
#define __HYPERVISOR_hypfs_op                      42
#define __HYPERVISOR_arch_0                        48
#define __HYPERVISOR_arch_1                        49
#define __HYPERVISOR_arch_2                        50
#define __HYPERVISOR_arch_3                        51
#define __HYPERVISOR_arch_4                        52
#define __HYPERVISOR_arch_5                        53
#define __HYPERVISOR_arch_6                        54
#define __HYPERVISOR_arch_7                        55
#define __HYPERVISOR_mca                           __HYPERVISOR_arch_0

/* ---- Virtual interrupts. (V): one for each vcpu; (G): one for the whole system, with a single
 * owner. ---- */
#define VIRQ_TIMER      0  /* V: a timer asked for expired */
#define VIRQ_DEBUG      1  /* V: please print your state */
#define VIRQ_CONSOLE    2  /* G: input waits on the hypervisor's console */
#define VIRQ_DOM_EXC    3  /* G: a domain changed state (died, shut down) */
#define VIRQ_TBUF       4  /* G: trace buffers want emptying */
#define VIRQ_DEBUGGER   6  /* G: a domain stopped for its debugger */
#define VIRQ_XENOPROF   7  /* V: profiling sample */
#define VIRQ_CON_RING   8  /* G: new bytes in the hypervisor's message ring */
#define VIRQ_PCPU_STATE 9  /* G: a physical CPU came or went */
#define VIRQ_MEM_EVENT  10 /* G: memory event */
#define VIRQ_ARGO       11 /* G: Argo message */
#define VIRQ_ENOMEM     12 /* G: hypervisor short of memory */
#define VIRQ_XENPMU     13 /* V: performance counter */
#define VIRQ_ARCH_0     16
#define VIRQ_ARCH_1     17
#define VIRQ_ARCH_2     18
#define VIRQ_ARCH_3     19
#define VIRQ_ARCH_4     20
#define VIRQ_ARCH_5     21
#define VIRQ_ARCH_6     22
#define VIRQ_ARCH_7     23
#define VIRQ_MCA        VIRQ_ARCH_0 /* G: machine-check data wait */
#define NR_VIRQS        24

/* ---- mmu_update: low two bits of `ptr` ---- */
#define MMU_NORMAL_PT_UPDATE       0 /* write an entry of a page table, checked */
#define MMU_MACHPHYS_UPDATE        1 /* write an entry of the machine-to-physical table */
#define MMU_PT_UPDATE_PRESERVE_AD  2 /* as 0; accessed and dirty bits are OR-ed in, not lost */
#define MMU_PT_UPDATE_NO_TRANSLATE 3 /* as 0; never translate the frame number */

/* ---- mmuext_op commands; "mfn" and "linear" name the member of arg1 that counts ---- */
#define MMUEXT_PIN_L1_TABLE       0 /* mfn: check and hold as level-1 table */
#define MMUEXT_PIN_L2_TABLE       1
#define MMUEXT_PIN_L3_TABLE       2
#define MMUEXT_PIN_L4_TABLE       3
#define MMUEXT_UNPIN_TABLE        4  /* mfn: release a pinned table */
#define MMUEXT_NEW_BASEPTR        5  /* mfn: new root of the kernel's address space */
#define MMUEXT_TLB_FLUSH_LOCAL    6  /* this vcpu */
#define MMUEXT_INVLPG_LOCAL       7  /* linear: one page, this vcpu */
#define MMUEXT_TLB_FLUSH_MULTI    8  /* vcpumask */
#define MMUEXT_INVLPG_MULTI       9  /* linear, vcpumask */
#define MMUEXT_TLB_FLUSH_ALL      10 /* every vcpu of the domain */
#define MMUEXT_INVLPG_ALL         11 /* linear: one page, every vcpu */
#define MMUEXT_FLUSH_CACHE        12 /* write back and drop this CPU's caches */
#define MMUEXT_SET_LDT            13 /* linear, nr_ents (8-byte descriptors) */
#define MMUEXT_NEW_USER_BASEPTR   15 /* mfn: root in use while in user mode; 0: none */
#define MMUEXT_CLEAR_PAGE         16 /* mfn: fill with zeros */
#define MMUEXT_COPY_PAGE          17 /* mfn: destination; src_mfn: source */
#define MMUEXT_FLUSH_CACHE_GLOBAL 18 /* caches of every CPU */
#define MMUEXT_MARK_SUPER         19 /* mfn: superpage; not supported any more */
#define MMUEXT_UNMARK_SUPER       20

/* ---- console_io commands ---- */
#define CONSOLEIO_write 0 /* count, buffer */
#define CONSOLEIO_read  1 /* count, buffer; answers bytes read */

/* ---- vm_assist ---- */
#define VMASST_CMD_enable               0
#define VMASST_CMD_disable              1
#define VMASST_TYPE_4gb_segments        0
#define VMASST_TYPE_4gb_segments_notify 1
#define VMASST_TYPE_writable_pagetables                                                            \
    2 /* writes to page tables are emulated; always so on 64-bit */
#define VMASST_TYPE_pae_extended_cr3     3
#define VMASST_TYPE_architectural_iopl   4 /* IOPL from the guest's own flags */
#define VMASST_TYPE_runstate_update_flag 5 /* XEN_RUNSTATE_UPDATE while runstate areas change */
#define VMASST_TYPE_m2p_strict           32 /* user-mode roots do not see the machine-to-physical table */

#ifndef __ASSEMBLER__

typedef uint16_t domid_t; /* a domain's number */

/* ---- Domain numbers with a meaning of their own ---- */
#define DOMID_FIRST_RESERVED 0x7FF0U /* real domains are below */
#define DOMID_SELF           0x7FF0U /* the calling domain */
#define DOMID_IO             0x7FF1U /* owner of device memory */
#define DOMID_XEN            0x7FF2U /* owner of the hypervisor's shareable pages */
#define DOMID_COW            0x7FF3U /* owner of shared, copy-on-write pages */
#define DOMID_INVALID        0x7FF4U /* names no domain */
#define DOMID_IDLE           0x7FFFU /* the idle domain */
#define DOMID_MASK           0x7FFFU

/* Length of arrays that go on past the end of their structure. */
#define XEN_FLEX_ARRAY_DIM

DEFINE_XEN_GUEST_HANDLE(char);
XEN_DEFINE_HANDLE_AS(uchar, unsigned char);
DEFINE_XEN_GUEST_HANDLE(int);
XEN_DEFINE_HANDLE_AS(uint, unsigned int);
DEFINE_XEN_GUEST_HANDLE(void);
DEFINE_XEN_GUEST_HANDLE(uint64_t);
DEFINE_XEN_GUEST_HANDLE(xen_pfn_t);
DEFINE_XEN_GUEST_HANDLE(xen_ulong_t);
XEN_DEFINE_HANDLE_AS(uint8, uint8_t);
XEN_DEFINE_HANDLE_AS(uint16, uint16_t);
XEN_DEFINE_HANDLE_AS(uint32, uint32_t);
XEN_DEFINE_HANDLE_AS(uint64, uint64_t);

/* One extended page-table operation: MMUEXT_*. */
struct mmuext_op {
    unsigned int cmd;
    union {
        xen_pfn_t mfn;             /* machine frame */
        unsigned long linear_addr; /* virtual address */
    } arg1;
    union {
        unsigned int nr_ents;                  /* MMUEXT_SET_LDT: descriptors */
        XEN_GUEST_HANDLE(const_void) vcpumask; /* *_MULTI: bitmap of vcpus */
        xen_pfn_t src_mfn;                     /* MMUEXT_COPY_PAGE */
    } arg2;
};
typedef struct mmuext_op mmuext_op_t;
DEFINE_XEN_GUEST_HANDLE(mmuext_op_t);

/* Flush argument of update_va_mapping: a kind, or-ed with UVMF_LOCAL, UVMF_ALL or a pointer to a
 * vcpu bitmap. */
#define UVMF_NONE           (0UL << 0)
#define UVMF_TLB_FLUSH      (1UL << 0) /* the whole TLB */
#define UVMF_INVLPG         (2UL << 0) /* the one page */
#define UVMF_FLUSHTYPE_MASK (3UL << 0)
#define UVMF_MULTI          (0UL << 2) /* upper bits: address of a vcpu bitmap */
#define UVMF_LOCAL          (0UL << 2) /* upper bits 0: this vcpu */
#define UVMF_ALL            (1UL << 2) /* every vcpu of the domain */

/* One entry of mmu_update. */
struct mmu_update {
    uint64_t ptr; /* machine address of the entry, MMU_* in the low two bits */
    uint64_t val; /* new value */
};
typedef struct mmu_update mmu_update_t;
DEFINE_XEN_GUEST_HANDLE(mmu_update_t);

/* One call of a multicall. */
struct multicall_entry {
    xen_ulong_t op;      /* hypercall number */
    xen_ulong_t result;  /* its answer, filled in */
    xen_ulong_t args[6]; /* arguments; the hypervisor may overwrite them */
};
typedef struct multicall_entry multicall_entry_t;
DEFINE_XEN_GUEST_HANDLE(multicall_entry_t);

/*
 * Clock of one vcpu. Read: version (wait while odd), fields, version again (same, or start over).
 * Then now = system_time + (((rdtsc - tsc_timestamp) shifted left by tsc_shift) *
 * tsc_to_system_mul) >> 32.
 */
struct vcpu_time_info {
    uint32_t version; /* odd during an update */
    uint32_t pad0;
    uint64_t tsc_timestamp;     /* TSC at which system_time was taken */
    uint64_t system_time;       /* nanoseconds since the host started */
    uint32_t tsc_to_system_mul; /* 32.32 fixed point: nanoseconds for each shifted TSC tick */
    int8_t tsc_shift;           /* left shift of a TSC difference; right if negative */
    uint8_t flags;              /* XEN_PVCLOCK_* */
    uint8_t pad1[2];
};
typedef struct vcpu_time_info vcpu_time_info_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_time_info_t);
#define XEN_PVCLOCK_TSC_STABLE_BIT                                                                 \
    (1 << 0) /* clocks of all vcpus agree: no need for a last-value check */
#define XEN_PVCLOCK_GUEST_STOPPED (1 << 1) /* guest was stopped for long */

/* State of one vcpu, shared with its guest. 64 bytes. */
struct vcpu_info {
    uint8_t evtchn_upcall_pending; /* an event waits; set before the upcall, cleared by the guest */
    uint8_t
        evtchn_upcall_mask; /* non-zero: no upcalls now (the guest's interrupt flag, inverted) */
    xen_ulong_t evtchn_pending_sel; /* bit n: look at word n of shared_info.evtchn_pending */
    struct arch_vcpu_info arch;
    struct vcpu_time_info time;
};
typedef struct vcpu_info vcpu_info_t;

/* The page that a domain shares with the hypervisor. */
struct shared_info {
    struct vcpu_info
        vcpu_info[XEN_LEGACY_MAX_VCPUS]; /* until VCPUOP_register_vcpu_info moves one */
    xen_ulong_t evtchn_pending[sizeof(xen_ulong_t) * 8]; /* bit: port has an event */
    xen_ulong_t evtchn_mask[sizeof(xen_ulong_t) * 8];    /* bit: port does not notify */
    uint32_t wc_version;                                 /* wall clock: odd during an update */
    uint32_t wc_sec;    /* UTC seconds since 1970 when system time was 0, low half */
    uint32_t wc_nsec;   /* and nanoseconds */
    uint32_t wc_sec_hi; /* high half of wc_sec */
    struct arch_shared_info arch;
};
typedef struct shared_info shared_info_t;
#define xen_wc_sec_hi wc_sec_hi

#define MAX_GUEST_CMDLINE 1024 /* bytes, terminating zero included */

/*
 * What the builder leaves for a PV guest; RSI points here at entry. In virtual order the guest
 * finds its image, initrd, frame list, this page (store and console pages before it, for an
 * unprivileged guest), page tables, and the start stack.
 */
struct start_info {
    char magic[32];            /* "xen-<version>-<bits>" */
    unsigned long nr_pages;    /* pages of memory */
    unsigned long shared_info; /* MACHINE ADDRESS of shared_info */
    uint32_t flags;            /* SIF_* */
    xen_pfn_t store_mfn;       /* machine frame of the xenstore ring */
    uint32_t store_evtchn;     /* its event port */
    union {
        struct {
            xen_pfn_t mfn;   /* machine frame of the console ring */
            uint32_t evtchn; /* its event port */
        } domU;
        struct {
            uint32_t info_off;  /* offset of dom0_vga_console_info in this page */
            uint32_t info_size; /* its size in bytes */
        } dom0;
    } console;
    unsigned long pt_base;      /* virtual address of the root page table */
    unsigned long nr_pt_frames; /* page-table frames from there */
    unsigned long mfn_list;     /* virtual address of the list of machine frames, by pfn */
    unsigned long mod_start; /* initrd: virtual address, or pfn with SIF_MOD_START_PFN; 0: none */
    unsigned long mod_len;   /* its bytes */
    int8_t cmd_line[MAX_GUEST_CMDLINE];
    unsigned long
        first_p2m_pfn; /* frames holding mfn_list, where it is outside the initial mapping */
    unsigned long nr_p2m_frames;
};
typedef struct start_info start_info_t;

#define SIF_PRIVILEGED      (1 << 0)    /* may use privileged hypercalls */
#define SIF_INITDOMAIN      (1 << 1)    /* is the first domain */
#define SIF_MULTIBOOT_MOD   (1 << 2)    /* mod_start is a list of xen_multiboot_mod_list */
#define SIF_MOD_START_PFN   (1 << 3)    /* mod_start is a frame number */
#define SIF_VIRT_P2M_4TOOLS (1 << 4)    /* tools know the linear p2m table */
#define SIF_PM_MASK         (0xFF << 8) /* power-management options */

/* One module, with SIF_MULTIBOOT_MOD; addresses are pseudo-physical. */
struct xen_multiboot_mod_list {
    uint32_t mod_start; /* first byte */
    uint32_t mod_end;   /* one past the last byte */
    uint32_t cmdline;   /* address of its zero-terminated command line */
    uint32_t pad;       /* 0 */
};

/* The screen as the boot loader left it, for dom0. */
typedef struct dom0_vga_console_info {
#define XEN_VGATYPE_TEXT_MODE_3 0x03
#define XEN_VGATYPE_VESA_LFB    0x23
#define XEN_VGATYPE_EFI_LFB     0x70
    uint8_t video_type;
    union {
        struct {
            uint16_t font_height;        /* pixels */
            uint16_t cursor_x, cursor_y; /* characters */
            uint16_t rows, columns;      /* characters */
        } text_mode_3;
        struct {
            uint16_t width, height;  /* pixels */
            uint16_t bytes_per_line; /* pitch */
            uint16_t bits_per_pixel;
            uint32_t lfb_base; /* machine address, low half */
            uint32_t lfb_size; /* 64 KiB units */
            uint8_t red_pos, red_size;
            uint8_t green_pos, green_size;
            uint8_t blue_pos, blue_size;
            uint8_t rsvd_pos, rsvd_size;
            uint32_t gbl_caps;
            uint16_t mode_attrs;
            uint16_t pad;
            uint32_t ext_lfb_base; /* machine address, high half */
        } vesa_lfb;
    } u;
} dom0_vga_console_info_t;
#define xen_vga_console_info   dom0_vga_console_info
#define xen_vga_console_info_t dom0_vga_console_info_t

typedef uint8_t xen_domain_handle_t[16]; /* a domain's UUID; the hypervisor only keeps it */

typedef struct {
    uint8_t a[16];
} xen_uuid_t;

/* A bitmap handed to control operations: byte n/8, bit n%8. */
struct xenctl_bitmap {
    XEN_GUEST_HANDLE_64(uint8) bitmap;
    uint32_t nr_bits;
};
typedef struct xenctl_bitmap xenctl_bitmap_t;

#endif /* !__ASSEMBLER__ */
