/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measuring from inside a PV kernel: time-stamp counter before and after one operation, many times.
 * Under QEMU's `-icount shift=0` a tick is an executed instruction. Samples are printed raw, only
 * the cost of taking one is taken off; what to make of them is the runner's business.
 */
#pragma once

#include <guest/event.h>
#include <guest/hypercall.h>
#include <guest/pagetable.h>
#include <guest/runtime.h>
#include <guest/trap.h>

#define BENCH_SAMPLES 32
#define BENCH_WARMUP  4

/* Samples of the path under way; slot 0 is the first after the warm-up. */
extern uint64_t bench_samples[BENCH_SAMPLES];

/* What an empty measurement costs; found by bench_calibrate(), taken off by bench_report(). */
extern uint64_t bench_overhead;

static inline uint64_t bench_ticks(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return ((uint64_t)high << 32) | low;
}

/* Check that a tick is an instruction, find the overhead; prints both. */
void bench_calibrate(void);

/* Print the samples, `overhead` ticks less each. */
void bench_report(const char *name, uint64_t overhead);

/* Say that this path could not be measured here, and why. */
void bench_missing(const char *name, const char *why, long rc);

/* Does nothing: where tools/bench/trace stops, before the round of `name` that it follows. */
void bench_mark(const char *name);

/* Measure `body`; `before` runs ahead of each round, outside the measurement. */
#define BENCH(name, before, body)                                                                  \
    do {                                                                                           \
        for (int bench_i = -BENCH_WARMUP; bench_i < BENCH_SAMPLES; bench_i++) {                    \
            uint64_t bench_from;                                                                   \
            before;                                                                                \
            if (bench_i == BENCH_SAMPLES - 1)                                                      \
                bench_mark(name);                                                                  \
            bench_from = bench_ticks();                                                            \
            body;                                                                                  \
            bench_samples[bench_i < 0 ? 0 : bench_i] = bench_ticks() - bench_from;                 \
        }                                                                                          \
        bench_report(name, bench_overhead);                                                        \
    } while (0)

/* An operation that must answer 0 or more, or the figures mean nothing. */
#define MUST(call)                                                                                 \
    do {                                                                                           \
        long must_rc = (call);                                                                     \
        if (must_rc < 0)                                                                           \
            guest_panic("%s:%d: %s: error %ld", __FILE__, __LINE__, #call, must_rc);               \
    } while (0)

/* entry.S: shortest handlers that return to where the trap came from. */
extern const uint8_t bench_entry_bp[], bench_entry_pf[], bench_entry_syscall[], bench_entry_event[],
    bench_entry_event1[];
/* Upcalls taken by bench_entry_event and bench_entry_event1. */
extern volatile uint64_t bench_upcalls[2];
/* Pending bits that each vcpu's upcall leaves alone: the complement of its ports, all below 64. */
extern volatile uint64_t bench_keep[2];

/* Have the hypervisor call these handlers, or those of the runtime again. */
void bench_entries_fast(void);
void bench_entries_normal(void);

/* The paths, by subject; each prints its reports. */
void bench_hypercalls(void);
void bench_events(void);
void bench_traps(void);
void bench_user(void);
void bench_memory(void);
void bench_tables(void);
void bench_grants(void);
void bench_vcpus(void);
