/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacking kernels: every format, whole and damaged, and files that unpack to far more than they
 * should. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "make_kernel.h"
#include "suites.h"

struct packer {
    const char *name;
    struct dom_blob (*pack)(const struct dom_blob *);
    bool size_appended; /* inside a bzImage; gzip has it in its own trailer */
};

static const struct packer packers[] = {
    {"gzip", made_gzip, false},
    {"xz", made_xz, true},
    {"lz4", made_lz4, true},
    {"zstd", made_zstd, true},
};
#define PACKERS (sizeof(packers) / sizeof(packers[0]))

static char error[DOM_ERROR_MAX];

static struct dom_blob default_elf(void)
{
    struct made_kernel k;

    made_default(&k);
    return made_elf(&k);
}

static void check_same(const struct dom_blob *in, const struct dom_blob *expected)
{
    struct dom_blob out;

    error[0] = '\0';
    CU_ASSERT_EQUAL(dom_kernel_unpack(in, &out, 0, error), 0);
    CU_ASSERT_STRING_EQUAL(error, "");
    CU_ASSERT_EQUAL(out.size, expected->size);
    if (out.size == expected->size)
        CU_ASSERT_EQUAL(memcmp(out.data, expected->data, out.size), 0);
    dom_blob_free(&out);
}

/* Fails with this errno and one line of text that holds `word`; gives no image. */
static void check_refused(const struct dom_blob *in, size_t max, int code, const char *word)
{
    struct dom_blob out = {(uint8_t *)1, 1};

    error[0] = '\0';
    errno = 0;
    CU_ASSERT_EQUAL(dom_kernel_unpack(in, &out, max, error), -1);
    CU_ASSERT_EQUAL(errno, code);
    CU_ASSERT_PTR_NULL(out.data);
    CU_ASSERT_PTR_NULL(strchr(error, '\n'));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, word));
    if (!strstr(error, word))
        printf("    expected '%s' in: %s\n", word, error);
}

static void plain_elf(void)
{
    struct dom_blob elf = default_elf();

    check_same(&elf, &elf);
    dom_blob_free(&elf);
}

static void every_format(void)
{
    struct dom_blob elf = default_elf();

    for (size_t i = 0; i < PACKERS; i++) {
        struct dom_blob packed = packers[i].pack(&elf);
        struct dom_blob bz = made_bzimage(&packed, packers[i].size_appended, (uint32_t)elf.size);

        check_same(&packed, &elf);
        check_same(&bz, &elf);
        dom_blob_free(&packed);
        dom_blob_free(&bz);
    }
    dom_blob_free(&elf);
}

static void nested(void)
{
    struct dom_blob elf = default_elf();
    struct dom_blob xz = made_xz(&elf), bz = made_bzimage(&xz, true, (uint32_t)elf.size);
    struct dom_blob outer = made_gzip(&bz), layers = made_gzip(&outer), deeper = made_gzip(&layers),
                    deep = made_gzip(&deeper);

    check_same(&outer, &elf);
    check_same(&layers, &elf);
    check_same(&deeper, &elf);
    check_refused(&deep, 0, EINVAL, "layers");
    dom_blob_free(&elf);
    dom_blob_free(&xz);
    dom_blob_free(&bz);
    dom_blob_free(&outer);
    dom_blob_free(&layers);
    dom_blob_free(&deeper);
    dom_blob_free(&deep);
}

static void uncompressed_payload(void)
{
    struct dom_blob elf = default_elf(), bz = made_bzimage(&elf, false, 0);

    check_same(&bz, &elf);
    dom_blob_free(&elf);
    dom_blob_free(&bz);
}

/* A large one crosses lz4's blocks and the growth of the output. */
static void large(void)
{
    struct made_kernel k;
    struct dom_blob elf;

    made_default(&k);
    k.segments[0] = (struct made_segment){0x1000000, 19 << 20, 19 << 20};
    k.segments[1].paddr = 0x5000000;
    elf = made_elf(&k);
    for (size_t i = 0; i < PACKERS; i++) {
        struct dom_blob packed = packers[i].pack(&elf);

        check_same(&packed, &elf);
        check_refused(&packed, elf.size - 1, EFBIG, "more than");
        dom_blob_free(&packed);
    }
    dom_blob_free(&elf);
}

