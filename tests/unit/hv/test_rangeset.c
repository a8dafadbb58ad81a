/* SPDX-License-Identifier: Apache-2.0 */
/* lib/rangeset.c against a plain array of bits, and its corners at both ends of the numbers. */
#include <stdlib.h>
#include <string.h>

#include <arch/host.h>
#include <hv/heap.h>
#include <hv/rangeset.h>
#include <public/errno.h>

#include "unit.h"

#define N 64

static bool model[N];

static unsigned int nr_ranges(const struct rangeset *s)
{
    unsigned int n = 0;

    for (const struct list *l = s->ranges.next; l != &s->ranges; l = l->next)
        n++;
    return n;
}

static bool model_has(unsigned int a, unsigned int b)
{
    for (unsigned int i = a; i <= b; i++)
        if (!model[i])
            return false;
    return true;
}

static unsigned int model_ranges(void)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < N; i++)
        n += model[i] && (i == 0 || !model[i - 1]);
    return n;
}

/* Random additions and removals; after each, every question has the model's answer. */
static void against_a_model(void)
{
    struct rangeset s;
    size_t before = hv_heap_used();

    rangeset_init(&s);
    srand(1);
    for (unsigned int round = 0; round < 3000; round++) {
        unsigned int a = (unsigned int)rand() % N, b = a + (unsigned int)rand() % (N - a);
        bool add = rand() % 2;

        CU_ASSERT_EQUAL(add ? rangeset_add(&s, a, b) : rangeset_remove(&s, a, b), 0);
        memset(model + a, add, b - a + 1);
        CU_ASSERT_EQUAL(nr_ranges(&s), model_ranges());
        for (unsigned int i = 0; i < 20; i++) {
            a = (unsigned int)rand() % N;
            b = a + (unsigned int)rand() % (N - a);
            CU_ASSERT_EQUAL(rangeset_contains(&s, a, b), model_has(a, b));
        }
    }
    rangeset_destroy(&s);
    CU_ASSERT_EQUAL(hv_heap_used(), before);
}

static void ends(void)
{
    struct rangeset s;

    rangeset_init(&s);
    CU_ASSERT_EQUAL(rangeset_add(&s, UINT64_MAX, UINT64_MAX), 0);
    CU_ASSERT_EQUAL(rangeset_add(&s, 0, 0), 0);
    CU_ASSERT_EQUAL(nr_ranges(&s), 2);
    CU_ASSERT_TRUE(rangeset_contains(&s, UINT64_MAX, UINT64_MAX));
    CU_ASSERT_FALSE(rangeset_contains(&s, 0, UINT64_MAX));
    CU_ASSERT_EQUAL(rangeset_add(&s, 1, UINT64_MAX - 1), 0);
    CU_ASSERT_EQUAL(nr_ranges(&s), 1);
    CU_ASSERT_TRUE(rangeset_contains(&s, 0, UINT64_MAX));
    CU_ASSERT_EQUAL(rangeset_remove(&s, 0, UINT64_MAX), 0);
    CU_ASSERT_EQUAL(nr_ranges(&s), 0);
    CU_ASSERT_EQUAL(rangeset_add(&s, 5, 4), -XEN_EINVAL);
    CU_ASSERT_EQUAL(rangeset_remove(&s, 5, 4), -XEN_EINVAL);
    rangeset_destroy(&s);
}

int main(void)
{
    static const struct unit_test tests[] = {UNIT_TEST(against_a_model), UNIT_TEST(ends)};
    const struct host_config machine = {.cpus = 1, .frames = 1024, .quiet = true};

    host_boot(&machine);
    return run_unit_tests("rangeset", tests, ARRAY_SIZE(tests));
}
