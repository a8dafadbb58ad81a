/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debug registers: set and read back, by hypercall and by instruction; a watch fires on a write;
 * addresses of the hypervisor and bits that would watch it are refused.
 */
#include "test.h"

static volatile uint64_t watched;
static volatile int hits;

static void on_debug(struct trap_frame *frame)
{
    (void)frame;
    hits++;
}

void test_run(void)
{
    uint64_t value;

    trap_set_handler(TRAP_DB, on_debug);
    for (unsigned int reg = 0; reg < 4; reg++) {
        CHECK_EQ_AT(hypercall_set_debugreg(reg, 0x1000 * (reg + 1)), 0, reg);
        CHECK_EQ_AT(hypercall_get_debugreg(reg), 0x1000 * (reg + 1), reg);
    }
    __asm__ volatile("mov %%db1, %0" : "=r"(value));
    CHECK_EQ(value, 0x2000);
    /* Watch eight bytes for writing: RW0 = 1, LEN0 = 2, local enable. */
    CHECK_EQ(hypercall_set_debugreg(0, (unsigned long)&watched), 0);
    CHECK_EQ(hypercall_set_debugreg(7, 0x400 | 1 | (1 << 16) | (2 << 18)), 0);
    watched = 1;
    CHECK_EQ(hits, 1);
    CHECK_EQ(hypercall_get_debugreg(6) & 1, 1);
    CHECK_EQ(watched, 1); /* reading does not count */
    CHECK_EQ(hits, 1);
    CHECK_EQ(hypercall_set_debugreg(7, 0), 0);
    watched = 2;
    CHECK_EQ(hits, 1);
    /* Refused. */
    CHECK(hypercall_set_debugreg(0, HYPERVISOR_VIRT_END - PAGE_SIZE) < 0);
    CHECK(hypercall_set_debugreg(0, 0x1000800000000000) < 0);
    CHECK_EQ(hypercall_get_debugreg(0), (unsigned long)&watched);
    hypercall_set_debugreg(7, 0x2000); /* general detect: refused or dropped, never set */
    CHECK_EQ(hypercall_get_debugreg(7) & 0x2000, 0);
    CHECK(hypercall_set_debugreg(8, 0) < 0);
    CHECK(hypercall_get_debugreg(8) < 0);
}
