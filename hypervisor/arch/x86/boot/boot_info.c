/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot loader's information, multiboot 1 and 2 (facts: the GNU multiboot specifications 0.6.96
 * and 2.0). Everything is copied, because the loader's memory is reused.
 */
#include <hv/panic.h>
#include <hv/string.h>
#include <arch/boot_info.h>
#include <arch/x86_mem.h>

#define MB1_MAGIC 0x2badb002
#define MB2_MAGIC 0x36d76289

#define MB1_MEM     (1u << 0)
#define MB1_CMDLINE (1u << 2)
#define MB1_MODS    (1u << 3)
#define MB1_MMAP    (1u << 6)
#define MB1_LOADER  (1u << 9)

struct mb1_info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr;
    uint32_t syms[4];
    uint32_t mmap_length, mmap_addr, drives_length, drives_addr, config_table, loader_name;
};

struct mb1_module {
    uint32_t start, end, cmdline, reserved;
};

struct mb1_mmap {
    uint32_t size; /* of what follows */
    uint64_t base, length;
    uint32_t type;
} __packed;

struct mb2_tag {
    uint32_t type, size;
};

enum {
    MB2_END = 0,
    MB2_CMDLINE = 1,
    MB2_LOADER = 2,
    MB2_MODULE = 3,
    MB2_MMAP = 6,
    MB2_ACPI1 = 14,
    MB2_ACPI2 = 15
};

struct boot_info boot_info;

static void copy_text(char *dst, size_t size, const char *src)
{
    size_t n = 0;

    while (n + 1 < size && src[n]) {
        dst[n] = src[n];
        n++;
    }
    dst[n] = 0;
}

static void add_region(uint64_t start, uint64_t size, uint32_t type)
{
    struct boot_region *r;

    if (!size)
        return;
    if (boot_info.nr_regions == BOOT_MAX_REGIONS)
        panic("the machine's memory map has more than %d regions", BOOT_MAX_REGIONS);
    r = &boot_info.region[boot_info.nr_regions++];
    r->start = start;
    r->size = size;
    r->type = type;
}

static void add_module(uint64_t start, uint64_t end, const char *cmdline)
{
    struct boot_module *m;

    if (boot_info.nr_modules == BOOT_MAX_MODULES)
        return; /* start.c reports what it does not use; more than four are nobody's */
    m = &boot_info.module[boot_info.nr_modules++];
    m->start = start;
    m->end = end;
    copy_text(m->cmdline, sizeof(m->cmdline), cmdline);
}

static void parse_mb1(const struct mb1_info *info)
{
    if (info->flags & MB1_CMDLINE)
        copy_text(boot_info.cmdline, sizeof(boot_info.cmdline), direct_map(info->cmdline));
    if (info->flags & MB1_LOADER)
        copy_text(boot_info.loader, sizeof(boot_info.loader), direct_map(info->loader_name));
    if (info->flags & MB1_MODS) {
        const struct mb1_module *m = direct_map(info->mods_addr);

        for (uint32_t i = 0; i < info->mods_count; i++)
            add_module(m[i].start, m[i].end, m[i].cmdline ? direct_map(m[i].cmdline) : "");
    }
    if (info->flags & MB1_MMAP) {
        uint32_t off = 0;

        while (off + sizeof(struct mb1_mmap) <= info->mmap_length) {
            const struct mb1_mmap *e = direct_map(info->mmap_addr + off);

            add_region(e->base, e->length, e->type);
            off += e->size + 4;
        }
    }
}

static void parse_mb2_mmap(const struct mb2_tag *t)
{
    const uint32_t *head = (const void *)(t + 1); /* entry size, entry version */
    uint32_t off = 16;

    while (off + 20 <= t->size) {
        const uint64_t *e = (const void *)((const char *)t + off);

        add_region(e[0], e[1], (uint32_t)e[2]);
        off += head[0];
    }
}

static void parse_mb2(uint64_t paddr)
{
    const uint32_t *total = direct_map(paddr);
    uint32_t off = 8;

    while (off + sizeof(struct mb2_tag) <= *total) {
        const struct mb2_tag *t = direct_map(paddr + off);
        const char *body = (const char *)(t + 1);

        switch (t->type) {
        case MB2_END:
            return;
        case MB2_CMDLINE:
            copy_text(boot_info.cmdline, sizeof(boot_info.cmdline), body);
            break;
        case MB2_LOADER:
            copy_text(boot_info.loader, sizeof(boot_info.loader), body);
            break;
        case MB2_MODULE:
            add_module(((const uint32_t *)body)[0], ((const uint32_t *)body)[1], body + 8);
            break;
        case MB2_MMAP:
            parse_mb2_mmap(t);
            break;
        case MB2_ACPI1:
        case MB2_ACPI2:
            boot_info.rsdp = direct_map_maddr(body);
            break;
        }
        off += ROUND_UP(t->size, 8u);
    }
}

/* QEMU puts the file's name first; GRUB leaves it out, as its users' configurations expect. */
static void drop_first_word(char *s)
{
    char *p = s;

    while (*p && *p != ' ')
        p++;
    while (*p == ' ')
        p++;
    memmove(s, p, strlen(p) + 1);
}

void boot_info_parse(uint32_t magic, uint64_t info_paddr)
{
    if (magic == MB1_MAGIC)
        parse_mb1(direct_map(info_paddr));
    else if (magic == MB2_MAGIC)
        parse_mb2(info_paddr);
    else
        panic("not started by a multiboot 1 or 2 loader (magic %#x)", magic);
    if (!boot_info.nr_regions)
        panic("the boot loader gave no memory map");
    if (magic == MB1_MAGIC && strncmp(boot_info.loader, "GRUB ", 5)) {
        drop_first_word(boot_info.cmdline);
        for (unsigned int i = 0; i < boot_info.nr_modules; i++)
            drop_first_word(boot_info.module[i].cmdline);
    }
}
