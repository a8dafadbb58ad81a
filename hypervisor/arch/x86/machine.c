/* SPDX-License-Identifier: Apache-2.0 */
/* The rest of the machine: its memory map, who owns which ports and frames, power off, reset, the
 * end after a panic. */
#include <hv/arch.h>
#include <hv/panic.h>
#include <hv/personality.h>
#include <hv/printk.h>
#include <hv/setup.h>
#include <hv/time.h>
#include <hv/vcpu.h>
#include <public/errno.h>
#include <public/sched.h>
#include <arch/acpi.h>
#include <arch/boot_info.h>
#include <arch/irq.h>
#include <arch/lapic.h>
#include <arch/msi.h>
#include <arch/pci.h>
#include <arch/time_x86.h>
#include <arch/x86_cpu.h>
#include <arch/x86_mem.h>

unsigned int arch_e820(struct hv_e820 *out, unsigned int max)
{
    unsigned int n = MIN(boot_info.nr_regions, max);

    for (unsigned int i = 0; i < n; i++)
        out[i] = (struct hv_e820){boot_info.region[i].start, boot_info.region[i].size,
                                  boot_info.region[i].type};
    return n;
}

bool arch_frame_is_ours(mfn_t m)
{
    return lapic_owns_frame(m.n) || ioapic_owns_frame(m.n) || msi_owns_frame(m.n);
}

static bool overlaps(unsigned int port, unsigned int bytes, unsigned int first, unsigned int last)
{
    return port <= last && port + bytes > first;
}

bool arch_port_is_ours(unsigned int port, unsigned int bytes)
{
    return overlaps(port, bytes, 0x20, 0x21) || overlaps(port, bytes, 0xa0, 0xa1) || /* PICs */
           overlaps(port, bytes, 0x40, 0x43) || serial_owns_port(port, bytes);       /* PIT */
}

uint32_t arch_port_in(unsigned int port, unsigned int bytes)
{
    if (overlaps(port, bytes, 0xcf8, 0xcff))
        return pci_port_in(port, bytes);
    switch (bytes) {
    case 1:
        return inb((uint16_t)port);
    case 2:
        return inw((uint16_t)port);
    default:
        return inl((uint16_t)port);
    }
}

void arch_port_out(unsigned int port, unsigned int bytes, uint32_t value)
{
    if (overlaps(port, bytes, 0xcf8, 0xcff)) {
        pci_port_out(port, bytes, value);
        return;
    }
    switch (bytes) {
    case 1:
        outb((uint16_t)port, (uint8_t)value);
        break;
    case 2:
        outw((uint16_t)port, (uint16_t)value);
        break;
    default:
        outl((uint16_t)port, value);
    }
}

void arch_cpuid(uint32_t leaf, uint32_t sub, uint32_t r[4])
{
    cpuid(leaf, sub, r);
}

bool arch_has_sysenter(void)
{
    return !cpu_features.syscall_cstar; /* the vendors that have CSTAR lack the other */
}

int arch_rdmsr(uint32_t msr, uint64_t *value)
{
    return safe_rdmsr(msr, value);
}

void arch_cache_flush(void)
{
    __asm__ volatile("wbinvd" ::: "memory");
}

void arch_topology(unsigned int cpu, unsigned int *package, unsigned int *core,
                   unsigned int *thread)
{
    /* From the APIC id with the shifts of CPUID leaf 0xb; without it each CPU counts as a package.
     */
    uint32_t r[4], id = arch_apic_id(cpu);
    unsigned int thread_bits = 0, core_bits = 0;

    if (cpu_features.max_leaf >= 0xb) {
        cpuid(0xb, 0, r);
        thread_bits = r[0] & 31;
        cpuid(0xb, 1, r);
        core_bits = r[0] & 31;
    }
    *package = id >> core_bits;
    *core = (id & ((1u << core_bits) - 1)) >> thread_bits;
    *thread = id & ((1u << thread_bits) - 1);
}

extern const uint32_t build_id_start[], build_id_end[];

const void *arch_build_id(size_t *len)
{
    /* An ELF note: name size, description size, type, name padded to 4, description. */
    const uint32_t *n = build_id_start;

    if ((const char *)build_id_end - (const char *)n < 16)
        return NULL;
    *len = n[1];
    return (const char *)(n + 3) + ROUND_UP(n[0], 4u);
}

/* ---- sleep, reset, power ---- */

#define SLP_EN (1u << 13)

int arch_acpi_sleep(unsigned int state, uint32_t val_a, uint32_t val_b)
{
    if (state != 5)
        return -XEN_EOPNOTSUPP; /* S3 and S4 would need our state saved */
    if (!acpi.pm1a_cnt)
        return -XEN_ENODEV;
    log_info("Power off by ACPI\n");
    outw((uint16_t)acpi.pm1a_cnt, (uint16_t)(val_a & ~SLP_EN));
    if (acpi.pm1b_cnt)
        outw((uint16_t)acpi.pm1b_cnt, (uint16_t)(val_b & ~SLP_EN));
    outw((uint16_t)acpi.pm1a_cnt, (uint16_t)(val_a | SLP_EN));
    if (acpi.pm1b_cnt)
        outw((uint16_t)acpi.pm1b_cnt, (uint16_t)(val_b | SLP_EN));
    time_delay_ns(NS_PER_SEC);
    return -XEN_EIO;
}

static void reset_machine(void)
{
    if (acpi.reset_supported && acpi.reset_space == 1 && acpi.reset_addr) {
        outb((uint16_t)acpi.reset_addr, acpi.reset_value);
        time_delay_ns(100 * NS_PER_MS);
    }
    for (unsigned int i = 0; i < 10; i++) {
        outb(0x64, 0xfe); /* keyboard controller: pulse the reset line */
        time_delay_ns(10 * NS_PER_MS);
    }
    outb(0xcf9, 2);
    outb(0xcf9, 6);
    time_delay_ns(100 * NS_PER_MS);
    {
        struct {
            uint16_t limit;
            uint64_t base;
        } __packed none = {0, 0};

        __asm__ volatile("lidt %0; int3" : : "m"(none)); /* triple fault */
    }
}

static void halt_forever(void) __noreturn;
static void halt_forever(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}

void arch_machine_shutdown(unsigned int reason)
{
    switch (reason) {
    case SHUTDOWN_poweroff:
        /* Dom0 has normally switched off through XENPF_enter_acpi_sleep; it alone knows the S5
         * values (AML). */
        log_info("The machine may be switched off\n");
        halt_forever();
    case SHUTDOWN_reboot:
        log_info("Resetting the machine\n");
        reset_machine();
        break;
    default:
        log_err("Domain 0 is gone (reason %u): resetting the machine\n", reason);
        reset_machine();
    }
    halt_forever();
}

void arch_panic_stop(void)
{
    if (!opt_noreboot) {
        time_delay_ns(2 * NS_PER_SEC);
        reset_machine();
    }
    halt_forever();
}

extern char image_start[], text_end[];

void arch_dump_stack(void)
{
    uint64_t *fp = __builtin_frame_address(0);

    log_err("Call trace:\n");
    for (unsigned int i = 0; i < 24 && (uint64_t)fp >= HV_VIRT_IMAGE && !((uint64_t)fp & 7); i++) {
        if (fp[1] < (uint64_t)image_start || fp[1] >= (uint64_t)text_end)
            break;
        log_err("  %#lx\n", (unsigned long)fp[1]);
        if (fp[0] <= (uint64_t)fp)
            break;
        fp = (uint64_t *)fp[0];
    }
}
