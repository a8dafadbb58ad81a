/* SPDX-License-Identifier: Apache-2.0 */
/* A PV domain's and vCPU's beginning and end, as core asks for them. */
#include <hv/arch.h>
#include <hv/heap.h>
#include <hv/personality.h>
#include <hv/pv_cpu.h>
#include <hv/pv_mm.h>
#include <public/errno.h>

int pv_domain_init(struct domain *d)
{
    d->pv.hypercall_page = INVALID_MFN;
    return 0;
}

void pv_domain_destroy(struct domain *d)
{
    (void)d;
}

int pv_vcpu_init(struct vcpu *v)
{
    v->pv.kernel_mode = true;
    v->pv.xcr0 = arch_xcr0_mask() ? 1 : 0;
    v->pv.debugreg[6] = 0xffff0ff0;
    v->pv.debugreg[7] = 0x400;
    return 0;
}

void pv_vcpu_destroy(struct vcpu *v)
{
    (void)v;
}

int pv_vcpu_release(struct vcpu *v)
{
    pv_gdt_release(v);
    pv_ldt_release(v);
    return pv_root_release(v);
}
