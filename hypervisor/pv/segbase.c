/* SPDX-License-Identifier: Apache-2.0 */
/* set_segment_base: FS and GS bases of the 64-bit guest. */
#include <hv/arch.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/pv_cpu.h>
#include <public/errno.h>

long do_set_segment_base(unsigned int which, uint64_t base)
{
    struct vcpu *v = current_vcpu();

    if (which != SEGBASE_GS_USER_SEL && !is_canonical(base))
        return -XEN_EINVAL;
    /* Hypercalls come from the guest's kernel: its user's GS base is not the CPU's now. */
    switch (which) {
    case SEGBASE_FS:
        v->pv.fs_base = base;
        arch_load_fs_base(v);
        return 0;
    case SEGBASE_GS_USER:
        v->pv.gs_base_user = base;
        return 0;
    case SEGBASE_GS_KERNEL:
        v->pv.gs_base_kernel = base;
        arch_load_gs_base(v);
        return 0;
    case SEGBASE_GS_USER_SEL:
        arch_load_user_gs(v, (unsigned int)base & 0xffff);
        return 0;
    default:
        return -XEN_EINVAL;
    }
}
