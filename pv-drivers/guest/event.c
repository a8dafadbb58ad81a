/* SPDX-License-Identifier: Apache-2.0 */
/* Events of vcpu 0: clear the pending bits, count, and keep time. */
#include <guest/event.h>
#include <guest/hypercall.h>
#include <guest/runtime.h>
#include <guest/trap.h>

#define WORD_BITS 64

volatile unsigned long event_count[EVENT_PORTS];
volatile unsigned long event_upcalls;

static struct vcpu_info *my_info(void)
{
    return &guest_shared->vcpu_info[0];
}

static void on_upcall(struct trap_frame *frame)
{
    struct vcpu_info *info = my_info();
    unsigned long selector, ports;

    (void)frame;
    event_upcalls++;
    __atomic_store_n(&info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
    selector = __atomic_exchange_n(&info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    for (unsigned int word = 0; word < WORD_BITS; word++) {
        if (!(selector & (1UL << word)))
            continue;
        ports = __atomic_load_n(&guest_shared->evtchn_pending[word], __ATOMIC_SEQ_CST) &
                ~__atomic_load_n(&guest_shared->evtchn_mask[word], __ATOMIC_SEQ_CST);
        __atomic_fetch_and(&guest_shared->evtchn_pending[word], ~ports, __ATOMIC_SEQ_CST);
        for (unsigned int bit = 0; bit < WORD_BITS; bit++)
            if (ports & (1UL << bit))
                event_count[word * WORD_BITS + bit]++;
    }
}

void event_init(void)
{
    trap_set_handler(TRAP_EVENT, on_upcall);
}

void event_enable(void)
{
    struct vcpu_info *info = my_info();

    __atomic_store_n(&info->evtchn_upcall_mask, 0, __ATOMIC_SEQ_CST);
    /* Events that came while masked are delivered on the way back from any hypercall. */
    if (__atomic_load_n(&info->evtchn_upcall_pending, __ATOMIC_SEQ_CST))
        hypercall_xen_version(XENVER_version, NULL);
}

void event_disable(void)
{
    __atomic_store_n(&my_info()->evtchn_upcall_mask, 1, __ATOMIC_SEQ_CST);
}

static xen_ulong_t bit_of(evtchn_port_t port)
{
    return 1UL << (port % WORD_BITS);
}

void event_mask(evtchn_port_t port)
{
    __atomic_fetch_or(&guest_shared->evtchn_mask[port / WORD_BITS], bit_of(port), __ATOMIC_SEQ_CST);
}

void event_unmask_quietly(evtchn_port_t port)
{
    __atomic_fetch_and(&guest_shared->evtchn_mask[port / WORD_BITS], ~bit_of(port),
                       __ATOMIC_SEQ_CST);
}

int event_is_pending(evtchn_port_t port)
{
    return (__atomic_load_n(&guest_shared->evtchn_pending[port / WORD_BITS], __ATOMIC_SEQ_CST) &
            bit_of(port)) != 0;
}

int event_is_masked(evtchn_port_t port)
{
    return (__atomic_load_n(&guest_shared->evtchn_mask[port / WORD_BITS], __ATOMIC_SEQ_CST) &
            bit_of(port)) != 0;
}

void event_clear(evtchn_port_t port)
{
    __atomic_fetch_and(&guest_shared->evtchn_pending[port / WORD_BITS], ~bit_of(port),
                       __ATOMIC_SEQ_CST);
}

uint64_t time_now(void)
{
    const volatile struct vcpu_time_info *time = &my_info()->time;
    uint32_t version, low, high;
    uint64_t now, delta;

    do {
        version = __atomic_load_n(&time->version, __ATOMIC_ACQUIRE);
        __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
        delta = (((uint64_t)high << 32) | low) - time->tsc_timestamp;
        delta = time->tsc_shift >= 0 ? delta << time->tsc_shift : delta >> -time->tsc_shift;
        now = time->system_time + (uint64_t)(((__uint128_t)delta * time->tsc_to_system_mul) >> 32);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while ((version & 1) || version != time->version);
    return now;
}
