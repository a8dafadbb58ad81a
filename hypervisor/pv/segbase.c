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
    /* Guest code may have changed the live bases by loading selectors: take them over first. */
    arch_save_segments(v);
    switch (which) {
    case SEGBASE_FS:
        v->pv.fs_base = base;
        break;
    case SEGBASE_GS_USER:
        v->pv.gs_base_user = base;
        break;
    case SEGBASE_GS_KERNEL:
        v->pv.gs_base_kernel = base;
        break;
    case SEGBASE_GS_USER_SEL:
        arch_load_user_gs(v, (unsigned int)base & 0xffff);
        return 0;
    default:
        return -XEN_EINVAL;
    }
    arch_load_segment_bases(v);
    return 0;
}
