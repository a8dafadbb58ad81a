/* SPDX-License-Identifier: Apache-2.0 */
/* update_va_mapping: change the level-1 entry that maps an address of the caller, and flush as
 * asked. */
#include <hv/arch.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/pv_mm.h>
#include <public/errno.h>

static int flush_as_asked(struct domain *d, uint64_t va, uint64_t flags)
{
    uint64_t scope = flags & ~UVMF_FLUSHTYPE_MASK;
    struct cpumask cpus;
    gva_t what;

    switch (flags & UVMF_FLUSHTYPE_MASK) {
    case UVMF_TLB_FLUSH:
        what = gva(~0ull);
        break;
    case UVMF_INVLPG:
        what = gva(va);
        break;
    default:
        return 0;
    }
    if (scope == UVMF_LOCAL) {
        pv_flush_local(what);
    } else if (scope == UVMF_ALL) {
        pv_flush_domain(d, what);
    } else {
        if (pv_vcpumask_cpus(d, gva(scope), &cpus))
            return -XEN_EFAULT;
        arch_tlb_flush(&cpus, what);
    }
    return 0;
}

static long update_va(uint64_t va, uint64_t pte, uint64_t flags, struct domain *fd)
{
    struct vcpu *v = current_vcpu();
    struct domain *d = v->domain;
    struct page *l1;
    uint64_t *e;
    int rc = -XEN_EINVAL;

    spin_lock(&d->mm_lock);
    e = pv_find_l1e(v, va, &l1);
    if (e)
        rc = pt_update(l1, pt_index(va, 1), pte, fd, PT_STORE, 0);
    spin_unlock(&d->mm_lock);
    return rc ? rc : flush_as_asked(d, va, flags);
}

long do_update_va_mapping(uint64_t va, uint64_t pte, uint64_t flags)
{
    return update_va(va, pte, flags, current_vcpu()->domain);
}

long do_update_va_mapping_otherdomain(uint64_t va, uint64_t pte, uint64_t flags, unsigned int domid)
{
    struct domain *fd;
    long rc = pv_get_frame_owner((domid_t)domid, &fd);

    if (rc)
        return rc;
    rc = update_va(va, pte, flags, fd);
    domain_put(fd);
    return rc;
}
