/* SPDX-License-Identifier: Apache-2.0 */
/* User mode to kernel and back, measured by the user program: syscall, page fault, breakpoint. */
#include "../../../tests/guest/user.h"
#include "bench.h"

/* RDI: where the samples go; RSI: an address without a page. INT 0x80 ends it. */
#define ROUNDS 36 /* BENCH_SAMPLES + BENCH_WARMUP */
#define USER_LOOP(name, body)                                                                      \
    __asm__(".pushsection .rodata\n" #name ": mov $36, %ebx; mov $0x10000, %esi\n"                 \
            "1: rdtsc; shl $32, %rdx; or %rdx, %rax; mov %rax, %r12\n" body "\n"                   \
            "rdtsc; shl $32, %rdx; or %rdx, %rax; sub %r12, %rax; mov %rax, (%rdi)\n"              \
            "add $8, %rdi; dec %ebx; jnz 1b; int $0x80\n" #name "_end:\n.popsection");             \
    extern const uint8_t name[], name##_end[]

USER_LOOP(u_nothing, "");
USER_LOOP(u_syscall, "syscall");
USER_LOOP(u_fault, "mov (%rsi), %rax"); /* three bytes, as bench_entry_pf expects */
USER_LOOP(u_break, "int3");
_Static_assert(ROUNDS == BENCH_SAMPLES + BENCH_WARMUP, "rounds of the user programs");

/* user_data[] afterwards holds the ticks of each round. */
static void run(const uint8_t *code, const uint8_t *end)
{
    const struct trap_frame *f = user_run(code, end, USER_DATA);

    if (f->vector != TRAP_SOFT)
        guest_panic("user program ended by trap %lu", f->vector);
}

static void measure(const char *name, const uint8_t *code, const uint8_t *end, uint64_t overhead)
{
    bench_mark(name);
    run(code, end);
    for (int i = 0; i < BENCH_SAMPLES; i++)
        bench_samples[i] = user_data[BENCH_WARMUP + i];
    bench_report(name, overhead);
}

void bench_user(void)
{
    uint64_t overhead = ~0UL;

    user_init();
    bench_entries_fast();
    run(u_nothing, u_nothing_end);
    for (int i = 0; i < ROUNDS; i++)
        if (user_data[i] < overhead)
            overhead = user_data[i];
    measure("user-syscall", u_syscall, u_syscall_end, overhead);
    measure("user-page-fault", u_fault, u_fault_end, overhead);
    measure("user-int3", u_break, u_break_end, overhead);
    bench_entries_normal();
    event_disable();
}
