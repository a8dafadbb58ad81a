/* SPDX-License-Identifier: Apache-2.0 */
/* What the boot loader told, in one form for multiboot 1 and 2. All copied out of loader memory. */
#pragma once

#include <hv/types.h>

#define BOOT_MAX_REGIONS 128
#define BOOT_MAX_MODULES 4
#define BOOT_CMDLINE_MAX 2048

/* e820 types */
#define E820_RAM      1
#define E820_RESERVED 2
#define E820_ACPI     3
#define E820_NVS      4

struct boot_region {
    uint64_t start, size; /* bytes */
    uint32_t type;
};

struct boot_module {
    uint64_t start, end; /* physical, bytes; end exclusive */
    char cmdline[BOOT_CMDLINE_MAX];
};

struct boot_info {
    char cmdline[BOOT_CMDLINE_MAX];
    char loader[64];
    struct boot_region region[BOOT_MAX_REGIONS];
    unsigned int nr_regions;
    struct boot_module module[BOOT_MAX_MODULES];
    unsigned int nr_modules;
    uint64_t rsdp; /* physical; 0: not told, search */
};
extern struct boot_info boot_info;

/* Parse the loader's information; panics with a plain message when the memory map is missing. */
void boot_info_parse(uint32_t magic, uint64_t info_paddr);

/* Early memory: zeroed page runs from RAM below 4 GiB that nothing else claims; panics when out. */
void boot_mem_init(void);
void *boot_alloc_pages(uint64_t count);
/* Hand the rest to the page allocator, RAM below 1 MiB and the boot data left out. */
void boot_mem_release(void);
/* Give back what a module occupied. */
void boot_mem_free_range(uint64_t start, uint64_t end);
/* Highest RAM address + 1, in frames. */
uint64_t boot_max_frame(void);
/* Is the frame within a RAM region of the map? */
bool boot_is_ram(uint64_t frame);
