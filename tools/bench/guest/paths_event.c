/* SPDX-License-Identifier: Apache-2.0 */
/* Events and timers of one vcpu: send, upcall and return; block; a timer that is due, and one that
 * interrupts. */
#include "bench.h"

#define FAR_AWAY  100000000000UL /* ns */
#define NEAR      100000UL       /* ns: beyond what any timer code rounds away */
#define SPIN_COST 3              /* instructions in a round of the waiting loop */

static void send(evtchn_port_t port)
{
    struct evtchn_send arg = {.port = port};

    MUST(hypercall_event_channel_op(EVTCHNOP_send, &arg));
}

static void bench_send(evtchn_port_t port)
{
    struct vcpu_info *me = &guest_shared->vcpu_info[0];

    BENCH("event-round", , send(port));
    event_disable();
    event_mask(port);
    BENCH("event-send-masked", event_clear(port), send(port));
    event_clear(port);
    event_unmask_quietly(port);
    me->evtchn_pending_sel = 0;
    me->evtchn_upcall_pending = 0;
    BENCH("block-pending", ({
              event_disable();
              send(port);
          }),
          MUST(hypercall_sched_op(SCHEDOP_block, NULL)));
    event_enable();
    BENCH("yield-alone", , MUST(hypercall_sched_op(SCHEDOP_yield, NULL)));
}

/* Instructions that are not ours, from the arming of a timer until its upcall has returned. */
static void bench_interrupt(void)
{
    for (int i = -BENCH_WARMUP; i < BENCH_SAMPLES; i++) {
        uint64_t before = bench_upcalls[0], rounds = 0, from;

        MUST(hypercall_set_timer_op(time_now() + NEAR));
        from = bench_ticks();
        __asm__ volatile("1: inc %0; cmp %1, %2; je 1b"
                         : "+r"(rounds)
                         : "m"(bench_upcalls[0]), "r"(before)
                         : "cc", "memory");
        bench_samples[i < 0 ? 0 : i] = bench_ticks() - from - SPIN_COST * rounds;
    }
    bench_report("timer-interrupt", bench_overhead);
}

static void bench_timer(void)
{
    uint64_t before, when;

    BENCH("set-timer", when = time_now() + FAR_AWAY, MUST(hypercall_set_timer_op(when)));
    MUST(hypercall_set_timer_op(0));
    BENCH("timer-due", before = bench_upcalls[0], ({
              MUST(hypercall_set_timer_op(1));
              while (bench_upcalls[0] == before)
                  ;
          }));
    bench_interrupt();
    MUST(hypercall_set_timer_op(0));
}

void bench_events(void)
{
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    struct evtchn_bind_virq virq = {.virq = VIRQ_TIMER, .vcpu = 0};

    MUST(hypercall_event_channel_op(EVTCHNOP_bind_ipi, &ipi));
    MUST(hypercall_event_channel_op(EVTCHNOP_bind_virq, &virq));
    if (ipi.port >= 64 || virq.port >= 64)
        guest_panic("ports %u and %u: expected below 64", ipi.port, virq.port);
    bench_keep[0] = ~((1UL << ipi.port) | (1UL << virq.port));
    event_unmask_quietly(ipi.port);
    event_unmask_quietly(virq.port);
    bench_entries_fast();
    event_enable();
    bench_send(ipi.port);
    bench_timer();
    event_disable();
    event_mask(virq.port);
    event_mask(ipi.port);
    bench_entries_normal();
}
