/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GDT, LDT, TSS and IDT. Each CPU has a window of 32 pages at a fixed address: pages 0-13 show the
 * GDT frames of the guest that runs there, page 14 our own descriptors (the ABI's reserved entries
 * 7168 and up), pages 16-31 the guest's LDT. A context switch only rewrites window entries.
 */
#include <hv/arch.h>
#include <hv/heap.h>
#include <hv/page_alloc.h>
#include <hv/panic.h>
#include <hv/pv_mm.h>
#include <hv/string.h>
#include <hv/vcpu.h>
#include <arch/descriptors.h>
#include <arch/x86_cpu.h>
#include <arch/x86_mem.h>

#define GDT_OUR_PAGE 14
#define GDT_LIMIT    (15 * PAGE_SIZE - 1)
#define WINDOW_PTE   (PTE_P | PTE_RW | PTE_A | PTE_D | PTE_NX)

struct idt_entry {
    uint16_t offset0, selector;
    uint8_t ist, type;
    uint16_t offset1;
    uint32_t offset2, reserved;
};

static struct idt_entry idt[256] __attribute__((aligned(4096)));
extern char vector_stubs[];

struct table_ptr {
    uint16_t limit;
    uint64_t base;
} __packed;

/* Where a guest has no GDT page: the limit covers our own, so selectors up to there must find
 * nothing. */
static const uint64_t no_descriptors[PAGE_SIZE / 8] __attribute__((aligned(4096)));

static uint64_t window_va(unsigned int cpu)
{
    return HV_VIRT_DESC + (uint64_t)cpu * DESC_WINDOW_SIZE;
}

static void set_system_desc(uint64_t *gdt, unsigned int sel, uint64_t base, uint32_t limit,
                            unsigned int type)
{
    unsigned int i = (sel & 0xff8) / 8;

    gdt[i] = (limit & 0xffff) | ((base & 0xffffff) << 16) | ((uint64_t)type << 40) | (1ull << 47) |
             ((uint64_t)(limit >> 16 & 0xf) << 48) | ((base >> 24 & 0xff) << 56);
    gdt[i + 1] = base >> 32;
}

static void fill_gdt(struct x86_cpu *c, unsigned int cpu)
{
    uint64_t *g = c->gdt;

    g[(SEL_HV_CS & 0xfff) / 8] = 0x00af9b000000ffff;
    g[(SEL_HV_DS & 0xfff) / 8] = 0x00cf93000000ffff;
    g[(0xe019 & 0xff8) / 8] = 0x00cfbb000000ffff; /* the ABI's compat ring-1 pair */
    g[(0xe021 & 0xff8) / 8] = 0x00cffb000000ffff; /* 0xe023: ring 3, 32-bit code */
    g[(SEL_RING3_DS & 0xff8) / 8] = 0x00cff3000000ffff;
    g[(SEL_RING3_CS64 & 0xff8) / 8] = 0x00affb000000ffff;
    set_system_desc(g, SEL_TSS, (uint64_t)&c->tss, sizeof(c->tss) - 1, 9);
    set_system_desc(g, SEL_LDT, window_va(cpu) + DESC_LDT_OFFSET, 0, 2);
}

static void fill_idt(void)
{
    for (unsigned int v = 0; v < 256; v++) {
        uint64_t a = (uint64_t)vector_stubs + v * 16;
        struct idt_entry *e = &idt[v];

        *e = (struct idt_entry){
            .offset0 = (uint16_t)a,
            .selector = SEL_HV_CS,
            .type = 0x8e, /* present, DPL 0, interrupt gate */
            .offset1 = (uint16_t)(a >> 16),
            .offset2 = (uint32_t)(a >> 32),
        };
    }
    /* A guest may use these two by instruction; every other INT n raises #GP, which pv/ turns into
     * the trap. */
    idt[3].type = 0xee;
    idt[4].type = 0xee;
    idt[1].ist = IST_DB;
    idt[2].ist = IST_NMI;
    idt[8].ist = IST_DF;
    idt[18].ist = IST_MC;
}

