/* SPDX-License-Identifier: Apache-2.0 */
/* vm_assist: a domain's choices. Most are always so on 64-bit; they are accepted and remembered. */
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/pv_mm.h>
#include <public/errno.h>

/* m2p_strict is not among them: user roots always show the (read-only) machine-to-physical table.
 */
#define ASSISTS                                                                                    \
    ((1ull << VMASST_TYPE_4gb_segments) | (1ull << VMASST_TYPE_4gb_segments_notify) |              \
     (1ull << VMASST_TYPE_writable_pagetables) | (1ull << VMASST_TYPE_pae_extended_cr3) |          \
     (1ull << VMASST_TYPE_architectural_iopl) | (1ull << VMASST_TYPE_runstate_update_flag))

long do_vm_assist(unsigned int cmd, unsigned int type)
{
    struct domain *d = current_vcpu()->domain;

    if (type >= 64 || !(ASSISTS & (1ull << type)))
        return -XEN_EINVAL;
    switch (cmd) {
    case VMASST_CMD_enable:
        atomic_or(&d->pv.vm_assist, 1ull << type);
        return 0;
    case VMASST_CMD_disable:
        atomic_and(&d->pv.vm_assist, ~(1ull << type));
        return 0;
    }
    return -XEN_ENOSYS;
}
