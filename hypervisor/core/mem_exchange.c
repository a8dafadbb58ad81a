/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XENMEM_exchange: a guest trades frames for others of the same number, contiguous or low enough
 * for a device. Work goes by chunks: the smallest group in which both extent sizes come out even.
 * Invariant: after each chunk either all its frames were traded or none, and nr_exchanged counts
 * the whole chunks. The domain's page count never changes, not even in between, so a trade back
 * always succeeds.
 */
#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/memory_op.h>
#include <hv/page_alloc.h>
#include <hv/percpu.h>
#include <hv/vcpu.h>
#include <public/errno.h>

struct exchange {
    struct domain *d;
    struct xen_memory_exchange x;
    unsigned int in_shift, out_shift; /* log2 of extents of either kind in a chunk */
};

/* Take a frame off its owner, if nothing at all refers to it. It stays counted in tot_pages. */
static bool frame_take(struct page *page, struct domain *d, struct list *to)
{
    uint64_t alone = PGF_ALLOCATED | 1 | (read_once(page->ref) & PGF_FOREIGN);
    bool ok;

    spin_lock(&d->page_list_lock);
    ok = page->owner == d && page_type_count(page) == 0 && atomic_cas(&page->ref, &alone, 0);
    if (ok) {
        list_del(&page->link);
        list_add_tail(to, &page->link);
        page->owner = NULL;
    }
    spin_unlock(&d->page_list_lock);
    return ok;
}

/*
 * The other direction: `page` becomes a frame of `d` that was counted before. A frame that comes
 * back keeps its type, which tells what TLBs may still know of it; in doubt, those of every CPU
 * (PGF_FOREIGN).
 */
static void frame_give(struct page *page, struct domain *d, uint64_t flags)
{
    spin_lock(&d->page_list_lock);
    page->owner = d;
    list_add_tail(&d->pages, &page->link);
    store_release(page->ref, PGF_ALLOCATED | flags | 1);
    spin_unlock(&d->page_list_lock);
}

static int take_inputs(const struct exchange *e, uint64_t chunk, struct list *taken)
{
    for (uint64_t j = 0; j < 1ull << e->in_shift; j++) {
        uint64_t first;

        if (guest_read_elem(&first, e->x.in.extent_start, (chunk << e->in_shift) + j))
            return -XEN_EFAULT;
        for (uint64_t k = 0; k < 1ull << e->x.in.extent_order; k++) {
            struct page *page = mfn_page(mfn(first + k));

            if (!page || !frame_take(page, e->d, taken))
                return -XEN_EINVAL;
        }
    }
    return 0;
}

/* Blocks are linked by their first frame. */
static int alloc_outputs(const struct exchange *e, struct list *blocks)
{
    unsigned int bits = XENMEMF_get_address_bits(e->x.out.mem_flags);

    for (uint64_t j = 0; j < 1ull << e->out_shift; j++) {
        struct page *page = page_alloc(e->x.out.extent_order, bits, true);

        if (!page)
            return -XEN_ENOMEM;
        list_init(&page->link);
        list_add_tail(blocks, &page->link);
    }
    return 0;
}

static int commit_outputs(const struct exchange *e, uint64_t chunk, struct list *blocks)
{
    uint64_t i = chunk << e->out_shift;
    struct page *page, *next;
    int rc = 0;

    list_for_each_safe (page, next, blocks, link) {
        uint64_t pfn, first = page_mfn(page).n;
        bool known = guest_read_elem(&pfn, e->x.out.extent_start, i) == 0;

        list_del(&page->link);
        for (uint64_t k = 0; k < 1ull << e->x.out.extent_order; k++) {
            arch_m2p_set(mfn(first + k), known ? pfn + k : M2P_INVALID);
            frame_give(page + k, e->d, 0);
        }
        if (!known || guest_write_elem(e->x.out.extent_start, i, &first))
            rc = -XEN_EFAULT;
        i++;
    }
    return rc;
}

static void free_all(struct list *pages, unsigned int order)
{
    struct page *page, *next;

    list_for_each_safe (page, next, pages, link) {
        list_del(&page->link);
        arch_m2p_set(page_mfn(page), M2P_INVALID);
        page_free(page, order);
    }
}

static int exchange_chunk(const struct exchange *e, uint64_t chunk)
{
    struct list taken, blocks;
    struct page *page, *next;
    int rc;

    list_init(&taken);
    list_init(&blocks);
    rc = take_inputs(e, chunk, &taken);
    if (!rc)
        rc = alloc_outputs(e, &blocks);
    if (rc) {
        free_all(&blocks, e->x.out.extent_order);
        list_for_each_safe (page, next, &taken, link) {
            list_del(&page->link);
            frame_give(page, e->d, PGF_FOREIGN);
        }
        return rc;
    }
    free_all(&taken, 0);
    return commit_outputs(e, chunk, &blocks);
}

static int check(struct exchange *e)
{
    struct xen_memory_reservation *in = &e->x.in, *out = &e->x.out;
    unsigned int max = mem_max_order(e->d);

    if (in->extent_order > max || out->extent_order > max)
        return -XEN_EPERM;
    if (in->nr_extents > ~0ull >> (max + 1) || out->nr_extents > ~0ull >> (max + 1) ||
        e->x.nr_exchanged > in->nr_extents)
        return -XEN_EINVAL;
    if (in->nr_extents << in->extent_order != out->nr_extents << out->extent_order ||
        in->domid != out->domid)
        return -XEN_EINVAL;
    e->in_shift = in->extent_order < out->extent_order ? out->extent_order - in->extent_order : 0;
    e->out_shift = in->extent_order > out->extent_order ? in->extent_order - out->extent_order : 0;
    if (e->x.nr_exchanged & ((1ull << e->in_shift) - 1))
        return -XEN_EINVAL;
    /* Others' frames are traded by nobody: a domain that runs would not notice. */
    if (in->domid != DOMID_SELF && in->domid != e->d->id)
        return -XEN_EPERM;
    return 0;
}

static int store_progress(gva_t arg, uint64_t done)
{
    return guest_write(gva_add(arg, offsetof(struct xen_memory_exchange, nr_exchanged)), &done,
                       sizeof(done));
}

long mem_exchange(gva_t arg)
{
    struct exchange e = {.d = current_vcpu()->domain};
    uint64_t chunk, start, end;
    int rc;

    if (guest_read(&e.x, arg, sizeof(e.x)))
        return -XEN_EFAULT;
    rc = check(&e);
    if (rc)
        return rc;
    start = e.x.nr_exchanged >> e.in_shift;
    end = e.x.in.nr_extents >> e.in_shift;
    for (chunk = start; chunk < end; chunk++) {
        if (chunk != start && hypercall_should_preempt()) {
            if (store_progress(arg, chunk << e.in_shift))
                return -XEN_EFAULT;
            return hypercall_continue(__HYPERVISOR_memory_op, 2, (uint64_t)XENMEM_exchange, arg.a);
        }
        rc = exchange_chunk(&e, chunk);
        if (rc)
            break;
    }
    if (store_progress(arg, chunk << e.in_shift))
        rc = -XEN_EFAULT;
    return rc;
}
