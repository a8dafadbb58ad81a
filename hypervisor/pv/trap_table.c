/* SPDX-License-Identifier: Apache-2.0 */
/* set_trap_table: the guest's exception handlers. */
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/pv_cpu.h>
#include <hv/string.h>
#include <public/errno.h>

/* A handler runs in the guest's kernel: the code selector has RPL 3 whatever was written. */
static bool set_one(struct vcpu *v, const struct trap_info *t)
{
    if (!is_canonical(t->address))
        return false;
    v->pv.traps[t->vector] =
        (struct pv_trap){.rip = t->address, .cs = t->cs | 3, .flags = t->flags & 7};
    return true;
}

long do_set_trap_table(gva_t traps)
{
    struct vcpu *v = current_vcpu();
    struct trap_info t;

    if (!traps.a) {
        memset(v->pv.traps, 0, sizeof(v->pv.traps));
        return 0;
    }
    /* At most one entry for each vector, and the end mark. */
    for (unsigned int i = 0; i <= PV_NR_TRAPS; i++) {
        if (guest_read(&t, gva_add(traps, i * sizeof(t)), sizeof(t)))
            return -XEN_EFAULT;
        if (!t.address)
            return 0;
        if (!set_one(v, &t))
            return -XEN_EINVAL;
    }
    return -XEN_EINVAL;
}
