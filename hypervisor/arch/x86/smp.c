/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bringing up the other CPUs of the MADT, one at a time. A CPU that does not come up is reported
 * and left out; CPU numbers stay dense. maxcpus= and nosmp limit how many are used.
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/cmdline.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/softirq.h>
#include <hv/string.h>
#include <hv/time.h>
#include <hv/timer.h>
#include <arch/acpi.h>
#include <arch/descriptors.h>
#include <arch/lapic.h>
#include <arch/time_x86.h>
#include <arch/x86_cpu.h>
#include <arch/x86_mem.h>
#include <arch/x86_setup.h>

#define START_PAGE 0x8 /* frame 0x8000: below 1 MiB, which boot_mem keeps out of use */
#define START_WAIT (500 * NS_PER_MS)

static uint64_t max_cpus = MAX_CPUS;
static uint32_t cpu_alive; /* set by a CPU that reached ap_main */

static int parse_maxcpus(const char *v)
{
    return !v || parse_u64(v, &max_cpus) || !max_cpus ? -1 : 0;
}

static int parse_nosmp(const char *v)
{
    bool on;

    if (parse_bool(v, &on))
        return -1;
    if (on)
        max_cpus = 1;
    return 0;
}

HV_OPTION(maxcpus, "maxcpus", "Use at most so many CPUs", parse_maxcpus);
HV_OPTION(nosmp, "nosmp", "Use the boot CPU only", parse_nosmp);

extern char ap_start[], ap_start_end[];
extern uint64_t ap_start_root, ap_start_stack, ap_start_entry, ap_start_percpu;
extern uint64_t boot_l4[];

uint32_t arch_apic_id(unsigned int cpu)
{
    return percpu_table[cpu] ? ((struct x86_cpu *)percpu_table[cpu]->arch)->apic_id : 0;
}

static void ap_main(struct percpu *p)
{
    write_cr4(read_cr4() | CR4_PGE);
    write_cr3(hv_root());
    descriptors_load(p);
    cpu_features_enable();
    lapic_init_ap();
    sched_init_cpu(p->id);
    cpumask_set(&cpu_online, p->id);
    store_release(cpu_alive, 1);
    softirq_raise(SOFTIRQ_SCHEDULE);
    sched_idle_loop();
}

static void set_word(char *page, const uint64_t *word, uint64_t value)
{
    memcpy(page + ((const char *)word - ap_start), &value, sizeof(value));
}

static bool start_one(struct percpu *p)
{
    struct x86_cpu *c = p->arch;
    char *page = direct_map((uint64_t)START_PAGE << PAGE_SHIFT);
    uint64_t deadline;

    memcpy(page, ap_start, (size_t)(ap_start_end - ap_start));
    set_word(page, &ap_start_root, (uint64_t)boot_l4 - HV_VIRT_IMAGE);
    set_word(page, &ap_start_stack, p->arch_slot[PERCPU_SLOT_STACK]);
    set_word(page, &ap_start_entry, (uint64_t)ap_main);
    set_word(page, &ap_start_percpu, (uint64_t)p);
    store_release(cpu_alive, 0);
    timer_init_cpu(p->id);
    nr_cpus = p->id + 1; /* it must be known to whoever it meets, before it runs */
    lapic_start_cpu(c->apic_id, START_PAGE);
    deadline = arch_now_ns() + START_WAIT;
    while (!load_acquire(cpu_alive) && arch_now_ns() < deadline)
        arch_spin_wait();
    if (load_acquire(cpu_alive))
        return true;
    nr_cpus = p->id;
    percpu_table[p->id] = NULL;
    return false;
}

void smp_start_others(void)
{
    uint32_t self = lapic_id();

    x86_this()->apic_id = self;
    for (unsigned int i = 0; i < acpi.nr_cpus && nr_cpus < max_cpus; i++) {
        struct percpu *p;

        if (acpi.cpu_apic_id[i] == self)
            continue;
        if (!cpu_features.nx || acpi.cpu_apic_id[i] > 0xfe) {
            log_warn("CPU with APIC id %u left out: needs NX and an 8-bit APIC id\n",
                     acpi.cpu_apic_id[i]);
            continue;
        }
        p = percpu_create(nr_cpus);
        if (!p) {
            log_err("CPU with APIC id %u left out: no memory for it\n", acpi.cpu_apic_id[i]);
            continue;
        }
        ((struct x86_cpu *)p->arch)->apic_id = acpi.cpu_apic_id[i];
        if (!start_one(p))
            log_err("CPU with APIC id %u did not come up: left out\n", acpi.cpu_apic_id[i]);
    }
    log_info("%u of %u CPUs in use\n", nr_cpus, acpi.nr_cpus);
}
