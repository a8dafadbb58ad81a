/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page tables as the hypervisor wants to find them: machine frames in the entries, every level
 * present, writable and accessed, and nothing but the root shared between two areas.
 */
#include "build_tables.h"

#include <string.h>

#define PTE_PRESENT  0x01UL
#define PTE_WRITE    0x02UL
#define PTE_USER     0x04UL
#define PTE_ACCESSED 0x20UL
#define PTE_DIRTY    0x40UL

#define LEAF_FLAGS  (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED)
#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)

static bool inside(const struct dom_span *span, uint64_t pfn)
{
    return pfn - span->pfn < span->pages;
}

static uint64_t entry(const uint64_t *mfns, uint64_t pfn, uint64_t flags)
{
    return mfns[pfn] << 12 | flags;
}

uint64_t dom_tables_root(const struct dom_layout *layout)
{
    return layout->tables.pfn;
}

/* Level 1: the pages of the area that table `number` covers. */
static void fill_leaf(const struct dom_layout *layout, const uint64_t *mfns,
                      const struct dom_area *area, uint64_t number, uint64_t *page)
{
    for (unsigned int i = 0; i < 512; i++) {
        uint64_t va = (number * 512 + i) << 12;
        uint64_t pfn, flags = LEAF_FLAGS;

        if (va < area->start || va >= area->end)
            continue;
        pfn = area->pfn + ((va - area->start) >> 12);
        /* The tables of an apart frame list lie outside of both areas: nothing maps them. */
        if (inside(&layout->tables, pfn))
            flags &= ~PTE_WRITE;
        page[i] = entry(mfns, pfn, flags);
    }
}

/* Level 2 to 4: the area's tables one level below that table `number` of `level` refers to. */
static void fill_upper(const uint64_t *mfns, const struct dom_area *area, int level,
                       uint64_t number, uint64_t *page)
{
    const struct dom_table_level *below = &area->level[level - 1];

    for (unsigned int i = 0; i < 512; i++) {
        uint64_t child = number * 512 + i - below->first;

        if (child < below->count)
            page[i] = entry(mfns, below->pfn + child, TABLE_FLAGS);
    }
}

void dom_tables_fill(const struct dom_layout *layout, const uint64_t *mfns, uint64_t pfn,
                     uint64_t page[512])
{
    memset(page, 0, 512 * sizeof(page[0]));
    for (unsigned int a = 0; a < layout->area_count; a++) {
        const struct dom_area *area = &layout->areas[a];

        if (pfn == dom_tables_root(layout)) {
            fill_upper(mfns, area, 4, 0, page);
            continue;
        }
        for (int level = 1; level <= 3; level++) {
            const struct dom_table_level *l = &area->level[level];
            uint64_t which = pfn - l->pfn;

            if (which >= l->count)
                continue;
            if (level == 1)
                fill_leaf(layout, mfns, area, l->first + which, page);
            else
                fill_upper(mfns, area, level, l->first + which, page);
        }
    }
}
