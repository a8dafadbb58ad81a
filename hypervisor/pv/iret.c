/* SPDX-License-Identifier: Apache-2.0 */
/* The iret hypercall: back to where a frame on the guest kernel's stack says, to its kernel or its
 * user. */
#include <hv/atomic.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/pv_cpu.h>

long do_iret(void)
{
    struct vcpu *v = current_vcpu();
    struct cpu_user_regs *r = &v->pv.regs;
    struct iret_context c;

    if (guest_read(&c, gva(r->rsp), sizeof(c))) {
        domain_crash(v->domain, "iret: no frame at stack pointer %#lx\n", (unsigned long)r->rsp);
        return 0;
    }
    if ((c.cs & 3) == 3) {
        if (!v->pv.cr3_user) {
            domain_crash(v->domain, "iret to user mode without user page tables\n");
            return 0;
        }
        pv_toggle_mode(v);
    }
    if (v->domain->pv.vm_assist & (1ul << VMASST_TYPE_architectural_iopl))
        v->pv.iopl = (c.rflags & RFLAGS_IOPL) >> 12;
    r->rip = c.rip;
    r->cs = (uint16_t)c.cs | 3; /* our kernels run in ring 3 too */
    r->rflags =
        (c.rflags & ~(uint64_t)(RFLAGS_IOPL | RFLAGS_VM | RFLAGS_NT)) | RFLAGS_IF | RFLAGS_MBS;
    r->rsp = c.rsp;
    r->ss = (uint16_t)c.ss | 3;
    if (!(c.flags & VGCF_in_syscall)) {
        r->r11 = c.r11;
        r->rcx = c.rcx;
        v->pv.fast_return = false;
    }
    if ((c.flags & VGCF_in_syscall) && !(~c.cs & 3)) {
        /* The way out is SYSRET, whose selectors are these whatever the frame says. */
        r->cs = FLAT_USER_CS;
        r->ss = FLAT_USER_SS;
    }
    write_once(v->info->evtchn_upcall_mask, !(c.rflags & RFLAGS_IF));
    return (long)c.rax; /* becomes rax */
}
