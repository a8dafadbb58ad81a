/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console ring. Indices run freely and are reduced on access, so whatever a guest writes into
 * them, no access leaves the two arrays.
 */
#include "ring.h"

#include <public/io/console.h>

void con_ring_init(struct con_ring *ring, struct xencons_interface *page)
{
    ring->page = page;
    ring->out_cons = __atomic_load_n(&page->out_cons, __ATOMIC_ACQUIRE);
    ring->in_prod = __atomic_load_n(&page->in_prod, __ATOMIC_ACQUIRE);
}

size_t con_ring_take(struct con_ring *ring, char *to, size_t room, bool *skipped)
{
    struct xencons_interface *page = ring->page;
    uint32_t produced = __atomic_load_n(&page->out_prod, __ATOMIC_ACQUIRE);
    uint32_t there = produced - ring->out_cons;

    *skipped = false;
    if (there > sizeof(page->out)) {
        *skipped = true;
        ring->out_cons = produced;
        __atomic_store_n(&page->out_cons, produced, __ATOMIC_RELEASE);
        return 0;
    }
    if (there > room)
        there = (uint32_t)room;
    for (uint32_t i = 0; i < there; i++)
        to[i] = page->out[MASK_XENCONS_IDX(ring->out_cons + i, page->out)];
    return there;
}

void con_ring_taken(struct con_ring *ring, size_t count)
{
    ring->out_cons += (uint32_t)count;
    __atomic_store_n(&ring->page->out_cons, ring->out_cons, __ATOMIC_RELEASE);
}

size_t con_ring_space(const struct con_ring *ring)
{
    uint32_t used = ring->in_prod - __atomic_load_n(&ring->page->in_cons, __ATOMIC_ACQUIRE);

    return used > sizeof(ring->page->in) ? 0 : sizeof(ring->page->in) - used;
}

void con_ring_put(struct con_ring *ring, const char *from, size_t count)
{
    struct xencons_interface *page = ring->page;

    for (size_t i = 0; i < count; i++)
        page->in[MASK_XENCONS_IDX(ring->in_prod + i, page->in)] = from[i];
    ring->in_prod += (uint32_t)count;
    __atomic_store_n(&page->in_prod, ring->in_prod, __ATOMIC_RELEASE);
}
