/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivery by 2-level bitmaps. A port is announced in three steps: its pending bit in shared_info,
 * its word's bit in the vCPU's selector, the vCPU's upcall flag. Invariant: whoever sets the
 * pending bit of an unmasked port goes on to the next steps, so a guest that scans from the top
 * never misses one. All of these words are the guest's to write: they are touched by atomic
 * operations only and never believed.
 */
#include <hv/atomic.h>
#include <hv/evtchn_port.h>
#include <hv/vcpu.h>

static void announce(struct vcpu *v, evtchn_port_t port)
{
    /* Loaded after the pending bit was set: a vcpu_info that moves now is scanned as a whole by its
     * guest. */
    struct vcpu_info *info = v ? load_acquire(v->info) : NULL;
    uint64_t word = 1ull << (port / 64);

    if (!info || (atomic_or(&info->evtchn_pending_sel, word) & word))
        return;
    if (!atomic_xchg(&info->evtchn_upcall_pending, 1))
        vcpu_kick(v);
}

/* vCPUs that block in SCHEDOP_poll wait for pending bits, masked or not. */
static void wake_pollers(struct domain *d, evtchn_port_t port)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
    {
        evtchn_port_t only;

        if (!(read_once(v->pause_flags) & VPF_POLL))
            continue;
        only = read_once(v->poll_port);
        if (!only || only == port)
            vcpu_unblock(v);
    }
}

void evtchn_2l_set_pending(struct domain *d, struct vcpu *v, evtchn_port_t port)
{
    if (atomic_test_and_set_bit(d->shared->evtchn_pending, port))
        return;
    if (!test_bit(d->shared->evtchn_mask, port))
        announce(v, port);
    wake_pollers(d, port);
}

void evtchn_2l_clear_pending(struct domain *d, evtchn_port_t port)
{
    atomic_test_and_clear_bit(d->shared->evtchn_pending, port);
}

void evtchn_2l_unmask(struct domain *d, struct vcpu *v, evtchn_port_t port)
{
    if (atomic_test_and_clear_bit(d->shared->evtchn_mask, port) &&
        test_bit(d->shared->evtchn_pending, port))
        announce(v, port);
}

bool evtchn_2l_is_masked(struct domain *d, evtchn_port_t port)
{
    return test_bit(d->shared->evtchn_mask, port);
}

void evtchn_set_pending(struct vcpu *v, evtchn_port_t port)
{
    evtchn_2l_set_pending(v->domain, v, port);
}

bool evtchn_port_pending(struct domain *d, evtchn_port_t port)
{
    return port < EVTCHN_2L_NR_CHANNELS && test_bit(d->shared->evtchn_pending, port);
}

void evtchn_vcpu_info_moved(struct vcpu *v)
{
    atomic_xchg(&v->info->evtchn_pending_sel, ~0ul);
    atomic_xchg(&v->info->evtchn_upcall_pending, 1);
}
