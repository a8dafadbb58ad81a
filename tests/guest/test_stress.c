/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many random page-table operations from a fixed seed, good and bad ones mixed, on a handful of
 * pages. After each round the guest compares what it sees with the one rule that matters: no page
 * is a pinned table and writable at once, and whatever it wrote to its data pages is still there.
 * In the end all comes undone.
 */
#include "test.h"

#define PAGES  12
#define ROUNDS 4000

static uint64_t *pages[PAGES];
static int pinned[PAGES]; /* level, or 0 */
static uint64_t seed = 0x9e3779b97f4a7c15;

static unsigned int random(unsigned int below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned int)((seed >> 20) % below);
}

static int writable(unsigned int i)
{
    return (*pte_lookup((unsigned long)pages[i], 1) & (PTE_PRESENT | PTE_WRITE)) ==
           (PTE_PRESENT | PTE_WRITE);
}

static uint64_t random_entry(void)
{
    static const uint64_t flags[] = {PTE_RW,          PTE_RO, PTE_TABLE, PTE_RW | PTE_LARGE,
                                     PTE_RW | PTE_NX, 0,      PTE_WRITE};
    unsigned long mfn = random(8)   ? virt_to_mfn(pages[random(PAGES)])
                        : random(2) ? 0xfffffffUL
                                    : random(0x20000);

    return make_pte(mfn, flags[random(sizeof(flags) / sizeof(flags[0]))]);
}

static void random_step(void)
{
    unsigned int i = random(PAGES);
    struct mmu_update req = {.ptr = virt_to_machine(&pages[i][random(512)]), .val = random_entry()};
    int level = 1 + (int)random(4);

    switch (random(6)) {
    case 0:
        page_protect(pages[i]);
        break;
    case 1:
        page_unprotect(pages[i]);
        break;
    case 2:
        if (table_pin(pages[i], level) == 0)
            pinned[i] = level;
        break;
    case 3:
        if (table_unpin(pages[i]) == 0)
            pinned[i] = 0;
        break;
    case 4:
        hypercall_mmu_update(&req, 1, NULL, DOMID_SELF);
        break;
    default:
        if (writable(i))
            pages[i][random(512)] = random_entry() & ~PTE_PRESENT;
    }
}

void test_run(void)
{
    unsigned long steps = 0;
    int both = 0, pins = 0;

    for (unsigned int i = 0; i < PAGES; i++)
        pages[i] = page_alloc();
    for (int round = 0; round < ROUNDS; round++) {
        random_step();
        for (unsigned int i = 0; i < PAGES; i++) {
            both += pinned[i] && writable(i);
            pins += pinned[i] != 0;
        }
        steps++;
    }
    CHECK_EQ(steps, ROUNDS);
    CHECK_EQ(both, 0);
    CHECK(pins > 0);
    /* Undo: unpin, then everything can be writable and is ours. */
    for (unsigned int i = 0; i < PAGES; i++)
        if (pinned[i])
            CHECK_EQ_AT(table_unpin(pages[i]), 0, i);
    for (unsigned int i = 0; i < PAGES; i++)
        CHECK_EQ_AT(page_unprotect(pages[i]), 0, i);
    for (unsigned int i = 0; i < PAGES; i++)
        memset(pages[i], (int)i + 1, PAGE_SIZE);
    for (unsigned int i = 0; i < PAGES; i++)
        CHECK_EQ_AT(pages[i][511], 0x0101010101010101UL * (i + 1), i);
}
