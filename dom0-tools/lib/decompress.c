/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four stream formats behind one function. Each decoder fills a sink that grows by doubling and
 * refuses to pass its limit; each must consume its input to the last byte, so that a truncated or
 * padded file is noticed.
 */
#include "decompress.h"

#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "error.h"

/* Memory an xz stream's dictionary may take; xz -9 needs 65 MiB, the kernel's build uses 32 MiB
 * dictionaries. */
#define XZ_MEMORY_MAX (256UL << 20)

/* A legacy lz4 frame is a sequence of blocks of this many unpacked bytes; only the last may be
 * shorter. */
#define LZ4_BLOCK (8U << 20)
#define LZ4_MAGIC 0x184c2102U

struct sink {
    uint8_t *data;
    size_t used, capacity, max;
    char *error;
};

struct source {
    const uint8_t *data;
    size_t size, used;
};

static uint32_t get_le32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/*
 * Makes room for `want` more bytes, or for as many as the limit leaves (at least one). The hard
 * limit is one byte above max, so that "exactly max" is not taken for more.
 */
static int sink_reserve(struct sink *sink, size_t want)
{
    size_t capacity = sink->capacity ? sink->capacity : 1U << 20;
    uint8_t *data;

    if (sink->capacity - sink->used >= want)
        return 0;
    if (sink->used > sink->max)
        return dom_fail(sink->error, EFBIG, "unpacks to more than %zu bytes", sink->max);
    while (capacity - sink->used < want && capacity <= sink->max)
        capacity *= 2;
    if (capacity > sink->max + 1)
        capacity = sink->max + 1;
    if (capacity == sink->capacity)
        return 0;
    data = realloc(sink->data, capacity);
    if (!data)
        return dom_fail(sink->error, ENOMEM, "not enough memory to unpack");
    sink->data = data;
    sink->capacity = capacity;
    return 0;
}

static int damaged(struct sink *sink, const char *format, const struct source *in)
{
    return dom_fail(sink->error, EINVAL, "damaged %s data near byte %zu of %zu", format, in->used,
                    in->size);
}

static int truncated(struct sink *sink, const char *format)
{
    return dom_fail(sink->error, EINVAL, "%s data ends too early", format);
}

static int unpack_gzip(struct source *in, struct sink *out)
{
    z_stream z = {0};
    int rc = Z_OK;

    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
        return dom_fail(out->error, ENOMEM, "not enough memory to unpack");
    z.next_in = (Bytef *)(uintptr_t)in->data;
    z.avail_in = (uInt)in->size;
    while (rc == Z_OK) {
        if (sink_reserve(out, 1) < 0)
            break;
        z.next_out = out->data + out->used;
        z.avail_out = (uInt)(out->capacity - out->used);
        rc = inflate(&z, Z_NO_FLUSH);
        out->used = out->capacity - z.avail_out;
    }
    in->used = in->size - z.avail_in;
    inflateEnd(&z);
    if (rc == Z_STREAM_END)
        return 0;
    if (rc == Z_OK)
        return -1; /* sink_reserve() said why */
    return rc == Z_BUF_ERROR ? truncated(out, "gzip") : damaged(out, "gzip", in);
}

static int unpack_xz(struct source *in, struct sink *out)
{
    lzma_stream x = LZMA_STREAM_INIT;
    lzma_ret rc = lzma_stream_decoder(&x, XZ_MEMORY_MAX, 0);

    x.next_in = in->data;
    x.avail_in = in->size;
    while (rc == LZMA_OK) {
        if (sink_reserve(out, 1) < 0)
            break;
        x.next_out = out->data + out->used;
        x.avail_out = out->capacity - out->used;
        rc = lzma_code(&x, LZMA_RUN);
        out->used = out->capacity - x.avail_out;
    }
    in->used = in->size - x.avail_in;
    lzma_end(&x);
    switch (rc) {
    case LZMA_STREAM_END:
        return 0;
    case LZMA_OK:
        return -1; /* sink_reserve() said why */
    case LZMA_BUF_ERROR:
        return truncated(out, "xz");
    case LZMA_MEM_ERROR:
    case LZMA_MEMLIMIT_ERROR:
        return dom_fail(out->error, ENOMEM, "xz data needs more than %lu MiB to unpack",
                        XZ_MEMORY_MAX >> 20);
    default:
        return damaged(out, "xz", in);
    }
}

static int unpack_zstd(struct source *in, struct sink *out)
{
    ZSTD_DCtx *z = ZSTD_createDCtx();
    ZSTD_inBuffer input = {in->data, in->size, 0};
    size_t rc = 1;
    int result = -1;

    if (!z)
        return dom_fail(out->error, ENOMEM, "not enough memory to unpack");
    while (rc && sink_reserve(out, 1) == 0) {
        ZSTD_outBuffer output = {out->data, out->capacity, out->used};
        size_t before = input.pos;

        rc = ZSTD_decompressStream(z, &output, &input);
        in->used = input.pos;
        if (ZSTD_isError(rc)) {
            damaged(out, "zstd", in);
            break;
        }
        if (rc && output.pos == out->used && input.pos == before) {
            truncated(out, "zstd");
            break;
        }
        out->used = output.pos;
    }
    if (rc == 0)
        result = 0;
    ZSTD_freeDCtx(z);
    return result;
}

