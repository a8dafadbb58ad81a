/* SPDX-License-Identifier: Apache-2.0 */
/* Page-table entries, whole tables, roots, and memory given back and fetched. */
#include "bench.h"

#define BATCH   32
#define ENTRIES 512
#define EXTENTS 64

static uint64_t *page, *other;

static void bench_va_mapping(void)
{
    unsigned long at = (unsigned long)page;
    uint64_t here = make_pte(virt_to_mfn(page), PTE_RW);
    const unsigned long flush = UVMF_INVLPG | UVMF_LOCAL;

    BENCH("va-mapping-unmap", MUST(hypercall_update_va_mapping(at, here, flush)),
          MUST(hypercall_update_va_mapping(at, 0, flush)));
    BENCH("va-mapping-map", MUST(hypercall_update_va_mapping(at, 0, flush)),
          MUST(hypercall_update_va_mapping(at, here, flush)));
    BENCH("va-mapping-protect", MUST(hypercall_update_va_mapping(at, here, flush)),
          MUST(hypercall_update_va_mapping(at, make_pte(virt_to_mfn(page), PTE_RO), flush)));
    MUST(hypercall_update_va_mapping(at, here, flush));
}

/* A pinned level-1 table that no root leads to; its entries are switched between two frames. */
static void bench_mmu_update(void)
{
    static struct mmu_update there[BATCH], back[BATCH];
    uint64_t *table = page_alloc();

    MUST(page_protect(table));
    MUST(table_pin(table, 1));
    for (unsigned int i = 0; i < BATCH; i++) {
        there[i].ptr = back[i].ptr = virt_to_machine(&table[i]) | MMU_NORMAL_PT_UPDATE;
        there[i].val = make_pte(virt_to_mfn(page), PTE_RW);
        back[i].val = make_pte(virt_to_mfn(other), PTE_RW);
    }
    BENCH("mmu-update-1", MUST(hypercall_mmu_update(back, 1, NULL, DOMID_SELF)),
          MUST(hypercall_mmu_update(there, 1, NULL, DOMID_SELF)));
    BENCH("mmu-update-32", MUST(hypercall_mmu_update(back, BATCH, NULL, DOMID_SELF)),
          MUST(hypercall_mmu_update(there, BATCH, NULL, DOMID_SELF)));
    MUST(table_unpin(table));
    MUST(page_unprotect(table));
    page_free(table);
}

/* The kernel writes to a live table: fault, emulation, back. */
static void bench_write_fault(void)
{
    volatile uint64_t *entry = pte_lookup((unsigned long)page, 1);
    uint64_t was = *entry;

    if (hypercall_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables))
        return;
    BENCH("table-write-fault", *entry = was, *entry = was ^ (1UL << 9));
    *entry = was;
    MUST(mmuext_mfn(MMUEXT_TLB_FLUSH_LOCAL, 0));
}

/* Four levels, one table each, `entries` pages at the bottom: pin and unpin of the root. */
static void bench_pin(const char *pin, const char *unpin, unsigned int entries)
{
    uint64_t *tables[4];

    for (int i = 0; i < 4; i++)
        tables[i] = page_alloc();
    for (unsigned int i = 0; i < entries; i++)
        tables[0][i] = make_pte(virt_to_mfn(page), PTE_RW);
    for (int i = 1; i < 4; i++)
        tables[i][0] = make_pte(virt_to_mfn(tables[i - 1]), PTE_TABLE);
    for (int i = 0; i < 4; i++)
        MUST(page_protect(tables[i]));
    BENCH(pin, ({
              if (bench_i > -BENCH_WARMUP)
                  MUST(table_unpin(tables[3]));
          }),
          MUST(table_pin(tables[3], 4)));
    BENCH(unpin, ({
              if (bench_i > -BENCH_WARMUP)
                  MUST(table_pin(tables[3], 4));
          }),
          MUST(table_unpin(tables[3])));
    for (int i = 0; i < 4; i++) {
        MUST(page_unprotect(tables[i]));
        page_free(tables[i]);
    }
}

static void bench_root(void)
{
    uint64_t *first = (uint64_t *)guest_info->pt_base, *root = page_alloc();
    uint64_t new_cr3 = virt_to_machine(root), old_cr3 = virt_to_machine(first);

    for (int i = 0; i < 512; i++)
        root[i] = i >= 256 && i <= 271 ? 0 : first[i];
    MUST(page_protect(root));
    MUST(table_pin(root, 4));
    BENCH("new-baseptr", MUST(mmuext_mfn(MMUEXT_NEW_BASEPTR, virt_to_mfn(first))),
          MUST(mmuext_mfn(MMUEXT_NEW_BASEPTR, virt_to_mfn(root))));
    BENCH("mov-to-cr3",
          __asm__ volatile("mov %0, %%cr3"
                           :
                           : "r"(old_cr3)
                           : "memory"),
          __asm__ volatile("mov %0, %%cr3"
                           :
                           : "r"(new_cr3)
                           : "memory"));
    MUST(mmuext_mfn(MMUEXT_NEW_BASEPTR, virt_to_mfn(first)));
    BENCH("tlb-flush-local", , MUST(mmuext_mfn(MMUEXT_TLB_FLUSH_LOCAL, 0)));
    MUST(table_unpin(root));
    MUST(page_unprotect(root));
    page_free(root);
}

void bench_tables(void)
{
    page = page_alloc();
    other = page_alloc();
    bench_va_mapping();
    bench_mmu_update();
    bench_write_fault();
    bench_pin("pin-8", "unpin-8", 8);
    bench_pin("pin-512", "unpin-512", ENTRIES);
    bench_root();
}

static xen_pfn_t frames[EXTENTS], pfns[EXTENTS];

static void reserve(unsigned int cmd)
{
    struct xen_memory_reservation arg = {.nr_extents = EXTENTS, .domid = DOMID_SELF};

    set_xen_guest_handle(arg.extent_start, frames);
    if (hypercall_memory_op(cmd, &arg) != EXTENTS)
        guest_panic("memory operation %u was not done in full", cmd);
}

/* populate leaves the new frames in frames[], as decrease wants them. */
void bench_memory(void)
{
    for (unsigned int i = 0; i < EXTENTS; i++) {
        pfns[i] = page_unmapped_pfn();
        frames[i] = pfn_to_mfn(pfns[i]);
    }
    BENCH("decrease-64", ({
              if (bench_i > -BENCH_WARMUP) {
                  memcpy(frames, pfns, sizeof(frames));
                  reserve(XENMEM_populate_physmap);
              }
          }),
          reserve(XENMEM_decrease_reservation));
    BENCH("populate-64", ({
              if (bench_i > -BENCH_WARMUP)
                  reserve(XENMEM_decrease_reservation);
              memcpy(frames, pfns, sizeof(frames));
          }),
          reserve(XENMEM_populate_physmap));
}
