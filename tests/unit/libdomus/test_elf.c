/* SPDX-License-Identifier: Apache-2.0 */
/* ELF headers and Xen notes: what a good kernel says, and that a hostile one is refused. */
#include <elf.h>
#include <errno.h>
#include <public/elfnote.h>
#include <public/features.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "make_kernel.h"
#include "suites.h"

#define VIRT_BASE 0xffffffff80000000UL

static char error[DOM_ERROR_MAX];
static struct dom_kernel_info info;

static int parse(const struct made_kernel *k)
{
    struct dom_blob elf = made_elf(k);
    int rc = dom_kernel_parse(&elf, &info, error), code = errno;

    dom_blob_free(&elf);
    errno = code;
    return rc;
}

static void check_refused(const struct made_kernel *k, const char *word)
{
    error[0] = '\0';
    CU_ASSERT_EQUAL(parse(k), -1);
    CU_ASSERT_EQUAL(errno, EINVAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(error, word));
    if (!strstr(error, word))
        printf("    expected '%s' in: %s\n", word, error);
}

static void good(void)
{
    struct made_kernel k;

    made_default(&k);
    CU_ASSERT_EQUAL(parse(&k), 0);
    CU_ASSERT_EQUAL(info.virt_base, VIRT_BASE);
    CU_ASSERT_EQUAL(info.entry, VIRT_BASE + 0x1200100);
    CU_ASSERT_EQUAL(info.init_p2m, 0x8000000000UL);
    CU_ASSERT_EQUAL(info.hypercall_page, DOM_NOTE_UNSET);
    CU_ASSERT_TRUE(info.mod_start_pfn);
    CU_ASSERT_FALSE(info.suspend_cancel);
    CU_ASSERT_EQUAL(info.virt_start, VIRT_BASE + 0x1000000);
    CU_ASSERT_EQUAL(info.virt_end, VIRT_BASE + 0x1209400);
    CU_ASSERT_EQUAL(info.segment_count, 2);
    CU_ASSERT_EQUAL(info.segments[1].vaddr, VIRT_BASE + 0x1200000);
    CU_ASSERT_EQUAL(info.segments[1].file_size, 0x1800);
    CU_ASSERT_EQUAL(info.segments[1].memory_size, 0x9400);
    CU_ASSERT_STRING_EQUAL(info.guest_os, "linux");
    CU_ASSERT_EQUAL(info.features_required, 1U << XENFEAT_writable_page_tables);
    CU_ASSERT_EQUAL(info.features_supported, 0x8801 | 1U << XENFEAT_pae_pgdir_above_4gb);
}

static void notes_in_sections(void)
{
    struct made_kernel k;

    made_default(&k);
    k.notes_as_section = true;
    CU_ASSERT_EQUAL(parse(&k), 0);
    CU_ASSERT_EQUAL(info.virt_base, VIRT_BASE);
}

static void entry_from_header(void)
{
    struct made_kernel k;

    made_default(&k);
    k.note_bytes = 0;
    made_number(&k, XEN_ELFNOTE_HYPERCALL_PAGE, 0x1002000, 8);
    CU_ASSERT_EQUAL(parse(&k), 0);
    CU_ASSERT_EQUAL(info.virt_base, 0);
    CU_ASSERT_EQUAL(info.entry, 0x1000000);
    CU_ASSERT_EQUAL(info.hypercall_page, 0x1002000);
    CU_ASSERT_FALSE(info.mod_start_pfn);
}

static void paddr_offset(void)
{
    struct made_kernel k;

    made_default(&k);
    made_number(&k, XEN_ELFNOTE_PADDR_OFFSET, 0x800000, 8);
    made_number(&k, XEN_ELFNOTE_ENTRY, VIRT_BASE + 0x800010, 8);
    CU_ASSERT_EQUAL(parse(&k), 0);
    CU_ASSERT_EQUAL(info.segments[0].paddr, 0x800000);
    CU_ASSERT_EQUAL(info.virt_start, VIRT_BASE + 0x800000);
    made_number(&k, XEN_ELFNOTE_PADDR_OFFSET, 0x1000001, 8);
    check_refused(&k, "loads at");
}

static void no_notes(void)
{
    struct made_kernel k;

    made_default(&k);
    k.note_bytes = 0;
    made_note(&k, "GNU", 3, "1234", 4);
    check_refused(&k, "no Xen notes");
}

static void bad_notes(void)
{
    struct made_kernel k;
    uint32_t huge[3] = {0xffffffff, 0xfffffff0, 1};

    made_default(&k);
    made_note(&k, "Xen", XEN_ELFNOTE_ENTRY, "12", 2);
    check_refused(&k, "number of 4 or 8");
    made_default(&k);
    memcpy(k.notes + k.note_bytes, huge, 12);
    k.note_bytes += 12;
    check_refused(&k, "cut off");
    made_default(&k);
    memcpy(k.notes + k.note_bytes, "\4\0\0\0\xf0\xff\xff\xff\6\0\0\0Xen", 16);
    k.note_bytes += 16;
    check_refused(&k, "cut off");
    made_default(&k);
    made_note(&k, "Xen", XEN_ELFNOTE_FEATURES, "!no_such_thing", 15);
    check_refused(&k, "no_such_thing");
    made_default(&k);
    made_note(&k, "Xen", XEN_ELFNOTE_FEATURES, "no_such_thing|||!|", 18); /* no NUL; empty names */
    check_refused(&k, "unknown feature ''");
    made_default(&k);
    made_note(&k, "Xen", XEN_ELFNOTE_FEATURES, "other|||", 8);
    CU_ASSERT_EQUAL(parse(&k), 0);
    made_note(&k, "Xen", XEN_ELFNOTE_GUEST_OS,
              "a name that is much longer than we have room for it", 51);
    CU_ASSERT_EQUAL(parse(&k), 0);
    CU_ASSERT_EQUAL(strlen(info.guest_os), sizeof(info.guest_os) - 1);
}

