/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decompression of one stream in memory with a limit on what comes out. The limit is checked before
 * memory grows, so a small file cannot make us allocate more than `max`.
 */
#pragma once

#include <domus/kernel.h>

enum dom_format {
    DOM_FORMAT_UNKNOWN,
    DOM_FORMAT_GZIP,
    DOM_FORMAT_XZ,
    DOM_FORMAT_LZ4, /* the "legacy" frame: what `lz4 -l` and the kernel's build write */
    DOM_FORMAT_ZSTD,
};

/* Which stream the bytes begin with. */
enum dom_format dom_format_detect(const uint8_t *data, size_t size);

/*
 * Name of a format, or of a kind of stream that is recognized but not supported ("bzip2", "lzma",
 * "lzo"); NULL: nothing known.
 */
const char *dom_format_name(const uint8_t *data, size_t size);

/*
 * Unpacks the stream at data into *out (malloc()ed). `trailer`: four bytes after the stream hold
 * the unpacked size, as in the payload of a Linux bzImage, and are checked. 0, or -1 with errno and
 * a line in `error`; *out is then empty.
 */
int dom_decompress(const uint8_t *data, size_t size, bool trailer, size_t max, struct dom_blob *out,
                   char *error);
