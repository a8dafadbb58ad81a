/* SPDX-License-Identifier: Apache-2.0 */
/* core/page_alloc.c and core/heap.c: blocks, widths of addresses, merging, owners' limits,
 * scrubbing. */
#include <stdlib.h>
#include <string.h>

#include <arch/host.h>
#include <hv/arch.h>
#include <hv/domain.h>
#include <hv/heap.h>
#include <hv/page_alloc.h>
#include <public/errno.h>

#include "unit.h"

#define FRAMES 8192

static struct domain *make_domain(uint64_t max_pages)
{
    static domid_t id = 1;
    struct domain_create_params p = {.id = id++, .max_vcpus = 1};
    struct domain *d = NULL;

    CU_ASSERT_EQUAL_FATAL(domain_create(&p, &d), 0);
    d->max_pages = max_pages;
    return d;
}

static void end_domain(struct domain *d)
{
    while (domain_kill(d) == -XEN_ERESTART)
        ;
    host_settle();
}

static void aligned_blocks(void)
{
    uint64_t before = page_alloc_free();

    for (unsigned int order = 0; order <= 10; order++) {
        struct page *p = page_alloc(order, 0, false);

        CU_ASSERT_PTR_NOT_NULL_FATAL(p);
        CU_ASSERT_EQUAL(page_mfn(p).n & ((1ull << order) - 1), 0);
        CU_ASSERT_EQUAL(page_alloc_free(), before - (1ull << order));
        CU_ASSERT_EQUAL(p->ref, 0);
        CU_ASSERT_PTR_NULL(p->owner);
        page_free(p, order);
        CU_ASSERT_EQUAL(page_alloc_free(), before);
    }
    CU_ASSERT_PTR_NULL(page_alloc(MAX_ORDER + 1, 0, false));
    CU_ASSERT_PTR_NULL(page_alloc(MAX_ORDER, 0, false));
}

/* Every width is honoured exactly, and nobody gets low memory who did not ask. */
static void address_widths(void)
{
    for (unsigned int bits = 14; bits <= 24; bits++) {
        struct page *p = page_alloc(0, bits, false);

        CU_ASSERT_PTR_NOT_NULL_FATAL(p);
        CU_ASSERT(mfn_to_maddr(page_mfn(p)) + PAGE_SIZE <= 1ull << bits);
        page_free(p, 0);
    }
    for (unsigned int bits = 0; bits <= PAGE_SHIFT; bits++) {
        struct page *p = bits ? page_alloc(0, bits, false) : NULL;

        CU_ASSERT_PTR_NULL(p);
    }
    struct page *p = page_alloc(0, 0, false);

    CU_ASSERT(page_mfn(p).n >= FRAMES / 2);
    page_free(p, 0);
}

static void below_a_width_runs_out(void)
{
    struct page *p[64];
    unsigned int n = 0;

    while (n < 64 && (p[n] = page_alloc(0, 16, false)) != NULL)
        n++;
    CU_ASSERT_EQUAL(n, 15); /* frames 1 to 15: frame 0 is given to nobody */
    while (n)
        page_free(p[--n], 0);
}

/* Take everything in random pieces, give it back in random order: the same large blocks are there
 * again. */
static void merges(void)
{
    static struct {
        struct page *p;
        unsigned int order;
    } held[FRAMES];
    uint64_t before = page_alloc_free();
    unsigned int n = 0;
    struct page *big;

    srand(2);
    for (;;) {
        unsigned int order = (unsigned int)rand() % 5;
        struct page *p = page_alloc(order, 0, false);

        if (!p && !(p = page_alloc(order = 0, 0, false)))
            break;
        for (unsigned int i = 0; i < 1u << order; i++) {
            CU_ASSERT_EQUAL(p[i].hv_use, 0);
            p[i].hv_use = 1; /* seen twice would be an overlap */
        }
        held[n].p = p;
        held[n++].order = order;
    }
    CU_ASSERT_EQUAL(page_alloc_free(), 0);
    while (n) {
        unsigned int i = (unsigned int)rand() % n;

        page_free(held[i].p, held[i].order);
        held[i] = held[--n];
    }
    CU_ASSERT_EQUAL(page_alloc_free(), before);
    big = page_alloc(11, 0, false);
    CU_ASSERT_PTR_NOT_NULL_FATAL(big);
    page_free(big, 11);
}

