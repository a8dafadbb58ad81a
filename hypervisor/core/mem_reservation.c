/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving memory to domains and taking it back, extent by extent. Invariant: the answer counts
 * exactly the extents that were done from the list's start, whatever stopped the call: limit, bad
 * address or preemption.
 */
#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/memory_op.h>
#include <hv/page_alloc.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/vcpu.h>
#include <public/errno.h>

struct reservation {
    struct domain *d;
    struct xen_memory_reservation r;
};

static bool obtain_extent(const struct reservation *t, uint64_t i, bool populate)
{
    unsigned int order = t->r.extent_order;
    uint64_t pfn = M2P_INVALID, first;
    struct page *page;

    if (populate && guest_read_elem(&pfn, t->r.extent_start, i))
        return false;
    page = page_alloc_domain(t->d, order, XENMEMF_get_address_bits(t->r.mem_flags));
    if (!page)
        return false;
    first = page_mfn(page).n;
    for (uint64_t k = 0; k < 1ull << order; k++)
        arch_m2p_set(mfn(first + k), populate ? pfn + k : M2P_INVALID);
    if (handle_gva(t->r.extent_start).a)
        return guest_write_elem(t->r.extent_start, i, &first) == 0;
    return true;
}

/* A frame goes back to the allocator as soon as nothing maps it any more. */
static bool give_back(struct domain *d, mfn_t m)
{
    struct page *page = mfn_page(m);
    bool ok;

    if (!page || !page_get(page, d))
        return false;
    ok = !(read_once(page->ref) & PGF_HYPERVISOR) && page_release_from_domain(page, d);
    if (ok)
        arch_m2p_set(m, M2P_INVALID);
    page_put(page);
    return ok;
}

static bool return_extent(const struct reservation *t, uint64_t i)
{
    uint64_t first;

    if (guest_read_elem(&first, t->r.extent_start, i))
        return false;
    for (uint64_t k = 0; k < 1ull << t->r.extent_order; k++) {
        if (!give_back(t->d, mfn(first + k))) {
            guest_log(LOG_INFO, "d%u: decrease_reservation: frame %#lx is not its own\n", t->d->id,
                      (unsigned long)(first + k));
            return false;
        }
    }
    return true;
}

static bool do_extent(const struct reservation *t, unsigned int op, uint64_t i)
{
    if (op == XENMEM_decrease_reservation)
        return return_extent(t, i);
    return obtain_extent(t, i, op == XENMEM_populate_physmap);
}

long mem_reservation_op(unsigned int op, uint64_t start, gva_t arg)
{
    struct domain *caller = current_vcpu()->domain;
    struct reservation t;
    uint64_t i = start;

    /* The ABI's answer to anything malformed is that nothing (more) was done. */
    if (guest_read(&t.r, arg, sizeof(t.r)) || t.r.nr_extents > ~0ull >> MEMOP_EXTENT_SHIFT ||
        start > t.r.nr_extents || t.r.extent_order > mem_max_order(caller) ||
        (t.r.mem_flags & XENMEMF_populate_on_demand) ||
        (!handle_gva(t.r.extent_start).a && op != XENMEM_increase_reservation))
        return (long)start;
    t.d = domain_get_target(t.r.domid);
    if (!t.d)
        return (long)start;
    for (; i < t.r.nr_extents; i++) {
        if (i != start && hypercall_should_preempt()) {
            domain_put(t.d);
            return hypercall_continue(__HYPERVISOR_memory_op, 2,
                                      (uint64_t)op | i << MEMOP_EXTENT_SHIFT, arg.a);
        }
        if (!do_extent(&t, op, i))
            break;
    }
    domain_put(t.d);
    return (long)i;
}