static void bad_addresses(void)
{
    struct made_kernel k;

    made_default(&k);
    made_number(&k, XEN_ELFNOTE_ENTRY, VIRT_BASE, 8);
    check_refused(&k, "entry point");
    made_default(&k);
    made_number(&k, XEN_ELFNOTE_VIRT_BASE, UINT64_MAX - 0xfff, 8);
    check_refused(&k, "VIRT_BASE");
    made_default(&k);
    made_number(&k, XEN_ELFNOTE_VIRT_BASE, VIRT_BASE + 1, 8);
    check_refused(&k, "VIRT_BASE");
    made_default(&k);
    made_number(&k, XEN_ELFNOTE_HYPERCALL_PAGE, VIRT_BASE + 0x1000800, 8);
    check_refused(&k, "HYPERCALL_PAGE");
    made_default(&k);
    made_number(&k, XEN_ELFNOTE_HYPERCALL_PAGE, VIRT_BASE + 0x1300000, 8);
    check_refused(&k, "HYPERCALL_PAGE");
}

static void bad_segments(void)
{
    struct made_kernel k;

    made_default(&k);
    k.segments[1].memory_size = 0x1000;
    check_refused(&k, "larger in the file");
    made_default(&k);
    k.segments[1].paddr = 0x1004fff;
    check_refused(&k, "overlap");
    made_default(&k);
    k.segments[1].paddr = UINT64_MAX - 0x1000;
    check_refused(&k, "loads at");
    made_default(&k);
    k.segments[1].memory_size = UINT64_MAX - 0x1000;
    check_refused(&k, "loads at");
    made_default(&k);
    k.segment_count = 0;
    check_refused(&k, "nothing to load");
}

/* Overwrites `size` bytes at `offset` of a good image. */
static void check_patched(size_t offset, uint64_t value, size_t size, const char *word)
{
    struct made_kernel k;
    struct dom_blob elf;

    made_default(&k);
    elf = made_elf(&k);
    memcpy(elf.data + offset, &value, size);
    CU_ASSERT_EQUAL(dom_kernel_parse(&elf, &info, error), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(error, word));
    dom_blob_free(&elf);
}

static void bad_headers(void)
{
    size_t first = sizeof(Elf64_Ehdr);

    check_patched(0, 0, 1, "not an ELF");
    check_patched(EI_CLASS, ELFCLASS32, 1, "64-bit");
    check_patched(EI_DATA, ELFDATA2MSB, 1, "64-bit");
    check_patched(offsetof(Elf64_Ehdr, e_machine), EM_AARCH64, 2, "64-bit");
    check_patched(offsetof(Elf64_Ehdr, e_type), ET_CORE, 2, "executable");
    check_patched(offsetof(Elf64_Ehdr, e_phnum), 0, 2, "program headers");
    check_patched(offsetof(Elf64_Ehdr, e_phnum), 0xffff, 2, "program headers");
    check_patched(offsetof(Elf64_Ehdr, e_phentsize), 32, 2, "program headers");
    check_patched(offsetof(Elf64_Ehdr, e_phoff), UINT64_MAX - 8, 8, "outside");
    check_patched(offsetof(Elf64_Ehdr, e_phoff), 1UL << 40, 8, "outside");
    check_patched(first + offsetof(Elf64_Phdr, p_offset), UINT64_MAX - 8, 8, "cut off");
    check_patched(first + offsetof(Elf64_Phdr, p_offset), 1UL << 40, 8, "cut off");
    check_patched(first + 2 * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, p_offset), UINT64_MAX, 8,
                  "notes lie");
    check_patched(first + 2 * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, p_filesz), UINT64_MAX, 8,
                  "notes lie");
}

/* Every prefix of an image, each in an allocation of its own, so that the sanitizer sees what is
 * read beyond. */
static void prefixes(void)
{
    struct made_kernel k;
    struct dom_blob elf;

    made_default(&k);
    elf = made_elf(&k);
    for (size_t n = 0; n < elf.size; n += n < 1024 ? 1 : 509) {
        struct dom_blob cut = {malloc(n ? n : 1), n};

        memcpy(cut.data, elf.data, n);
        CU_ASSERT_EQUAL(dom_kernel_parse(&cut, &info, error), -1);
        dom_blob_free(&cut);
    }
    dom_blob_free(&elf);
}

const struct test elf_tests[] = {
    {"a kernel like Linux'", good},
    {"notes in a section without program header", notes_in_sections},
    {"defaults for missing notes", entry_from_header},
    {"PADDR_OFFSET", paddr_offset},
    {"a kernel without Xen notes is refused", no_notes},
    {"damaged notes", bad_notes},
    {"addresses outside of the kernel", bad_addresses},
    {"impossible segments", bad_segments},
    {"impossible headers", bad_headers},
    {"every prefix of an image is refused", prefixes},
    {NULL, NULL},
};
