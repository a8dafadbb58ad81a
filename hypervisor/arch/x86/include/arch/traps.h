/* SPDX-License-Identifier: Apache-2.0 */
/* Called by the entry assembly. */
#pragma once

#include <hv/vcpu.h>

void trap_from_guest(struct cpu_user_regs *regs);
void trap_from_hypervisor(struct cpu_user_regs *regs);
void syscall_from_guest(struct cpu_user_regs *regs);
void sysenter_from_guest(struct cpu_user_regs *regs);
void exit_to_guest_work(void);
void trap_guest_return_failed(struct vcpu *v, uint32_t error, unsigned int vector);
/* entry.S: leave this C stack for good. */
void arch_jump_to_guest(void) __attribute__((noreturn));
void arch_jump_to(void (*fn)(void)) __attribute__((noreturn));
