/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory before the page allocator: a list of free RAM ranges, from which boot tables are cut and
 * whose rest page_alloc takes over. Frames below 1 MiB stay reserved (firmware data, CPU start-up
 * code).
 */
#include <hv/page_alloc.h>
#include <hv/panic.h>
#include <hv/printk.h>
#include <hv/string.h>
#include <arch/boot_info.h>
#include <arch/x86_mem.h>

#define MIB      0x100000ull
#define FOUR_GIB 0x100000000ull
#define MAX_FREE (BOOT_MAX_REGIONS + 2 * BOOT_MAX_MODULES + 8)

struct range {
    uint64_t start, end; /* bytes, page-aligned */
};

static struct range free_range[MAX_FREE];
static unsigned int nr_free;

extern char image_start[], image_end[];

static void drop_range(unsigned int i)
{
    free_range[i] = free_range[--nr_free];
}

static void exclude(uint64_t start, uint64_t end)
{
    start &= PAGE_MASK;
    end = ROUND_UP(end, PAGE_SIZE);
    for (unsigned int i = 0; i < nr_free; i++) {
        struct range *r = &free_range[i];

        if (end <= r->start || start >= r->end)
            continue;
        if (start > r->start && end < r->end) {
            BUG_ON(nr_free == MAX_FREE);
            free_range[nr_free++] = (struct range){end, r->end};
            r->end = start;
        } else if (start > r->start) {
            r->end = start;
        } else if (end < r->end) {
            r->start = end;
        } else {
            drop_range(i--);
        }
    }
}

void boot_mem_init(void)
{
    for (unsigned int i = 0; i < boot_info.nr_regions; i++) {
        const struct boot_region *b = &boot_info.region[i];
        uint64_t start = MAX(ROUND_UP(b->start, PAGE_SIZE), MIB);
        uint64_t end = (b->start + b->size) & PAGE_MASK;

        if (b->type == E820_RAM && start < end)
            free_range[nr_free++] = (struct range){start, end};
    }
    /* Overlapping descriptions: what is reserved anywhere is not ours. */
    for (unsigned int i = 0; i < boot_info.nr_regions; i++)
        if (boot_info.region[i].type != E820_RAM)
            exclude(boot_info.region[i].start,
                    boot_info.region[i].start + boot_info.region[i].size);
    exclude((uint64_t)image_start - HV_VIRT_IMAGE, (uint64_t)image_end - HV_VIRT_IMAGE);
    for (unsigned int i = 0; i < boot_info.nr_modules; i++)
        exclude(boot_info.module[i].start, boot_info.module[i].end);
}

void *boot_alloc_pages(uint64_t count)
{
    uint64_t size = count << PAGE_SHIFT;
    struct range *best = NULL;

    for (unsigned int i = 0; i < nr_free; i++) {
        struct range *r = &free_range[i];

        /* Only the first 4 GiB are mapped yet. Take from the top of the highest range that fits. */
        if (r->end <= FOUR_GIB && r->end - r->start >= size && (!best || r->start > best->start))
            best = r;
    }
    if (!best)
        panic("no %lu KiB of memory below 4 GiB for boot tables", (unsigned long)(size >> 10));
    best->end -= size;
    return memset(direct_map(best->end), 0, size);
}

void boot_mem_release(void)
{
    for (unsigned int i = 0; i < nr_free; i++)
        page_alloc_add(mfn(free_range[i].start >> PAGE_SHIFT),
                       (free_range[i].end - free_range[i].start) >> PAGE_SHIFT);
    nr_free = 0;
}

void boot_mem_free_range(uint64_t start, uint64_t end)
{
    start = ROUND_UP(start, PAGE_SIZE);
    end &= PAGE_MASK;
    if (start < end)
        page_alloc_add(mfn(start >> PAGE_SHIFT), (end - start) >> PAGE_SHIFT);
}

uint64_t boot_max_frame(void)
{
    uint64_t max = 0;

    for (unsigned int i = 0; i < boot_info.nr_regions; i++) {
        const struct boot_region *b = &boot_info.region[i];

        if (b->type == E820_RAM)
            max = MAX(max, (b->start + b->size) >> PAGE_SHIFT);
    }
    return max;
}

bool boot_is_ram(uint64_t frame)
{
    uint64_t addr = frame << PAGE_SHIFT;

    for (unsigned int i = 0; i < boot_info.nr_regions; i++) {
        const struct boot_region *b = &boot_info.region[i];

        if (b->type == E820_RAM && addr >= b->start && addr + PAGE_SIZE <= b->start + b->size)
            return true;
    }
    return false;
}
