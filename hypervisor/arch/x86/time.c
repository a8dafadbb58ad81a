/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time from the TSC, whose rate is measured at boot against the ACPI timer (or the PIT). System
 * time is ns since then; conversion is the ABI's own (32.32 multiply after a shift), so that guests
 * computing it get our value to the digit.
 */
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/panic.h>
#include <hv/printk.h>
#include <hv/softirq.h>
#include <hv/time.h>
#include <arch/acpi.h>
#include <arch/lapic.h>
#include <arch/time_x86.h>
#include <arch/x86_cpu.h>
#include <arch/x86_setup.h>

#define PM_TIMER_HZ   3579545u
#define PM_TIMER_MASK 0xffffffu /* some machines count 24 bits only */
#define SAMPLE_TRIES  5
#define SPIN_LIMIT    100000000ull
#define PIT_HZ        1193182u
#define CALIBRATE_MS  50
#define PIT_CH2       0x42
#define PIT_CMD       0x43
#define PIT_GATE      0x61

static uint64_t tsc_base, tsc_hz;
static uint32_t scale_mul;
static int8_t scale_shift;
static uint64_t wallclock_boot;

static uint64_t tsc_to_ns(uint64_t delta)
{
    if (scale_shift >= 0)
        delta <<= scale_shift;
    else
        delta >>= -scale_shift;
    return (uint64_t)(((unsigned __int128)delta * scale_mul) >> 32);
}

uint64_t arch_now_ns(void)
{
    return tsc_to_ns(rdtsc() - tsc_base);
}

/* A reading of the ACPI timer and the TSC value that belongs to it, the closest of several tries.
 */
struct sample {
    uint64_t tsc;
    uint32_t ticks;
};

static struct sample sample_pm_timer(void)
{
    struct sample best = {0};
    uint64_t best_width = ~0ull;

    for (unsigned int i = 0; i < SAMPLE_TRIES; i++) {
        uint64_t before = rdtsc();
        uint32_t ticks = inl((uint16_t)acpi.pm_timer) & PM_TIMER_MASK;
        uint64_t after = rdtsc();

        if (after - before < best_width) {
            best_width = after - before;
            best = (struct sample){before + best_width / 2, ticks};
        }
    }
    return best;
}

/* Both ends are exact to a port access, however long something holds us up in between. */
static uint64_t measure_by_pm_timer(void)
{
    struct sample first = sample_pm_timer(), last;
    uint32_t ticks;
    uint64_t spins = 0;

    do {
        last = sample_pm_timer();
        ticks = (last.ticks - first.ticks) & PM_TIMER_MASK;
        if (++spins > SPIN_LIMIT)
            return 0;
    } while (ticks < PM_TIMER_HZ / 1000 * CALIBRATE_MS);
    return (last.tsc - first.tsc) * PM_TIMER_HZ / ticks; /* 64 bits hold minutes of it */
}

/* Let the PIT's channel 2 count down once and see how far the TSC came. */
static uint64_t measure_by_pit_once(void)
{
    uint32_t count = PIT_HZ * CALIBRATE_MS / 1000;
    uint64_t t0, t1, spins = 0;

    outb(PIT_GATE, (uint8_t)((inb(PIT_GATE) & ~2) | 1));
    outb(PIT_CMD, 0xb0); /* channel 2, mode 0, both bytes */
    outb(PIT_CH2, (uint8_t)count);
    outb(PIT_CH2, (uint8_t)(count >> 8));
    t0 = rdtsc();
    while (!(inb(PIT_GATE) & 0x20)) {
        if (++spins > SPIN_LIMIT)
            panic("neither the ACPI timer nor the PIT counts: no way to measure the TSC's rate");
    }
    t1 = rdtsc();
    return (t1 - t0) * PIT_HZ / count;
}

