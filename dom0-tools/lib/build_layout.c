/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The start-of-day layout. Parts are stacked upwards from the end of the kernel; the page tables
 * must map themselves, so their number and the end of the region are found together by iteration,
 * which ends because both only grow.
 */
#include "build_layout.h"

#include <errno.h>
#include <string.h>

#include <public/arch-x86.h>

#include "error.h"

#define PAGE_BITS  12
#define PAGE_BYTES 4096UL
#define MIB        (1UL << 20)
#define ADDR_MASK  ((1UL << 48) - 1)

/* The initial mapping ends on a multiple of this, at least so far behind the last part. */
#define REGION_ALIGN (4 * MIB)
#define REGION_PAD   (512 * 1024UL)

static uint64_t pages_of(uint64_t bytes)
{
    return (bytes + PAGE_BYTES - 1) >> PAGE_BITS;
}

uint64_t dom_layout_vaddr(const struct dom_layout *layout, uint64_t pfn)
{
    return layout->virt_base + (pfn << PAGE_BITS);
}

/* Puts `pages` on top of the stack of parts. */
static struct dom_span place(uint64_t *top, uint64_t pages)
{
    struct dom_span span = {*top, pages};

    *top += pages;
    return span;
}

/* Numbers the tables of an area from `pfn` on, top level first. Returns how many there are. */
static uint64_t number_tables(struct dom_area *area, uint64_t pfn)
{
    uint64_t total = 0;

    for (int level = 3; level >= 1; level--) {
        struct dom_table_level *l = &area->level[level];
        unsigned int shift = PAGE_BITS + 9 * (unsigned int)level;

        l->first = area->start >> shift;
        l->count = ((area->end - 1) >> shift) - l->first + 1;
        l->pfn = pfn + total;
        total += l->count;
    }
    return total;
}

/*
 * Is [start, start + bytes) a run of canonical addresses, free of the hypervisor's own? The low and
 * the high half of the address space are told apart by bit 47, which is copied upwards.
 */
static bool usable(uint64_t start, uint64_t bytes)
{
    uint64_t last = start + bytes - 1;

    if (start % PAGE_BYTES || bytes == 0 || last < start)
        return false;
    if (start >> 47 == 0)
        return last >> 47 == 0;
    if (start >> 47 != (1UL << 17) - 1)
        return false;
    return start >= HYPERVISOR_VIRT_END || last < HYPERVISOR_VIRT_START;
}

static int too_small(char *error, uint64_t needed, uint64_t total)
{
    return dom_fail(error, ENOMEM,
                    "kernel and ramdisk need at least %llu MiB of memory, the domain has %llu",
                    (unsigned long long)((needed * PAGE_BYTES + MIB - 1) / MIB),
                    (unsigned long long)(total * PAGE_BYTES / MIB));
}

/* Places page tables and stack at `top` and finds the end of the initial mapping. */
static int place_tables(struct dom_layout *layout, uint64_t top, char *error)
{
    struct dom_area *area = &layout->areas[0];
    uint64_t tables = 1, end, bytes;

    for (;;) {
        uint64_t parts_end = dom_layout_vaddr(layout, top + tables + 1);
        uint64_t needed;

        end = (parts_end + REGION_ALIGN - 1) & ~(REGION_ALIGN - 1);
        if (end - parts_end < REGION_PAD)
            end += REGION_ALIGN;
        bytes = end - layout->virt_base;
        if (parts_end < layout->virt_base || end < parts_end || !usable(layout->virt_base, bytes))
            return dom_fail(error, EINVAL,
                            "initial mapping of %llu MiB at %#llx does not fit the address space",
                            (unsigned long long)(bytes / MIB),
                            (unsigned long long)layout->virt_base);
        area->start = layout->virt_base & ADDR_MASK;
        area->end = area->start + bytes;
        area->pfn = 0;
        needed = 1 + number_tables(area, top + 1);
        if (needed == tables)
            break;
        tables = needed;
    }
    layout->virt_end = end;
    layout->tables = place(&top, tables);
    layout->stack = place(&top, 1);
    return 0;
}

/* The frame list at an address of its own: frames behind the initial mapping, tables that nothing
 * maps. */
static int place_p2m_apart(struct dom_layout *layout, uint64_t vaddr, uint64_t *top, char *error)
{
    struct dom_area *area = &layout->areas[1];
    const struct dom_area *initial = &layout->areas[0];
    uint64_t pages = pages_of(layout->total_pages * sizeof(uint64_t));

    if (!usable(vaddr, pages << PAGE_BITS))
        return dom_fail(error, EINVAL, "INIT_P2M note %#llx is not a usable address",
                        (unsigned long long)vaddr);
    layout->p2m = place(top, pages);
    layout->p2m_vaddr = vaddr;
    area->start = vaddr & ADDR_MASK;
    area->end = area->start + (pages << PAGE_BITS);
    area->pfn = layout->p2m.pfn;
    layout->p2m_tables = place(top, number_tables(area, *top));
    /* Tables are not shared between the two mappings, so they need different entries of the root.
     */
    if (area->level[3].first < initial->level[3].first + initial->level[3].count &&
        initial->level[3].first < area->level[3].first + area->level[3].count)
        return dom_fail(error, EINVAL, "INIT_P2M note %#llx is within 512 GiB of the kernel",
                        (unsigned long long)vaddr);
    layout->area_count = 2;
    return 0;
}

int dom_layout_compute(struct dom_layout *layout, const struct dom_kernel_info *kernel,
                       uint64_t ramdisk_bytes, uint64_t total_pages, char *error)
{
    uint64_t low = kernel->virt_start - kernel->virt_base,
             high = kernel->virt_end - kernel->virt_base;
    uint64_t ramdisk_pages = pages_of(ramdisk_bytes), top;

    memset(layout, 0, sizeof(*layout));
    layout->total_pages = total_pages;
    layout->virt_base = kernel->virt_base;
    layout->p2m_apart = kernel->init_p2m != DOM_NOTE_UNSET;
    layout->ramdisk_mapped = ramdisk_pages && !kernel->mod_start_pfn;
    layout->area_count = 1;
    if (pages_of(high) + ramdisk_pages > total_pages)
        return too_small(error, pages_of(high) + ramdisk_pages, total_pages);

    layout->kernel = (struct dom_span){low >> PAGE_BITS, pages_of(high) - (low >> PAGE_BITS)};
    top = pages_of(high);
    if (layout->ramdisk_mapped)
        layout->ramdisk = place(&top, ramdisk_pages);
    if (!layout->p2m_apart) {
        layout->p2m = place(&top, pages_of(total_pages * sizeof(uint64_t)));
        layout->p2m_vaddr = dom_layout_vaddr(layout, layout->p2m.pfn);
    }
    layout->start_info = place(&top, 1);
    layout->store = place(&top, 1);
    layout->console = place(&top, 1);
    if (place_tables(layout, top, error) < 0)
        return -1;

    top = (layout->virt_end - layout->virt_base) >> PAGE_BITS;
    if (ramdisk_pages && !layout->ramdisk_mapped)
        layout->ramdisk = place(&top, ramdisk_pages);
    if (layout->p2m_apart && place_p2m_apart(layout, kernel->init_p2m, &top, error) < 0)
        return -1;
    layout->used_pages = top;
    if (top > total_pages)
        return too_small(error, top, total_pages);
    return 0;
}
