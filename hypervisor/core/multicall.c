/* SPDX-License-Identifier: Apache-2.0 */
/* Several hypercalls in one entry. Restarts by moving on the array; each entry's result is written
 * as it is done. */
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/vcpu.h>
#include <public/errno.h>

static long run_entry(struct vcpu *v, struct multicall_entry *e)
{
    uint64_t args[6];
    long result;

    /* iret changes where the guest goes on, which the rest of the list cannot mean. */
    if (e->op == __HYPERVISOR_multicall || e->op == __HYPERVISOR_iret)
        return -XEN_EINVAL;
    if (e->op > ~0u)
        return -XEN_ENOSYS;
    for (unsigned int i = 0; i < 6; i++)
        args[i] = e->args[i];
    v->multicall = e;
    v->in_multicall = true;
    v->multicall_preempted = false;
    result = hypercall_call((unsigned int)e->op, args);
    v->in_multicall = false;
    v->multicall = NULL;
    return result;
}

long do_multicall(gva_t calls, unsigned int count)
{
    struct vcpu *v = current_vcpu();
    struct multicall_entry e;

    if (v->in_multicall)
        return -XEN_EINVAL;
    for (; count; count--, calls = gva_add(calls, sizeof(e))) {
        if (guest_read(&e, calls, sizeof(e)))
            return -XEN_EFAULT;
        v->multicall_preempted = false;
        e.result = (xen_ulong_t)run_entry(v, &e);
        if (v->multicall_preempted) {
            /* The entry now says how to go on; it is the first of what remains. */
            v->multicall_preempted = false;
            if (guest_write(calls, &e, sizeof(e)))
                return -XEN_EFAULT;
            return hypercall_continue(__HYPERVISOR_multicall, 2, calls.a, (uint64_t)count);
        }
        if (guest_write(gva_add(calls, offsetof(struct multicall_entry, result)), &e.result,
                        sizeof(e.result)))
            return -XEN_EFAULT;
        if (count > 1 && hypercall_should_preempt())
            return hypercall_continue(__HYPERVISOR_multicall, 2, calls.a + sizeof(e),
                                      (uint64_t)count - 1);
    }
    return 0;
}
