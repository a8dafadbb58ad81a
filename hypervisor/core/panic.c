/* SPDX-License-Identifier: Apache-2.0 */
/* The last report. One CPU writes it; any other that fails meanwhile just stops. */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/domain.h>
#include <hv/panic.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/string.h>
#include <hv/vcpu.h>

static bool panicking;

static void report_context(void)
{
    struct percpu *cpu = this_cpu();
    const struct vcpu *v = cpu ? cpu->current : NULL;

    if (!cpu)
        return;
    if (v && v->domain)
        log_err("CPU %u, domain %u vcpu %u\n", cpu->id, v->domain->id, v->id);
    else
        log_err("CPU %u\n", cpu->id);
}

void panic(const char *fmt, ...)
{
    char text[256];
    va_list args;

    if (atomic_xchg(&panicking, true))
        arch_panic_stop(); /* a second CPU, or a fault inside this report */
    console_panic_mode();
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    log_err("****************************************\n");
    log_err("Panic: %s\n", text);
    report_context();
    arch_dump_stack();
    log_err("****************************************\n");
    arch_panic_stop();
}
