/* SPDX-License-Identifier: Apache-2.0 */
/* fpu_taskswitch: the guest's CR0.TS. Vector state itself is switched eagerly by the arch. */
#include <hv/arch.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/pv_cpu.h>

#define CR0_TS (1ull << 3)

long do_fpu_taskswitch(unsigned int set)
{
    struct vcpu *v = current_vcpu();

    if (set)
        v->pv.cr0_guest |= CR0_TS;
    else
        v->pv.cr0_guest &= ~CR0_TS;
    arch_set_ts(v, set);
    return 0;
}
