/* SPDX-License-Identifier: MIT */
/* The page by which a guest's console exchanges bytes with its backend. */
#pragma once

#include <stdint.h>

typedef uint32_t XENCONS_RING_IDX; /* free-running */
#define MASK_XENCONS_IDX(idx, ring) ((idx) & (sizeof(ring) - 1))

struct xencons_interface {
    char in[1024];  /* backend to guest */
    char out[2048]; /* guest to backend */
    XENCONS_RING_IDX in_cons, in_prod;
    XENCONS_RING_IDX out_cons, out_prod;
};
