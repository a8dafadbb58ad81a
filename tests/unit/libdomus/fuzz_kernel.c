/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels made from good ones by random damage go through unpacking, parsing and layout; the
 * sanitizers watch, and what is accepted must keep the promises that the builder relies on. Usage:
 * fuzz [CASES [SEED]]; the same seed gives the same run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../dom0-tools/lib/build_layout.h"
#include "../../../dom0-tools/lib/build_tables.h"
#include "make_kernel.h"

#define CASES_DEFAULT 20000
#define UNPACK_MAX    (4UL << 20)

static uint64_t state;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t below(uint64_t n)
{
    return next_random() % n;
}

/* Values at which arithmetic goes wrong. */
static uint64_t interesting(void)
{
    static const uint64_t values[] = {0,
                                      1,
                                      0x7f,
                                      0xfff,
                                      0x1000,
                                      0x7fffffff,
                                      0x80000000,
                                      0xffffffff,
                                      0x7fffffffffff,
                                      0x800000000000,
                                      0xffff800000000000,
                                      0xffffffff80000000,
                                      INT64_MAX,
                                      UINT64_MAX - 0xfff,
                                      UINT64_MAX};

    return values[below(sizeof(values) / sizeof(values[0]))];
}

static void damage(struct dom_blob *b)
{
    /* Mostly the front: there the headers are. */
    size_t span = below(4) && b->size > 600 ? 600 : b->size;

    for (uint64_t i = below(5); i > 0 && span > 8; i--) {
        size_t at = below(span - 8);
        uint64_t value = below(2) ? interesting() : next_random();

        memcpy(b->data + at, &value, 1UL << below(4));
    }
    if (below(8) == 0)
        b->size = below(b->size + 1);
}

static struct dom_blob wrap(const struct dom_blob *elf, uint64_t how)
{
    struct dom_blob (*const packers[])(const struct dom_blob *) = {made_gzip, made_xz, made_lz4,
                                                                   made_zstd};
    struct dom_blob inner = packers[how % 4](elf), bz;

    if (how & 4)
        return inner;
    bz = made_bzimage(&inner, how % 4 != 0, (uint32_t)elf->size);
    dom_blob_free(&inner);
    return bz;
}

static void broken(const char *what, uint64_t n)
{
    printf("case %llu: %s\n0 passed, 1 failed, 0 skipped\n", (unsigned long long)n, what);
    exit(1);
}

static void check_parsed(const struct dom_blob *image, const struct dom_kernel_info *info,
                         uint64_t n)
{
    for (unsigned int i = 0; i < info->segment_count; i++) {
        const struct dom_kernel_segment *s = &info->segments[i];

        if (s->offset > image->size || s->file_size > image->size - s->offset ||
            s->file_size > s->memory_size || s->paddr + s->memory_size > DOM_KERNEL_SPAN_MAX)
            broken("segment out of bounds accepted", n);
    }
    if (info->entry < info->virt_start || info->entry >= info->virt_end)
        broken("entry outside of the kernel accepted", n);
}

static void check_layout(const struct dom_kernel_info *info, uint64_t n)
{
    uint64_t pages = 1 + below(40000), *mfns, page[512];
    struct dom_layout l;
    char error[DOM_ERROR_MAX];

    if (dom_layout_compute(&l, info, below(3) * below(8 << 20), pages, error) < 0)
        return;
    if (l.used_pages > pages || l.virt_end <= l.virt_base)
        broken("layout does not fit", n);
    if (info->hypercall_page != DOM_NOTE_UNSET &&
        (info->hypercall_page - info->virt_base) / 4096 >= pages)
        broken("hypercall page outside of memory", n);
    mfns = calloc(pages, sizeof(*mfns));
    for (uint64_t i = 0; i < l.tables.pages; i++)
        dom_tables_fill(&l, mfns, l.tables.pfn + i, page);
    for (uint64_t i = 0; i < l.p2m_tables.pages; i++)
        dom_tables_fill(&l, mfns, l.p2m_tables.pfn + i, page);
    free(mfns);
}

/* Returns whether the case came through to the end. */
static int one_case(uint64_t n)
{
    struct dom_kernel_info info;
    struct made_kernel k;
    struct dom_blob elf, file, image;
    char error[DOM_ERROR_MAX] = "";
    bool outside = below(2);
    int parsed = 0;

    made_default(&k);
    if (below(4) == 0)
        k.notes_as_section = true;
    for (uint64_t i = below(3); i > 0; i--)
        made_number(&k, (uint32_t)below(20), below(2) ? interesting() : next_random(), 8);
    elf = made_elf(&k);
    if (!outside)
        damage(&elf);
    if (n % 8 == 0 && elf.size) {
        file = wrap(&elf, next_random());
        if (outside)
            damage(&file);
    } else {
        if (outside)
            damage(&elf);
        file.size = elf.size;
        file.data = malloc(elf.size + 1);
        memcpy(file.data, elf.data, elf.size);
    }
    if (dom_kernel_unpack(&file, &image, UNPACK_MAX, error) == 0) {
        if (image.size > UNPACK_MAX)
            broken("unpacked to more than the limit", n);
        if (dom_kernel_parse(&image, &info, error) == 0) {
            parsed = 1;
            check_parsed(&image, &info, n);
            check_layout(&info, n);
        }
    }
    if (!parsed && (error[0] == '\0' || strchr(error, '\n')))
        broken("refused without one line of reason", n);
    dom_blob_free(&image);
    dom_blob_free(&file);
    dom_blob_free(&elf);
    return parsed;
}

int main(int argc, char **argv)
{
    uint64_t cases = argc > 1 ? strtoull(argv[1], NULL, 0) : CASES_DEFAULT;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    uint64_t accepted = 0;

    state = seed * 0x9e3779b97f4a7c15UL + 1;
    for (uint64_t n = 0; n < cases; n++)
        accepted += (uint64_t)one_case(n);
    printf("%llu damaged kernels, %llu of them still acceptable (seed %llu)\n",
           (unsigned long long)cases, (unsigned long long)accepted, (unsigned long long)seed);
    printf("1 passed, 0 failed, 0 skipped\n");
    return 0;
}
