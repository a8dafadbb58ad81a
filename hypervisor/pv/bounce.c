/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entering a guest kernel: exceptions, upcalls and callbacks all become a frame on the guest
 * kernel's stack and a new instruction pointer. Frame, from the stack pointer up (the PV ABI, as
 * stock kernels pop it): rcx, r11, [ds, es, fs, gs], [error code], rip, cs with the event mask in
 * its upper half, rflags, rsp, ss. A kernel-mode cs has RPL 0 in the frame, so that the kernel can
 * tell where it came from.
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/guest_copy.h>
#include <hv/personality.h>
#include <hv/pv_cpu.h>

#define FRAME_MAX 12

void pv_toggle_mode(struct vcpu *v)
{
    v->pv.kernel_mode = !v->pv.kernel_mode;
    arch_switch_mode(v);
    if (unlikely(v->runstate_stale) && v->pv.kernel_mode)
        vcpu_update_runstate_area(
            v); /* switched in while in user mode, whose tables lack the area */
}

static uint64_t frame_rflags(const struct vcpu *v, bool events_masked)
{
    uint64_t f = v->pv.regs.rflags & ~(uint64_t)(RFLAGS_IF | RFLAGS_IOPL);

    if (!events_masked)
        f |= RFLAGS_IF;
    if (v->domain->pv.vm_assist & (1ul << VMASST_TYPE_architectural_iopl))
        f |= v->pv.iopl << 12;
    return f;
}

void pv_bounce(struct vcpu *v, uint64_t rip, unsigned int flags, uint32_t error)
{
    struct cpu_user_regs *r = &v->pv.regs;
    bool from_kernel = v->pv.kernel_mode;
    uint8_t mask = read_once(v->info->evtchn_upcall_mask);
    uint64_t frame[FRAME_MAX], sp;
    unsigned int n = 0;

    frame[n++] = r->rcx;
    frame[n++] = r->r11;
    if (flags & BOUNCE_FAILSAFE) {
        frame[n++] = r->ds;
        frame[n++] = r->es;
        frame[n++] = r->fs;
        frame[n++] = r->gs;
    }
    if (flags & BOUNCE_ERROR_CODE)
        frame[n++] = error;
    frame[n++] = r->rip;
    frame[n++] = (from_kernel ? r->cs & ~3u : r->cs) | (uint64_t)mask << 32;
    frame[n++] = frame_rflags(v, mask);
    frame[n++] = r->rsp;
    frame[n++] = r->ss;

    if (!from_kernel)
        pv_toggle_mode(v);
    sp = ((from_kernel ? r->rsp : v->pv.kernel_sp) & ~15ull) - n * 8;
    if (guest_write(gva(sp), frame, n * 8)) {
        domain_crash(v->domain, "its kernel stack at %#lx cannot take a frame for handler %#lx\n",
                     (unsigned long)sp, (unsigned long)rip);
        return;
    }
    if (flags & BOUNCE_MASK_EVENTS)
        write_once(v->info->evtchn_upcall_mask, 1);
    r->rsp = sp;
    r->rip = rip;
    r->cs = FLAT_KERNEL_CS;
    r->ss = FLAT_KERNEL_SS;
    r->rflags &=
        ~(uint64_t)(RFLAGS_TF | RFLAGS_NT | RFLAGS_RF | RFLAGS_VM | RFLAGS_AC | RFLAGS_IOPL);
    /* The handler finds rcx and r11 on its stack, so the way out may be SYSRET, which spoils them.
     */
    v->pv.fast_return = is_canonical(rip);
}

static bool has_error_code(unsigned int vector)
{
    return vector == TRAP_DF || (vector >= TRAP_TS && vector <= TRAP_PF) || vector == TRAP_AC;
}

void pv_raise(struct vcpu *v, unsigned int vector, uint32_t error)
{
    const struct pv_trap *t = &v->pv.traps[vector];
    unsigned int flags = 0;

    if (!t->rip) {
        domain_crash(v->domain, "exception %u (error code %#x) at rip %#lx and no handler for it\n",
                     vector, error, (unsigned long)v->pv.regs.rip);
        return;
    }
    if (has_error_code(vector))
        flags |= BOUNCE_ERROR_CODE;
    if (t->flags & 4)
        flags |= BOUNCE_MASK_EVENTS;
    pv_bounce(v, t->rip, flags, error);
}

void pv_raise_page_fault(struct vcpu *v, uint64_t cr2, uint32_t error)
{
    /* The CPU sees ring 3 always; the guest means its own two rings. */
    error &= ~PFEC_USER;
    if (!v->pv.kernel_mode)
        error |= PFEC_USER;
    v->info->arch.cr2 = cr2;
    pv_raise(v, TRAP_PF, error);
}

void pv_user_syscall(struct vcpu *v, bool compat)
{
    const struct pv_callback *cb = compat ? &v->pv.syscall32_cb : &v->pv.syscall_cb;

    if (!cb->rip) {
        pv_raise(v, TRAP_UD, 0);
        return;
    }
    v->pv.regs.rcx = v->pv.regs.rip; /* what SYSCALL leaves there */
    v->pv.regs.r11 = v->pv.regs.rflags;
    pv_bounce(v, cb->rip, cb->flags & CALLBACKF_mask_events ? BOUNCE_MASK_EVENTS : 0, 0);
}

void pv_user_sysenter(struct vcpu *v)
{
    const struct pv_callback *cb = &v->pv.sysenter_cb;

    if (!cb->rip || v->pv.kernel_mode) {
        pv_raise(v, TRAP_GP, 0);
        return;
    }
    pv_bounce(v, cb->rip, cb->flags & CALLBACKF_mask_events ? BOUNCE_MASK_EVENTS : 0, 0);
}

static void raise_failsafe(struct vcpu *v)
{
    const struct pv_callback *cb = &v->pv.failsafe_cb;

    if (!cb->rip) {
        domain_crash(
            v->domain,
            "bad segments or return frame (cs %#x ss %#x rip %#lx) and no failsafe callback\n",
            v->pv.regs.cs, v->pv.regs.ss, (unsigned long)v->pv.regs.rip);
        return;
    }
    pv_bounce(v, cb->rip,
              BOUNCE_FAILSAFE | (cb->flags & CALLBACKF_mask_events ? BOUNCE_MASK_EVENTS : 0), 0);
}

void pv_return_failed(struct vcpu *v, unsigned int vector, uint32_t error)
{
    (void)vector;
    (void)error;
    arch_save_segments(v); /* the callback compares the live selectors with those in its frame */
    raise_failsafe(v);
}

void pv_exit_work(struct vcpu *v)
{
    if (v->pv.pending_bounce) {
        v->pv.pending_bounce = false;
        raise_failsafe(v);
    } else if (v->nmi_pending) {
        /* A kernel names its NMI handler by callback, or by entry 2 of its trap table. */
        uint64_t handler = v->pv.nmi_cb.rip ? v->pv.nmi_cb.rip : v->pv.traps[TRAP_NMI].rip;

        v->nmi_pending = false;
        if (handler)
            pv_bounce(v, handler, BOUNCE_MASK_EVENTS, 0);
    } else if (v->info && read_once(v->info->evtchn_upcall_pending) &&
               !read_once(v->info->evtchn_upcall_mask)) {
        if (v->pv.event_cb.rip)
            pv_bounce(v, v->pv.event_cb.rip, BOUNCE_MASK_EVENTS, 0);
        else
            domain_crash(v->domain, "events unmasked without an event callback\n");
    }
}

void pv_send_nmi(struct vcpu *v)
{
    v->nmi_pending = true;
    vcpu_kick(v);
}