static uint64_t measure_by_pit(void)
{
    uint64_t best = ~0ull;

    /* A measurement can only be too long (something held us up), so the shortest is right. */
    for (unsigned int i = 0; i < 3; i++)
        best = MIN(best, measure_by_pit_once());
    return best;
}

static void set_scale(uint64_t hz)
{
    uint64_t tps = hz;
    int shift = 0;

    /* Bring ticks per second into (1e9, 2e9], then mul = 1e9 / tps in 0.32 fixed point. */
    while (tps > 2 * NS_PER_SEC) {
        tps >>= 1;
        shift--;
    }
    while (tps <= NS_PER_SEC) {
        tps <<= 1;
        shift++;
    }
    scale_mul = (uint32_t)((NS_PER_SEC << 32) / tps);
    scale_shift = (int8_t)shift;
}

/* ---- CMOS clock ---- */

static uint8_t cmos(uint8_t reg)
{
    outb(0x70, reg);
    return inb(0x71);
}

static unsigned int from_bcd(unsigned int v, bool bcd)
{
    return bcd ? (v >> 4) * 10 + (v & 15) : v;
}

/* Days since 1970-01-01 of a Gregorian date. */
static uint64_t days_since_1970(unsigned int y, unsigned int m, unsigned int d)
{
    static const uint16_t before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    uint64_t leap =
        (y - 1) / 4 - (y - 1) / 100 + (y - 1) / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
    bool leap_year = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

    return (y - 1970) * 365ull + leap + before[m - 1] + (m > 2 && leap_year) + d - 1;
}

static uint64_t cmos_seconds(void)
{
    unsigned int s, min, h, d, m, y, again, tries = 0;
    bool bcd = !(cmos(0x0b) & 4);

    do {
        while (cmos(0x0a) & 0x80 && ++tries < 1000000)
            cpu_relax();
        s = cmos(0);
        min = cmos(2);
        h = cmos(4);
        d = cmos(7);
        m = cmos(8);
        y = cmos(9);
        again = cmos(0);
    } while (again != s && ++tries < 1000000);
    m = from_bcd(m, bcd);
    if (m < 1 || m > 12)
        return 0;
    y = from_bcd(y, bcd) + 2000;
    return days_since_1970(y, m, from_bcd(d, bcd)) * 86400 + from_bcd(h & 0x7f, bcd) * 3600 +
           from_bcd(min, bcd) * 60 + from_bcd(s, bcd);
}

void time_init(void)
{
    if (acpi.pm_timer)
        tsc_hz = measure_by_pm_timer();
    if (!tsc_hz)
        tsc_hz = measure_by_pit();
    if (!tsc_hz)
        panic("the TSC does not count");
    set_scale(tsc_hz);
    tsc_base = rdtsc();
    wallclock_boot = cmos_seconds() * NS_PER_SEC;
    log_info("TSC: %lu kHz%s\n", (unsigned long)(tsc_hz / 1000),
             cpu_features.invariant_tsc ? ", invariant" : "");
}

uint64_t arch_wallclock_at_boot(void)
{
    return wallclock_boot;
}

void time_delay_ns(uint64_t ns)
{
    uint64_t end = arch_now_ns() + ns;

    while (arch_now_ns() < end)
        cpu_relax();
}

void arch_set_timer(uint64_t deadline)
{
    uint64_t now;

    x86_this()->timer_deadline = deadline;
    if (deadline == ~0ull) {
        lapic_timer_set(~0ull);
        return;
    }
    now = arch_now_ns();
    lapic_timer_set(deadline > now ? deadline - now : 0);
}

void arch_tsc_scale(uint32_t *mul, int8_t *shift)
{
    *mul = scale_mul;
    *shift = scale_shift;
}

uint64_t arch_read_tsc(uint64_t *now)
{
    uint64_t tsc = rdtsc();

    *now = tsc_to_ns(tsc - tsc_base);
    return tsc;
}

uint32_t arch_tsc_khz(void)
{
    return (uint32_t)(tsc_hz / 1000);
}
