/* SPDX-License-Identifier: Apache-2.0 */
/* The host machine: memory from mmap, the boot order, and the devices it does not have. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <hv/arch.h>
#include <hv/page_alloc.h>
#include <hv/panic.h>
#include <hv/percpu.h>
#include <hv/pv_mm.h>
#include <hv/sched.h>
#include <hv/softirq.h>
#include <hv/timer.h>
#include <public/errno.h>
#include <arch/host.h>
#include "host_internal.h"

/* A hole in the middle of RAM, so that "below the top" and "RAM" are not the same. */
#define HOLE_FRAMES 16

static char *arena;
static uint64_t nr_frames, hole;
static uint64_t *m2p;

void *arch_frame_ptr(mfn_t m)
{
    if (m.n >= nr_frames) {
        fprintf(stderr, "host: frame %#lx has no memory\n", (unsigned long)m.n);
        abort();
    }
    return arena + m.n * PAGE_SIZE;
}

mfn_t arch_ptr_frame(const void *p)
{
    return mfn((uint64_t)((const char *)p - arena) / PAGE_SIZE);
}

void arch_frame_zero(mfn_t m)
{
    memset(arch_frame_ptr(m), 0, PAGE_SIZE);
}

void arch_frame_copy(void *dst, const void *src, size_t len)
{
    memcpy(dst, src, len);
}

bool arch_frame_is_ram(mfn_t m)
{
    return m.n < nr_frames && (m.n < hole || m.n >= hole + HOLE_FRAMES);
}

uint64_t arch_max_frame(void)
{
    return nr_frames - 1;
}

void arch_m2p_set(mfn_t m, uint64_t pfn)
{
    BUG_ON(m.n >= nr_frames);
    m2p[m.n] = pfn;
}

uint64_t arch_m2p_get(mfn_t m)
{
    return m.n < nr_frames ? m2p[m.n] : ~0ull;
}

mfn_t arch_m2p_frame(unsigned int index)
{
    (void)index;
    return INVALID_MFN; /* guests of the host have no such mapping */
}

/* No entry of hardware's, so that whoever follows one is found; and recognizable. */
static uint64_t our_l4e(unsigned int slot)
{
    return 0xd0d0000000000000ull | (uint64_t)slot << 1;
}

void arch_l4_init(struct domain *d, mfn_t l4)
{
    uint64_t *t = arch_frame_ptr(l4);

    (void)d;
    for (unsigned int i = HV_L4_FIRST; i <= HV_L4_LAST; i++)
        t[i] = our_l4e(i);
}

static const char *check_table(const struct page *page)
{
    const uint64_t *t = arch_frame_ptr(page_mfn(page));
    unsigned int level = table_level(page_type(page));

    for (unsigned int i = 0; i < PTE_ENTRIES; i++) {
        if (level == 4 && l4_slot_is_hv(i)) {
            if (t[i] != our_l4e(i))
                return "the hypervisor's slots of a level-4 table were changed";
        } else if ((t[i] & PTE_P) &&
                   (!(t[i] & PTE_US) || (level > 1 && (t[i] & (PTE_PSE | PTE_G))))) {
            return "an entry has bits that none may have";
        }
    }
    return NULL;
}

static const char *check_descriptors(const struct page *page)
{
    const uint64_t *t = arch_frame_ptr(page_mfn(page));

    for (unsigned int i = 0; i < PAGE_SIZE / 8; i++) {
        uint64_t desc = t[i];

        if (!pv_descriptor_ok(&desc) || desc != t[i])
            return "a descriptor that a CPU may load is none for ring 3";
    }
    return NULL;
}

const char *host_tables_check(void)
{
    static char text[120];

    for (uint64_t n = 0; n < nr_frames; n++) {
        const struct page *page = &frame_table[n];
        const char *why = NULL;

        if (!page->owner || !page_type_count(page) || !(page->type & PTF_VALID))
            continue;
        if (table_level(page_type(page)))
            why = check_table(page);
        else if (page_type(page) == PT_SEGDESC)
            why = check_descriptors(page);
        if (why) {
            snprintf(text, sizeof(text), "frame %#lx: %s", (unsigned long)n, why);
            return text;
        }
    }
    return NULL;
}