/* The frame of an IST entry has this CPU's struct percpu right above it (entry.S). */
static void set_ist(struct x86_cpu *c, struct percpu *p, unsigned int ist)
{
    char *top = (char *)c->ist_stack[ist - 1] + IST_STACK_SIZE - 16;

    *(struct percpu **)top = p;
    c->tss.ist[ist - 1] = (uint64_t)top;
}

void descriptors_load(struct percpu *p)
{
    struct x86_cpu *c = p->arch;
    struct table_ptr gdtr = {GDT_LIMIT, window_va(p->id)};
    struct table_ptr idtr = {sizeof(idt) - 1, (uint64_t)idt};

    if (!idt[0].selector)
        fill_idt();
    c->desc_l1 = desc_window_l1(p->id);
    c->desc_l1[GDT_OUR_PAGE] = direct_map_maddr(c->gdt) | WINDOW_PTE;
    fill_gdt(c, p->id);
    for (unsigned int i = 1; i <= IST_COUNT; i++)
        set_ist(c, p, i);
    c->tss.iomap_base = sizeof(struct tss);
    __asm__ volatile("lgdt %0" : : "m"(gdtr));
    __asm__ volatile("lidt %0" : : "m"(idtr));
    __asm__ volatile("pushq %0\n\tleaq 1f(%%rip), %%rax\n\tpushq %%rax\n\tlretq\n1:"
                     :
                     : "i"(SEL_HV_CS)
                     : "rax", "memory");
    __asm__ volatile("movl %0, %%ss" : : "r"(0));
    __asm__ volatile("movl %0, %%ds\n\tmovl %0, %%es\n\tmovl %0, %%fs\n\tmovl %0, %%gs" : : "r"(0));
    wrmsr(MSR_GS_BASE, (uint64_t)p); /* loading gs cleared it */
    __asm__ volatile("lldt %w0" : : "r"(0));
    __asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
}

void arch_load_gdt(struct vcpu *v)
{
    struct x86_cpu *c = x86_this();
    uint64_t va = window_va(this_cpu()->id);
    unsigned int frames = (v->pv.gdt_ents + 511) / 512;
    uint64_t none = ((uint64_t)no_descriptors - HV_VIRT_IMAGE) | PTE_P | PTE_A | PTE_NX;

    for (unsigned int i = 0; i < PV_GDT_FRAMES; i++) {
        uint64_t pte = i < frames ? (v->pv.gdt_frames[i] << PAGE_SHIFT) | WINDOW_PTE : none;

        if (c->desc_l1[i] != pte) {
            c->desc_l1[i] = pte;
            invlpg(va + i * PAGE_SIZE);
        }
    }
}

void arch_load_ldt(struct vcpu *v)
{
    struct x86_cpu *c = x86_this();
    uint64_t va = window_va(this_cpu()->id) + DESC_LDT_OFFSET;
    unsigned int frames = (v->pv.ldt_ents + 511) / 512;

    for (unsigned int i = 0; i < ARRAY_SIZE(v->pv.ldt_frames); i++) {
        uint64_t f = v->pv.ldt_frames[i];
        uint64_t pte = i < frames && f ? (f << PAGE_SHIFT) | WINDOW_PTE : 0;

        if (c->desc_l1[16 + i] != pte) {
            c->desc_l1[16 + i] = pte;
            invlpg(va + i * PAGE_SIZE);
        }
    }
    if (!v->pv.ldt_ents) {
        __asm__ volatile("lldt %w0" : : "r"(0));
        return;
    }
    set_system_desc(c->gdt, SEL_LDT, va, v->pv.ldt_ents * 8 - 1, 2);
    __asm__ volatile("lldt %w0" : : "r"(SEL_LDT));
}

bool descriptors_ldt_offset(uint64_t va, uint64_t *offset)
{
    uint64_t base = window_va(this_cpu()->id) + DESC_LDT_OFFSET;

    if (va < base || va >= base + 16 * PAGE_SIZE)
        return false;
    *offset = va - base;
    return true;
}
