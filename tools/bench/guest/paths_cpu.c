/* SPDX-License-Identifier: Apache-2.0 */
/* Paths that touch the CPU's state only: hypercalls, traps of the kernel, instructions emulated. */
#include "bench.h"

#define NOT_MAPPED 0x10000UL

static void batch_of_versions(struct multicall_entry *calls, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        calls[i] =
            (struct multicall_entry){.op = __HYPERVISOR_xen_version, .args = {XENVER_version}};
}

void bench_hypercalls(void)
{
    static struct multicall_entry calls[8];
    static char extra[16];
    unsigned long sp = (unsigned long)page_alloc() + PAGE_SIZE;

    BENCH("hypercall", , hypercall_xen_version(XENVER_version, NULL));
    BENCH("hypercall-pointer", , hypercall_xen_version(XENVER_extraversion, extra));
    BENCH("multicall-8", batch_of_versions(calls, 8), MUST(hypercall_multicall(calls, 8)));
    BENCH("stack-switch", , MUST(hypercall_stack_switch(FLAT_KERNEL_SS, sp)));
    BENCH("set-segment-base", , MUST(hypercall_set_segment_base(SEGBASE_FS, 0x1000)));
    BENCH("fpu-taskswitch", hypercall_fpu_taskswitch(1), MUST(hypercall_fpu_taskswitch(0)));
    hypercall_fpu_taskswitch(0);
}

static void bench_emulated(void)
{
    struct physdev_set_iopl iopl = {.iopl = 1};
    uint32_t a, b, c, d;

    MUST(hypercall_physdev_op(PHYSDEVOP_set_iopl, &iopl));
    BENCH("rdmsr-fs-base", , __asm__ volatile("rdmsr" : "=a"(a), "=d"(d) : "c"(0xc0000100)));
    BENCH("wrmsr-fs-base", ,
          __asm__ volatile("wrmsr"
                           :
                           : "a"(0x1000), "d"(0), "c"(0xc0000100)
                           : "memory"));
    BENCH("in-dx", , __asm__ volatile("inb %%dx, %%al" : "=a"(a) : "d"(0x61)));
    BENCH("cpuid-forced", c = 0, ({
              a = 1;
              __asm__ volatile(".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e; cpuid"
                               : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
          }));
    BENCH("mov-from-cr0", ,
          __asm__ volatile("mov %%cr0, %0"
                           : "=r"(*(uint64_t[1]){0})
                           :
                           : "memory"));
}

void bench_traps(void)
{
    uint64_t value;

    bench_entries_fast();
    BENCH("int3", , __asm__ volatile("int3"));
    BENCH("page-fault", ,
          __asm__ volatile("mov (%1), %0"
                           : "=a"(value)
                           : "D"(NOT_MAPPED)
                           : "memory"));
    bench_entries_normal();
    bench_emulated();
}
