/* SPDX-License-Identifier: Apache-2.0 */
/* Two vcpus on one CPU: switching by yield, and an event answered by an event. */
#include "bench.h"

extern const uint8_t failsafe_entry[];

static volatile uint64_t turns;
static volatile int stop, answering;
static evtchn_port_t ports[2];
static uint8_t stack[8192] __attribute__((aligned(16)));

static void send(evtchn_port_t port)
{
    struct evtchn_send arg = {.port = port};

    MUST(hypercall_event_channel_op(EVTCHNOP_send, &arg));
}

/* Wait for this vcpu's next upcall; the look and the sleep are one, because block opens the mask.
 */
static void wait_upcall(unsigned int vcpu, uint64_t before)
{
    struct vcpu_info *me = &guest_shared->vcpu_info[vcpu];

    for (;;) {
        __atomic_store_n(&me->evtchn_upcall_mask, 1, __ATOMIC_SEQ_CST);
        if (bench_upcalls[vcpu] != before)
            return;
        MUST(hypercall_sched_op(SCHEDOP_block, NULL));
    }
}

static void __attribute__((noreturn)) second_cpu(void)
{
    while (!answering) {
        turns++;
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
    for (uint64_t seen = 0; !stop; seen++) {
        wait_upcall(1, seen);
        send(ports[0]);
    }
    for (;;)
        hypercall_vcpu_op(VCPUOP_down, 1, NULL);
}

static struct vcpu_guest_context *new_context(void)
{
    static struct vcpu_guest_context ctx;
    uint64_t cr3;

    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    ctx.flags = VGCF_IN_KERNEL;
    ctx.user_regs.rip = (unsigned long)second_cpu;
    ctx.user_regs.rsp = (unsigned long)stack + sizeof(stack) - 8;
    ctx.user_regs.cs = FLAT_KERNEL_CS;
    ctx.user_regs.ss = FLAT_KERNEL_SS;
    ctx.user_regs.rflags = 0x1000;
    ctx.kernel_ss = FLAT_KERNEL_SS;
    ctx.kernel_sp = ctx.user_regs.rsp;
    ctx.ctrlreg[3] = cr3;
    ctx.event_callback_eip = (unsigned long)bench_entry_event1;
    ctx.failsafe_callback_eip = (unsigned long)failsafe_entry;
    for (unsigned int i = 0; trap_table[i].address; i++)
        ctx.trap_ctxt[trap_table[i].vector] = trap_table[i];
    return &ctx;
}

/* There and back: two switches. A round in which the other did not run once is not one. */
static void bench_yield(void)
{
    int taken = 0, marked = 0;

    for (int tries = 0; tries < 100000 && taken < BENCH_SAMPLES; tries++) {
        uint64_t before = turns, from, ticks;

        if (taken == BENCH_SAMPLES - 1 && !marked++)
            bench_mark("yield-there-and-back");
        from = bench_ticks();
        MUST(hypercall_sched_op(SCHEDOP_yield, NULL));
        ticks = bench_ticks() - from;
        if (turns == before + 1 && tries >= BENCH_WARMUP)
            bench_samples[taken++] = ticks;
    }
    if (taken == BENCH_SAMPLES)
        bench_report("yield-there-and-back", bench_overhead);
    else
        bench_missing("yield-there-and-back", "rounds in which the other vcpu ran once", taken);
}

/* Event to the other vcpu, which sleeps; it wakes, answers, sleeps; this one wakes. */
static void bench_answer(void)
{
    uint64_t before = bench_upcalls[0];

    answering = 1;
    hypercall_sched_op(SCHEDOP_yield, NULL);
    BENCH("event-answered", before = bench_upcalls[0], ({
              send(ports[1]);
              wait_upcall(0, before);
          }));
    stop = 1;
    before = bench_upcalls[0];
    send(ports[1]);
    wait_upcall(0, before);
}

void bench_vcpus(void)
{
    for (unsigned int i = 0; i < 2; i++) {
        struct evtchn_bind_ipi ipi = {.vcpu = i};

        MUST(hypercall_event_channel_op(EVTCHNOP_bind_ipi, &ipi));
        if (ipi.port >= 64)
            guest_panic("port %u: expected below 64", ipi.port);
        ports[i] = ipi.port;
        bench_keep[i] = ~(1UL << ipi.port);
        event_unmask_quietly(ipi.port);
    }
    bench_entries_fast();
    MUST(hypercall_vcpu_op(VCPUOP_initialise, 1, new_context()));
    guest_shared->vcpu_info[1].evtchn_upcall_mask = 1;
    hypercall_vcpu_op(VCPUOP_stop_periodic_timer, 1, NULL);
    MUST(hypercall_vcpu_op(VCPUOP_up, 1, NULL));
    bench_yield();
    bench_answer();
}
