/* SPDX-License-Identifier: Apache-2.0 */
/* Where everything of a new domain 0 goes: addresses and counts only, nothing is allocated. */
#include <hv/dom_build.h>
#include <hv/guest_copy.h>

#define PAGES(bytes) (((bytes) + PAGE_SIZE - 1) >> PAGE_SHIFT)
/* The kernel's initial mapping ends at such a boundary, with this much free behind the stack (PV
 * ABI). */
#define END_ALIGN (4ull << 20)
#define END_SLACK (512ull << 10)
/* Kernels link their image into the top 2 GiB: an initial mapping beyond this is a mistake in the
 * image. */
#define MAX_MAPPED (1ull << 30)

/* Tables of `level` that a range needs. */
static uint64_t tables_for(uint64_t start, uint64_t end, unsigned int level)
{
    unsigned int shift = 12 + 9 * level;

    return ((end - 1) >> shift) - (start >> shift) + 1;
}

static uint64_t all_tables_for(uint64_t start, uint64_t end)
{
    return tables_for(start, end, 1) + tables_for(start, end, 2) + tables_for(start, end, 3);
}

/* Beyond what elf_parse_kernel() has seen to. */
static const char *check_kernel(const struct dom_build *b)
{
    const struct elf_kernel *k = &b->elf;

    if (k->virt_base & ~PAGE_MASK)
        return "kernel: VIRT_BASE note is not page aligned";
    if (k->virt_start < k->virt_base || k->virt_end <= k->virt_start)
        return "kernel: image lies below its VIRT_BASE note";
    if (k->virt_end - k->virt_base > MAX_MAPPED)
        return "kernel: image ends more than 1 GiB above its VIRT_BASE note";
    if (!guest_range_ok(gva(k->virt_base), k->virt_end - k->virt_base))
        return "kernel: image lies in the hypervisor's addresses";
    return NULL;
}

/* A frame list outside the mapped area has its own L4 slots, so that the two sets of tables share
 * none. */
static const char *place_p2m_apart(struct dom_build *b)
{
    uint64_t end = b->p2m_va + (b->p2m_frames << PAGE_SHIFT);

    if ((b->p2m_va & ~PAGE_MASK) || end < b->p2m_va ||
        !guest_range_ok(gva(b->p2m_va), b->p2m_frames << PAGE_SHIFT))
        return "kernel: INIT_P2M note: no such range of addresses";
    if (pt_index(b->p2m_va, 4) != pt_index(end - 1, 4) ||
        pt_index(b->p2m_va, 4) == pt_index(b->v_base, 4))
        return "kernel: INIT_P2M note: frame list does not fit an L4 slot of its own";
    b->p2m_tables = all_tables_for(b->p2m_va, end);
    return NULL;
}

/* The mapped area from the end of the image on; nr_pt depends on its end, which depends on nr_pt.
 */
static void place_mapped(struct dom_build *b)
{
    uint64_t at = ROUND_UP(b->elf.virt_end, PAGE_SIZE), end;

    if (!b->elf.mod_start_pfn) {
        b->initrd_pfn = build_pfn(b, at);
        at += b->initrd_frames << PAGE_SHIFT;
    }
    if (b->elf.init_p2m == ELF_UNSET) {
        b->p2m_va = at;
        at += b->p2m_frames << PAGE_SHIFT;
    }
    b->start_info_va = at;
    b->pt_va = at + PAGE_SIZE;
    b->nr_pt = 0;
    do {
        b->nr_pt++;
        b->stack_va = b->pt_va + (b->nr_pt << PAGE_SHIFT);
        end = ROUND_UP(b->stack_va + PAGE_SIZE + END_SLACK, END_ALIGN);
    } while (b->nr_pt < 1 + all_tables_for(b->v_base, end));
    b->v_end = end;
    b->nr_mapped = build_pfn(b, end);
    b->pt_pfn = build_pfn(b, b->pt_va);
}

const char *build_layout(struct dom_build *b)
{
    const char *error = check_kernel(b);
    uint64_t pfn;

    if (error)
        return error;
    b->v_base = b->elf.virt_base;
    b->nr_pages = b->img->nr_pages;
    b->initrd_frames = PAGES(b->img->initrd_size);
    b->p2m_frames = PAGES(b->nr_pages * sizeof(uint64_t));
    if (b->elf.init_p2m != ELF_UNSET) {
        b->p2m_va = b->elf.init_p2m;
        error = place_p2m_apart(b);
        if (error)
            return error;
    }
    place_mapped(b);
    if (b->v_end - b->v_base > MAX_MAPPED || !guest_range_ok(gva(b->v_base), b->v_end - b->v_base))
        return "kernel, initrd and frame list do not fit the kernel's initial mapping (1 GiB)";

    pfn = b->nr_mapped;
    if (b->elf.mod_start_pfn) {
        b->initrd_pfn = pfn;
        pfn += b->initrd_frames;
    }
    if (b->p2m_tables) {
        b->p2m_pfn = pfn;
        b->p2m_table_pfn = pfn + b->p2m_frames;
        pfn += b->p2m_frames + b->p2m_tables;
    } else {
        b->p2m_pfn = build_pfn(b, b->p2m_va);
    }
    if (pfn > b->nr_pages)
        return "dom0_mem is too small for kernel and initrd";
    return NULL;
}
