/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buddy allocator of machine frames. Zone z holds the frames whose number has z significant bits,
 * that is [2^(z-1), 2^z): a request for addresses of so many bits is served from a prefix of the
 * zones, exactly, and everybody else is served from the top, which keeps low memory for those who
 * need it.
 *
 * Invariants: a free block is aligned to its size and lies in one zone; every field of a free frame
 * is clear but for the block's first, which has PGF_FREE, order, link and the latest tlb_stamp of
 * the block.
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/domain.h>
#include <hv/lock.h>
#include <hv/page_alloc.h>
#include <hv/panic.h>
#include <hv/percpu.h>
#include <public/errno.h>

#define ZONES 41 /* 52 bits of physical address */

static struct spinlock lock = SPINLOCK_INIT(LOCK_PAGE_ALLOC);
static struct list free_blocks[ZONES][MAX_ORDER + 1]; /* next == NULL: never used */
static uint32_t free_orders[ZONES];                   /* bit per order with a block */
static uint64_t free_zones;                           /* bit per zone with a block */
static uint64_t free_frames, total_frames;

static unsigned int zone_of(uint64_t n)
{
    return n ? 64 - (unsigned int)__builtin_clzll(n) : 0;
}

static void insert(struct page *p, unsigned int order)
{
    unsigned int z = zone_of(page_mfn(p).n);
    struct list *head = &free_blocks[z][order];

    if (!head->next)
        list_init(head);
    p->ref = PGF_FREE;
    p->order = (uint8_t)order;
    list_add(head, &p->link);
    free_orders[z] |= 1u << order;
    free_zones |= 1ull << z;
}

static void unlink(struct page *p)
{
    unsigned int z = zone_of(page_mfn(p).n), order = p->order;

    list_del(&p->link);
    if (list_empty(&free_blocks[z][order]))
        free_orders[z] &= ~(1u << order);
    if (!free_orders[z])
        free_zones &= ~(1ull << z);
    p->ref = 0;
    p->nr_done = 0; /* clears order, too */
}

/* Put a block back, merged with its free buddies as far as they reach. */
static void release(struct page *p, unsigned int order)
{
    uint64_t n = page_mfn(p).n;
    uint64_t stamp = p->tlb_stamp;

    for (; order < MAX_ORDER; order++) {
        uint64_t bn = n ^ (1ull << order);
        struct page *b = &frame_table[bn];

        if (bn >= frame_table_size || !(b->ref & PGF_FREE) || b->order != order ||
            zone_of(bn) != zone_of(n))
            break;
        unlink(b);
        stamp = MAX(stamp, b->tlb_stamp);
        n &= bn;
    }
    frame_table[n].tlb_stamp = stamp;
    insert(&frame_table[n], order);
}

void page_alloc_add(mfn_t start, uint64_t count)
{
    uint64_t n = start.n, end = n + count;

    BUG_ON(end < n || end > frame_table_size);
    if (n == 0 &&
        count) /* frame 0 is given to nobody: a zero frame number means "none" in many places */
        n++;
    spin_lock(&lock);
    while (n < end) {
        unsigned int order = (unsigned int)__builtin_ctzll(n);

        order = MIN(order, (unsigned int)MAX_ORDER);
        while (1ull << order > end - n)
            order--;
        release(&frame_table[n], order);
        free_frames += 1ull << order;
        total_frames += 1ull << order;
        n += 1ull << order;
    }
    spin_unlock(&lock);
}

/* Take a block of exactly `order` from a zone, splitting a larger one; NULL when the zone has none.
 */
static struct page *take_from_zone(unsigned int z, unsigned int order)
{
    uint32_t orders = free_orders[z] >> order << order;
    struct page *p;
    unsigned int have;

    if (!orders)
        return NULL;
    have = (unsigned int)__builtin_ctz(orders);
    p = list_first(&free_blocks[z][have], struct page, link);
    unlink(p);
    while (have > order) {
        struct page *upper = p + (1ull << --have);

        upper->tlb_stamp = p->tlb_stamp;
        insert(upper, have);
    }
    free_frames -= 1ull << order;
    return p;
}

static void zero_frames(struct page *p, unsigned int order)
{
    for (uint64_t i = 0; i < 1ull << order; i++)
        arch_frame_zero(mfn_add(page_mfn(p), i));
}

