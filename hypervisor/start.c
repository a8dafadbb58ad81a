/* SPDX-License-Identifier: Apache-2.0 */
/* From the first C instruction to dom0: the whole boot order, on one screen. */
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/domain.h>
#include <hv/page_alloc.h>
#include <hv/panic.h>
#include <hv/printk.h>
#include <hv/pv_mm.h>
#include <hv/sched.h>
#include <hv/setup.h>
#include <hv/softirq.h>
#include <hv/string.h>
#include <hv/timer.h>
#include <arch/boot_info.h>
#include <arch/x86_cpu.h>
#include <arch/x86_mem.h>
#include <arch/x86_setup.h>

void boot_main(uint32_t magic, uint64_t info_paddr) __noreturn;

static void start_dom0(void)
{
    const struct boot_module *kernel = &boot_info.module[0], *initrd = &boot_info.module[1];
    struct dom0_image img = {0};
    const char *error;

    if (!boot_info.nr_modules)
        panic("no module given: dom0's kernel is the first, its initrd the second");
    img.kernel = direct_map(kernel->start);
    img.kernel_size = kernel->end - kernel->start;
    img.cmdline = kernel->cmdline;
    if (boot_info.nr_modules > 1) {
        img.initrd_mfn = maddr_to_mfn(initrd->start);
        img.initrd_size = initrd->end - initrd->start;
    }
    dom0_params(&img);
    error = pv_build_dom0(&img, &dom0);
    if (error)
        panic("cannot build domain 0: kernel (first module, %lu KiB): %s",
              (unsigned long)(img.kernel_size >> 10), error);
    boot_mem_free_range(kernel->start, kernel->end);
    log_info("Domain 0: %u vCPUs, %lu MiB, command line \"%s\"\n", dom0->max_vcpus,
             (unsigned long)(dom0->tot_pages >> 8), img.cmdline);
    domain_unpause_by_control(dom0);
}

void boot_main(uint32_t magic, uint64_t info_paddr)
{
    percpu_boot_early();
    boot_info_parse(magic, info_paddr);
    cmdline_parse(boot_info.cmdline);
    serial_init();
    log_info("Domus %s\n", hv_version_text());
    cmdline_report();
    cpu_features_detect();
    boot_mem_init();
    pagetable_init();
    percpu_boot_late();
    cpu_features_enable();
    pagetable_seal();
    acpi_init();
    time_init();
    boot_mem_release();
    console_ring_resize();
    log_info("Memory: %lu MiB free\n", (unsigned long)(page_alloc_free() >> 8));
    timer_init_cpu(0);
    domain_init_system();
    sched_init();
    sched_init_cpu(0);
    irq_init();
    smp_start_others();
    softirq_register(SOFTIRQ_TIMER, timer_softirq);
    softirq_register(SOFTIRQ_SCHEDULE, sched_softirq);
    start_dom0();
    softirq_raise(SOFTIRQ_SCHEDULE);
    sched_idle_loop();
}
