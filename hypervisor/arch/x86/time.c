/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time from the TSC, whose rate is measured at boot against the HPET, the ACPI timer or the PIT.
 * System time is ns since then; conversion is the ABI's own (32.32 multiply after a shift), so that
 * guests computing it get our value to the digit.
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
#include <arch/x86_mem.h>
#include <arch/x86_setup.h>

#define PM_TIMER_HZ     3579545u
#define PM_TIMER_MASK   0xffffffu /* some machines count 24 bits only */
#define HPET_SIZE       0x400
#define HPET_PERIOD     4 /* femtoseconds */
#define HPET_CONFIG     0x10
#define HPET_ENABLE     1u
#define HPET_COUNTER    0xf0
#define HPET_MAX_PERIOD 100000000u
#define FS_PER_SEC      1000000000000000ull
#define SAMPLE_TRIES    5
#define SPIN_LIMIT      100000000ull
#define PIT_HZ          1193182u
#define CALIBRATE_MS    50
#define PIT_CH2         0x42
#define PIT_CMD         0x43
#define PIT_GATE        0x61

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

/* ---- the TSC's rate ---- */

/* A counter of known rate that can be read at any time. */
struct reference {
    const char *name;
    uint64_t (*read)(void);
    uint64_t hz, mask; /* mask: the bits that count */
};

static volatile uint32_t *hpet;

static uint64_t read_hpet(void)
{
    return hpet[HPET_COUNTER / 4];
}

static uint64_t read_pm_timer(void)
{
    return inl((uint16_t)acpi.pm_timer);
}

static bool use_hpet(struct reference *ref)
{
    uint32_t period_fs;

    if (!acpi.hpet_addr)
        return false;
    hpet = ioremap(acpi.hpet_addr, HPET_SIZE);
    if (!hpet)
        return false;
    period_fs = hpet[HPET_PERIOD / 4];
    if (!period_fs || period_fs > HPET_MAX_PERIOD)
        return false;
    hpet[HPET_CONFIG / 4] |= HPET_ENABLE;
    *ref = (struct reference){"HPET", read_hpet, FS_PER_SEC / period_fs, ~0u};
    return true;
}

/* A reading and the TSC value that belongs to it: the closest of several tries. */
struct sample {
    uint64_t tsc, ticks;
};

static struct sample take_sample(const struct reference *ref)
{
    struct sample best = {0};
    uint64_t best_width = ~0ull;

    for (unsigned int i = 0; i < SAMPLE_TRIES; i++) {
        uint64_t before = rdtsc();
        uint64_t ticks = ref->read();
        uint64_t after = rdtsc();

        if (after - before < best_width) {
            best_width = after - before;
            best = (struct sample){before + best_width / 2, ticks};
        }
    }
    return best;
}

/* Both ends are exact to one access, however long something holds us up in between. 0: it does not
 * count. */
static uint64_t measure_by(const struct reference *ref)
{
    struct sample first = take_sample(ref), last;
    uint64_t ticks, spins = 0;

    do {
        last = take_sample(ref);
        ticks = (last.ticks - first.ticks) & ref->mask;
        if (++spins > SPIN_LIMIT)
            return 0;
    } while (ticks < ref->hz / 1000 * CALIBRATE_MS);
    return (last.tsc - first.tsc) * ref->hz /
           ticks; /* 64 bits hold half a minute at 100 MHz and 5 GHz */
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
    struct reference ref = {0};

    if (use_hpet(&ref))
        tsc_hz = measure_by(&ref);
    if (!tsc_hz && acpi.pm_timer) {
        ref = (struct reference){"ACPI timer", read_pm_timer, PM_TIMER_HZ, PM_TIMER_MASK};
        tsc_hz = measure_by(&ref);
    }
    if (!tsc_hz) {
        ref.name = "PIT";
        tsc_hz = measure_by_pit();
    }
    if (!tsc_hz)
        panic("the TSC does not count");
    set_scale(tsc_hz);
    tsc_base = rdtsc();
    wallclock_boot = cmos_seconds() * NS_PER_SEC;
    log_info("TSC: %lu kHz by the %s%s\n", (unsigned long)(tsc_hz / 1000), ref.name,
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

    if (deadline == ~0ull) {
        lapic_timer_set(~0ull);
        return;
    }
    now = arch_now_ns();
    if (deadline > now)
        lapic_timer_set(deadline - now);
    else /* no need to wait for an interrupt */
        softirq_raise(SOFTIRQ_TIMER);
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