static void truncated(void)
{
    struct dom_blob elf = default_elf();

    for (size_t i = 0; i < PACKERS; i++) {
        struct dom_blob packed = packers[i].pack(&elf);
        size_t step = packed.size / 97 + 1;

        for (size_t n = 6; n < packed.size; n += step) {
            /* Its own allocation, so that the sanitizer sees a byte read too far. */
            struct dom_blob cut = {malloc(n), n}, out;

            memcpy(cut.data, packed.data, n);
            CU_ASSERT_EQUAL(dom_kernel_unpack(&cut, &out, 0, error), -1);
            CU_ASSERT_EQUAL(errno, EINVAL);
            dom_blob_free(&cut);
        }
        dom_blob_free(&packed);
    }
    dom_blob_free(&elf);
}

/* Whatever byte is wrong: refused, or (where the format has no checksum) still bounded. */
static void corrupted(void)
{
    struct dom_blob elf = default_elf();

    for (size_t i = 0; i < PACKERS; i++) {
        struct dom_blob packed = packers[i].pack(&elf);

        for (size_t at = 0; at < packed.size; at += packed.size / 211 + 1) {
            struct dom_blob out;
            uint8_t kept = packed.data[at];

            packed.data[at] ^= 0x55;
            if (dom_kernel_unpack(&packed, &out, 1 << 20, error) == 0)
                CU_ASSERT(out.size <= 1 << 20);
            dom_blob_free(&out);
            packed.data[at] = kept;
        }
        check_same(&packed, &elf);
        dom_blob_free(&packed);
    }
    dom_blob_free(&elf);
}

/* 64 MiB of zeros behind an ELF magic pack to a few KiB and must not be unpacked into 1 MiB. */
static void bombs(void)
{
    struct dom_blob zeros = {calloc(1, 64 << 20), 64 << 20};

    memcpy(zeros.data, "\177ELF", 4);
    for (size_t i = 0; i < PACKERS; i++) {
        struct dom_blob packed = packers[i].pack(&zeros);

        CU_ASSERT(packed.size < 1 << 20);
        check_refused(&packed, 1 << 20, EFBIG, "more than");
        check_same(&packed, &zeros);
        dom_blob_free(&packed);
    }
    dom_blob_free(&zeros);
}

static void exact_limit(void)
{
    struct dom_blob elf = default_elf();

    for (size_t i = 0; i < PACKERS; i++) {
        struct dom_blob packed = packers[i].pack(&elf), out;

        CU_ASSERT_EQUAL(dom_kernel_unpack(&packed, &out, elf.size, error), 0);
        dom_blob_free(&out);
        check_refused(&packed, elf.size - 1, EFBIG, "more than");
        dom_blob_free(&packed);
    }
    check_refused(&elf, elf.size - 1, EFBIG, "at most");
    dom_blob_free(&elf);
}

static void wrong_appended_size(void)
{
    struct dom_blob elf = default_elf();

    for (size_t i = 1; i < PACKERS; i++) {
        struct dom_blob packed = packers[i].pack(&elf);
        struct dom_blob bz = made_bzimage(&packed, true, (uint32_t)elf.size + 1);

        check_refused(&bz, 0, EINVAL, "header says");
        dom_blob_free(&bz);
        dom_blob_free(&packed);
    }
    dom_blob_free(&elf);
}

static void trailing_bytes(void)
{
    struct dom_blob elf = default_elf(), packed = made_gzip(&elf);
    struct dom_blob longer = {calloc(1, packed.size + 4), packed.size + 4};

    memcpy(longer.data, packed.data, packed.size);
    check_refused(&longer, 0, EINVAL, "unexpected bytes");
    dom_blob_free(&elf);
    dom_blob_free(&packed);
    dom_blob_free(&longer);
}

