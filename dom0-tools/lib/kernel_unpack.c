/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a kernel file to its ELF image: peels off what surrounds it, layer by layer, until an ELF
 * header shows. A bzImage is described by Linux' x86 boot protocol: its setup header says where the
 * compressed payload lies (protocol 2.08 on).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <domus/kernel.h>

#include "decompress.h"
#include "error.h"

/* Offsets of the x86 boot protocol's setup header. */
#define SETUP_SECTS          0x1f1
#define SETUP_BOOT_FLAG      0x1fe
#define SETUP_MAGIC          0x202
#define SETUP_VERSION        0x206
#define SETUP_PAYLOAD_OFFSET 0x248
#define SETUP_PAYLOAD_LENGTH 0x24c
#define SETUP_END            0x250

/* A compressed bzImage of a compressed ELF is three; nobody ships more. */
#define LAYERS_MAX 4

static uint32_t get_le(const uint8_t *p, unsigned int bytes)
{
    uint32_t value = 0;

    while (bytes--)
        value = value << 8 | p[bytes];
    return value;
}

static bool is_elf(const uint8_t *data, size_t size)
{
    return size >= 4 && memcmp(data, "\177ELF", 4) == 0;
}

static bool is_bzimage(const uint8_t *data, size_t size)
{
    return size >= SETUP_END && get_le(data + SETUP_BOOT_FLAG, 2) == 0xaa55 &&
           memcmp(data + SETUP_MAGIC, "HdrS", 4) == 0;
}

/* Finds the payload inside a bzImage. */
static int find_payload(const uint8_t *data, size_t size, size_t *start, size_t *length,
                        char *error)
{
    unsigned int version = get_le(data + SETUP_VERSION, 2);
    uint64_t sectors = data[SETUP_SECTS] ? data[SETUP_SECTS] : 4;
    uint64_t offset, bytes;

    if (version < 0x208)
        return dom_fail(error, EINVAL,
                        "bzImage of boot protocol %u.%02u is too old, 2.08 is needed", version >> 8,
                        version & 0xff);
    offset = (sectors + 1) * 512 + get_le(data + SETUP_PAYLOAD_OFFSET, 4);
    bytes = get_le(data + SETUP_PAYLOAD_LENGTH, 4);
    if (offset > size || bytes > size - offset || bytes == 0)
        return dom_fail(error, EINVAL,
                        "bzImage is cut off: payload of %llu bytes at %llu, file has %zu",
                        (unsigned long long)bytes, (unsigned long long)offset, size);
    *start = (size_t)offset;
    *length = (size_t)bytes;
    return 0;
}

static int copy_bytes(const uint8_t *data, size_t size, size_t max, struct dom_blob *image,
                      char *error)
{
    if (size > max)
        return dom_fail(error, EFBIG, "image has %zu bytes, at most %zu are allowed", size, max);
    image->data = malloc(size);
    if (!image->data)
        return dom_fail(error, ENOMEM, "not enough memory for the kernel image");
    memcpy(image->data, data, size);
    image->size = size;
    return 0;
}

/* Takes one layer off `in`. */
static int peel(const struct dom_blob *in, struct dom_blob *out, size_t max, char *error)
{
    size_t start = 0, length = 0;

    if (is_bzimage(in->data, in->size)) {
        if (find_payload(in->data, in->size, &start, &length, error) < 0)
            return -1;
        if (is_elf(in->data + start, length))
            return copy_bytes(in->data + start, length, max, out, error);
        return dom_decompress(in->data + start, length, true, max, out, error);
    }
    if (!dom_format_name(in->data, in->size))
        return dom_fail(error, EINVAL, "not a kernel: neither ELF nor bzImage nor compressed");
    return dom_decompress(in->data, in->size, false, max, out, error);
}

int dom_kernel_unpack(const struct dom_blob *file, struct dom_blob *image, size_t max, char *error)
{
    struct dom_blob layer = {0};

    *image = (struct dom_blob){0};
    if (max == 0 || max > DOM_KERNEL_IMAGE_MAX)
        max = DOM_KERNEL_IMAGE_MAX;
    if (is_elf(file->data, file->size))
        return copy_bytes(file->data, file->size, max, image, error);

    for (int i = 0; i < LAYERS_MAX; i++) {
        struct dom_blob inner;
        int rc = peel(i ? &layer : file, &inner, max, error);
        int saved = errno;

        dom_blob_free(&layer);
        errno = saved;
        if (rc < 0)
            return -1;
        if (is_elf(inner.data, inner.size)) {
            *image = inner;
            return 0;
        }
        layer = inner;
    }
    dom_blob_free(&layer);
    return dom_fail(error, EINVAL, "not a kernel: more than %d layers of compression", LAYERS_MAX);
}

int dom_kernel_load(const char *path, struct dom_blob *image, char *error)
{
    struct dom_blob file;
    int rc, saved;

    *image = (struct dom_blob){0};
    if (dom_blob_read(&file, path, DOM_KERNEL_FILE_MAX, error) < 0)
        return -1;
    rc = dom_kernel_unpack(&file, image, 0, error);
    if (rc < 0)
        dom_fail_prefix(error, path);
    saved = errno;
    dom_blob_free(&file);
    errno = saved;
    return rc;
}
