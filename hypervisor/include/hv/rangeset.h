/* SPDX-License-Identifier: Apache-2.0 */
/* A set of numbers kept as sorted, non-touching inclusive ranges. */
#pragma once

#include <hv/list.h>

struct rangeset {
    struct list ranges;
};

void rangeset_init(struct rangeset *r);
void rangeset_destroy(struct rangeset *r);
/* 0 or -XEN_ENOMEM (set unchanged). first <= last. */
int rangeset_add(struct rangeset *r, uint64_t first, uint64_t last);
int rangeset_remove(struct rangeset *r, uint64_t first, uint64_t last);
bool rangeset_contains(const struct rangeset *r, uint64_t first, uint64_t last);
