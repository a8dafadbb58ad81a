/* SPDX-License-Identifier: Apache-2.0 */
/* Calibration, reports, the handlers to use, and the order of the paths. */
#include "bench.h"

extern const uint8_t event_entry[], failsafe_entry[], syscall_entry[];

uint64_t bench_samples[BENCH_SAMPLES], bench_overhead;
volatile uint64_t bench_upcalls[2], bench_keep[2];

#define LOOP_ROUNDS 100000UL

/* Two instructions a round; the least of several runs, for something may interrupt. */
static uint64_t loop_ticks(void)
{
    uint64_t least = ~0UL;

    for (int i = 0; i < 8; i++) {
        uint64_t rounds = LOOP_ROUNDS, from = bench_ticks(), ticks;

        __asm__ volatile("1: dec %0; jnz 1b" : "+r"(rounds) : : "cc");
        ticks = bench_ticks() - from;
        if (ticks < least)
            least = ticks;
    }
    return least;
}

void bench_calibrate(void)
{
    uint64_t least = ~0UL;

    for (int i = 0; i < BENCH_SAMPLES; i++) {
        uint64_t from = bench_ticks(), ticks = bench_ticks() - from;

        if (ticks < least)
            least = ticks;
    }
    bench_overhead = least;
    printf("BENCH-CALIBRATION %lu instructions %lu ticks overhead %lu\n", 2 * LOOP_ROUNDS,
           loop_ticks() - least, least);
}

void __attribute__((noinline, noclone)) bench_mark(const char *name)
{
    __asm__ volatile("" : : "r"(name) : "memory");
}

void bench_report(const char *name, uint64_t overhead)
{
    printf("BENCH %s:", name);
    for (int i = 0; i < BENCH_SAMPLES; i++)
        printf(" %ld", (long)(bench_samples[i] - overhead));
    printf(" .\n");
}

void bench_missing(const char *name, const char *why, long rc)
{
    printf("BENCH-MISSING %s: %s: %ld\n", name, why, rc);
}

void bench_entries_fast(void)
{
    static const struct {
        uint8_t vector, flags;
        const uint8_t *entry;
    } entries[] = {{TRAP_BP, 4 | 3, bench_entry_bp}, {TRAP_PF, 4, bench_entry_pf}};
    struct trap_info table[3] = {{0}};

    for (unsigned int i = 0; i < 2; i++)
        table[i] = (struct trap_info){.vector = entries[i].vector,
                                      .flags = entries[i].flags,
                                      .cs = FLAT_KERNEL_CS,
                                      .address = (unsigned long)entries[i].entry};
    MUST(hypercall_set_trap_table(table));
    MUST(hypercall_set_callbacks((unsigned long)bench_entry_event, (unsigned long)failsafe_entry,
                                 (unsigned long)bench_entry_syscall));
}

void bench_entries_normal(void)
{
    MUST(hypercall_set_trap_table(trap_table));
    MUST(hypercall_set_callbacks((unsigned long)event_entry, (unsigned long)failsafe_entry,
                                 (unsigned long)syscall_entry));
}

void guest_panic_hook(const char *what)
{
    printf("BENCH-PANIC %s\n", what);
}

void guest_main(void)
{
    static char extra[16], changeset[64];
    long number = hypercall_xen_version(XENVER_version, NULL);

    if (!guest_is_dom0())
        guest_panic("must be the first domain");
    hypercall_xen_version(XENVER_extraversion, extra);
    hypercall_xen_version(XENVER_changeset, changeset);
    printf("BENCH-HYPERVISOR %lu.%lu%s (%s)\n", (unsigned long)number >> 16,
           (unsigned long)number & 0xffff, extra, changeset);
    MUST(hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL));
    bench_calibrate();
    bench_hypercalls();
    bench_events();
    bench_traps();
    bench_memory();
    bench_tables();
    bench_grants();
    bench_user();
    bench_vcpus();
    printf("BENCH-DONE\n");
}
