/* SPDX-License-Identifier: Apache-2.0 */
/* PV page tables, between the files of pv/. All functions that change tables run under d->mm_lock.
 */
#pragma once

#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/vcpu.h>

/* x86-64 page-table entry bits (architecture manual). */
#define PTE_P     (1ull << 0)
#define PTE_RW    (1ull << 1)
#define PTE_US    (1ull << 2)
#define PTE_PWT   (1ull << 3)
#define PTE_PCD   (1ull << 4)
#define PTE_A     (1ull << 5)
#define PTE_D     (1ull << 6)
#define PTE_PSE   (1ull << 7)
#define PTE_PAT   (1ull << 7)
#define PTE_G     (1ull << 8)
#define PTE_AVAIL (7ull << 9)
#define PTE_GNTTAB                                                                                 \
    (1ull << 62) /* ours: the entry is a grant mapping (a bit guests may not set)                  \
                  */
#define PTE_NX      (1ull << 63)
#define PTE_ADDR    0x000ffffffffff000ull
#define PTE_ENTRIES 512

static inline mfn_t pte_mfn(uint64_t pte)
{
    return mfn((pte & PTE_ADDR) >> PAGE_SHIFT);
}

static inline uint64_t pte_make(mfn_t m, uint64_t flags)
{
    return (m.n << PAGE_SHIFT) | flags;
}

/* Index of `va` in a level-n table, n = 1..4. */
static inline unsigned int pt_index(uint64_t va, unsigned int level)
{
    return (va >> (12 + 9 * (level - 1))) & 511;
}

/* L4 slots that are the hypervisor's in every guest table. */
#define HV_L4_FIRST 256
#define HV_L4_LAST  271

/* The level of a table type, 1..4, or 0. */
static inline unsigned int table_level(enum page_type t)
{
    return t >= PT_L1 && t <= PT_L4 ? (unsigned int)t : 0;
}

static inline bool l4_slot_is_hv(unsigned int slot)
{
    return slot >= HV_L4_FIRST && slot <= HV_L4_LAST;
}

/* ---- pte.c: one entry; `level` is that of the table it stands in ---- */

/* Are the bits of this present entry ones that `d` may set? Software bits 52 to 61 are free, bit 62
 * is ours. */
bool pte_bits_ok(const struct domain *d, unsigned int level, uint64_t pte);
/* The form in which a present entry is stored: ring 3 may always use it (guest kernels run there),
 * G is dropped. */
uint64_t pte_stored_form(unsigned int level, uint64_t pte);
/*
 * Take the references that a present entry in a table of `d` stands for. fd: who owns the frame of
 * a level-1 entry (d itself, a foreign domain, or domain_io). 0, -XEN_EINVAL, -XEN_EBUSY (cannot be
 * mapped writable), -XEN_EPERM, -XEN_ERESTART.
 */
int __must_check pte_take(struct domain *d, struct domain *fd, unsigned int level, uint64_t pte);
/* Drop them. 0, or -XEN_ERESTART: the child table is left PTF_PARTIAL, which owns what remains. */
int pte_drop(struct domain *d, unsigned int level, uint64_t pte);

/* ---- pt_walk.c ---- */

/*
 * Find the L1 entry that maps `va` in the current tables of `v`: pointer into the L1 (hypervisor
 * mapping) and its page. NULL: none. The owner's mm lock is held.
 */
uint64_t *pv_find_l1e(struct vcpu *v, uint64_t va, struct page **l1);
/* The same in the kernel's tables, whatever mode the vCPU is in. */
uint64_t *pv_find_kernel_l1e(struct vcpu *v, uint64_t va, struct page **l1);
/* Read a translation; false when not mapped. Takes the mm lock itself. */
bool pv_translate(struct vcpu *v, uint64_t va, uint64_t *pte);
/* The level (1..4) of `p` when it is a checked table of `d`, else 0. mm lock of d held: stays so
 * while it is. */
unsigned int pv_table_of(const struct page *p, const struct domain *d);

/* ---- pt_update.c ---- */

enum pt_how {
    PT_STORE,   /* replace the entry */
    PT_KEEP_AD, /* replace it, but keep A and D that the CPU has set */
    PT_CAS,     /* replace it only when it still is `expect` */
};
/*
 * Change entry `slot` of the checked table `table` (mm lock of its owner held). 0; -XEN_EINVAL,
 * -XEN_EBUSY, -XEN_EPERM: refused; -XEN_EAGAIN: PT_CAS saw another value; -XEN_ERESTART: preempted,
 * nothing changed. The current vCPU's old_table must be empty (pv_drain_old_table).
 */
int pt_update(struct page *table, unsigned int slot, uint64_t val, struct domain *fd,
              enum pt_how how, uint64_t expect);
/* Go on un-checking the table a former call of this vCPU left half-way. 0 or -XEN_ERESTART. No lock
 * held. */
