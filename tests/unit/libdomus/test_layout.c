/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layout and page tables of a new domain. The tables are written into a fake memory under scattered
 * machine frames and then walked from the root as a processor would; the walk must find exactly
 * what the layout promises.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../../dom0-tools/lib/build_layout.h"
#include "../../../dom0-tools/lib/build_tables.h"
#include "make_kernel.h"
#include "suites.h"

#define VIRT_BASE 0xffffffff80000000UL
#define PAGE      4096UL
#define MIB       (1UL << 20)
#define MASK48    ((1UL << 48) - 1)

static char error[DOM_ERROR_MAX];
static struct dom_layout layout;

/* A kernel of 16 MiB at 16 MiB, as Linux' notes say. */
static struct dom_kernel_info linux_like(void)
{
    struct dom_kernel_info k = {
        .virt_base = VIRT_BASE,
        .entry = VIRT_BASE + 16 * MIB,
        .hypercall_page = DOM_NOTE_UNSET,
        .init_p2m = 0x8000000000UL,
        .hv_start_low = DOM_NOTE_UNSET,
        .mod_start_pfn = true,
        .virt_start = VIRT_BASE + 16 * MIB,
        .virt_end = VIRT_BASE + 32 * MIB - 123,
        .segment_count = 1,
    };

    return k;
}

static int compute(const struct dom_kernel_info *k, uint64_t ramdisk, uint64_t pages)
{
    error[0] = '\0';
    return dom_layout_compute(&layout, k, ramdisk, pages, error);
}

static uint64_t end_of(const struct dom_span *s)
{
    return s->pfn + s->pages;
}

/* What holds for every layout. */
static void check_common(void)
{
    uint64_t parts_end = dom_layout_vaddr(&layout, end_of(&layout.stack));

    CU_ASSERT_EQUAL(layout.virt_end % (4 * MIB), 0);
    CU_ASSERT(layout.virt_end - parts_end >= 512 * 1024);
    CU_ASSERT(layout.virt_end - parts_end < 512 * 1024 + 4 * MIB);
    CU_ASSERT(layout.used_pages <= layout.total_pages);
    CU_ASSERT_EQUAL(layout.store.pfn, layout.start_info.pfn + 1);
    CU_ASSERT_EQUAL(layout.console.pfn, layout.store.pfn + 1);
    CU_ASSERT_EQUAL(layout.tables.pfn, layout.console.pfn + 1);
    CU_ASSERT_EQUAL(layout.stack.pfn, end_of(&layout.tables));
}

static void linux_layout(void)
{
    struct dom_kernel_info k = linux_like();

    CU_ASSERT_EQUAL_FATAL(compute(&k, 5 * MIB + 1, 65536), 0);
    check_common();
    CU_ASSERT_EQUAL(layout.kernel.pfn, 4096);
    CU_ASSERT_EQUAL(end_of(&layout.kernel), 8192);
    CU_ASSERT_EQUAL(layout.start_info.pfn, 8192);
    CU_ASSERT_FALSE(layout.ramdisk_mapped);
    CU_ASSERT_EQUAL(layout.ramdisk.pages, 5 * 256 + 1);
    CU_ASSERT_EQUAL(layout.ramdisk.pfn, (layout.virt_end - VIRT_BASE) / PAGE);
    CU_ASSERT_TRUE(layout.p2m_apart);
    CU_ASSERT_EQUAL(layout.p2m_vaddr, 0x8000000000UL);
    CU_ASSERT_EQUAL(layout.p2m.pages, 128);
    CU_ASSERT_EQUAL(layout.p2m_tables.pages, 3);
    CU_ASSERT_EQUAL(layout.p2m.pfn, end_of(&layout.ramdisk));
    CU_ASSERT_EQUAL(layout.used_pages, end_of(&layout.p2m_tables));
}

/* Wherever the kernel ends, the rules on the region's end hold. */
static void region_end(void)
{
    struct dom_kernel_info k = linux_like();

    for (uint64_t end = 32 * MIB; end < 37 * MIB; end += 52 * 1024) {
        k.virt_end = VIRT_BASE + end;
        CU_ASSERT_EQUAL_FATAL(compute(&k, MIB, 65536), 0);
        check_common();
    }
}

