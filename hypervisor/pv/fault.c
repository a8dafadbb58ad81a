/* SPDX-License-Identifier: Apache-2.0 */
/* An exception in guest code: emulate what only looks like one, bounce the rest to the guest's
 * handler. */
#include <hv/arch.h>
#include <hv/guest_copy.h>
#include <hv/pv_cpu.h>
#include <hv/pv_mm.h>

#define CR0_TS (1ull << 3)

/*
 * INT n through a gate the guest may not use raises #GP. The error code should be 8n+2, but an
 * emulator is known to report 16n+2, so the instruction itself is asked.
 */
static bool software_interrupt(struct vcpu *v, uint32_t error)
{
    struct cpu_user_regs *r = &v->pv.regs;
    const struct pv_trap *t;
    uint8_t insn[2];

    if ((error & 7) != 2 || pv_fetch(r->rip, insn, 2) != 2 || insn[0] != 0xcd)
        return false;
    t = &v->pv.traps[insn[1]];
    if (!t->rip || (t->flags & 3u) < (v->pv.kernel_mode ? 1u : 3u)) {
        pv_raise(v, TRAP_GP, insn[1] * 8u + 2);
        return true;
    }
    r->rip += 2;
    pv_bounce(v, t->rip, t->flags & 4 ? BOUNCE_MASK_EVENTS : 0, 0);
    return true;
}

static void general_protection(struct vcpu *v, uint32_t error)
{
    if (error) {
        if (!software_interrupt(v, error))
            pv_raise(v, TRAP_GP, error);
        return;
    }
    if (pv_emulate_privileged(v) == EMUL_UNHANDLED)
        pv_raise(v, TRAP_GP, 0);
}

static void page_fault(struct vcpu *v, uint64_t cr2, uint32_t error)
{
    if (v->pv.kernel_mode && (error & (PFEC_PRESENT | PFEC_WRITE | PFEC_RSVD | PFEC_INSN)) ==
                                 (PFEC_PRESENT | PFEC_WRITE)) {
        if (pv_ptwr_fault(v, cr2, &v->pv.regs))
            return;
    }
    if (error & PFEC_RSVD) {
        domain_crash(v->domain, "reserved bit in a page-table entry for %#lx\n",
                     (unsigned long)cr2);
        return;
    }
    pv_raise_page_fault(v, cr2, error);
}

void pv_exception(struct vcpu *v, unsigned int vector, uint32_t error, uint64_t cr2)
{
    switch (vector) {
    case TRAP_PF:
        page_fault(v, cr2, error);
        break;
    case TRAP_GP:
        general_protection(v, error);
        break;
    case TRAP_UD:
        if (pv_emulate_forced(v) == EMUL_UNHANDLED)
            pv_raise(v, TRAP_UD, 0);
        break;
    case TRAP_NM:
        /* The ABI clears TS before the guest sees the exception. */
        v->pv.cr0_guest &= ~CR0_TS;
        arch_set_ts(v, false);
        pv_raise(v, TRAP_NM, 0);
        break;
    case TRAP_BP:
    case TRAP_OF:
        pv_raise(v, vector, 0);
        break;
    default:
        pv_raise(v, vector, error);
    }
}
