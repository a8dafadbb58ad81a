/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's own address space: image, direct map of RAM, machine-to-phys table, device
 * registers and descriptor windows. All lives below L4 slots 256..271, whose entries are fixed
 * after boot and copied into every guest root (arch_l4_init), so one change below them is seen
 * everywhere.
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/frame.h>
#include <hv/lock.h>
#include <hv/panic.h>
#include <hv/pv_mm.h>
#include <hv/string.h>
#include <arch/boot_info.h>
#include <arch/x86_cpu.h>
#include <arch/x86_mem.h>

#define MIB2         0x200000ull
#define LARGE_FRAMES 512
#define PTE_HV_RW    (PTE_P | PTE_RW | PTE_A | PTE_D | PTE_G | PTE_NX)

uint64_t *hv_l4;
static uint64_t *m2p;
static uint64_t m2p_base; /* physical */
static uint64_t m2p_chunks;
static uint64_t
    *ram_bits; /* one per frame below frame_table_size: asked for every entry a guest writes */
static uint64_t ioremap_next = HV_VIRT_IOREMAP;
static struct spinlock ioremap_lock = SPINLOCK_INIT(LOCK_DEVICE);

extern char image_start[], text_end[], rodata_end[], image_end[];

static uint64_t nx(void)
{
    return cpu_features.nx ? ~0ull : ~PTE_NX;
}

/* The table below entry `i` of `table`, made when it is not there. */
static uint64_t *table_below(uint64_t *table, unsigned int i, uint64_t flags)
{
    if (!(table[i] & PTE_P)) {
        void *t = boot_alloc_pages(1);

        table[i] = direct_map_maddr(t) | flags;
    }
    return direct_map(table[i] & PTE_ADDR);
}

static void map_page(uint64_t va, uint64_t maddr, uint64_t flags)
{
    uint64_t *l3 = table_below(hv_l4, pt_index(va, 4), PTE_P | PTE_RW | PTE_A);
    uint64_t *l2 = table_below(l3, pt_index(va, 3), PTE_P | PTE_RW | PTE_A);
    uint64_t *l1 = table_below(l2, pt_index(va, 2), PTE_P | PTE_RW | PTE_A);

    l1[pt_index(va, 1)] = (maddr | flags) & nx();
}

static void map_large(uint64_t va, uint64_t maddr, uint64_t flags, uint64_t table_flags)
{
    uint64_t *l3 = table_below(hv_l4, pt_index(va, 4), PTE_P | PTE_RW | PTE_A | table_flags);
    uint64_t *l2 = table_below(l3, pt_index(va, 3), PTE_P | PTE_RW | PTE_A | table_flags);

    l2[pt_index(va, 2)] = (maddr | flags | PTE_PSE) & nx();
}

static void map_image(void)
{
    for (uint64_t va = (uint64_t)image_start; va < (uint64_t)image_end; va += PAGE_SIZE) {
        uint64_t flags = PTE_P | PTE_A | PTE_D | PTE_G;

        if (va >= (uint64_t)text_end)
            flags |= PTE_NX;
        if (va >= (uint64_t)rodata_end || va < (uint64_t)text_end)
            flags |= PTE_RW; /* text becomes read-only in pagetable_seal(), after patching */
        map_page(va, va - HV_VIRT_IMAGE, flags);
    }
}

/* Guests read the M2P at its fixed address; we write it through the direct map. */
static void map_m2p(void)
{
    uint64_t bytes = ROUND_UP(frame_table_size * 8, MIB2);
    void *raw = boot_alloc_pages((bytes + MIB2) >> PAGE_SHIFT);

    m2p_base = ROUND_UP(direct_map_maddr(raw), MIB2);
    m2p = direct_map(m2p_base);
    m2p_chunks = bytes / MIB2;
    memset(m2p, 0xff, bytes);
    for (uint64_t i = 0; i < m2p_chunks; i++)
        map_large(HV_VIRT_M2P + i * MIB2, m2p_base + i * MIB2,
                  PTE_P | PTE_US | PTE_A | PTE_D | PTE_NX, PTE_US);
}

