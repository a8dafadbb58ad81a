/* SPDX-License-Identifier: Apache-2.0 */
/* Makes kernel images for tests: an ELF with segments and Xen notes, and the wrappings that such
 * files come in. */
#pragma once

#include <domus/kernel.h>

struct made_segment {
    uint64_t paddr, file_size, memory_size;
};

struct made_kernel {
    struct made_segment segments[8];
    unsigned int segment_count;
    uint8_t notes[1024];
    size_t note_bytes;
    bool notes_as_section; /* no PT_NOTE, but a section of notes */
    uint64_t entry;
};

/* A kernel as Linux' is: two segments from 16 MiB on, notes of VIRT_BASE, ENTRY, INIT_P2M and
 * MOD_START_PFN. */
void made_default(struct made_kernel *k);

void made_note(struct made_kernel *k, const char *owner, uint32_t type, const void *data,
               uint32_t size);
void made_number(struct made_kernel *k, uint32_t type, uint64_t value, uint32_t size);

/* The ELF image; segments are filled with a pattern. The caller frees all blobs. */
struct dom_blob made_elf(const struct made_kernel *k);

struct dom_blob made_gzip(const struct dom_blob *b);
struct dom_blob made_xz(const struct dom_blob *b);
struct dom_blob made_lz4(const struct dom_blob *b); /* legacy frame */
struct dom_blob made_zstd(const struct dom_blob *b);

/* A bzImage of this payload; `size_appended`: the unpacked size follows the stream, as the kernel's
 * build does. */
struct dom_blob made_bzimage(const struct dom_blob *payload, bool size_appended, uint32_t unpacked);
