/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frames of a new domain 0. The frame list is filled as they come; it also serves the builder
 * itself as its way from pfn to frame.
 */
#include <hv/arch.h>
#include <hv/dom_build.h>
#include <hv/heap.h>
#include <hv/page_alloc.h>
#include <hv/panic.h>

#define ENTRIES_PER_FRAME (PAGE_SIZE / sizeof(uint64_t))

static uint64_t *p2m_entry(const struct dom_build *b, uint64_t pfn)
{
    uint64_t *frame = arch_frame_ptr(mfn(b->p2m_mfn[pfn / ENTRIES_PER_FRAME]));

    BUG_ON(pfn >= b->nr_pages);
    return &frame[pfn % ENTRIES_PER_FRAME];
}

mfn_t build_p2m(const struct dom_build *b, uint64_t pfn)
{
    return mfn(*p2m_entry(b, pfn));
}

static void set_p2m(const struct dom_build *b, uint64_t pfn, mfn_t m)
{
    *p2m_entry(b, pfn) = m.n;
    arch_m2p_set(m, pfn);
}

/* The largest block that is left and not larger than `count` frames. */
static struct page *alloc_block(struct domain *d, uint64_t count, unsigned int *order)
{
    unsigned int o = 63 - (unsigned int)__builtin_clzll(count);
    struct page *p;

    for (o = MIN(o, *order);; o--) {
        p = page_alloc_domain(d, o, 0);
        if (p || o == 0)
            break;
    }
    /* Larger blocks are gone for good: do not ask for them again. */
    *order = o;
    return p;
}

static const char *alloc_range(const struct dom_build *b, uint64_t pfn, uint64_t end)
{
    unsigned int order_limit = MAX_ORDER;

    while (pfn < end) {
        unsigned int order = order_limit;
        struct page *p = alloc_block(b->d, end - pfn, &order);

        if (p == NULL)
            return "not enough memory for dom0_mem";
        if ((1ull << (order + 1)) <= end - pfn)
            order_limit = order;
        for (uint64_t i = 0; i < 1ull << order; i++)
            set_p2m(b, pfn++, mfn_add(page_mfn(p), i));
    }
    return NULL;
}

/* The initrd's frames become the domain's where they are. */
static const char *take_initrd(const struct dom_build *b)
{
    for (uint64_t i = 0; i < b->initrd_frames; i++) {
        mfn_t m = mfn_add(b->img->initrd_mfn, i);
        struct page *p = mfn_page(m);

        if (p == NULL || page_assign(p, b->d, 0))
            return "initrd: its frames cannot be handed over";
        set_p2m(b, b->initrd_pfn + i, m);
    }
    return NULL;
}

static const char *alloc_p2m(struct dom_build *b)
{
    b->p2m_mfn = hv_zalloc(b->p2m_frames * sizeof(*b->p2m_mfn));
    if (b->p2m_mfn == NULL)
        return "not enough memory for the frame list";
    for (uint64_t i = 0; i < b->p2m_frames; i++) {
        struct page *p = page_alloc_domain(b->d, 0, 0);

        if (p == NULL)
            return "not enough memory for the frame list";
        b->p2m_mfn[i] = page_mfn(p).n;
    }
    for (uint64_t i = 0; i < b->p2m_frames; i++)
        set_p2m(b, b->p2m_pfn + i, mfn(b->p2m_mfn[i]));
    return NULL;
}

/* Ranges of pfns that already have frames, or the end of memory. */
static uint64_t next_taken(const struct dom_build *b, uint64_t pfn, uint64_t *after)
{
    const uint64_t start[] = {b->initrd_pfn, b->p2m_pfn};
    const uint64_t count[] = {b->initrd_frames, b->p2m_frames};
    uint64_t first = b->nr_pages;

    *after = b->nr_pages;
    for (unsigned int i = 0; i < ARRAY_SIZE(start); i++)
        if (count[i] && start[i] >= pfn && start[i] < first) {
            first = start[i];
            *after = start[i] + count[i];
        }
    return first;
}

const char *build_memory(struct dom_build *b)
{
    const char *error;
    uint64_t pfn = 0, after;

    b->d->max_pages = MAX(b->img->max_pages, b->nr_pages);
    error = alloc_p2m(b);
    if (!error)
        error = take_initrd(b);
    while (!error && pfn < b->nr_pages) {
        error = alloc_range(b, pfn, next_taken(b, pfn, &after));
        pfn = after;
    }
    return error;
}
