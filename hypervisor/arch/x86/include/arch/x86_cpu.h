/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU itself: per-CPU machine state, privileged instructions, feature bits. Only arch/x86
 * includes this. */
#pragma once

#include <hv/percpu.h>
#include <hv/types.h>
#include <arch/layout.h>

/* Uses of struct percpu.arch_slot by the entry code. */
#define PERCPU_SLOT_STACK   0 /* top of this CPU's stack */
#define PERCPU_SLOT_SCRATCH 1 /* guest rsp during SYSCALL entry */

#define CPU_STACK_SIZE 16384
#define IST_STACK_SIZE 8192
#define IST_COUNT      4

struct tss {
    uint32_t reserved0;
    uint64_t rsp0, rsp1, rsp2;
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, iomap_base;
} __packed;

/* struct percpu.arch */
struct x86_cpu {
    struct tss tss __attribute__((aligned(64)));
    uint32_t apic_id;
    uint64_t *gdt;     /* our page of descriptors: page 14 of the GDT window */
    uint64_t *desc_l1; /* the 32 entries of this CPU's descriptor window */
    /* TLB-flush mailbox: another CPU sets flush_gen after writing the request. */
    uint32_t flush_request;
    uint64_t flush_addr;
    void *ist_stack[IST_COUNT];
    void *stack;
};

static inline struct x86_cpu *x86_this(void)
{
    return this_cpu()->arch;
}

/* What the boot CPU's CPUID said that we act on. */
struct cpu_features {
    bool nx, smep, smap, umip, fsgsbase, xsave, xsaveopt, rdtscp;
    bool invariant_tsc, syscall_cstar;
    bool smep_on, smap_on, umip_on, fsgsbase_on;
    uint64_t xcr0_mask;  /* features a guest may enable */
    uint32_t xsave_size; /* bytes for all of them */
    uint32_t max_leaf, max_ext_leaf;
    char vendor[13];
};
extern struct cpu_features cpu_features;

void cpu_features_detect(void); /* boot CPU, once */
void cpu_features_enable(void); /* each CPU: control registers, MSRs */

#define MSR_EFER           0xc0000080
#define MSR_STAR           0xc0000081
#define MSR_LSTAR          0xc0000082
#define MSR_CSTAR          0xc0000083
#define MSR_SFMASK         0xc0000084
#define MSR_FS_BASE        0xc0000100
#define MSR_GS_BASE        0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define MSR_TSC_AUX        0xc0000103
#define MSR_APIC_BASE      0x1b
#define MSR_SYSENTER_CS    0x174
#define MSR_SYSENTER_ESP   0x175
#define MSR_SYSENTER_EIP   0x176
#define MSR_PAT            0x277

#define CR0_TS         (1ul << 3)
#define CR4_TSD        (1ul << 2)
#define CR4_DE         (1ul << 3)
#define CR4_PGE        (1ul << 7)
#define CR4_OSFXSR     (1ul << 9)
#define CR4_OSXMMEXCPT (1ul << 10)
#define CR4_UMIP       (1ul << 11)
#define CR4_FSGSBASE   (1ul << 16)
#define CR4_PCIDE      (1ul << 17)
#define CR4_OSXSAVE    (1ul << 18)
#define CR4_SMEP       (1ul << 20)
#define CR4_SMAP       (1ul << 21)

static inline void cpuid(uint32_t leaf, uint32_t sub, uint32_t r[4])
{
    __asm__ volatile("cpuid"
                     : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
                     : "a"(leaf), "c"(sub));
}

static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t lo, hi;

    __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
    return ((uint64_t)hi << 32) | lo;
}

static inline void wrmsr(uint32_t msr, uint64_t v)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)) : "memory");
}

/* usercopy.S: 0, or -1 when the CPU refuses the register. */
int safe_rdmsr(uint32_t msr, uint64_t *value);
int safe_wrmsr(uint32_t msr, uint64_t value);
int load_selectors(unsigned int ds, unsigned int es, unsigned int fs);
int load_gs_selector(unsigned int gs, uint64_t *base);
size_t raw_copy(void *dst, const void *src, size_t len);
size_t raw_clear(void *dst, size_t len);

static inline uint64_t rdtsc(void)
{
    uint32_t lo, hi;

    __asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi)::"memory");
    return ((uint64_t)hi << 32) | lo;
}

#define X86_CR(n)                                                                                  \
    static inline uint64_t read_cr##n(void)                                                        \
    {                                                                                              \
        uint64_t v;                                                                                \
        __asm__ volatile("movq %%cr" #n ", %0" : "=r"(v)::"memory");                               \
        return v;                                                                                  \
    }                                                                                              \
    static inline void write_cr##n(uint64_t v)                                                     \
    {                                                                                              \
        __asm__ volatile("movq %0, %%cr" #n : : "r"(v) : "memory");                                \
    }
X86_CR(0)
X86_CR(2)
X86_CR(3)
X86_CR(4)
#undef X86_CR

#define X86_DR(n)                                                                                  \
    static inline uint64_t read_dr##n(void)                                                        \
    {                                                                                              \
        uint64_t v;                                                                                \
        __asm__ volatile("movq %%dr" #n ", %0" : "=r"(v));                                         \
        return v;                                                                                  \
    }                                                                                              \
    static inline void write_dr##n(uint64_t v)                                                     \
    {                                                                                              \
        __asm__ volatile("movq %0, %%dr" #n : : "r"(v));                                           \
    }
X86_DR(0)
X86_DR(1)
X86_DR(2)
X86_DR(3)
X86_DR(6)
X86_DR(7)
#undef X86_DR

static inline void clts(void)
{
    __asm__ volatile("clts" ::: "memory");
}

static inline void invlpg(uint64_t a)
{
    __asm__ volatile("invlpg (%0)" : : "r"(a) : "memory");
}

static inline void cpu_relax(void)
{
    __asm__ volatile("pause" ::: "memory");
}

static inline void cpu_irq_off(void)
{
    __asm__ volatile("cli" ::: "memory");
}

/* Take pending interrupts now, then go on with interrupts off. */
static inline void cpu_irq_window(void)
{
    __asm__ volatile("sti; nop; nop; cli" ::: "memory");
}

static inline void cpu_irq_on_and_halt(void)
{
    __asm__ volatile("sti; hlt; cli" ::: "memory");
}

static inline uint8_t inb(uint16_t port)
{
    uint8_t v;

    __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline uint16_t inw(uint16_t port)
{
    uint16_t v;

    __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline uint32_t inl(uint16_t port)
{
    uint32_t v;

    __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline void outb(uint16_t port, uint8_t v)
{
    __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline void outw(uint16_t port, uint16_t v)
{
    __asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}

static inline void outl(uint16_t port, uint32_t v)
{
    __asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}

static inline void xsetbv(uint32_t reg, uint64_t v)
{
    __asm__ volatile("xsetbv" : : "c"(reg), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)));
}
