/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long hypercalls: stop, let interrupts and other vCPUs in, and let the guest execute the same
 * instruction again with arguments that say how far it came. Inside a multicall the entry is
 * rewritten in place of the registers.
 */
#include <hv/arch.h>
#include <hv/hypercall.h>
#include <hv/lock.h>
#include <hv/panic.h>
#include <hv/percpu.h>
#include <hv/vcpu.h>
#include <public/errno.h>

#include <stdarg.h>

#define SYSCALL_LENGTH 2

bool hypercall_should_preempt(void)
{
    /* Interrupt handlers send events: nothing may be held that they take, or that ranks above it.
     */
    ASSERT(this_cpu()->held_ranks >> (LOCK_MM + 1) == 0);
    /* Boot work runs on the idle vCPU, which has nowhere to go. */
    return !current_vcpu()->is_idle && arch_poll_interrupts();
}

long hypercall_continue(unsigned int nr, unsigned int nr_args, ...)
{
    struct vcpu *v = current_vcpu();
    struct cpu_user_regs *r = &v->pv.regs;
    uint64_t *const reg[6] = {&r->rdi, &r->rsi, &r->rdx, &r->r10, &r->r8, &r->r9};
    va_list ap;

    BUG_ON(nr_args > 6);
    va_start(ap, nr_args);
    for (unsigned int i = 0; i < nr_args; i++) {
        uint64_t value = va_arg(ap, uint64_t);

        if (v->in_multicall)
            v->multicall->args[i] = value;
        else
            *reg[i] = value;
    }
    va_end(ap);
    if (v->in_multicall) {
        v->multicall->op = nr;
        v->multicall_preempted = true;
        return -XEN_ERESTART;
    }
    r->rip -= SYSCALL_LENGTH;
    return nr; /* hypercall_entry() puts it into rax, where the instruction expects the number */
}
