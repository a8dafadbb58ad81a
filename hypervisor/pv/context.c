/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole register context of a vCPU, in and out: domctl set/getvcpucontext and
 * VCPUOP_initialise. Checked as if the guest had made each part by its own hypercall; references
 * are taken before anything is committed.
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/personality.h>
#include <hv/pv_cpu.h>
#include <hv/pv_mm.h>
#include <hv/string.h>
#include <public/errno.h>

static bool addresses_ok(const struct vcpu_guest_context *c)
{
    return is_canonical(c->event_callback_eip) && is_canonical(c->failsafe_callback_eip) &&
           is_canonical(c->syscall_callback_eip) && is_canonical(c->kernel_sp) &&
           is_canonical(c->fs_base) && is_canonical(c->gs_base_kernel) &&
           is_canonical(c->gs_base_user) && is_canonical(c->user_regs.rip);
}

static void copy_traps(struct vcpu *v, const struct vcpu_guest_context *c)
{
    for (unsigned int i = 0; i < PV_NR_TRAPS; i++) {
        const struct trap_info *t = &c->trap_ctxt[i];

        if (!t->address || !is_canonical(t->address))
            v->pv.traps[t->vector] = (struct pv_trap){0};
        else
            v->pv.traps[t->vector] =
                (struct pv_trap){.rip = t->address, .cs = t->cs | 3, .flags = t->flags & 7};
    }
}

static void copy_registers(struct vcpu *v, const struct vcpu_guest_context *c)
{
    struct cpu_user_regs *r = &v->pv.regs;

    *r = c->user_regs;
    /* A kernel that was written for ring 0 names its own selectors: it gets the flat ring-3 ones.
     */
    if ((r->cs & 3) != 3)
        r->cs = FLAT_KERNEL_CS;
    if ((r->ss & 3) != 3)
        r->ss = FLAT_KERNEL_SS;
    r->_pad0[0] = 0;
    memset(r->_pad1, 0, sizeof(r->_pad1));
    r->saved_upcall_mask = 0;
    memset(r->_pad2, 0, sizeof(r->_pad2));
    r->rflags =
        (r->rflags & ~(uint64_t)(RFLAGS_IOPL | RFLAGS_VM | RFLAGS_NT)) | RFLAGS_IF | RFLAGS_MBS;
    v->pv.iopl = (c->user_regs.rflags & RFLAGS_IOPL) >> 12; /* virtual: the CPU's own stays 0 */
    r->error_code = 0;
    r->entry_vector = 0;
    /* All of them count: by SYSRET rcx, r11 and the selectors would be lost. */
    v->pv.fast_return = false;
    v->pv.pending_bounce = false;
}

static void copy_callbacks(struct vcpu *v, const struct vcpu_guest_context *c)
{
    v->pv.event_cb = (struct pv_callback){.rip = c->event_callback_eip};
    v->pv.failsafe_cb = (struct pv_callback){
        .rip = c->failsafe_callback_eip,
        .flags = c->flags & VGCF_failsafe_disables_events ? CALLBACKF_mask_events : 0,
    };
    v->pv.syscall_cb = (struct pv_callback){
        .rip = c->syscall_callback_eip,
        .flags = c->flags & VGCF_syscall_disables_events ? CALLBACKF_mask_events : 0,
    };
    v->pv.kernel_ss = c->kernel_ss | 3;
    v->pv.kernel_sp = c->kernel_sp;
    v->pv.fs_base = c->fs_base;
    v->pv.gs_base_kernel = c->gs_base_kernel;
    v->pv.gs_base_user = c->gs_base_user;
}

/* Roots and GDT: the parts that hold references. On failure the vCPU holds none of the new ones. */
static int take_tables(struct vcpu *v, const struct vcpu_guest_context *c)
{
    int rc;

    if (c->gdt_ents > PV_GDT_FRAMES * 512)
        return -XEN_EINVAL;
    rc = pv_set_gdt(v, (const uint64_t *)c->gdt_frames, (unsigned int)c->gdt_ents);
    if (!rc) {
        rc = pv_set_kernel_root(v, mfn(xen_cr3_to_pfn(c->ctrlreg[3])));
        if (rc)
            pv_gdt_release(v);
    }
    if (!rc && c->ctrlreg[1])
        rc = pv_set_user_root(v, mfn(xen_cr3_to_pfn(c->ctrlreg[1])));
    return rc;
}

