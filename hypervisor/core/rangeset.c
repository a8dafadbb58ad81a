/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorted list of inclusive ranges. Invariant: ranges do not overlap and do not touch, so a
 * contained interval lies in exactly one of them. The caller serialises.
 */
#include <hv/heap.h>
#include <hv/rangeset.h>
#include <public/errno.h>

struct range {
    struct list link;
    uint64_t first, last;
};

static struct range *new_range(uint64_t first, uint64_t last)
{
    struct range *r = hv_zalloc(sizeof(*r));

    if (r) {
        r->first = first;
        r->last = last;
    }
    return r;
}

static void drop(struct range *r)
{
    list_del(&r->link);
    hv_free(r);
}

void rangeset_init(struct rangeset *s)
{
    list_init(&s->ranges);
}

void rangeset_destroy(struct rangeset *s)
{
    struct range *r, *tmp;

    list_for_each_safe (r, tmp, &s->ranges, link)
        drop(r);
}

/* The first range that ends at or after `from` - 1: the first that could touch an interval from
 * there. */
static struct range *first_touching(const struct rangeset *s, uint64_t from)
{
    struct range *r;

    list_for_each (r, &s->ranges, link) {
        if (from == 0 || r->last >= from - 1)
            return r;
    }
    return NULL;
}

int rangeset_add(struct rangeset *s, uint64_t first, uint64_t last)
{
    struct range *r, *next;

    if (first > last)
        return -XEN_EINVAL;
    r = first_touching(s, first);
    if (!r || (last != ~0ull && r->first > last + 1)) {
        struct range *n = new_range(first, last);

        if (!n)
            return -XEN_ENOMEM;
        list_add_tail(r ? &r->link : &s->ranges, &n->link);
        return 0;
    }
    r->first = MIN(r->first, first);
    r->last = MAX(r->last, last);
    /* It may have grown into its successors. */
    while (r->link.next != &s->ranges) {
        next = list_entry(r->link.next, struct range, link);
        if (r->last != ~0ull && next->first > r->last + 1)
            break;
        r->last = MAX(r->last, next->last);
        drop(next);
    }
    return 0;
}

int rangeset_remove(struct rangeset *s, uint64_t first, uint64_t last)
{
    struct range *r, *tmp;

    if (first > last)
        return -XEN_EINVAL;
    list_for_each_safe (r, tmp, &s->ranges, link) {
        if (r->last < first)
            continue;
        if (r->first > last)
            break;
        if (r->first < first && r->last > last) { /* a hole in the middle: two are left */
            struct range *n = new_range(last + 1, r->last);

            if (!n)
                return -XEN_ENOMEM;
            r->last = first - 1;
            list_add(&r->link, &n->link);
            break;
        }
        if (r->first < first)
            r->last = first - 1;
        else if (r->last > last)
            r->first = last + 1;
        else
            drop(r);
    }
    return 0;
}

bool rangeset_contains(const struct rangeset *s, uint64_t first, uint64_t last)
{
    struct range *r;

    list_for_each (r, &s->ranges, link) {
        if (r->last >= first)
            return r->first <= first && last <= r->last;
    }
    return false;
}
