/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the entry assembly calls C. Guest exceptions go to pv/; interrupts to irq.c; a fault of our
 * own is either expected (extable: a guest pointer, a refused MSR) or the end of the host.
 */
#include <hv/arch.h>
#include <hv/hypercall.h>
#include <hv/panic.h>
#include <hv/personality.h>
#include <hv/printk.h>
#include <hv/pv_cpu.h>
#include <hv/pv_mm.h>
#include <hv/softirq.h>
#include <arch/descriptors.h>
#include <arch/irq.h>
#include <arch/traps.h>
#include <arch/x86_cpu.h>
#include <arch/x86_mem.h>

#define FIRST_INTERRUPT 32

struct extable_entry {
    uint64_t insn, fixup;
};
extern const struct extable_entry __start_extable[], __stop_extable[];

static bool fix_up(struct cpu_user_regs *regs)
{
    for (const struct extable_entry *e = __start_extable; e < __stop_extable; e++) {
        if (e->insn == regs->rip) {
            regs->rip = e->fixup;
            return true;
        }
    }
    return false;
}

static void machine_check(struct cpu_user_regs *regs)
{
    panic("machine check at rip %#lx: the hardware reports an error it cannot correct",
          (unsigned long)regs->rip);
}

/* A platform NMI: dom0 hears of it; the host itself has no use for one. */
static void tell_nmi(void *arg)
{
    (void)arg;
    if (dom0 && dom0->vcpu[0])
        pv_send_nmi(dom0->vcpu[0]);
}

static struct tasklet nmi_task = {NULL, tell_nmi, NULL, false};

/* It may have come while this CPU held any lock or wrote to the local APIC: no more than a note. */
static void host_nmi(void)
{
    tasklet_schedule_on(&nmi_task, this_cpu()->id);
}

static void guest_page_fault(struct vcpu *v, uint32_t error)
{
    uint64_t cr2 = read_cr2(), offset;

    if (descriptors_ldt_offset(cr2, &offset) && pv_ldt_fault(v, offset))
        return;
    pv_exception(v, TRAP_PF, error, cr2);
}

static void guest_debug(struct vcpu *v)
{
    v->pv.debugreg[6] = read_dr6();
    write_dr6(0xffff0ff0);
    pv_exception(v, TRAP_DB, 0, 0);
}

void trap_from_guest(struct cpu_user_regs *regs)
{
    struct vcpu *v = current_vcpu();
    unsigned int vector = regs->entry_vector;

    if (vector >= FIRST_INTERRUPT) {
        irq_dispatch(vector);
        return;
    }
    switch (vector) {
    case TRAP_PF:
        guest_page_fault(v, regs->error_code);
        break;
    case TRAP_DB:
        guest_debug(v);
        break;
    case TRAP_NMI:
        host_nmi();
        break;
    case TRAP_MC:
        machine_check(regs);
        break;
    default:
        pv_exception(v, vector, regs->error_code, 0);
    }
}

void trap_from_hypervisor(struct cpu_user_regs *regs)
{
    unsigned int vector = regs->entry_vector;

    if (vector >= FIRST_INTERRUPT) {
        irq_dispatch(vector);
        return;
    }
    switch (vector) {
    case TRAP_NMI:
        host_nmi();
        return;
    case TRAP_DB:
        /* A guest's watchpoint on memory that we copied for it, or MOV SS before SYSCALL: not ours
         * to report. */
        /* SYSENTER lets a guest's single step through: it ends here. */
        regs->rflags &= ~(uint64_t)RFLAGS_TF;
        write_dr6(0xffff0ff0);
        return;
    case TRAP_MC:
        machine_check(regs);
        return;
    case TRAP_PF: {
        uint64_t offset;

        if (descriptors_ldt_offset(read_cr2(), &offset) && pv_ldt_fault(current_vcpu(), offset))
            return;
        if (regs->error_code & PFEC_RSVD)
            break;
    }
        /* fall through */
    default:
        if (fix_up(regs))
            return;
    }
    log_err("rip %#lx rsp %#lx rax %#lx rbx %#lx rcx %#lx rdx %#lx rsi %#lx rdi %#lx rbp %#lx\n",
            (unsigned long)regs->rip, (unsigned long)regs->rsp, (unsigned long)regs->rax,
            (unsigned long)regs->rbx, (unsigned long)regs->rcx, (unsigned long)regs->rdx,
            (unsigned long)regs->rsi, (unsigned long)regs->rdi, (unsigned long)regs->rbp);
    panic("exception %u (error code %#x, cr2 %#lx) in the hypervisor at rip %#lx", vector,
          regs->error_code, (unsigned long)read_cr2(), (unsigned long)regs->rip);
}

/* SYSRET is safe only to a canonical rip: else some CPUs fault with the guest's stack in ring 0. */
static bool sysret_ok(const struct cpu_user_regs *regs)
{
    return regs->rip < 0x00007ffffffff000ull || is_canonical(regs->rip);
}

void syscall_from_guest(struct cpu_user_regs *regs)
{
    struct vcpu *v = current_vcpu();

    if (unlikely(!v->pv.kernel_mode)) {
        v->pv.fast_return = false;
        pv_user_syscall(v, regs->cs == SEL_RING3_CS32);
        return;
    }
    v->pv.fast_return = true;
    hypercall_entry(regs);
    /* do_iret and continuations may have changed where we go. */
    if (v->pv.fast_return &&
        (!sysret_ok(regs) || regs->cs != SEL_RING3_CS64 || regs->ss != SEL_RING3_DS))
        v->pv.fast_return = false;
}

void sysenter_from_guest(struct cpu_user_regs *regs)
{
    struct vcpu *v = current_vcpu();

    regs->rflags = (regs->rflags & ~(uint64_t)(RFLAGS_TF | RFLAGS_NT)) | RFLAGS_IF;
    v->pv.fast_return = false;
    pv_user_sysenter(v);
}

void exit_to_guest_work(void)
{
    if (softirq_pending())
        softirq_run();
    else
        pv_exit_work(current_vcpu());
}

void trap_guest_return_failed(struct vcpu *v, uint32_t error, unsigned int vector)
{
    uint64_t offset;

    /* Only a part of the LDT that was not brought in yet: try again. */
    if (vector == TRAP_PF && descriptors_ldt_offset(read_cr2(), &offset) && pv_ldt_fault(v, offset))
        return;
    v->pv.fast_return = false;
    pv_return_failed(v, vector, error);
}