static void scrubbed_for_a_domain(void)
{
    struct domain *d = make_domain(64);
    struct page *p = page_alloc(3, 0, false);
    bool clean = true;

    memset(arch_frame_ptr(page_mfn(p)), 0xa5, 8 * PAGE_SIZE);
    page_free(p, 3);
    p = page_alloc_domain(d, 3, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    for (size_t i = 0; i < 8 * PAGE_SIZE; i++)
        clean = clean && ((char *)arch_frame_ptr(page_mfn(p)))[i] == 0;
    CU_ASSERT_TRUE(clean);
    end_domain(d);
}

static void domain_limits(void)
{
    uint64_t before = page_alloc_free();
    struct domain *d = make_domain(10);
    struct page *p = page_alloc_domain(d, 3, 0), *q;

    CU_ASSERT_PTR_NOT_NULL_FATAL(p);
    CU_ASSERT_EQUAL(d->tot_pages, 8);
    CU_ASSERT_PTR_EQUAL(p->owner, d);
    CU_ASSERT_EQUAL(p->ref, PGF_ALLOCATED | 1);
    CU_ASSERT_PTR_NULL(page_alloc_domain(d, 2, 0));
    q = page_alloc(2, 0, true);
    CU_ASSERT_EQUAL(page_assign(q, d, 2), -XEN_ENOMEM);
    CU_ASSERT_EQUAL(page_assign(q, d, 1), 0);
    CU_ASSERT_EQUAL(d->tot_pages, 10);
    page_free(q + 2, 1);
    CU_ASSERT_TRUE(page_release_from_domain(p, d));
    CU_ASSERT_EQUAL(d->tot_pages, 9);
    CU_ASSERT_FALSE(page_release_from_domain(p, d));
    end_domain(d);
    CU_ASSERT_EQUAL(page_alloc_free(), before);
}

/* A domain cannot take what the hypervisor needs to go on. */
static void reserve(void)
{
    struct domain *d = make_domain(~0ull >> 1);

    while (page_alloc_domain(d, 0, 0))
        ;
    CU_ASSERT(page_alloc_free() >= page_alloc_total() / 64);
    end_domain(d);
}

static void use_the_heap(void)
{
    static void *p[200];
    static size_t size[200];
    size_t before = hv_heap_used();

    srand(3);
    for (unsigned int i = 0; i < 200; i++) {
        size[i] = (size_t)rand() % (i % 10 ? 600 : 20000);
        p[i] = hv_zalloc(size[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(p[i]);
        CU_ASSERT_EQUAL((uintptr_t)p[i] % (size[i] >= 64 ? 64 : 16), 0);
        for (size_t j = 0; j < size[i]; j++)
            if (((char *)p[i])[j])
                CU_FAIL_FATAL("not zeroed");
        memset(p[i], (int)i, size[i]);
    }
    for (unsigned int i = 0; i < 200; i++) {
        for (size_t j = 0; j < size[i]; j++)
            if (((unsigned char *)p[i])[j] != (unsigned char)i)
                CU_FAIL_FATAL("overlap");
        hv_free(p[i]);
    }
    CU_ASSERT_EQUAL(hv_heap_used(), before);
}

static void heap_sizes(void)
{
    uint64_t frames;

    use_the_heap();
    frames = page_alloc_free(); /* it keeps a frame of each size, but not one more each time */
    for (unsigned int i = 0; i < 5; i++)
        use_the_heap();
    CU_ASSERT(page_alloc_free() + 8 >= frames);
    hv_free(NULL);
    CU_ASSERT_PTR_NULL(hv_zalloc((size_t)FRAMES * PAGE_SIZE));
    CU_ASSERT_PTR_NULL(hv_zalloc(~(size_t)0));
}

static void free_twice(void)
{
    struct page *p = page_alloc(0, 0, false);

    page_free(p, 0);
    page_free(p, 0);
}

static void free_used(void)
{
    struct domain *d = make_domain(4);

    page_free(page_alloc_domain(d, 0, 0), 0);
}

static void free_inside(void)
{
    hv_free((char *)hv_zalloc(100) + 8);
}

static void misuse_stops_the_host(void)
{
    CU_ASSERT_TRUE(host_panics(free_twice, "bug at"));
    CU_ASSERT_TRUE(host_panics(free_used, "bug at"));
    CU_ASSERT_TRUE(host_panics(free_inside, "bug at"));
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT_TEST(aligned_blocks),
        UNIT_TEST(address_widths),
        UNIT_TEST(below_a_width_runs_out),
        UNIT_TEST(merges),
        UNIT_TEST(scrubbed_for_a_domain),
        UNIT_TEST(domain_limits),
        UNIT_TEST(reserve),
        UNIT_TEST(heap_sizes),
        UNIT_TEST(misuse_stops_the_host),
    };
    const struct host_config machine = {.cpus = 2, .frames = FRAMES, .quiet = true};

    host_boot(&machine);
    return run_unit_tests("page_alloc", tests, ARRAY_SIZE(tests));
}
