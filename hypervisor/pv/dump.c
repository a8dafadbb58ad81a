/* SPDX-License-Identifier: Apache-2.0 */
/* Registers and stack top of a guest vCPU, for the report of a crash. */
#include <hv/arch.h>
#include <hv/guest_copy.h>
#include <hv/personality.h>
#include <hv/printk.h>
#include <hv/percpu.h>
#include <hv/pv_cpu.h>

#define STACK_WORDS 8

static void dump_stack(struct vcpu *v)
{
    uint64_t word[STACK_WORDS];

    if (v != current_vcpu() || guest_read(word, gva(v->pv.regs.rsp), sizeof(word)))
        return;
    for (unsigned int i = 0; i < STACK_WORDS; i += 4)
        log_err("  stack+%02x %016lx %016lx %016lx %016lx\n", i * 8, (unsigned long)word[i],
                (unsigned long)word[i + 1], (unsigned long)word[i + 2], (unsigned long)word[i + 3]);
}

void pv_dump_vcpu(struct vcpu *v)
{
    const struct cpu_user_regs *r = &v->pv.regs;

    log_err("d%uv%u registers, guest %s mode, on CPU %u:\n", v->domain->id, v->id,
            v->pv.kernel_mode ? "kernel" : "user", v->processor);
    log_err("  rip %04x:%016lx rsp %04x:%016lx rflags %08lx\n", r->cs, (unsigned long)r->rip, r->ss,
            (unsigned long)r->rsp, (unsigned long)r->rflags);
    log_err("  rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", (unsigned long)r->rax,
            (unsigned long)r->rbx, (unsigned long)r->rcx, (unsigned long)r->rdx);
    log_err("  rsi %016lx rdi %016lx rbp %016lx r8  %016lx\n", (unsigned long)r->rsi,
            (unsigned long)r->rdi, (unsigned long)r->rbp, (unsigned long)r->r8);
    log_err("  r9  %016lx r10 %016lx r11 %016lx r12 %016lx\n", (unsigned long)r->r9,
            (unsigned long)r->r10, (unsigned long)r->r11, (unsigned long)r->r12);
    log_err("  r13 %016lx r14 %016lx r15 %016lx cr2 %016lx\n", (unsigned long)r->r13,
            (unsigned long)r->r14, (unsigned long)r->r15,
            v->info ? (unsigned long)v->info->arch.cr2 : 0);
    log_err("  cr3 %016lx user cr3 %016lx\n", (unsigned long)v->pv.cr3,
            (unsigned long)v->pv.cr3_user);
    dump_stack(v);
}
