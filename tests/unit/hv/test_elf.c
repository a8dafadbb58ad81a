/* SPDX-License-Identifier: Apache-2.0 */
/* lib/elf.c: a small kernel built by hand, then bent and cut in every place. */
#include <stdlib.h>
#include <string.h>

#include <hv/elf.h>
#include <hv/types.h>
#include <public/elfnote.h>
#include <public/features.h>

#include "unit.h"

#define BASE 0xffffffff80000000ull

/* Layout of the image: header, three program headers, notes, and 256 bytes of text. */
enum { PHDRS = 64, NOTES = 512, TEXT = 1024, SIZE = 1280 };

static struct {
    uint8_t b[SIZE];
    size_t note_end;
} img;

static void put(size_t off, uint64_t v, size_t len)
{
    memcpy(img.b + off, &v, len);
}

static void phdr(unsigned int i, uint32_t type, uint64_t off, uint64_t paddr, uint64_t file,
                 uint64_t mem)
{
    size_t p = PHDRS + i * 56;

    put(p, type, 4);
    put(p + 4, 5, 4);
    put(p + 8, off, 8);
    put(p + 16, 0x1234000, 8); /* p_vaddr does not matter */
    put(p + 24, paddr, 8);
    put(p + 32, file, 8);
    put(p + 40, mem, 8);
}

static void note(uint32_t type, const void *desc, uint32_t len)
{
    size_t at = img.note_end;

    put(at, 4, 4);
    put(at + 4, len, 4);
    put(at + 8, type, 4);
    memcpy(img.b + at + 12, "Xen", 4);
    memcpy(img.b + at + 16, desc, len);
    img.note_end = at + 16 + ROUND_UP(len, 4u);
}

static void note_u64(uint32_t type, uint64_t v)
{
    note(type, &v, sizeof(v));
}

static void finish(void)
{
    phdr(2, 4, NOTES, 0, img.note_end - NOTES, img.note_end - NOTES);
}

