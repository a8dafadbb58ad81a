/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercall handlers and the dispatcher; all rows come from hypercall.def. */
#pragma once

#include <hv/types.h>
#include <public/xen.h>

struct cpu_user_regs;

/* Handlers: arguments as the table says; the return value goes to the guest's rax (-XEN_E* on
 * failure). */
#define HV_ARG_U unsigned int
#define HV_ARG_L uint64_t
#define HV_ARG_G gva_t

long do_set_trap_table(gva_t traps);
long do_mmu_update(gva_t reqs, unsigned int count, gva_t done, unsigned int foreigndom);
long do_set_gdt(gva_t frames, unsigned int entries);
long do_stack_switch(uint64_t ss, uint64_t sp);
long do_set_callbacks(uint64_t event, uint64_t failsafe, uint64_t syscall);
long do_fpu_taskswitch(unsigned int set);
long do_sched_op_compat(unsigned int cmd, uint64_t arg);
long do_platform_op(gva_t op);
long do_set_debugreg(unsigned int reg, uint64_t value);
long do_get_debugreg(unsigned int reg);
long do_update_descriptor(uint64_t maddr, uint64_t desc);
long do_memory_op(uint64_t cmd, gva_t arg);
long do_multicall(gva_t calls, unsigned int count);
long do_update_va_mapping(uint64_t va, uint64_t pte, uint64_t flags);
long do_set_timer_op(uint64_t timeout);
long do_event_channel_op_compat(gva_t op);
long do_xen_version(unsigned int cmd, gva_t arg);
long do_console_io(unsigned int cmd, unsigned int count, gva_t buffer);
long do_physdev_op_compat(gva_t op);
long do_grant_table_op(unsigned int cmd, gva_t arg, unsigned int count);
long do_vm_assist(unsigned int cmd, unsigned int type);
long do_update_va_mapping_otherdomain(uint64_t va, uint64_t pte, uint64_t flags,
                                      unsigned int domid);
long do_iret(void);
long do_vcpu_op(unsigned int cmd, unsigned int vcpu_id, gva_t arg);
long do_set_segment_base(unsigned int which, uint64_t base);
long do_mmuext_op(gva_t ops, unsigned int count, gva_t done, unsigned int foreigndom);
long do_nmi_op(unsigned int cmd, gva_t arg);
long do_sched_op(unsigned int cmd, gva_t arg);
long do_callback_op(unsigned int cmd, gva_t arg);
long do_event_channel_op(unsigned int cmd, gva_t arg);
long do_physdev_op(unsigned int cmd, gva_t arg);
long do_sysctl(gva_t op);
long do_domctl(gva_t op);

/* Entry from the guest: number in regs->rax, arguments in rdi, rsi, rdx, r10, r8; result to
 * regs->rax. */
void hypercall_entry(struct cpu_user_regs *regs);
/* One call by number and arguments, with permission check: used by the entry, by multicall and by
 * tests. */
long hypercall_call(unsigned int nr, const uint64_t args[6]);
/* "mmu_update" …, or NULL. */
const char *hypercall_name(unsigned int nr);
/* Fill a guest's hypercall page (4096 bytes, stub i at i * 32). */
void hypercall_page_fill(void *page);

/*
 * Long calls. In a handler:  if (hypercall_should_preempt()) return hypercall_continue(nr, a0, …);
 * The guest re-executes the same instruction with the new arguments. Progress lives in the
 * arguments only.
 */
bool hypercall_should_preempt(void);
long hypercall_continue(unsigned int nr, unsigned int nr_args, ...);