/* One block of a legacy frame, already bounds-checked, of `size` packed bytes. */
static int unpack_lz4_block(struct source *in, size_t size, struct sink *out)
{
    size_t room;
    int got;

    if (sink_reserve(out, LZ4_BLOCK) < 0)
        return -1;
    room = out->capacity - out->used;
    if (room > LZ4_BLOCK)
        room = LZ4_BLOCK;
    got = LZ4_decompress_safe((const char *)in->data + in->used, (char *)out->data + out->used,
                              (int)size, (int)room);
    if (got < 0 && room < LZ4_BLOCK)
        return dom_fail(out->error, EFBIG, "unpacks to more than %zu bytes, or is damaged",
                        out->max);
    if (got < 0)
        return damaged(out, "lz4", in);
    in->used += size;
    out->used += (size_t)got;
    return 0;
}

static int unpack_lz4(struct source *in, bool trailer, struct sink *out)
{
    in->used = 4;
    while (in->used < in->size) {
        size_t left = in->size - in->used;
        uint32_t size;

        if (left < 4)
            return truncated(out, "lz4");
        /* A block is never as short as its own header, so these four bytes are the size that
         * bzImage appends. */
        if (left == 4 && trailer)
            break;
        size = get_le32(in->data + in->used);
        in->used += 4;
        if (size == LZ4_MAGIC)
            continue; /* another frame begins */
        if (size == 0 || size > (uint32_t)LZ4_compressBound(LZ4_BLOCK))
            return damaged(out, "lz4", in);
        if (size > in->size - in->used)
            return truncated(out, "lz4");
        if (unpack_lz4_block(in, size, out) < 0)
            return -1;
    }
    return 0;
}

enum dom_format dom_format_detect(const uint8_t *data, size_t size)
{
    static const struct {
        enum dom_format format;
        uint8_t length, magic[6];
    } known[] = {
        {DOM_FORMAT_GZIP, 2, {0x1f, 0x8b}},
        {DOM_FORMAT_XZ, 6, {0xfd, '7', 'z', 'X', 'Z', 0}},
        {DOM_FORMAT_LZ4, 4, {0x02, 0x21, 0x4c, 0x18}},
        {DOM_FORMAT_ZSTD, 4, {0x28, 0xb5, 0x2f, 0xfd}},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (size >= known[i].length && memcmp(data, known[i].magic, known[i].length) == 0)
            return known[i].format;
    }
    return DOM_FORMAT_UNKNOWN;
}

const char *dom_format_name(const uint8_t *data, size_t size)
{
    static const char *const names[] = {[DOM_FORMAT_GZIP] = "gzip",
                                        [DOM_FORMAT_XZ] = "xz",
                                        [DOM_FORMAT_LZ4] = "lz4",
                                        [DOM_FORMAT_ZSTD] = "zstd"};
    enum dom_format format = dom_format_detect(data, size);

    if (format != DOM_FORMAT_UNKNOWN)
        return names[format];
    if (size >= 3 && memcmp(data, "BZh", 3) == 0)
        return "bzip2";
    if (size >= 3 && memcmp(data, "\x5d\0\0", 3) == 0)
        return "lzma";
    if (size >= 4 && memcmp(data, "\x89LZO", 4) == 0)
        return "lzo";
    return NULL;
}

static int unpack_stream(struct source *in, bool trailer, struct sink *out)
{
    switch (dom_format_detect(in->data, in->size)) {
    case DOM_FORMAT_GZIP:
        return unpack_gzip(in, out);
    case DOM_FORMAT_XZ:
        return unpack_xz(in, out);
    case DOM_FORMAT_LZ4:
        return unpack_lz4(in, trailer, out);
    case DOM_FORMAT_ZSTD:
        return unpack_zstd(in, out);
    case DOM_FORMAT_UNKNOWN:
        break;
    }
    const char *name = dom_format_name(in->data, in->size);
    if (name)
        return dom_fail(out->error, EINVAL,
                        "%s compression is not supported (gzip, xz, lz4 and zstd are)", name);
    return dom_fail(out->error, EINVAL, "not a compressed stream of a known kind");
}

/* What is left after the stream: nothing, or the size that bzImage appends (gzip has it inside its
 * own trailer). */
static int check_rest(const struct source *in, bool trailer, const struct sink *out)
{
    size_t left = in->size - in->used;

    if (left == 0)
        return 0;
    if (!trailer || left != 4)
        return dom_fail(out->error, EINVAL, "%zu unexpected bytes after the compressed data", left);
    if (get_le32(in->data + in->used) != (uint32_t)out->used)
        return dom_fail(out->error, EINVAL, "unpacks to %zu bytes, header says %u", out->used,
                        get_le32(in->data + in->used));
    return 0;
}

int dom_decompress(const uint8_t *data, size_t size, bool trailer, size_t max, struct dom_blob *out,
                   char *error)
{
    struct source in = {.data = data, .size = size};
    struct sink sink = {.max = max, .error = error};

    *out = (struct dom_blob){0};
    if (size > DOM_KERNEL_FILE_MAX || max > DOM_KERNEL_IMAGE_MAX)
        return dom_fail(error, EFBIG, "%zu compressed bytes are too many", size);
    if (unpack_stream(&in, trailer, &sink) < 0)
        goto fail;
    if (sink.used > max) {
        dom_fail(error, EFBIG, "unpacks to more than %zu bytes", max);
        goto fail;
    }
    if (check_rest(&in, trailer, &sink) < 0)
        goto fail;
    out->data = sink.data;
    out->size = sink.used;
    return 0;
fail:;
    int saved = errno;
    free(sink.data);
    errno = saved;
    return -1;
}