static void memory_init(uint64_t frames)
{
    nr_frames = frames;
    hole = frames / 2;
    arena = mmap(NULL, frames * PAGE_SIZE, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    m2p = calloc(frames, sizeof(*m2p));
    frame_table = calloc(frames, sizeof(*frame_table));
    if (arena == MAP_FAILED || !m2p || !frame_table) {
        fprintf(stderr, "host: no memory for %lu frames\n", (unsigned long)frames);
        exit(2);
    }
    memset(m2p, 0xff, frames * sizeof(*m2p));
    frame_table_size = frames;
    page_alloc_add(mfn(0), hole);
    page_alloc_add(mfn(hole + HOLE_FRAMES), frames - hole - HOLE_FRAMES);
}

void host_boot(const struct host_config *c)
{
    host_console_quiet = c->quiet;
    host_cpus_init(c->cpus);
    memory_init(c->frames);
    for (unsigned int i = 0; i < c->cpus; i++) {
        host_use_cpu(i);
        timer_init_cpu(i);
    }
    host_use_cpu(0);
    domain_init_system();
    sched_init();
    for (unsigned int i = 0; i < c->cpus; i++) {
        host_use_cpu(i);
        sched_init_cpu(i);
        percpu_table[i]->current = percpu_table[i]->idle;
    }
    host_use_cpu(0);
    softirq_register(SOFTIRQ_TIMER, timer_softirq);
    softirq_register(SOFTIRQ_SCHEDULE, sched_softirq);
}

/* ---- facts ---- */

unsigned int arch_e820(struct hv_e820 *out, unsigned int max)
{
    struct hv_e820 rows[] = {
        {0, hole * PAGE_SIZE, 1},
        {hole * PAGE_SIZE, HOLE_FRAMES * PAGE_SIZE, 2},
        {(hole + HOLE_FRAMES) * PAGE_SIZE, (nr_frames - hole - HOLE_FRAMES) * PAGE_SIZE, 1},
    };
    unsigned int n = MIN(max, (unsigned int)ARRAY_SIZE(rows));

    memcpy(out, rows, n * sizeof(rows[0]));
    return n;
}

void arch_topology(unsigned int cpu, unsigned int *package, unsigned int *core,
                   unsigned int *thread)
{
    *package = 0;
    *core = cpu;
    *thread = 0;
}

uint32_t arch_apic_id(unsigned int cpu)
{
    return cpu * 2;
}

bool arch_frame_is_ours(mfn_t m)
{
    return m.n == HOST_OUR_FRAME;
}

/* A plain 64-bit CPU with FXSAVE and without XSAVE. */
void arch_cpuid(uint32_t leaf, uint32_t sub, uint32_t r[4])
{
    (void)sub;
    memset(r, 0, 4 * sizeof(r[0]));
    switch (leaf) {
    case 0:
        r[0] = 7;
        memcpy(&r[1], "Host", 4);
        memcpy(&r[3], "CPU ", 4);
        memcpy(&r[2], "host", 4);
        break;
    case 1:
        r[0] = 0x600;
        r[2] = 1;
        r[3] = 0x078bfbff;
        break;
    case 0x80000000:
        r[0] = 0x80000008;
        break;
    case 0x80000001:
        r[3] = 0x20100800;
        break;
    case 0x80000008:
        r[0] = 0x3028;
        break;
    default:
        break;
    }
}

bool arch_pci_window_known(uint64_t addr, unsigned int seg, unsigned int first, unsigned int last)
{
    (void)addr;
    (void)seg;
    return first <= last;
}

const void *arch_build_id(size_t *len)
{
    *len = 0;
    return NULL; /* a process has no image of its own */
}

bool arch_has_sysenter(void)
{
    return true;
}

int arch_rdmsr(uint32_t msr, uint64_t *value)
{
    (void)msr;
    *value = 0;
    return -1;
}

uint64_t arch_xcr0_mask(void)
{
    return 0;
}

void arch_set_xcr0(struct vcpu *v, uint64_t value)
{
    (void)v;
    (void)value;
}

uint32_t arch_port_in(unsigned int port, unsigned int bytes)
{
    (void)port;
    return bytes == 4 ? ~0u : (1u << (8 * bytes)) - 1; /* an empty bus reads as ones */
}

void arch_port_out(unsigned int port, unsigned int bytes, uint32_t value)
{
    (void)port;
    (void)bytes;
    (void)value;
}

bool arch_port_is_ours(unsigned int port, unsigned int bytes)
{
    return port < 0x44 && port + bytes > 0x40;
}

void arch_cache_flush(void)
{
}

int arch_acpi_sleep(unsigned int state, uint32_t val_a, uint32_t val_b)
{
    (void)state;
    (void)val_a;
    (void)val_b;
    return -XEN_ENODEV;
}
