/* SPDX-License-Identifier: Apache-2.0 */
/* memory_op between its files: reservations, exchange, memory maps. */
#pragma once

#include <hv/domain.h>
#include <hv/types.h>
#include <public/memory.h>

/* The command word: operation in the low bits; above them, extents done before a preemption. */
#define MEMOP_EXTENT_SHIFT 6
#define MEMOP_CMD_MASK     ((1u << MEMOP_EXTENT_SHIFT) - 1)

/* What the M2P says of a frame that is nobody's pfn. */
#define M2P_INVALID (~0ull)

/* Largest extent a domain may ask for, as log2 of pages: what can be scrubbed in one go. */
static inline unsigned int mem_max_order(const struct domain *caller)
{
    return caller->is_privileged ? 12 : 9;
}

/* The three operations on reservations; answer: extents done, or a continuation. */
long mem_reservation_op(unsigned int op, uint64_t start, gva_t arg);
long mem_exchange(gva_t arg);

/* Memory maps. */
long mem_set_map(gva_t arg);
long mem_get_map(gva_t arg);
long mem_machine_map(gva_t arg);
/* At a domain's end. */
void mem_map_free(struct domain *d);