static void old_layout(void)
{
    struct dom_kernel_info k = linux_like();

    k.init_p2m = DOM_NOTE_UNSET;
    k.mod_start_pfn = false;
    k.virt_base = 0;
    k.virt_start = MIB;
    k.virt_end = 2 * MIB;
    CU_ASSERT_EQUAL_FATAL(compute(&k, MIB, 16384), 0);
    check_common();
    CU_ASSERT_TRUE(layout.ramdisk_mapped);
    CU_ASSERT_EQUAL(layout.ramdisk.pfn, 512);
    CU_ASSERT_EQUAL(layout.p2m.pfn, 768);
    CU_ASSERT_EQUAL(layout.p2m_vaddr, 768 * PAGE);
    CU_ASSERT_EQUAL(layout.start_info.pfn, 768 + 32);
    CU_ASSERT_EQUAL(layout.area_count, 1);
    CU_ASSERT_EQUAL(layout.used_pages, layout.virt_end / PAGE);
}

static void too_little_memory(void)
{
    struct dom_kernel_info k = linux_like();
    uint64_t needed;

    CU_ASSERT_EQUAL_FATAL(compute(&k, MIB, 1 << 20), 0);
    for (needed = 1; compute(&k, MIB, needed) < 0; needed++) {
        CU_ASSERT_EQUAL_FATAL(errno, ENOMEM);
        CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(error, "at least"));
    }
    CU_ASSERT_EQUAL(layout.used_pages, needed);
    /* A domain of the largest size still has all its parts. */
    CU_ASSERT_EQUAL(compute(&k, MIB, 1UL << 28), 0);
    check_common();
}

static void bad_addresses(void)
{
    static const uint64_t bad_p2m[] = {
        0x8000000800UL,     0x800000000000UL, 0xffff800000000000UL,   0xffff870000000000UL,
        UINT64_MAX - 0xfff, 0x7ffffffff000UL, VIRT_BASE - (1UL << 30)};
    static const uint64_t bad_base[] = {0xffff800000000000UL, 0x7ffffe000000UL, 0x800000000000UL,
                                        0xfffffffffe000000UL};
    struct dom_kernel_info k;

    for (size_t i = 0; i < sizeof(bad_p2m) / sizeof(bad_p2m[0]); i++) {
        k = linux_like();
        k.init_p2m = bad_p2m[i];
        CU_ASSERT_EQUAL(compute(&k, 0, 65536), -1);
        CU_ASSERT_EQUAL(errno, EINVAL);
    }
    for (size_t i = 0; i < sizeof(bad_base) / sizeof(bad_base[0]); i++) {
        k = linux_like();
        k.virt_base = bad_base[i];
        k.virt_start = k.virt_base + 16 * MIB;
        k.virt_end = k.virt_base + 32 * MIB;
        k.init_p2m = DOM_NOTE_UNSET;
        CU_ASSERT_EQUAL(compute(&k, 0, 1 << 20), -1);
        CU_ASSERT_EQUAL(errno, EINVAL);
    }
    /* A ramdisk that must be mapped but reaches beyond the end of the address space. */
    k = linux_like();
    k.mod_start_pfn = false;
    CU_ASSERT_EQUAL(compute(&k, 3UL << 30, 1 << 21), -1);
    CU_ASSERT_EQUAL(errno, EINVAL);
}

/* --- the fake machine --- */

struct machine {
    uint64_t *mfns;     /* of each pfn */
    uint64_t *contents; /* table contents, by place in the list of table frames */
    uint64_t leaves, tables_seen;
};

/* Scattered, and never equal to the pfn. */
static uint64_t scatter(uint64_t pfn)
{
    return ((pfn * 2654435761UL) & 0xffffff) + (1UL << 25);
}

static uint64_t table_frames(void)
{
    return layout.tables.pages + layout.p2m_tables.pages;
}

static uint64_t table_pfn(uint64_t i)
{
    return i < layout.tables.pages ? layout.tables.pfn + i
                                   : layout.p2m_tables.pfn + i - layout.tables.pages;
}

static struct machine machine_make(void)
{
    struct machine m = {
        .mfns = malloc(layout.total_pages * sizeof(uint64_t)),
        .contents = malloc(table_frames() * PAGE),
    };

    for (uint64_t pfn = 0; pfn < layout.total_pages; pfn++)
        m.mfns[pfn] = scatter(pfn);
    memset(m.contents, 0xff, table_frames() * PAGE);
    for (uint64_t i = 0; i < table_frames(); i++)
        dom_tables_fill(&layout, m.mfns, table_pfn(i), m.contents + i * 512);
    return m;
}

static void machine_free(struct machine *m)
{
    free(m->mfns);
    free(m->contents);
}

/* The contents of a table by its machine frame; NULL: not a table. */
static const uint64_t *table_at(const struct machine *m, uint64_t mfn)
{
    for (uint64_t i = 0; i < table_frames(); i++) {
        if (m->mfns[table_pfn(i)] == mfn)
            return m->contents + i * 512;
    }
    return NULL;
}

