/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guest kernels as files: from bzImage, gzip, xz, lz4, zstd or plain ELF to an ELF image in memory,
 * and what its program headers and Xen notes say (include/public/elfnote.h). Input is hostile:
 * every offset is checked against the bytes there are, decompression has a size limit, and a
 * refusal is one line of text.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOM_ERROR_MAX 256

/* Limits: a file larger than the first, or an image that unpacks to more than the second, is
 * refused. */
#define DOM_KERNEL_FILE_MAX  (512UL << 20)
#define DOM_KERNEL_IMAGE_MAX (1024UL << 20)

/* Bytes owned by us: `data` is malloc()ed (or NULL). */
struct dom_blob {
    uint8_t *data;
    size_t size;
};

/* Frees the bytes and zeroes the struct. */
void dom_blob_free(struct dom_blob *blob);

/*
 * Reads a whole regular file of at most `max` bytes. 0, or -1 with errno and one line in `error`
 * (DOM_ERROR_MAX bytes) that names the file. Used for kernels, ramdisks and device trees of bytes
 * alike.
 */
int dom_blob_read(struct dom_blob *blob, const char *path, size_t max, char *error);

/*
 * Unpacks a kernel: `image` gets the ELF (at most `max` bytes; 0: DOM_KERNEL_IMAGE_MAX). `file`
 * stays as it is. 0, or -1 with EINVAL (not a kernel, damaged), EFBIG (unpacks to too much), ENOMEM
 * and one line in `error`.
 */
int dom_kernel_unpack(const struct dom_blob *file, struct dom_blob *image, size_t max, char *error);

/* Reads `path` and unpacks it; the line in `error` names the file. */
int dom_kernel_load(const char *path, struct dom_blob *image, char *error);

/* A part of the image to be placed in memory. */
struct dom_kernel_segment {
    uint64_t paddr;       /* pseudo-physical load address: p_paddr - paddr_offset */
    uint64_t vaddr;       /* paddr + virt_base */
    uint64_t offset;      /* in the image */
    uint64_t file_size;   /* bytes from the image */
    uint64_t memory_size; /* >= file_size; the rest is zero */
};

#define DOM_KERNEL_SEGMENTS_MAX 64
#define DOM_NOTE_UNSET          UINT64_MAX

/* A kernel is loaded below this pseudo-physical address. */
#define DOM_KERNEL_SPAN_MAX (1UL << 30)

/* What the image says of itself. Addresses are virtual; DOM_NOTE_UNSET: there is no such note. */
struct dom_kernel_info {
    uint64_t virt_base;      /* VIRT_BASE; 0 if absent */
    uint64_t paddr_offset;   /* PADDR_OFFSET; 0 if absent */
    uint64_t entry;          /* ENTRY, else the ELF header's */
    uint64_t hypercall_page; /* HYPERCALL_PAGE, or DOM_NOTE_UNSET */
    uint64_t init_p2m;       /* INIT_P2M, or DOM_NOTE_UNSET */
    uint64_t hv_start_low;   /* HV_START_LOW, or DOM_NOTE_UNSET */
    bool has_notes;          /* there is a note of owner "Xen" at all */
    bool mod_start_pfn;      /* the initrd need not be mapped */
    bool suspend_cancel;
    uint32_t features_supported; /* XENFEAT_* bits 0-31 from both notes */
    uint32_t features_required;  /* those marked with '!' */
    char guest_os[32], guest_version[32], loader[32], xen_version[32];
    uint64_t virt_start,
        virt_end; /* extent of all segments in virtual memory; the end is not page-aligned */
    unsigned int segment_count;
    struct dom_kernel_segment segments[DOM_KERNEL_SEGMENTS_MAX];
};

/* Parses an ELF image. 0, or -1 with EINVAL and one line in `error`. Nothing in *info points into
 * the image. */
int dom_kernel_parse(const struct dom_blob *image, struct dom_kernel_info *info, char *error);
