/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our side of a guest's console page (public/io/console.h). The guest can write every byte of it at
 * any time: the indices that are ours are kept in our own memory, those of the guest are read once
 * and checked before use.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xencons_interface;

struct con_ring {
    struct xencons_interface *page;
    uint32_t out_cons; /* next byte of output to take */
    uint32_t in_prod;  /* next byte of input to put */
};

/* Begins where the page says the last backend stopped. */
void con_ring_init(struct con_ring *ring, struct xencons_interface *page);

/*
 * Copies up to `room` bytes of output; they stay in the ring until con_ring_taken(). *skipped is
 * set if the guest's index was impossible, in which case nothing is returned and the ring goes on
 * from that index.
 */
size_t con_ring_take(struct con_ring *ring, char *to, size_t room, bool *skipped);
void con_ring_taken(struct con_ring *ring, size_t count);

/* Bytes of input that fit now; 0 as well if the guest's index is impossible. */
size_t con_ring_space(const struct con_ring *ring);

/* Appends input; count must not exceed con_ring_space(). */
void con_ring_put(struct con_ring *ring, const char *from, size_t count);
