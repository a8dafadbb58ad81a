/* SPDX-License-Identifier: Apache-2.0 */
/* Time on the host machine stands still until a test moves it. */
#include <hv/arch.h>
#include <hv/percpu.h>
#include <hv/softirq.h>
#include <arch/host.h>

#define TSC_KHZ 1000000u /* one tick is one nanosecond */

static uint64_t now = 1000000000ull;
static uint64_t deadline[MAX_CPUS];

uint64_t arch_now_ns(void)
{
    return now;
}

void arch_set_timer(uint64_t when)
{
    deadline[this_cpu()->id] = when == ~0ull ? 0 : when;
}

void host_advance(uint64_t ns)
{
    now += ns;
    for (unsigned int c = 0; c < nr_cpus; c++) {
        if (!deadline[c] || deadline[c] > now)
            continue;
        deadline[c] = 0;
        softirq_raise_on(c, SOFTIRQ_TIMER);
    }
}

uint64_t arch_wallclock_at_boot(void)
{
    return 1700000000ull * 1000000000ull;
}

void arch_set_wallclock(uint64_t seconds);
void arch_set_wallclock(uint64_t seconds)
{
    (void)seconds;
}

void arch_tsc_scale(uint32_t *mul, int8_t *shift)
{
    *mul = 0x80000000u;
    *shift = 1;
}

uint64_t arch_read_tsc(uint64_t *at)
{
    *at = now;
    return now;
}

uint32_t arch_tsc_khz(void)
{
    return TSC_KHZ;
}
