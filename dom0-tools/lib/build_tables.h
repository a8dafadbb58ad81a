/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contents of a new domain's page tables, frame by frame, from the layout and the list of machine
 * frames. Every frame that is a page table is mapped read-only wherever it is mapped, as the
 * hypervisor's validation demands.
 */
#pragma once

#include "build_layout.h"

/* Frame of the root table. */
uint64_t dom_tables_root(const struct dom_layout *layout);

/*
 * Fills `page` with the table that pfn `pfn` holds (one of layout->tables or layout->p2m_tables).
 * mfns[pfn] is the machine frame of each pfn.
 */
void dom_tables_fill(const struct dom_layout *layout, const uint64_t *mfns, uint64_t pfn,
                     uint64_t page[512]);