void pagetable_init(void)
{
    uint64_t top;

    frame_table_size = boot_max_frame();
    hv_l4 = boot_alloc_pages(1);
    top = MAX(frame_table_size << PAGE_SHIFT, 0x100000000ull);
    /* Device registers below 4 GiB are in the direct map too: harmless, never used as memory. */
    for (uint64_t a = 0; a < top; a += MIB2)
        map_large(HV_VIRT_DIRECT + a, a, PTE_HV_RW, 0);
    map_image();
    for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu += MIB2 / DESC_WINDOW_SIZE)
        map_page(HV_VIRT_DESC + (uint64_t)cpu * DESC_WINDOW_SIZE, 0, 0);
    table_below(table_below(hv_l4, HV_SLOT_IOREMAP, PTE_P | PTE_RW | PTE_A), 0,
                PTE_P | PTE_RW | PTE_A);
    for (unsigned int i = 0; i < 64; i++) /* 128 MiB of ioremap window */
        table_below(
            direct_map(((uint64_t *)direct_map(hv_l4[HV_SLOT_IOREMAP] & PTE_ADDR))[0] & PTE_ADDR),
            i, PTE_P | PTE_RW | PTE_A);
    map_m2p();
    frame_table =
        boot_alloc_pages(ROUND_UP(frame_table_size * sizeof(struct page), PAGE_SIZE) >> PAGE_SHIFT);
    ram_bits = boot_alloc_pages((ROUND_UP(frame_table_size / 8 + 8, PAGE_SIZE)) >> PAGE_SHIFT);
    for (uint64_t i = 0; i < frame_table_size; i++) {
        list_init(&frame_table[i].link);
        if (boot_is_ram(i))
            ram_bits[i / 64] |= 1ull << (i % 64);
    }
    /* The identity map of the boot tables stays until pagetable_seal(): other CPUs start through
     * it. */
    hv_l4[0] = 0;
    write_cr4(read_cr4() | CR4_PGE);
    write_cr3(hv_root());
}

uint64_t hv_root(void)
{
    return direct_map_maddr(hv_l4);
}

void pagetable_seal(void)
{
    for (uint64_t va = (uint64_t)image_start; va < (uint64_t)text_end; va += PAGE_SIZE)
        map_page(va, va - HV_VIRT_IMAGE, PTE_P | PTE_A | PTE_D | PTE_G);
    tlb_flush_global();
}

void *ioremap(uint64_t maddr, size_t size)
{
    uint64_t off = maddr & ~PAGE_MASK, base = maddr & PAGE_MASK;
    uint64_t pages = ROUND_UP(off + size, PAGE_SIZE) >> PAGE_SHIFT, va;

    spin_lock(&ioremap_lock);
    va = ioremap_next;
    if (va + (pages << PAGE_SHIFT) > HV_VIRT_IOREMAP + 64 * MIB2) {
        spin_unlock(&ioremap_lock);
        return NULL;
    }
    ioremap_next += pages << PAGE_SHIFT;
    spin_unlock(&ioremap_lock);
    for (uint64_t i = 0; i < pages; i++)
        map_page(va + (i << PAGE_SHIFT), base + (i << PAGE_SHIFT), PTE_HV_RW | PTE_PCD | PTE_PWT);
    return (void *)(va + off);
}

uint64_t *desc_window_l1(unsigned int cpu)
{
    uint64_t va = HV_VIRT_DESC + (uint64_t)cpu * DESC_WINDOW_SIZE;
    uint64_t *l3 = direct_map(hv_l4[pt_index(va, 4)] & PTE_ADDR);
    uint64_t *l2 = direct_map(l3[pt_index(va, 3)] & PTE_ADDR);
    uint64_t *l1 = direct_map(l2[pt_index(va, 2)] & PTE_ADDR);

    return &l1[pt_index(va, 1)];
}

void *arch_frame_ptr(mfn_t m)
{
    return direct_map(mfn_to_maddr(m));
}

mfn_t arch_ptr_frame(const void *p)
{
    return maddr_to_mfn(direct_map_maddr(p));
}

/* The CPU's own string instructions move whole cache lines at a time. */
void arch_frame_zero(mfn_t m)
{
    void *at = arch_frame_ptr(m);
    uint64_t words = PAGE_SIZE / 8;

    __asm__ volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(0) : "memory");
}

void arch_frame_copy(void *dst, const void *src, size_t len)
{
    uint64_t words = len / 8, rest = len % 8;

    __asm__ volatile("rep movsq" : "+D"(dst), "+S"(src), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(rest) : : "memory");
}

bool arch_frame_is_ram(mfn_t m)
{
    return m.n < frame_table_size && test_bit(ram_bits, (unsigned int)m.n);
}

uint64_t arch_max_frame(void)
{
    return m2p_chunks * MIB2 / 8;
}

void arch_l4_init(struct domain *d, mfn_t l4)
{
    uint64_t *t = arch_frame_ptr(l4);

    (void)d;
    for (unsigned int i = HV_L4_FIRST; i <= HV_L4_LAST; i++)
        t[i] = hv_l4[i];
}

void arch_m2p_set(mfn_t m, uint64_t pfn)
{
    if (m.n < frame_table_size)
        write_once(m2p[m.n], pfn);
}

uint64_t arch_m2p_get(mfn_t m)
{
    return m.n < frame_table_size ? read_once(m2p[m.n]) : ~0ull;
}

mfn_t arch_m2p_frame(unsigned int index)
{
    return index < m2p_chunks ? maddr_to_mfn(m2p_base + index * MIB2) : INVALID_MFN;
}