static void build(void)
{
    memset(&img, 0, sizeof(img));
    memcpy(img.b, "\177ELF\2\1\1", 7);
    put(16, 2, 2);
    put(18, 62, 2);
    put(24, BASE + 0x1000000, 8);
    put(32, PHDRS, 8);
    put(54, 56, 2);
    put(56, 3, 2);
    phdr(0, 1, TEXT, 0x1000000, 256, 0x3000);
    phdr(1, 1, TEXT, 0x1004000, 16, 0x1000);
    img.note_end = NOTES;
    note(XEN_ELFNOTE_GUEST_OS, "linux", 6);
    note(XEN_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
    note(XEN_ELFNOTE_FEATURES, "!writable_page_tables|dom0|unheard_of", 38);
    note_u64(XEN_ELFNOTE_VIRT_BASE, BASE);
    note_u64(XEN_ELFNOTE_ENTRY, BASE + 0x1000080);
    note_u64(XEN_ELFNOTE_HYPERCALL_PAGE, BASE + 0x1001000);
    note_u64(XEN_ELFNOTE_INIT_P2M, 0x8000000000);
    note_u64(XEN_ELFNOTE_MOD_START_PFN, 1);
    finish();
}

/* In memory of exactly its size, so that the sanitizer sees every byte too far. */
static const char *parse_n(struct elf_kernel *k, size_t n)
{
    uint8_t *exact = malloc(n + !n);
    const char *error;

    memcpy(exact, img.b, n);
    error = elf_parse_kernel(exact, n, k);
    free(exact);
    return error;
}

static const char *parse(struct elf_kernel *k)
{
    return parse_n(k, SIZE);
}

static void all_of_it(void)
{
    struct elf_kernel k;

    build();
    CU_ASSERT_PTR_NULL(parse(&k));
    CU_ASSERT_EQUAL(k.nr_segments, 2);
    CU_ASSERT_EQUAL(k.segment[0].vaddr, BASE + 0x1000000);
    CU_ASSERT_EQUAL(k.segment[0].file_size, 256);
    CU_ASSERT_EQUAL(k.segment[0].mem_size, 0x3000);
    CU_ASSERT_EQUAL(k.virt_start, BASE + 0x1000000);
    CU_ASSERT_EQUAL(k.virt_end, BASE + 0x1005000);
    CU_ASSERT_EQUAL(k.entry, BASE + 0x1000080);
    CU_ASSERT_EQUAL(k.hypercall_page, BASE + 0x1001000);
    CU_ASSERT_EQUAL(k.init_p2m, 0x8000000000);
    CU_ASSERT_EQUAL(k.hv_start_low, ELF_UNSET);
    CU_ASSERT_TRUE(k.mod_start_pfn);
    CU_ASSERT_STRING_EQUAL(k.guest_os, "linux");
    CU_ASSERT_STRING_EQUAL(k.xen_version, "xen-3.0");
    CU_ASSERT_EQUAL(k.features_required, 1u << XENFEAT_writable_page_tables);
    CU_ASSERT_EQUAL(k.features_supported, 1u << XENFEAT_writable_page_tables | 1u << XENFEAT_dom0);
}

static void refused(void)
{
    struct elf_kernel k;

    build();
    put(0, 0, 1);
    CU_ASSERT_STRING_EQUAL(parse(&k),
                           "not an ELF file (a compressed kernel must be unpacked first)");
    build();
    put(4, 1, 1);
    CU_ASSERT_STRING_EQUAL(parse(&k), "not an x86-64 ELF file");
    build();
    put(16, 1, 2);
    CU_ASSERT_STRING_EQUAL(parse(&k), "not an executable");
    build();
    put(54, 32, 2);
    CU_ASSERT_STRING_EQUAL(parse(&k), "no program headers");
    build();
    put(56, 0, 2);
    CU_ASSERT_PTR_NOT_NULL(parse(&k));
    build();
    phdr(2, 0, 0, 0, 0, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(parse(&k), "no Xen notes"));
    build();
    phdr(0, 0, 0, 0, 0, 0);
    phdr(1, 0, 0, 0, 0, 0);
    CU_ASSERT_STRING_EQUAL(parse(&k), "nothing to load");
    build();
    note(XEN_ELFNOTE_FEATURES, "!unheard_of", 12);
    finish();
    CU_ASSERT_PTR_NOT_NULL(strstr(parse(&k), "requires a feature"));
}

static void out_of_bounds(void)
{
    struct elf_kernel k;

    build();
    phdr(0, 1, TEXT, 0x1000000, 257, 0x3000);
    CU_ASSERT_PTR_NOT_NULL(parse(&k));
    phdr(0, 1, ~0ull, 0x1000000, 256, 0x3000);
    CU_ASSERT_PTR_NOT_NULL(parse(&k));
    phdr(0, 1, TEXT, 0x1000000, 256, 255);
    CU_ASSERT_PTR_NOT_NULL(parse(&k));
    phdr(0, 1, TEXT, 0x1000000, 256, ~0ull);
    CU_ASSERT_PTR_NOT_NULL(parse(&k));
    phdr(0, 1, TEXT, ~0ull - 0x1000, 256, 0x3000);
    CU_ASSERT_PTR_NOT_NULL(parse(&k));
    build();
    put(32, ~0ull - 30, 8); /* program headers that wrap */
    CU_ASSERT_PTR_NOT_NULL(parse(&k));
    build();
    note_u64(XEN_ELFNOTE_ENTRY, BASE);
    finish();
    CU_ASSERT_STRING_EQUAL(parse(&k), "the entry point lies outside the kernel");
    build();
    note_u64(XEN_ELFNOTE_HYPERCALL_PAGE, BASE + 0x1004800);
    finish();
    CU_ASSERT_STRING_EQUAL(parse(&k), "the hypercall page lies outside the kernel");
    build();
    put(NOTES + 4, 0xffffffff, 4); /* a note longer than all */
    CU_ASSERT_PTR_NOT_NULL(parse(&k));
    build();
    put(NOTES, 0xffffffff, 4);
    CU_ASSERT_PTR_NOT_NULL(parse(&k));
}

static void too_many_segments(void)
{
    struct elf_kernel k;

    build();
    put(32, 0, 8); /* overlapping headers do: only their number matters */
    memset(img.b + TEXT, 0, 256);
    put(56, 0xffff, 2);
    CU_ASSERT_PTR_NOT_NULL(parse(&k));
}

/* Every length of the file, and random damage: a message or a kernel, never a step outside. */
static void cut_and_damaged(void)
{
    struct elf_kernel k;

    build();
    for (size_t n = 0; n < SIZE; n++)
        CU_ASSERT_PTR_NOT_NULL(parse_n(&k, n));
    srand(5);
    for (unsigned int i = 0; i < 20000; i++) {
        build();
        for (unsigned int j = 0; j < 3; j++)
            img.b[(size_t)rand() % (rand() % 2 ? TEXT : 232)] = (uint8_t)rand();
        if (!parse(&k)) {
            CU_ASSERT(k.nr_segments >= 1 && k.nr_segments <= ELF_MAX_SEGMENTS);
            CU_ASSERT(k.entry >= k.virt_start && k.entry < k.virt_end);
        }
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT_TEST(all_of_it),         UNIT_TEST(refused),         UNIT_TEST(out_of_bounds),
        UNIT_TEST(too_many_segments), UNIT_TEST(cut_and_damaged),
    };

    return run_unit_tests("elf", tests, ARRAY_SIZE(tests));
}
