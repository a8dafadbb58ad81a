/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vector and x87 state is the guest's own: patterns in xmm (and ymm, where there are) and an x87
 * value survive hypercalls, yields and waits for a timer; with TS set the first use traps with #NM,
 * and does not otherwise.
 */
#include "test.h"

static uint8_t pattern[16][16], seen[16][16];

static void load(unsigned int seed)
{
    for (unsigned int i = 0; i < sizeof(pattern); i++)
        pattern[i / 16][i % 16] = (uint8_t)(i * 7 + seed);
    __asm__ volatile("movups (%0), %%xmm0; movups 16(%0), %%xmm1; movups 32(%0), %%xmm2\n"
                     "movups 48(%0), %%xmm3; movups 64(%0), %%xmm4; movups 80(%0), %%xmm5\n"
                     "movups 96(%0), %%xmm6; movups 112(%0), %%xmm7; movups 128(%0), %%xmm8\n"
                     "movups 144(%0), %%xmm9; movups 160(%0), %%xmm10; movups 176(%0), %%xmm11\n"
                     "movups 192(%0), %%xmm12; movups 208(%0), %%xmm13; movups 224(%0), %%xmm14\n"
                     "movups 240(%0), %%xmm15"
                     :
                     : "r"(pattern)
                     : "memory");
}

static int same(void)
{
    __asm__ volatile("movups %%xmm0, (%0); movups %%xmm1, 16(%0); movups %%xmm2, 32(%0)\n"
                     "movups %%xmm3, 48(%0); movups %%xmm4, 64(%0); movups %%xmm5, 80(%0)\n"
                     "movups %%xmm6, 96(%0); movups %%xmm7, 112(%0); movups %%xmm8, 128(%0)\n"
                     "movups %%xmm9, 144(%0); movups %%xmm10, 160(%0); movups %%xmm11, 176(%0)\n"
                     "movups %%xmm12, 192(%0); movups %%xmm13, 208(%0); movups %%xmm14, 224(%0)\n"
                     "movups %%xmm15, 240(%0)"
                     :
                     : "r"(seen)
                     : "memory");
    return !memcmp(pattern, seen, sizeof(seen));
}

static volatile int not_available;

static void on_nm(struct trap_frame *frame)
{
    (void)frame;
    not_available++;
    __asm__ volatile("clts");
}

static void check_ts(void)
{
    trap_set_handler(TRAP_NM, on_nm);
    load(1);
    CHECK_EQ(hypercall_fpu_taskswitch(1), 0);
    CHECK(same());
    CHECK_EQ(not_available, 1);
    CHECK(same());
    CHECK_EQ(not_available, 1);
    /* Across a wait, with TS on. */
    CHECK_EQ(hypercall_fpu_taskswitch(1), 0);
    hypercall_sched_op(SCHEDOP_yield, NULL);
    CHECK(same());
    CHECK_EQ(not_available, 2);
    CHECK_EQ(hypercall_fpu_taskswitch(0), 0);
}

static void check_x87(void)
{
    uint64_t out = 0;
    uint16_t control = 0, wanted = 0x0f7f;

    __asm__ volatile("fninit; fldcw %0; fldpi" : : "m"(wanted));
    for (int i = 0; i < 20; i++)
        hypercall_sched_op(SCHEDOP_yield, NULL);
    __asm__ volatile("fnstcw %0; fstpl %1" : "=m"(control), "=m"(out));
    CHECK_EQ(control, wanted);
    CHECK(out == 0x400921fb54442d18 || out == 0x400921fb54442d19); /* pi, by the rounding set */
    __asm__ volatile("fninit");
}

/* Sleep for a moment, so that other vcpus may use the registers. */
static void nap(void)
{
    struct sched_poll poll = {.nr_ports = 0, .timeout = time_now() + 2000000};

    hypercall_sched_op(SCHEDOP_poll, &poll);
}

static void check_mxcsr(void)
{
    uint32_t wanted = 0x3f80, back = 0;

    __asm__ volatile("ldmxcsr %0" : : "m"(wanted));
    nap();
    __asm__ volatile("stmxcsr %0" : "=m"(back));
    CHECK_EQ(back & 0xffc0, wanted);
}

void test_run(void)
{
    for (unsigned int round = 0; round < 50; round++) {
        load(round);
        hypercall_sched_op(SCHEDOP_yield, NULL);
        CHECK(same());
    }
    load(99);
    nap();
    CHECK(same());
    check_ts();
    check_x87();
    check_mxcsr();
}
