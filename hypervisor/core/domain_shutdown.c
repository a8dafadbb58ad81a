/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A domain stops: by its own will, dom0's, its watchdog's, or because it crashed. It keeps what it
 * has; dom0 is told by VIRQ_DOM_EXC and decides. When dom0 stops, the machine does.
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/cmdline.h>
#include <hv/domain.h>
#include <hv/evtchn.h>
#include <hv/percpu.h>
#include <hv/personality.h>
#include <hv/printk.h>
#include <hv/setup.h>
#include <hv/string.h>
#include <hv/time.h>
#include <hv/vcpu.h>
#include <public/errno.h>
#include <public/sched.h>

#define REBOOT_DELAY (5 * NS_PER_SEC) /* time to read the console */

bool opt_noreboot;

static int parse_noreboot(const char *s)
{
    return parse_bool(s, &opt_noreboot);
}

HV_OPTION(noreboot, "noreboot", "when dom0 or the hypervisor crashes, stop instead of rebooting",
          parse_noreboot);

static void __noreturn machine_ends_after_crash(void)
{
    uint64_t end = now_ns() + REBOOT_DELAY;

    if (opt_noreboot) {
        log_err("'noreboot' is set: the machine stays as it is, reset it by hand\n");
        arch_panic_stop();
    }
    log_err("rebooting in %llu seconds\n", REBOOT_DELAY / NS_PER_SEC);
    while (now_ns() < end)
        arch_spin_wait();
    arch_machine_shutdown(SHUTDOWN_reboot);
}

static void __noreturn machine_follows_dom0(unsigned int reason)
{
    switch (reason) {
    case SHUTDOWN_poweroff:
        log_info("Domain 0 halted\n");
        arch_machine_shutdown(SHUTDOWN_poweroff);
    case SHUTDOWN_reboot:
        log_info("Domain 0 asks for a restart\n");
        arch_machine_shutdown(SHUTDOWN_reboot);
    case SHUTDOWN_crash:
        log_err("Domain 0 crashed\n");
        machine_ends_after_crash();
    case SHUTDOWN_watchdog:
        log_err("Domain 0's watchdog ran out\n");
        machine_ends_after_crash();
    default:
        log_err("Domain 0 shut down for reason %u\n", reason);
        machine_ends_after_crash();
    }
}

/* Once for each domain's end: what died, and where it was. */
static void report_crash(struct domain *d, const char *why)
{
    struct vcpu *v = current_vcpu();

    if (atomic_xchg(&d->crash_reported, true))
        return;
    if (v->domain != d) {
        log_err("domain %u crashed: %s\n", d->id, why);
        return;
    }
    log_err("domain %u (vcpu %u) crashed: %s\n", d->id, v->id, why);
    pv_dump_vcpu(v);
}

void domain_shutdown(struct domain *d, unsigned int reason)
{
    bool first;

    if (reason == SHUTDOWN_crash)
        report_crash(d, "its kernel says so");
    if (d->is_privileged)
        machine_follows_dom0(reason);
    spin_lock(&d->lock);
    first = !d->is_shutting_down;
    d->is_shutting_down = true;
    if (d->shutdown_code == ~0u)
        d->shutdown_code = reason;
    spin_unlock(&d->lock);
    if (!first)
        return;
    domain_pause_nosync(d);
    write_once(d->is_shut_down, true);
    /* A toolstack that waits for the suspension on a port of the domain (domctl subscribe) hears it
     * there. */
    if (d->shutdown_code == SHUTDOWN_suspend && d->suspend_port)
        (void)evtchn_send(d, d->suspend_port);
    else
        virq_global(VIRQ_DOM_EXC);
}

void domain_set_shutdown_code(struct domain *d, unsigned int reason)
{
    spin_lock(&d->lock);
    d->shutdown_code = reason;
    spin_unlock(&d->lock);
}

void domain_resume(struct domain *d)
{
    bool was;

    domain_pause(d); /* so that none runs before all state is back */
    spin_lock(&d->lock);
    was = d->is_shut_down;
    d->is_shutting_down = d->is_shut_down = false;
    d->shutdown_code = ~0u;
    spin_unlock(&d->lock);
    if (was)
        domain_unpause(d);
    domain_unpause(d);
}

void domain_crash(struct domain *d, const char *fmt, ...)
{
    char why[200];
    va_list args;

    if (read_once(d->is_shutting_down))
        return;
    va_start(args, fmt);
    vsnprintf(why, sizeof(why), fmt, args);
    va_end(args);
    if (strchr(why, '\n'))
        *strchr(why, '\n') = '\0';
    report_crash(d, why);
    domain_shutdown(d, SHUTDOWN_crash);
}

/* ---- watchdogs: a guest that does not wind them up in time is shut down ---- */

static void watchdog_expired(void *arg)
{
    struct domain *d = arg;

    if (domain_is_dying(d) || read_once(d->is_shutting_down))
        return;
    log_warn("domain %u: watchdog ran out\n", d->id);
    domain_shutdown(d, SHUTDOWN_watchdog);
}

int domain_watchdog(struct domain *d, uint32_t id, uint32_t timeout_s)
{
    int rc = 0;

    if (id > MAX_DOMAIN_WATCHDOGS || (id == 0 && timeout_s == 0))
        return -XEN_EINVAL;
    spin_lock(&d->lock);
    if (id == 0) {
        while (id < MAX_DOMAIN_WATCHDOGS && d->watchdog[id].used)
            id++;
        rc = id < MAX_DOMAIN_WATCHDOGS ? (int)++id : -XEN_ENOSPC;
    } else if (!d->watchdog[id - 1].used) {
        rc = -XEN_EINVAL;
    }
    if (rc >= 0) {
        struct timer *t = &d->watchdog[id - 1].timer;

        if (!t->fn)
            timer_init(t, this_cpu()->id, watchdog_expired, d);
        d->watchdog[id - 1].used = timeout_s != 0;
        if (timeout_s)
            timer_set(t, now_ns() + timeout_s * NS_PER_SEC);
        else
            timer_cancel(t);
    }
    spin_unlock(&d->lock);
    return rc;
}

void domain_watchdog_stop_all(struct domain *d)
{
    for (unsigned int i = 0; i < MAX_DOMAIN_WATCHDOGS; i++)
        if (d->watchdog[i].timer.fn)
            timer_stop(&d->watchdog[i].timer);
}
