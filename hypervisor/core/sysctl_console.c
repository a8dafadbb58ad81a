/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor's messages for the toolstack, and debug keys: one row per key. */
#include <hv/arch.h>
#include <hv/domctl.h>
#include <hv/evtchn.h>
#include <hv/grant.h>
#include <hv/guest_copy.h>
#include <hv/heap.h>
#include <hv/invariants.h>
#include <hv/page_alloc.h>
#include <hv/percpu.h>
#include <hv/personality.h>
#include <hv/pirq.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/sysctl.h>
#include <hv/vcpu.h>
#include <public/errno.h>
#include <public/sched.h>

#define READ_CHUNK     256
#define DEBUG_KEYS_MAX 64 /* in one call */

long sysctl_readconsole(struct xen_sysctl *op)
{
    struct xen_sysctl_readconsole *r = &op->u.readconsole;
    uint32_t at = r->incremental ? r->index : 0, done = 0;
    char chunk[READ_CHUNK];

    while (done < r->count) {
        size_t n =
            console_ring_read(chunk, MIN(sizeof(chunk), (size_t)(r->count - done)), &at, false);

        if (!n)
            break;
        if (guest_write(gva_add(handle_gva(r->buffer), done), chunk, n))
            return -XEN_EFAULT;
        done += (uint32_t)n;
    }
    if (r->clear)
        (void)console_ring_read(chunk, 0, &at, true);
    r->count = done;
    r->index = at;
    return 0;
}

static void for_each_domain(void (*fn)(struct domain *d))
{
    domid_t from = 0;
    struct domain *d;

    while (from < DOMID_FIRST_RESERVED && (d = domain_next(from)) != NULL) {
        from = (domid_t)(d->id + 1);
        fn(d);
        domain_put(d);
    }
}

static void dump_domain(struct domain *d)
{
    struct vcpu *v;

    log_info("d%u: references %u, pages %lu of %lu, ports %u, mappings %u%s%s%s\n", d->id,
             read_once(d->refs), (unsigned long)d->tot_pages, (unsigned long)d->max_pages,
             evtchn_count(d), grant_maptrack_used(d), domain_is_dying(d) ? ", dying" : "",
             d->is_shut_down ? ", shut down" : "", d->control_pause_count ? ", paused" : "");
    for_each_vcpu(d, v)
        log_info("  vcpu%u: cpu %u%s, pause flags %#x count %u, upcall pending %u mask %u\n", v->id,
                 v->processor, v->is_running ? " running" : "", read_once(v->pause_flags),
                 read_once(v->pause_count), v->info ? v->info->evtchn_upcall_pending : 0,
                 v->info ? v->info->evtchn_upcall_mask : 0);
}

static void dump_registers(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu(d, v) if (v != current_vcpu()) pv_dump_vcpu(v);
}

static void dump_pirqs(struct domain *d)
{
    for (unsigned int pirq = 0; pirq < pirq_limit(d); pirq++)
        if (pirq_to_irq(d, pirq) >= 0)
            log_info("  d%u pirq %u: irq %d%s\n", d->id, pirq, pirq_to_irq(d, pirq),
                     pirq_is_msi(d, pirq) ? " (message)" : "");
}

static void key_domains(void)
{
    for_each_domain(dump_domain);
}

static void key_events(void)
{
    for_each_domain(evtchn_dump);
}

static void key_grants(void)
{
    for_each_domain(grant_dump);
}

static void key_irqs(void)
{
    for_each_domain(dump_pirqs);
}

static void key_registers(void)
{
    if (dom0)
        dump_registers(dom0);
}

static void key_memory(void)
{
    log_info("memory: %lu of %lu frames free, %lu bytes of small allocations\n",
             (unsigned long)page_alloc_free(), (unsigned long)page_alloc_total(),
             (unsigned long)hv_heap_used());
}

static void key_reboot(void)
{
    log_info("debug key: rebooting the machine\n");
    arch_machine_shutdown(SHUTDOWN_reboot);
}

static void key_help(void);

static const struct {
    char key;
    const char *what;
    void (*fn)(void);
} keys[] = {
    {'h', "this list", key_help},
    {'q', "domains and their vCPUs", key_domains},
    {'r', "run queues", sched_dump},
    {'e', "event channels", key_events},
    {'g', "grant tables", key_grants},
    {'i', "interrupts of guests", key_irqs},
    {'m', "memory", key_memory},
    {'v', "check the invariants of frames, events, grants", invariants_report},
    {'0', "registers of dom0", key_registers},
    {'R', "reboot the machine", key_reboot},
};

static void key_help(void)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++)
        log_info("  key '%c': %s\n", keys[i].key, keys[i].what);
}

void debug_key(char key)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++) {
        if (keys[i].key == key) {
            log_info("debug key '%c': %s\n", key, keys[i].what);
            keys[i].fn();
            return;
        }
    }
    log_info("debug key '%c' is unknown; 'h' lists them\n", key);
}

long sysctl_debug_keys(struct xen_sysctl *op)
{
    const struct xen_sysctl_debug_keys *k = &op->u.debug_keys;

    if (k->nr_keys > DEBUG_KEYS_MAX)
        return -XEN_E2BIG;
    for (uint32_t i = 0; i < k->nr_keys; i++) {
        char key;

        if (guest_read_elem(&key, k->keys, i))
            return -XEN_EFAULT;
        debug_key(key);
    }
    return 0;
}
