/* SPDX-License-Identifier: Apache-2.0 */
/* Local APIC, in xAPIC (memory) mode. Facts: Intel SDM vol. 3, ch. 11. */
#include <hv/arch.h>
#include <hv/panic.h>
#include <hv/printk.h>
#include <hv/time.h>
#include <arch/acpi.h>
#include <arch/lapic.h>
#include <arch/time_x86.h>
#include <arch/x86_cpu.h>
#include <arch/x86_mem.h>

enum {
    LAPIC_ID = 0x20,
    LAPIC_TPR = 0x80,
    LAPIC_EOI = 0xb0,
    LAPIC_SVR = 0xf0,
    LAPIC_ICR_LO = 0x300,
    LAPIC_ICR_HI = 0x310,
    LAPIC_LVT_TIMER = 0x320,
    LAPIC_LVT_LINT0 = 0x350,
    LAPIC_LVT_LINT1 = 0x360,
    LAPIC_LVT_ERROR = 0x370,
    LAPIC_TMICT = 0x380,
    LAPIC_TMCCT = 0x390,
    LAPIC_TDCR = 0x3e0,
};
#define LVT_MASKED   (1u << 16)
#define LVT_NMI      (4u << 8)
#define SVR_ENABLE   (1u << 8)
#define ICR_BUSY     (1u << 12)
#define ICR_INIT     0x4500
#define ICR_STARTUP  0x4600
#define CALIBRATE_NS (10 * NS_PER_MS)

static volatile uint32_t *regs;
static uint64_t phys;
static uint64_t ticks_per_sec; /* of the timer, divider 1 */

static uint32_t rd(unsigned int off)
{
    return regs[off / 4];
}

static void wr(unsigned int off, uint32_t v)
{
    regs[off / 4] = v;
}

static void enable(void)
{
    wr(LAPIC_TPR, 0);
    wr(LAPIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
    wr(LAPIC_LVT_LINT0, LVT_MASKED);
    wr(LAPIC_LVT_LINT1, LVT_NMI);
    wr(LAPIC_LVT_ERROR, LVT_MASKED);
    wr(LAPIC_TDCR, 0xb); /* divide by 1 */
    wr(LAPIC_LVT_TIMER, VECTOR_TIMER);
    wr(LAPIC_TMICT, 0);
}

void lapic_init_boot(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE), start;
    uint32_t left;

    if (base & (1u << 10))
        panic("the firmware left the local APIC in x2APIC mode, which is not supported yet");
    wrmsr(MSR_APIC_BASE, base | (1u << 11));
    phys = base & 0xffffff000ull;
    regs = ioremap(phys, PAGE_SIZE);
    if (!regs)
        panic("no room to map the local APIC");
    enable();
    wr(LAPIC_LVT_TIMER, LVT_MASKED);
    start = arch_now_ns();
    wr(LAPIC_TMICT, ~0u);
    while (arch_now_ns() - start < CALIBRATE_NS)
        cpu_relax();
    left = rd(LAPIC_TMCCT);
    ticks_per_sec = (uint64_t)(~0u - left) * NS_PER_SEC / (arch_now_ns() - start);
    wr(LAPIC_TMICT, 0);
    wr(LAPIC_LVT_TIMER, VECTOR_TIMER);
    if (!ticks_per_sec)
        panic("the local APIC's timer does not count");
    log_info("LAPIC timer: %lu kHz\n", (unsigned long)(ticks_per_sec / 1000));
}

void lapic_init_ap(void)
{
    enable();
}

void lapic_eoi(void)
{
    wr(LAPIC_EOI, 0);
}

uint32_t lapic_id(void)
{
    return rd(LAPIC_ID) >> 24;
}

static void send(uint32_t apic_id, uint32_t icr)
{
    while (rd(LAPIC_ICR_LO) & ICR_BUSY)
        cpu_relax();
    wr(LAPIC_ICR_HI, apic_id << 24);
    wr(LAPIC_ICR_LO, icr);
}

void lapic_send_ipi(unsigned int cpu, unsigned int vector)
{
    send(arch_apic_id(cpu), vector);
}

void lapic_start_cpu(uint32_t apic_id, unsigned int page)
{
    send(apic_id, ICR_INIT);
    time_delay_ns(10 * NS_PER_MS);
    for (unsigned int i = 0; i < 2; i++) {
        send(apic_id, ICR_STARTUP | page);
        time_delay_ns(200 * NS_PER_US);
    }
}

void lapic_timer_set(uint64_t delta_ns)
{
    uint64_t ticks;

    if (delta_ns == ~0ull) {
        wr(LAPIC_TMICT, 0);
        return;
    }
    /* Long waits are cut to what 32 bits hold; the softirq finds the deadline not reached and sets
     * the rest. */
    delta_ns = MIN(delta_ns, NS_PER_SEC);
    ticks = delta_ns * (ticks_per_sec / 1000) / 1000000;
    wr(LAPIC_TMICT, (uint32_t)MIN(MAX(ticks, 1ull), 0xffffffffull));
}

bool lapic_owns_frame(uint64_t frame)
{
    return frame == phys >> PAGE_SHIFT;
}
