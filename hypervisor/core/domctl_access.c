/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control of what a domain may touch: ports, device memory, interrupts, and its frames' types.
 * Invariant: nobody passes on what it does not have itself; the sets change only while their domain
 * does not run.
 */
#include <hv/arch.h>
#include <hv/domctl.h>
#include <hv/frame.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/pirq.h>
#include <hv/vcpu.h>
#include <public/errno.h>

#define PORTS           65536u
#define FRAME_TYPES_MAX 1024 /* the ABI's limit for one getpageframeinfo3 */

static int change(struct domain *d, struct rangeset *set, uint64_t first, uint64_t last, bool allow)
{
    struct domain *caller = current_vcpu()->domain;
    int rc;

    if (d != caller)
        domain_pause(d);
    rc = allow ? rangeset_add(set, first, last) : rangeset_remove(set, first, last);
    if (d != caller)
        domain_unpause(d);
    return rc;
}

long domctl_irq_permission(struct domain *d, struct xen_domctl *op)
{
    struct domain *caller = current_vcpu()->domain;
    int irq = pirq_to_irq(caller, op->u.irq_permission.pirq);

    if (op->u.irq_permission.pirq >= pirq_limit(caller))
        return -XEN_EINVAL;
    if (irq < 0 || !rangeset_contains(&caller->irqs, (uint64_t)irq, (uint64_t)irq))
        return -XEN_EPERM;
    return change(d, &d->irqs, (uint64_t)irq, (uint64_t)irq, op->u.irq_permission.allow_access);
}

static int check_iomem(uint64_t first, uint64_t nr)
{
    uint64_t last = first + nr - 1;

    if (!nr || last < first || last >> (52 - PAGE_SHIFT))
        return -XEN_EINVAL;
    if (!rangeset_contains(&current_vcpu()->domain->iomem, first, last))
        return -XEN_EPERM;
    return 0;
}

long domctl_iomem_permission(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_iomem_permission *p = &op->u.iomem_permission;
    int rc = check_iomem(p->first_mfn, p->nr_mfns);

    if (rc)
        return rc;
    return change(d, &d->iomem, p->first_mfn, p->first_mfn + p->nr_mfns - 1, p->allow_access);
}

/* PV guests map device frames themselves, once permitted: nothing is left to do but the check. */
long domctl_memory_mapping(struct domain *d, struct xen_domctl *op)
{
    (void)d;
    return check_iomem(op->u.memory_mapping.first_mfn, op->u.memory_mapping.nr_mfns);
}

long domctl_ioport_permission(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_ioport_permission *p = &op->u.ioport_permission;
    uint64_t last = (uint64_t)p->first_port + p->nr_ports - 1;

    if (p->first_port >= PORTS || p->nr_ports > PORTS || last >= PORTS)
        return -XEN_EINVAL;
    if (!p->nr_ports)
        return 0;
    if (!rangeset_contains(&current_vcpu()->domain->ioports, p->first_port, last))
        return -XEN_EPERM;
    return change(d, &d->ioports, p->first_port, last, p->allow_access);
}

/* Fill one of the domain's frames with hypercall stubs, as a PV kernel's ELF note asks for. */
long domctl_hypercall_init(struct domain *d, struct xen_domctl *op)
{
    mfn_t m = mfn(op->u.hypercall_init.gmfn);
    struct page *page = mfn_page(m);

    if (!page || page_get_and_type(page, d, PT_WRITABLE))
        return -XEN_EACCES;
    hypercall_page_fill(arch_frame_ptr(m));
    d->pv.hypercall_page = m;
    page_put_and_type(page);
    return 0;
}

static xen_pfn_t frame_type(struct domain *d, mfn_t m)
{
    static const xen_pfn_t table[] = {
        [PT_L1] = XEN_DOMCTL_PFINFO_L1TAB,
        [PT_L2] = XEN_DOMCTL_PFINFO_L2TAB,
        [PT_L3] = XEN_DOMCTL_PFINFO_L3TAB,
        [PT_L4] = XEN_DOMCTL_PFINFO_L4TAB,
    };
    struct page *page = mfn_page(m);
    xen_pfn_t answer = XEN_DOMCTL_PFINFO_NOTAB;
    uint64_t type;

    if (!page || !page_get(page, d))
        return XEN_DOMCTL_PFINFO_XTAB;
    type = read_once(page->type);
    if (read_once(page->ref) & PGF_HYPERVISOR) {
        answer = XEN_DOMCTL_PFINFO_XTAB; /* ours: not part of what is saved */
    } else if (type & PTF_COUNT_MASK) {
        if (type >> PTF_TYPE_SHIFT < ARRAY_SIZE(table))
            answer = table[type >> PTF_TYPE_SHIFT];
        if (type & PTF_PINNED)
            answer |= XEN_DOMCTL_PFINFO_LPINTAB;
    }
    page_put(page);
    return answer;
}

long domctl_getpageframeinfo3(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_getpageframeinfo3 *g = &op->u.getpageframeinfo3;

    if (g->num > FRAME_TYPES_MAX)
        return -XEN_E2BIG;
    for (uint64_t i = 0; i < g->num; i++) {
        xen_pfn_t entry;

        if (guest_read_elem(&entry, g->array, i))
            return -XEN_EFAULT;
        entry = frame_type(d, mfn(entry));
        if (guest_write_elem(g->array, i, &entry))
            return -XEN_EFAULT;
    }
    return 0;
}