int pv_context_set(struct vcpu *v, const struct vcpu_guest_context *c)
{
    int rc;

    if (!addresses_ok(c))
        return -XEN_EINVAL;
    if (v->is_running)
        return -XEN_EBUSY;
    rc = take_tables(v, c);
    if (rc)
        return rc;
    copy_registers(v, c);
    copy_traps(v, c);
    copy_callbacks(v, c);
    v->pv.kernel_mode = (c->flags & VGCF_in_kernel) || !c->ctrlreg[1];
    v->pv.cr0_guest = c->ctrlreg[0];
    v->pv.cr4_guest = c->ctrlreg[4];
    v->pv.ldt_base = c->ldt_base;
    v->pv.ldt_ents =
        c->ldt_ents <= PV_MAX_LDT_ENTRIES && is_canonical(c->ldt_base) ? (uint32_t)c->ldt_ents : 0;
    for (unsigned int i = 0; i < 8; i++)
        if (i != 4 && i != 5 && c->debugreg[i] && pv_set_debugreg(v, i, c->debugreg[i]))
            v->pv.debugreg[i] = 0;
    if (c->flags & VGCF_i387_valid)
        arch_fpu_set(v, &c->fpu_ctxt);
    if (v->id == 0)
        v->domain->pv.vm_assist = c->vm_assist;
    v->initialised = true;
    return 0;
}

void pv_context_get(struct vcpu *v, struct vcpu_guest_context *c)
{
    memset(c, 0, sizeof(*c));
    arch_fpu_get(v, &c->fpu_ctxt);
    c->flags =
        VGCF_i387_valid | (v->pv.kernel_mode ? VGCF_in_kernel : 0) |
        (v->pv.failsafe_cb.flags & CALLBACKF_mask_events ? VGCF_failsafe_disables_events : 0) |
        (v->pv.syscall_cb.flags & CALLBACKF_mask_events ? VGCF_syscall_disables_events : 0) |
        (v->pause_flags & VPF_DOWN ? 0 : VGCF_online);
    c->user_regs = v->pv.regs;
    /* The guest's interrupt flag, and its view of rings. */
    c->user_regs.rflags &= ~(uint64_t)(RFLAGS_IF | RFLAGS_IOPL);
    c->user_regs.rflags |= v->pv.iopl << 12;
    if (v->info && !read_once(v->info->evtchn_upcall_mask))
        c->user_regs.rflags |= RFLAGS_IF;
    for (unsigned int i = 0; i < PV_NR_TRAPS; i++)
        c->trap_ctxt[i] = (struct trap_info){.vector = (uint8_t)i,
                                             .flags = v->pv.traps[i].flags,
                                             .cs = v->pv.traps[i].cs,
                                             .address = v->pv.traps[i].rip};
    c->ldt_base = v->pv.ldt_base;
    c->ldt_ents = v->pv.ldt_ents;
    for (unsigned int i = 0; i < PV_GDT_FRAMES; i++)
        c->gdt_frames[i] = v->pv.gdt_frames[i];
    c->gdt_ents = v->pv.gdt_ents;
    c->kernel_ss = v->pv.kernel_ss;
    c->kernel_sp = v->pv.kernel_sp;
    c->ctrlreg[0] = v->pv.cr0_guest;
    c->ctrlreg[1] = v->pv.cr3_user;
    c->ctrlreg[3] = v->pv.cr3;
    c->ctrlreg[4] = v->pv.cr4_guest;
    for (unsigned int i = 0; i < 8; i++)
        c->debugreg[i] = v->pv.debugreg[i];
    c->event_callback_eip = v->pv.event_cb.rip;
    c->failsafe_callback_eip = v->pv.failsafe_cb.rip;
    c->syscall_callback_eip = v->pv.syscall_cb.rip;
    c->vm_assist = v->domain->pv.vm_assist;
    c->fs_base = v->pv.fs_base;
    c->gs_base_kernel = v->pv.gs_base_kernel;
    c->gs_base_user = v->pv.gs_base_user;
}