int pv_drain_old_table(struct vcpu *v);
/* Remember a PTF_PARTIAL page of `owner` for pv_drain_old_table. */
void pv_defer_table(struct vcpu *v, const struct page *p, const struct domain *owner);

/* ---- mm_foreign.c: whose memory a call means ---- */

/* The domain that frames belong to: self, domain_io, or (privileged callers) another. Takes a
 * reference. */
int pv_get_frame_owner(domid_t id, struct domain **out);
/* The domain that tables belong to: self or (privileged callers) another that is not dying. Takes a
 * reference. */
int pv_get_table_owner(domid_t id, struct domain **out);
/* count argument of mmu_update and mmuext_op: this is a restarted call, *done already has a value
 * (ABI). */
#define MMU_UPDATE_PREEMPTED 0x80000000u

/* ---- mm_flush.c ---- */

/* CPUs on which the vCPUs of a guest bitmap may have translations. 0 or -XEN_EFAULT. */
int pv_vcpumask_cpus(struct domain *d, gva_t bitmap, struct cpumask *out);
void pv_flush_local(gva_t va);
/* va.a == ~0: everything. */
void pv_flush_domain(struct domain *d, gva_t va);
/* May the domain set cache attributes and flush caches: has it devices? */
bool pv_has_devices(const struct domain *d);

/* ---- root.c ---- */

/*
 * Replace the kernel root: takes/drops type references (MMUEXT_NEW_BASEPTR, mov cr3), loads it when
 * v is current. 0, -XEN_EINVAL, or -XEN_ERESTART: call again (an emulated mov cr3: do not advance
 * rip). No lock held.
 */
int pv_set_kernel_root(struct vcpu *v, mfn_t l4);
/* The same for the user root; frame 0: none. */
int pv_set_user_root(struct vcpu *v, mfn_t l4);
/* Drop both roots of a vCPU that will not run again. 0 or -XEN_ERESTART. */
int pv_root_release(struct vcpu *v);

/* ---- ptwr.c ---- */

/* What a store instruction does to the word it addresses. */
enum ptwr_op {
    PTWR_MOV,
    PTWR_XCHG,
    PTWR_CMPXCHG,
    PTWR_AND,
    PTWR_OR,
    PTWR_XOR,
    PTWR_BTS,
    PTWR_BTR,
    PTWR_BTC,
};
struct ptwr_insn {
    enum ptwr_op op;
    unsigned int len;  /* bytes of the instruction */
    unsigned int size; /* bytes stored: 1, 4 or 8 */
    uint64_t ea;       /* where */
    uint64_t src;      /* operand, or bit number below 8 * size */
    unsigned int reg;  /* PTWR_XCHG: the register that receives the old value (0 rax … 15 r15) */
};
/* Decode one of the stores that kernels make to page tables; false: another instruction.
 * ptwr_decode.c */
bool ptwr_decode(const uint8_t *code, size_t len, const struct cpu_user_regs *regs,
                 struct ptwr_insn *out);
/* General register n in machine order (rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 …). */
uint64_t *ptwr_register(struct cpu_user_regs *regs, unsigned int n);

/*
 * A page fault of a guest kernel may be a write to a table it maps read-only (va: the address in
 * CR2). true: emulated, or to be tried again; go on at regs->rip. No lock held; called for write
 * faults on present pages.
 */
bool pv_ptwr_fault(struct vcpu *v, uint64_t va, struct cpu_user_regs *regs);

/* ---- desc.c ---- */

/* A fault in the LDT window: bring the guest's LDT page in. true: done. */
bool pv_ldt_fault(struct vcpu *v, uint64_t offset);
/* Drop all LDT frames of a vCPU. */
void pv_ldt_release(struct vcpu *v);
/* MMUEXT_SET_LDT: the LDT of the current vCPU. 0 or -XEN_EINVAL. */
int pv_set_ldt(struct vcpu *v, uint64_t base, unsigned int entries);
int pv_set_gdt(struct vcpu *v, const uint64_t *frames, unsigned int entries);
void pv_gdt_release(struct vcpu *v);
/* May a guest have this descriptor? Fixes DPL 0 up as the ABI says (DPL forced to 3); false:
 * refuse. */
bool pv_descriptor_ok(uint64_t *desc);
/* All descriptors of a page, before it becomes PT_SEGDESC. 0 or -XEN_EINVAL. */
int pv_validate_descriptors(struct page *p);

/* ---- dom_build.c ---- */

/* Build dom0 from modules (boot). Returns 0 or a message. */
struct dom0_image {
    const void *kernel; /* ELF */
    size_t kernel_size;
    mfn_t initrd_mfn;   /* frames of the initrd; handed over to dom0 as they are */
    size_t initrd_size; /* bytes; 0: none */
    const char *cmdline;
    uint64_t nr_pages; /* dom0_mem */
    uint64_t max_pages;
    unsigned int max_vcpus;
    const void *vga_info; /* struct dom0_vga_console_info or NULL */
    size_t vga_info_size;
};
const char *pv_build_dom0(const struct dom0_image *img, struct domain **out);