/* From the highest of the lower `zones` zones that has such a block; NULL when none has. */
static struct page *take_below(unsigned int zones, unsigned int order)
{
    uint64_t left = free_zones & ((1ull << zones) - 1);
    struct page *p = NULL;

    while (!p && left) {
        unsigned int z = 63 - (unsigned int)__builtin_clzll(left);

        left &= ~(1ull << z);
        p = take_from_zone(z, order);
    }
    return p;
}

struct page *page_alloc(unsigned int order, unsigned int addr_bits, bool zero)
{
    unsigned int z = ZONES;
    struct page *p;

    if (order > MAX_ORDER)
        return NULL;
    if (addr_bits)
        z = addr_bits <= PAGE_SHIFT ? 1 : MIN(addr_bits - PAGE_SHIFT + 1, (unsigned int)ZONES);
    spin_lock(&lock);
    p = take_below(z, order);
    spin_unlock(&lock);
    if (!p)
        return NULL;
    /* Whoever had these frames last may still reach them through a TLB. */
    if (p->tlb_stamp)
        arch_tlb_flush_older(&cpu_online, p->tlb_stamp);
    if (zero)
        zero_frames(p, order);
    return p;
}

void page_free(struct page *p, unsigned int order)
{
    uint64_t stamp = arch_tlb_clock();

    BUG_ON(order > MAX_ORDER || page_mfn(p).n & ((1ull << order) - 1));
    for (uint64_t i = 0; i < 1ull << order; i++) {
        struct page *q = p + i;

        BUG_ON((q->ref & (PGF_COUNT_MASK | PGF_FREE)) || q->owner);
        q->ref = q->type = 0;
        q->nr_done = 0;
        q->undo = 0;
        q->hv_use = 0;
    }
    p->tlb_stamp = stamp;
    spin_lock(&lock);
    release(p, order);
    free_frames += 1ull << order;
    spin_unlock(&lock);
}

void *page_alloc_ptr(void)
{
    struct page *p = page_alloc(0, 0, true);

    return p ? arch_frame_ptr(page_mfn(p)) : NULL;
}

void page_free_ptr(void *ptr)
{
    if (ptr)
        page_free(mfn_page_trusted(arch_ptr_frame(ptr)), 0);
}

uint64_t page_alloc_free(void)
{
    return read_once(free_frames);
}

uint64_t page_alloc_total(void)
{
    return read_once(total_frames);
}

/* ---- frames of domains ---- */

/* Domains may not take the last frames: the hypervisor needs some to serve and to end them. */
static bool reserve_untouched(uint64_t want)
{
    uint64_t reserve = MIN(1024ull, page_alloc_total() / 64);

    return page_alloc_free() >= want + reserve;
}

int page_assign(struct page *p, struct domain *d, unsigned int order)
{
    uint64_t count = 1ull << order;
    bool first;

    spin_lock(&d->page_list_lock);
    if (domain_is_dying(d) || d->tot_pages + count > d->max_pages) {
        spin_unlock(&d->page_list_lock);
        return domain_is_dying(d) ? -XEN_EINVAL : -XEN_ENOMEM;
    }
    first = d->tot_pages == 0 && d->hv_page_count == 0;
    d->tot_pages += count;
    for (uint64_t i = 0; i < count; i++) {
        p[i].owner = d;
        p[i].type = 0;
        list_add_tail(&d->pages, &p[i].link);
        store_release(p[i].ref, PGF_ALLOCATED | 1);
    }
    spin_unlock(&d->page_list_lock);
    if (first)
        BUG_ON(!domain_get(d));
    return 0;
}

struct page *page_alloc_domain(struct domain *d, unsigned int order, unsigned int addr_bits)
{
    struct page *p;

    if (order > MAX_ORDER || !reserve_untouched(1ull << order) ||
        read_once(d->tot_pages) + (1ull << order) > read_once(d->max_pages))
        return NULL;
    p = page_alloc(order, addr_bits, true);
    if (p && page_assign(p, d, order)) {
        page_free(p, order);
        p = NULL;
    }
    return p;
}

bool page_release_from_domain(struct page *p, struct domain *d)
{
    if (!page_get(p, d))
        return false;
    if (!(atomic_and(&p->ref, ~PGF_ALLOCATED) & PGF_ALLOCATED)) {
        page_put(p);
        return false;
    }
    page_put(p);
    page_put(p);
    return true;
}
