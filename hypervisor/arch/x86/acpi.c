/* SPDX-License-Identifier: Apache-2.0 */
/* ACPI's static tables. Facts: ACPI specification 6.x, chapter 5. Lengths are checked before
 * anything is read. */
#include <hv/arch.h>
#include <hv/panic.h>
#include <hv/printk.h>
#include <hv/string.h>
#include <arch/acpi.h>
#include <arch/boot_info.h>
#include <arch/x86_mem.h>
#include <arch/x86_setup.h>

struct acpi_info acpi;

struct sdt {
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem[6], oem_table[8];
    uint32_t oem_rev, creator, creator_rev;
} __packed;

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
    return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static uint64_t get64(const uint8_t *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static bool sum_ok(const uint8_t *p, size_t len)
{
    uint8_t sum = 0;

    while (len--)
        sum = (uint8_t)(sum + *p++);
    return sum == 0;
}

/* The tables lie in RAM or reserved memory, all within the direct map on machines we drive. */
static const struct sdt *table_at(uint64_t maddr)
{
    const struct sdt *t;

    if (!maddr || maddr >= 0x100000000ull)
        return NULL;
    t = direct_map(maddr);
    if (t->length < sizeof(*t) || t->length > 0x1000000 || !sum_ok((const uint8_t *)t, t->length))
        return NULL;
    return t;
}

static void madt_cpu(uint32_t apic_id, uint32_t flags)
{
    if (!(flags & 1))
        return;
    if (acpi.nr_cpus == MAX_CPUS) {
        log_warn("ACPI: CPU with APIC id %u left out: more than %u CPUs\n", apic_id, MAX_CPUS);
        return;
    }
    acpi.cpu_apic_id[acpi.nr_cpus++] = apic_id;
}

static void madt_override(const uint8_t *e)
{
    uint8_t irq = e[3];
    uint16_t flags = get16(e + 8);

    if (irq >= ACPI_NR_ISA)
        return;
    acpi.isa[irq].gsi = get32(e + 4);
    acpi.isa[irq].active_low = (flags & 3) == 3;
    acpi.isa[irq].level = (flags >> 2 & 3) == 3;
    acpi.isa[irq].overridden = true;
}

static void parse_madt(const struct sdt *t)
{
    const uint8_t *p = (const uint8_t *)t + 44, *end = (const uint8_t *)t + t->length;

    for (; p + 2 <= end && p[1] >= 2 && p + p[1] <= end; p += p[1]) {
        switch (p[0]) {
        case 0: /* processor local APIC */
            madt_cpu(p[3], get32(p + 4));
            break;
        case 1: /* IO-APIC */
            if (acpi.nr_ioapics < ACPI_MAX_IOAPICS)
                acpi.ioapic[acpi.nr_ioapics++] =
                    (struct acpi_ioapic){get32(p + 4), p[2], get32(p + 8)};
            break;
        case 2: /* interrupt source override */
            madt_override(p);
            break;
        case 9: /* processor local x2APIC */
            madt_cpu(get32(p + 4), get32(p + 8));
            break;
        }
    }
}

static void parse_fadt(const struct sdt *t)
{
    const uint8_t *p = (const uint8_t *)t;

    if (t->length < 116)
        return;
    acpi.sci_irq = get16(p + 46);
    acpi.pm1a_evt = get32(p + 56);
    acpi.pm1b_evt = get32(p + 60);
    acpi.pm1a_cnt = get32(p + 64);
    acpi.pm1b_cnt = get32(p + 68);
    acpi.pm_timer = get32(p + 76);
    acpi.pm1_evt_len = p[88];
    if (t->length >= 129) {
        acpi.reset_supported = get32(p + 112) & (1u << 10);
        acpi.reset_space = p[116];
        acpi.reset_addr = get64(p + 120);
        acpi.reset_value = p[128];
    }
}

static void parse_mcfg(const struct sdt *t)
{
    const uint8_t *p = (const uint8_t *)t + 44, *end = (const uint8_t *)t + t->length;

    for (; p + 16 <= end && acpi.nr_mcfg < ARRAY_SIZE(acpi.mcfg); p += 16)
        acpi.mcfg[acpi.nr_mcfg++] = (struct acpi_mcfg){get64(p), get16(p + 8), p[10], p[11]};
}

static void parse_hpet(const struct sdt *t)
{
    const uint8_t *p = (const uint8_t *)t;

    /* Byte 40: address space, 0 is memory. */
    if (t->length >= 52 && p[40] == 0)
        acpi.hpet_addr = get64(p + 44);
}

static void parse_table(const struct sdt *t)
{
    if (!t)
        return;
    if (!memcmp(t->signature, "APIC", 4))
        parse_madt(t);
    else if (!memcmp(t->signature, "FACP", 4))
        parse_fadt(t);
    else if (!memcmp(t->signature, "MCFG", 4))
        parse_mcfg(t);
    else if (!memcmp(t->signature, "HPET", 4))
        parse_hpet(t);
}

bool arch_pci_window_known(uint64_t addr, unsigned int seg, unsigned int first, unsigned int last)
{
    for (unsigned int i = 0; i < acpi.nr_mcfg; i++) {
        const struct acpi_mcfg *m = &acpi.mcfg[i];

        if (m->base == addr && m->segment == seg && m->bus_first <= first && last <= m->bus_last)
            return true;
    }
    return false;
}

static const uint8_t *find_rsdp(void)
{
    if (boot_info.rsdp)
        return direct_map(boot_info.rsdp);
    for (uint64_t a = 0xe0000; a < 0x100000; a += 16) {
        const uint8_t *p = direct_map(a);

        if (!memcmp(p, "RSD PTR ", 8) && sum_ok(p, 20))
            return p;
    }
    return NULL;
}

void acpi_init(void)
{
    const uint8_t *rsdp = find_rsdp();
    const struct sdt *root;
    bool wide;

    for (unsigned int i = 0; i < ACPI_NR_ISA; i++)
        acpi.isa[i].gsi = i;
    if (!rsdp)
        panic("no ACPI tables found (RSDP): the interrupt routing of this machine is unknown");
    wide = rsdp[15] >= 2 && get64(rsdp + 24);
    root = table_at(wide ? get64(rsdp + 24) : get32(rsdp + 16));
    if (!root)
        panic("the ACPI root table at %#lx is damaged",
              (unsigned long)(wide ? get64(rsdp + 24) : get32(rsdp + 16)));
    for (const uint8_t *p = (const uint8_t *)(root + 1);
         p + (wide ? 8 : 4) <= (const uint8_t *)root + root->length; p += wide ? 8 : 4)
        parse_table(table_at(wide ? get64(p) : get32(p)));
    if (!acpi.nr_ioapics)
        panic("the ACPI tables name no IO-APIC");
    if (!acpi.nr_cpus)
        panic("the ACPI tables name no CPU");
    log_info("ACPI: %u CPUs, %u IO-APICs, %u PCI configuration windows\n", acpi.nr_cpus,
             acpi.nr_ioapics, acpi.nr_mcfg);
}
