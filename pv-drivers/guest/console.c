/* SPDX-License-Identifier: Apache-2.0 */
/* Text out: dom0 speaks to the hypervisor's console, others to the ring shared with their console
 * daemon. */
#include <guest/hypercall.h>
#include <guest/pagetable.h>
#include <guest/runtime.h>
#include <public/io/console.h>

static struct xencons_interface *ring;

void console_init(void)
{
    if (!guest_is_dom0())
        ring = pfn_to_virt(mfn_to_pfn(guest_info->console.domU.mfn));
}

/* Full: let the daemon run. Nobody may be listening at all, so give up after a while and lose the
 * text. */
static int ring_wait(void)
{
    for (int i = 0; i < 10000; i++) {
        if (ring->out_prod - __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE) < sizeof(ring->out))
            return 1;
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
    return 0;
}

static void ring_write(const char *text, size_t len)
{
    struct evtchn_send send = {.port = guest_info->console.domU.evtchn};
    XENCONS_RING_IDX prod = ring->out_prod;

    for (size_t i = 0; i < len; i++) {
        if (prod - __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE) >= sizeof(ring->out)) {
            __atomic_store_n(&ring->out_prod, prod, __ATOMIC_RELEASE);
            hypercall_event_channel_op(EVTCHNOP_send, &send);
            if (!ring_wait())
                return;
        }
        ring->out[MASK_XENCONS_IDX(prod++, ring->out)] = text[i];
    }
    __atomic_store_n(&ring->out_prod, prod, __ATOMIC_RELEASE);
    hypercall_event_channel_op(EVTCHNOP_send, &send);
}

void console_write(const char *text, size_t len)
{
    if (ring)
        ring_write(text, len);
    else
        hypercall_console_io(CONSOLEIO_write, (unsigned int)len, text);
}