static void bad_bzimage(void)
{
    struct dom_blob elf = default_elf(), packed = made_gzip(&elf),
                    bz = made_bzimage(&packed, false, 0);
    const uint32_t huge = 0xffffffff;

    bz.data[0x207] = 1;
    check_refused(&bz, 0, EINVAL, "too old");
    bz.data[0x207] = 2;
    memcpy(bz.data + 0x248, &huge, 4);
    check_refused(&bz, 0, EINVAL, "cut off");
    memset(bz.data + 0x248, 0, 4);
    memcpy(bz.data + 0x24c, &huge, 4);
    check_refused(&bz, 0, EINVAL, "cut off");
    memset(bz.data + 0x24c, 0, 4);
    check_refused(&bz, 0, EINVAL, "cut off");
    dom_blob_free(&elf);
    dom_blob_free(&packed);
    dom_blob_free(&bz);
}

static void not_a_kernel(void)
{
    uint8_t text[] = "#!/bin/sh\necho this is not a kernel\n", one[] = {0x1f};
    uint8_t bzip2[] = "BZh91AY", lzma[] = "\x5d\0\0\0\1", lzo[] = "\x89LZO\0\r\n";
    struct dom_blob b = {text, sizeof(text)};

    check_refused(&b, 0, EINVAL, "not a kernel");
    b = (struct dom_blob){one, sizeof(one)};
    check_refused(&b, 0, EINVAL, "not a kernel");
    b = (struct dom_blob){NULL, 0};
    check_refused(&b, 0, EINVAL, "not a kernel");
    b = (struct dom_blob){bzip2, sizeof(bzip2)};
    check_refused(&b, 0, EINVAL, "bzip2");
    b = (struct dom_blob){lzma, sizeof(lzma)};
    check_refused(&b, 0, EINVAL, "lzma");
    b = (struct dom_blob){lzo, sizeof(lzo)};
    check_refused(&b, 0, EINVAL, "lzo");
}

static void files(void)
{
    char path[] = "/tmp/domus-unpack-XXXXXX", gone[64];
    struct dom_blob elf = default_elf(), out;
    int fd = mkstemp(path);

    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(write(fd, elf.data, elf.size), (ssize_t)elf.size);
    CU_ASSERT_EQUAL(dom_kernel_load(path, &out, error), 0);
    CU_ASSERT_EQUAL(out.size, elf.size);
    dom_blob_free(&out);

    CU_ASSERT_EQUAL(dom_blob_read(&out, path, elf.size - 1, error), -1);
    CU_ASSERT_EQUAL(errno, EFBIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(error, path));

    CU_ASSERT_EQUAL(ftruncate(fd, 10), 0);
    CU_ASSERT_EQUAL(dom_kernel_load(path, &out, error),
                    0); /* still begins as an ELF; the parser refuses it */
    dom_blob_free(&out);
    CU_ASSERT_EQUAL(ftruncate(fd, 0), 0);
    CU_ASSERT_EQUAL(dom_kernel_load(path, &out, error), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(error, path));
    close(fd);
    unlink(path);

    snprintf(gone, sizeof(gone), "%s", path);
    CU_ASSERT_EQUAL(dom_kernel_load(gone, &out, error), -1);
    CU_ASSERT_EQUAL(errno, ENOENT);
    CU_ASSERT_EQUAL(dom_kernel_load("/", &out, error), -1);
    CU_ASSERT_EQUAL(dom_kernel_load("/dev/zero", &out, error), -1);
    CU_ASSERT_EQUAL(errno, EINVAL);
    dom_blob_free(&elf);
}

const struct test unpack_tests[] = {
    {"a plain ELF is taken as it is", plain_elf},
    {"gzip, xz, lz4 and zstd, bare and in a bzImage", every_format},
    {"layers of compression, up to a limit", nested},
    {"bzImage with an uncompressed payload", uncompressed_payload},
    {"images of many megabytes", large},
    {"truncated streams are refused", truncated},
    {"corrupted streams stay within bounds", corrupted},
    {"bombs stop at the limit", bombs},
    {"the limit is exact", exact_limit},
    {"a wrong appended size is noticed", wrong_appended_size},
    {"trailing bytes are noticed", trailing_bytes},
    {"damaged bzImage headers", bad_bzimage},
    {"files that are no kernels are named as what they are", not_a_kernel},
    {"reading files", files},
    {NULL, NULL},
};
