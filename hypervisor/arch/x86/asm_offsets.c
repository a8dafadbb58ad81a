/* SPDX-License-Identifier: Apache-2.0 */
/* Structure offsets for the assembly, taken from the C definitions by the compiler. */
#include <hv/percpu.h>
#include <hv/vcpu.h>
#include <arch/x86_cpu.h>

#define OFFSET(name, value) __asm__ volatile("/* @OFFSET " #name " %0 */" : : "i"(value))
#define REG(name, field)    OFFSET(REGS_##name, offsetof(struct cpu_user_regs, field))

void asm_offsets(void);
void asm_offsets(void)
{
    REG(r15, r15);
    REG(r14, r14);
    REG(r13, r13);
    REG(r12, r12);
    REG(rbp, rbp);
    REG(rbx, rbx);
    REG(r11, r11);
    REG(r10, r10);
    REG(r9, r9);
    REG(r8, r8);
    REG(rax, rax);
    REG(rcx, rcx);
    REG(rdx, rdx);
    REG(rsi, rsi);
    REG(rdi, rdi);
    REG(error_code, error_code);
    REG(entry_vector, entry_vector);
    REG(rip, rip);
    REG(cs, cs);
    REG(rflags, rflags);
    REG(rsp, rsp);
    REG(ss, ss);
    REG(es, es);
    OFFSET(VCPU_regs, offsetof(struct vcpu, pv.regs));
    OFFSET(VCPU_kernel_mode, offsetof(struct vcpu, pv.kernel_mode));
    OFFSET(VCPU_pending_bounce, offsetof(struct vcpu, pv.pending_bounce));
    OFFSET(VCPU_nmi_pending, offsetof(struct vcpu, nmi_pending));
    OFFSET(VCPU_info, offsetof(struct vcpu, info));
    OFFSET(VCPU_fast_return, offsetof(struct vcpu, pv.fast_return));
    OFFSET(PERCPU_current, offsetof(struct percpu, current));
    OFFSET(PERCPU_softirq, offsetof(struct percpu, softirq_pending));
    OFFSET(PERCPU_stack, offsetof(struct percpu, arch_slot[PERCPU_SLOT_STACK]));
    OFFSET(PERCPU_scratch, offsetof(struct percpu, arch_slot[PERCPU_SLOT_SCRATCH]));
}
