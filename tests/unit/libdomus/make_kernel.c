/* SPDX-License-Identifier: Apache-2.0 */
/* See make_kernel.h. Everything is made with the same libraries that are to take it apart. */
#include "make_kernel.h"

#include <assert.h>
#include <elf.h>
#include <lz4.h>
#include <lzma.h>
#include <public/elfnote.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define VIRT_BASE 0xffffffff80000000UL

void made_note(struct made_kernel *k, const char *owner, uint32_t type, const void *data,
               uint32_t size)
{
    uint32_t head[3] = {(uint32_t)strlen(owner) + 1, size, type};
    size_t at = k->note_bytes;

    assert(at + 12 + head[0] + 3 + size + 3 <= sizeof(k->notes));
    memcpy(k->notes + at, head, 12);
    at += 12;
    memcpy(k->notes + at, owner, head[0]);
    at += (head[0] + 3) & ~3U;
    memcpy(k->notes + at, data, size);
    at += (size + 3) & ~3U;
    k->note_bytes = at;
}

void made_number(struct made_kernel *k, uint32_t type, uint64_t value, uint32_t size)
{
    made_note(k, "Xen", type, &value, size);
}

void made_default(struct made_kernel *k)
{
    memset(k, 0, sizeof(*k));
    k->segments[0] = (struct made_segment){0x1000000, 0x5000, 0x5000};
    k->segments[1] = (struct made_segment){0x1200000, 0x1800, 0x9400};
    k->segment_count = 2;
    k->entry = 0x1000000;
    made_number(k, XEN_ELFNOTE_VIRT_BASE, VIRT_BASE, 8);
    made_number(k, XEN_ELFNOTE_ENTRY, VIRT_BASE + 0x1200100, 8);
    made_number(k, XEN_ELFNOTE_INIT_P2M, 0x8000000000UL, 8);
    made_number(k, XEN_ELFNOTE_MOD_START_PFN, 1, 4);
    made_note(k, "GNU", 3, "build id", 8);
    made_note(k, "Xen", XEN_ELFNOTE_GUEST_OS, "linux", 6);
    made_note(k, "Xen", XEN_ELFNOTE_FEATURES, "!writable_page_tables|pae_pgdir_above_4gb", 41);
    made_number(k, XEN_ELFNOTE_SUPPORTED_FEATURES, 0x8801, 4);
}

static uint8_t pattern(size_t i)
{
    return (uint8_t)((i >> 8) ^ i * 7);
}

struct dom_blob made_elf(const struct made_kernel *k)
{
    unsigned int headers = k->segment_count + (k->notes_as_section ? 0 : 1);
    size_t note_at = sizeof(Elf64_Ehdr) + headers * sizeof(Elf64_Phdr);
    size_t section_at = note_at + k->note_bytes;
    size_t at = section_at + sizeof(Elf64_Shdr), size = at;
    Elf64_Ehdr eh = {
        .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_entry = k->entry,
        .e_phoff = sizeof(eh),
        .e_ehsize = sizeof(eh),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = (Elf64_Half)headers,
        .e_shoff = k->notes_as_section ? section_at : 0,
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = k->notes_as_section ? 1 : 0,
    };
    Elf64_Shdr sh = {.sh_type = SHT_NOTE, .sh_offset = note_at, .sh_size = k->note_bytes};
    Elf64_Phdr ph = {.p_type = PT_NOTE, .p_offset = note_at, .p_filesz = k->note_bytes};
    struct dom_blob b;

    for (unsigned int i = 0; i < k->segment_count; i++)
        size += k->segments[i].file_size;
    b.size = size;
    b.data = calloc(1, size);
    assert(b.data);
    memcpy(b.data, &eh, sizeof(eh));
    memcpy(b.data + note_at, k->notes, k->note_bytes);
    memcpy(b.data + section_at, &sh, sizeof(sh));
    if (!k->notes_as_section)
        memcpy(b.data + sizeof(eh) + k->segment_count * sizeof(ph), &ph, sizeof(ph));
    for (unsigned int i = 0; i < k->segment_count; i++) {
        Elf64_Phdr load = {
            .p_type = PT_LOAD,
            .p_offset = at,
            .p_vaddr = 0, /* of no meaning to us */
            .p_paddr = k->segments[i].paddr,
            .p_filesz = k->segments[i].file_size,
            .p_memsz = k->segments[i].memory_size,
        };

        memcpy(b.data + sizeof(eh) + i * sizeof(load), &load, sizeof(load));
        for (size_t j = 0; j < k->segments[i].file_size; j++)
            b.data[at + j] = pattern(at + j);
        at += k->segments[i].file_size;
    }
    return b;
}

static struct dom_blob room(size_t size)
{
    struct dom_blob b = {calloc(1, size), size};

    assert(b.data);
    return b;
}

struct dom_blob made_gzip(const struct dom_blob *b)
{
    struct dom_blob out = room(b->size + b->size / 2 + 1024);
    z_stream z = {0};
    int rc = deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);

    assert(rc == Z_OK);
    z.next_in = b->data;
    z.avail_in = (uInt)b->size;
    z.next_out = out.data;
    z.avail_out = (uInt)out.size;
    rc = deflate(&z, Z_FINISH);
    assert(rc == Z_STREAM_END);
    out.size -= z.avail_out;
    deflateEnd(&z);
    return out;
}

struct dom_blob made_xz(const struct dom_blob *b)
{
    struct dom_blob out = room(lzma_stream_buffer_bound(b->size));
    size_t used = 0;
    lzma_ret rc = lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, b->data, b->size, out.data,
                                          &used, out.size);

    assert(rc == LZMA_OK);
    (void)rc;
    out.size = used;
    return out;
}

struct dom_blob made_lz4(const struct dom_blob *b)
{
    const size_t block = 8U << 20;
    struct dom_blob out =
        room(64 + (b->size / block + 1) * (size_t)(LZ4_compressBound((int)block) + 4));
    size_t used = 4;

    memcpy(out.data, "\x02\x21\x4c\x18", 4);
    for (size_t done = 0; done < b->size; done += block) {
        size_t n = b->size - done < block ? b->size - done : block;
        int packed = LZ4_compress_default((const char *)b->data + done, (char *)out.data + used + 4,
                                          (int)n, LZ4_compressBound((int)n));

        assert(packed > 0);
        memcpy(out.data + used, &packed, 4);
        used += 4 + (size_t)packed;
    }
    out.size = used;
    return out;
}

struct dom_blob made_zstd(const struct dom_blob *b)
{
    struct dom_blob out = room(ZSTD_compressBound(b->size));
    size_t n = ZSTD_compress(out.data, out.size, b->data, b->size, 1);

    assert(!ZSTD_isError(n));
    out.size = n;
    return out;
}

struct dom_blob made_bzimage(const struct dom_blob *payload, bool size_appended, uint32_t unpacked)
{
    const uint8_t sectors = 3;
    const uint32_t offset = 0x123;
    size_t start = (sectors + 1) * 512 + offset;
    uint32_t length = (uint32_t)payload->size + (size_appended ? 4 : 0);
    struct dom_blob b = room(start + length + 77);

    b.data[0x1f1] = sectors;
    b.data[0x1fe] = 0x55;
    b.data[0x1ff] = 0xaa;
    memcpy(b.data + 0x202, "HdrS\x0f\x02", 6);
    memcpy(b.data + 0x248, &offset, 4);
    memcpy(b.data + 0x24c, &length, 4);
    memcpy(b.data + start, payload->data, payload->size);
    if (size_appended)
        memcpy(b.data + start + payload->size, &unpacked, 4);
    return b;
}
