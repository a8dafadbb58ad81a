/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine with one guest whose page tables the test has built by hand, for the tests of pv/'s
 * memory files.
 *
 *   DATA_VA   DATA_PAGES writable pages, world.data[]
 *   TABLE_VA  the four tables, read-only: level n at TABLE_VA + n pages
 */
#pragma once

#include <CUnit/Basic.h>

#include <arch/host.h>
#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/page_alloc.h>
#include <hv/percpu.h>
#include <hv/pv_mm.h>
#include <public/errno.h>

#define DATA_VA    0x400000ull
#define DATA_PAGES 16
#define TABLE_VA   (DATA_VA + 0x20000)

#define RW_BITS (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define RO_BITS (PTE_P | PTE_US | PTE_A | PTE_D)

struct world {
    struct domain *d;
    struct vcpu *v;
    mfn_t table[5]; /* by level, 1 to 4: the tables the vCPU runs on */
    mfn_t data[DATA_PAGES];
    uint64_t free_before;
};
extern struct world world;

/* Before and after each test. world_end() takes the domain down and finds what it left behind. */
void world_begin(void);
void world_end(void);
/* All invariants hold now; world_end() asks, too. */
void world_check(void);
/* A second domain, without vCPUs; world_end() ends it, too. */
struct domain *world_other(void);

/* A frame of `d`, zeroed. */
mfn_t frame_of(struct domain *d);
static inline uint64_t *words(mfn_t m)
{
    return arch_frame_ptr(m);
}
static inline struct page *page_of(mfn_t m)
{
    return mfn_page_trusted(m);
}
#define REFS(m)  (page_of(m)->ref & PGF_COUNT_MASK)
#define TYPES(m) page_type_count(page_of(m))

/* page_get_and_type() and page_put_and_type() under the mm lock, without restarts. */
int get_type_once(mfn_t m, enum page_type t);
int put_type_once(mfn_t m);
/* With restarts, until done. */
int get_type(mfn_t m, enum page_type t);

/* Make every n-th look at the clock a preemption; 0: never. */
void preempt_every(unsigned int n);

/* Put bytes into the guest's data pages; the address the guest knows them by. */
uint64_t guest_put(unsigned int offset, const void *src, size_t len);
/* A hypercall of up to four arguments, restarted until done. */
long call(unsigned int nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d);

/* Run a suite's tests, each between world_begin() and world_end(); the exit code. */
struct mm_test {
    const char *name;
    void (*fn)(void);
};
int run_mm_tests(const char *suite, const struct mm_test *tests, unsigned int count);
/* clang-format off */
#define MM_TEST(fn) {#fn, fn}
/* clang-format on */