static bool is_table(uint64_t pfn)
{
    return pfn - layout.tables.pfn < layout.tables.pages ||
           pfn - layout.p2m_tables.pfn < layout.p2m_tables.pages;
}

/* Which pfn the layout promises at this address; UINT64_MAX: none. */
static uint64_t promised(uint64_t va48)
{
    for (unsigned int a = 0; a < layout.area_count; a++) {
        const struct dom_area *area = &layout.areas[a];

        if (va48 >= area->start && va48 < area->end)
            return area->pfn + (va48 - area->start) / PAGE;
    }
    return UINT64_MAX;
}

static void check_leaf(struct machine *m, uint64_t entry, uint64_t va)
{
    uint64_t pfn = promised(va);

    CU_ASSERT_NOT_EQUAL_FATAL(pfn, UINT64_MAX);
    CU_ASSERT_EQUAL(entry >> 12, m->mfns[pfn]);
    CU_ASSERT_EQUAL(entry & 0xfff, is_table(pfn) ? 0x21 : 0x23);
    m->leaves++;
}

static void walk(struct machine *m, uint64_t mfn, int level, uint64_t va)
{
    const uint64_t *table = table_at(m, mfn);

    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    m->tables_seen++;
    for (uint64_t i = 0; i < 512; i++) {
        uint64_t at = va | i << (12 + 9 * (level - 1));

        if (!(table[i] & 1)) {
            CU_ASSERT_EQUAL(table[i], 0);
        } else if (level == 1) {
            check_leaf(m, table[i], at);
        } else {
            CU_ASSERT_EQUAL(table[i] & 0xfff, 0x67);
            walk(m, table[i] >> 12, level - 1, at);
        }
    }
}

static void check_tables(void)
{
    struct machine m = machine_make();
    uint64_t expected = 0;

    for (unsigned int a = 0; a < layout.area_count; a++)
        expected += (layout.areas[a].end - layout.areas[a].start) / PAGE;
    walk(&m, m.mfns[dom_tables_root(&layout)], 4, 0);
    CU_ASSERT_EQUAL(m.leaves, expected);
    CU_ASSERT_EQUAL(m.tables_seen, table_frames()); /* each once: no sharing, none left over */
    machine_free(&m);
}

static void linux_tables(void)
{
    struct dom_kernel_info k = linux_like();

    CU_ASSERT_EQUAL_FATAL(compute(&k, 3 * MIB, 65536), 0);
    check_tables();
    CU_ASSERT_EQUAL(promised(0x8000000000UL), layout.p2m.pfn);
    CU_ASSERT_EQUAL(promised(VIRT_BASE & MASK48), 0);
}

static void old_tables(void)
{
    struct dom_kernel_info k = linux_like();

    k.init_p2m = DOM_NOTE_UNSET;
    k.mod_start_pfn = false;
    CU_ASSERT_EQUAL_FATAL(compute(&k, 9 * MIB, 40000), 0);
    check_tables();
    k.virt_base = 0;
    k.virt_start = MIB;
    k.virt_end = 3 * MIB;
    CU_ASSERT_EQUAL_FATAL(compute(&k, 0, 8192), 0);
    check_tables();
}

/* Parts that straddle the ranges of tables of every level. */
static void straddling_tables(void)
{
    static const uint64_t bases[] = {
        (1UL << 39) - 32 * MIB, /* level 3 and below */
        (1UL << 30) - 32 * MIB, /* level 2 and below */
        0xffff880000000000UL,   /* the first address above the hypervisor */
        0x7fffff000000UL - 64 * MIB,
    };

    for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
        struct dom_kernel_info k = linux_like();

        k.virt_base = bases[i];
        k.virt_start = k.virt_base + 16 * MIB;
        k.virt_end = k.virt_base + 32 * MIB;
        k.init_p2m = (3UL << 39) + (1UL << 30) - 64 * PAGE;
        CU_ASSERT_EQUAL_FATAL(compute(&k, 0, 65536), 0);
        CU_ASSERT_EQUAL(layout.p2m_tables.pages, 5);
        check_tables();
    }
}

const struct test layout_tests[] = {
    {"layout for Linux", linux_layout},
    {"end of the initial mapping", region_end},
    {"layout for a kernel without newer notes", old_layout},
    {"too little memory is told with the amount needed", too_little_memory},
    {"addresses that cannot be served", bad_addresses},
    {"page tables for Linux", linux_tables},
    {"page tables with ramdisk and frame list inside", old_tables},
    {"page tables across borders of every level", straddling_tables},
    {NULL, NULL},
};
