/* SPDX-License-Identifier: Apache-2.0 */
/* Per-CPU memory: the boot CPU's is static, because it is needed before there is an allocator. */
#include <hv/heap.h>
#include <hv/page_alloc.h>
#include <hv/string.h>
#include <arch/descriptors.h>
#include <arch/x86_cpu.h>
#include <arch/x86_setup.h>

/* percpu_table, cpu_online and nr_cpus live in core/percpu.c. */

static struct percpu boot_percpu;
static struct x86_cpu boot_x86;
static uint8_t boot_ist[IST_COUNT][IST_STACK_SIZE] __attribute__((aligned(4096)));
static uint8_t boot_cpu_stack[CPU_STACK_SIZE] __attribute__((aligned(4096)));
static uint64_t boot_gdt_page[512] __attribute__((aligned(4096)));

static void link_up(struct percpu *p, struct x86_cpu *c, unsigned int id)
{
    p->self = p;
    p->id = id;
    p->arch = c;
    p->arch_slot[PERCPU_SLOT_STACK] = (uint64_t)c->stack + CPU_STACK_SIZE;
    percpu_table[id] = p;
}

/* GS works from here on; the descriptor tables come with descriptors_load(). */
void percpu_boot_early(void)
{
    boot_x86.stack = boot_cpu_stack;
    for (unsigned int i = 0; i < IST_COUNT; i++)
        boot_x86.ist_stack[i] = boot_ist[i];
    link_up(&boot_percpu, &boot_x86, 0);
    wrmsr(MSR_GS_BASE, (uint64_t)&boot_percpu);
    cpumask_set(&cpu_online, 0);
    nr_cpus = 1;
}

/* Once the page tables are final: our GDT page must be in the direct map to be mapped twice. */
void percpu_boot_late(void)
{
    boot_x86.gdt = (uint64_t *)((uint64_t)boot_gdt_page - HV_VIRT_IMAGE + HV_VIRT_DIRECT);
    descriptors_load(&boot_percpu);
}

struct percpu *percpu_create(unsigned int id)
{
    struct percpu *p = hv_zalloc(sizeof(*p));
    struct x86_cpu *c = hv_zalloc(sizeof(*c));
    bool ok = p && c;

    if (ok) {
        c->stack = hv_zalloc(CPU_STACK_SIZE);
        c->gdt = page_alloc_ptr();
        ok = c->stack && c->gdt;
        for (unsigned int i = 0; i < IST_COUNT; i++) {
            c->ist_stack[i] = hv_zalloc(IST_STACK_SIZE);
            ok = ok && c->ist_stack[i];
        }
    }
    if (!ok)
        return NULL; /* the CPU is left out; the rest of its memory is small and stays */
    link_up(p, c, id);
    return p;
}
