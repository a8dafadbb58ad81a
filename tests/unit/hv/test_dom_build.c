/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Domain 0 from a small kernel made here: what it finds at its start, that its tables are what they
 * should be, and which kernels are refused.
 */
#include <string.h>

#include <hv/hypercall.h>
#include <public/elfnote.h>

#include "mm_world.h"

#define BASE      0xffffffff80000000ull
#define KERNEL_VA (BASE + 0x100000)
#define P2M_VA    0x8000000000ull
#define PAGES     4096ull

static struct domain *built;

/* ---- a kernel ---- */

static struct {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
    struct {
        uint32_t type, flags;
        uint64_t offset, vaddr, paddr, filesz, memsz, align;
    } ph[2];
    struct {
        uint32_t name_size, desc_size, type;
        char name[4];
        uint64_t value;
    } note[8];
    char text[64];
} kernel;

static void add_note(uint32_t type, uint64_t value)
{
    unsigned int i = 0;

    while (kernel.note[i].name_size)
        i++;
    kernel.note[i].name_size = 4;
    kernel.note[i].desc_size = 8;
    kernel.note[i].type = type;
    memcpy(kernel.note[i].name, "Xen", 4);
    kernel.note[i].value = value;
    kernel.ph[1].filesz = kernel.ph[1].memsz = (i + 1) * sizeof(kernel.note[0]);
}

static void make_kernel(void)
{
    memset(&kernel, 0, sizeof(kernel));
    memcpy(kernel.ident, "\177ELF\2\1\1", 7);
    kernel.type = 2;
    kernel.machine = 62;
    kernel.version = 1;
    kernel.entry = KERNEL_VA;
    kernel.phoff = offsetof(__typeof__(kernel), ph);
    kernel.ehsize = kernel.phoff;
    kernel.phentsize = sizeof(kernel.ph[0]);
    kernel.phnum = 2;
    kernel.ph[0].type = 1;
    kernel.ph[0].flags = 7;
    kernel.ph[0].offset = offsetof(__typeof__(kernel), text);
    kernel.ph[0].vaddr = KERNEL_VA;
    kernel.ph[0].paddr = KERNEL_VA - BASE;
    kernel.ph[0].filesz = sizeof(kernel.text);
    kernel.ph[0].memsz = 5 * PAGE_SIZE + 17;
    kernel.ph[1].type = 4;
    kernel.ph[1].offset = offsetof(__typeof__(kernel), note);
    strcpy(kernel.text, "the kernel's first bytes");
    add_note(XEN_ELFNOTE_VIRT_BASE, BASE);
    add_note(XEN_ELFNOTE_PADDR_OFFSET, 0);
    add_note(XEN_ELFNOTE_ENTRY, KERNEL_VA + 0x20);
    add_note(XEN_ELFNOTE_HYPERCALL_PAGE, KERNEL_VA + PAGE_SIZE);
}

/* ---- building ---- */

static struct dom0_image img;

static const char *build(void)
{
    built = NULL;
    img.kernel = &kernel;
    img.kernel_size = sizeof(kernel);
    if (!img.nr_pages)
        img.nr_pages = PAGES;
    if (!img.max_vcpus)
        img.max_vcpus = 2;
    return pv_build_dom0(&img, &built);
}

static void end(void)
{
    if (built) {
        while (domain_kill(built))
            ;
        dom0 = NULL;
    }
    memset(&img, 0, sizeof(img));
}

static uint64_t pte_of(uint64_t va)
{
    uint64_t pte = 0;

    return pv_translate(built->vcpu[0], va, &pte) ? pte : 0;
}

static void *at(uint64_t va)
{
    uint64_t pte = pte_of(va);

    CU_ASSERT_NOT_EQUAL_FATAL(pte, 0);
    return (char *)words(pte_mfn(pte)) + (va & ~PAGE_MASK);
}

static uint64_t p2m(const struct start_info *si, uint64_t pfn)
{
    return *(uint64_t *)at(si->mfn_list + pfn * 8);
}

static const struct start_info *start_info(void)
{
    return at(built->vcpu[0]->pv.regs.rsi);
}

/* What holds for every layout. */
static void check_common(void)
{
    const struct cpu_user_regs *r = &built->vcpu[0]->pv.regs;
    const struct start_info *si = start_info();
    uint64_t mapped = si->pt_base + si->nr_pt_frames * PAGE_SIZE;

    CU_ASSERT_STRING_EQUAL(si->magic, "xen-3.0-x86_64");
    CU_ASSERT_EQUAL(si->nr_pages, PAGES);
    CU_ASSERT_EQUAL(built->tot_pages, PAGES);
    CU_ASSERT_EQUAL(si->shared_info, mfn_to_maddr(built->shared_mfn));
    CU_ASSERT_EQUAL(si->flags & (SIF_PRIVILEGED | SIF_INITDOMAIN), SIF_PRIVILEGED | SIF_INITDOMAIN);
    CU_ASSERT_EQUAL(r->rip, KERNEL_VA + 0x20);
    CU_ASSERT_EQUAL(r->rsp & ~PAGE_MASK, 0);
    CU_ASSERT_NOT_EQUAL(pte_of(r->rsp - 8) & PTE_RW, 0);
    CU_ASSERT_EQUAL(built->vcpu[0]->info->evtchn_upcall_mask, 1);
    CU_ASSERT_EQUAL(built->vcpu[0]->pause_flags & VPF_DOWN, 0);
    CU_ASSERT_NOT_EQUAL(built->vcpu[1]->pause_flags & VPF_DOWN, 0);
    /* The mapped area is pfn 0 and up, writable but for the tables. */
    for (uint64_t va = BASE; va < mapped; va += PAGE_SIZE) {
        bool table = va >= si->pt_base;

        CU_ASSERT_EQUAL(pte_mfn(pte_of(va)).n, p2m(si, (va - BASE) >> PAGE_SHIFT));
        CU_ASSERT_EQUAL(!(pte_of(va) & PTE_RW), table);
    }
    CU_ASSERT_EQUAL(built->vcpu[0]->pv.cr3 >> PAGE_SHIFT,
                    p2m(si, (si->pt_base - BASE) >> PAGE_SHIFT));
    CU_ASSERT_NOT_EQUAL(page_of(pte_mfn(pte_of(si->pt_base)))->type & PTF_PINNED, 0);
    /* Each frame once, its own, and the reverse table says the same. */
    for (uint64_t pfn = 0; pfn < PAGES; pfn++) {
        CU_ASSERT_EQUAL_FATAL(arch_m2p_get(mfn(p2m(si, pfn))), pfn);
        CU_ASSERT_PTR_EQUAL(page_owner(page_of(mfn(p2m(si, pfn)))), built);
    }
    CU_ASSERT_STRING_EQUAL(at(KERNEL_VA), "the kernel's first bytes");
    CU_ASSERT_EQUAL(*(char *)at(KERNEL_VA + 5 * PAGE_SIZE), 0);
    CU_ASSERT_NOT_EQUAL(*(uint64_t *)at(KERNEL_VA + PAGE_SIZE), 0); /* hypercall stubs */
    world_check();
}

static void list_in_image(void)
{
    make_kernel();
    img.cmdline = "console=hvc0";
    CU_ASSERT_PTR_NULL_FATAL(build());
    check_common();
    CU_ASSERT(start_info()->mfn_list > KERNEL_VA);
    CU_ASSERT_EQUAL(start_info()->nr_p2m_frames, 0);
    CU_ASSERT_EQUAL(start_info()->mod_start, 0);
    CU_ASSERT_STRING_EQUAL((const char *)start_info()->cmd_line, "console=hvc0");
    end();
}

/* An initrd of three pages and a bit, in frames that nobody manages yet. */
static mfn_t make_initrd(void)
{
    struct page *p = page_alloc(2, 0, true);
    mfn_t m = page_mfn(p);

    for (unsigned int i = 0; i < 4; i++)
        words(mfn_add(m, i))[0] = 0x1000 + i;
    img.initrd_mfn = m;
    img.initrd_size = 3 * PAGE_SIZE + 100;
    return m;
}

static void list_apart(void)
{
    const struct start_info *si;
    mfn_t initrd;

    make_kernel();
    add_note(XEN_ELFNOTE_INIT_P2M, P2M_VA);
    add_note(XEN_ELFNOTE_MOD_START_PFN, 1);
    initrd = make_initrd();
    CU_ASSERT_PTR_NULL_FATAL(build());
    check_common();
    si = start_info();
    CU_ASSERT_EQUAL(si->mfn_list, P2M_VA);
    CU_ASSERT_EQUAL(si->nr_p2m_frames, PAGES * 8 / PAGE_SIZE + 3); /* and a table of each level */
    CU_ASSERT_EQUAL(p2m(si, si->first_p2m_pfn), pte_mfn(pte_of(P2M_VA)).n);
    CU_ASSERT_NOT_EQUAL(pte_of(P2M_VA) & PTE_RW, 0);
    CU_ASSERT_EQUAL(pte_of(P2M_VA + PAGES * 8), 0); /* not a page more */
    CU_ASSERT_EQUAL(si->flags & SIF_MOD_START_PFN, SIF_MOD_START_PFN);
    CU_ASSERT_EQUAL(si->mod_len, 3 * PAGE_SIZE + 100);
    for (unsigned int i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(p2m(si, si->mod_start + i), initrd.n + i);
        CU_ASSERT_EQUAL(words(mfn_add(initrd, i))[0], 0x1000 + i);
    }
    end();
}

static void initrd_mapped(void)
{
    const struct start_info *si;

    make_kernel();
    make_initrd();
    CU_ASSERT_PTR_NULL_FATAL(build());
    check_common();
    si = start_info();
    CU_ASSERT_EQUAL(si->flags & SIF_MOD_START_PFN, 0);
    for (unsigned int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(*(uint64_t *)at(si->mod_start + i * PAGE_SIZE), 0x1000 + i);
    end();
}

static void vga(void)
{
    struct dom0_vga_console_info info = {.video_type = XEN_VGATYPE_TEXT_MODE_3};
    const struct start_info *si;

    make_kernel();
    img.vga_info = &info;
    img.vga_info_size = sizeof(info);
    CU_ASSERT_PTR_NULL_FATAL(build());
    si = start_info();
    CU_ASSERT_EQUAL(si->console.dom0.info_size, sizeof(info));
    CU_ASSERT_EQUAL(memcmp((const char *)si + si->console.dom0.info_off, &info, sizeof(info)), 0);
    end();
}

static void expect_error(const char *what)
{
    const char *error = build();

    CU_ASSERT_PTR_NOT_NULL_FATAL(error);
    if (!strstr(error, what))
        printf("\n    \"%s\" does not contain \"%s\"\n", error, what);
    CU_ASSERT_PTR_NOT_NULL(strstr(error, what));
    CU_ASSERT_PTR_NULL(built);
    memset(&img, 0, sizeof(img));
}

/* All these are found before anything is allocated. */
static void refused_kernels(void)
{
    make_kernel();
    kernel.note[0].value = BASE + 0x200000; /* VIRT_BASE above the image */
    expect_error("kernel");
    make_kernel();
    kernel.note[0].value = HYPERVISOR_VIRT_START;
    expect_error("kernel");
    make_kernel();
    kernel.note[2].value = BASE; /* ENTRY */
    expect_error("entry point");
    make_kernel();
    kernel.note[3].value = KERNEL_VA + 0x80000; /* HYPERCALL_PAGE */
    expect_error("hypercall page");
    make_kernel();
    add_note(XEN_ELFNOTE_INIT_P2M, BASE + 0x40000000 - 0x80000000);
    expect_error("INIT_P2M");
    make_kernel();
    add_note(XEN_ELFNOTE_INIT_P2M, HYPERVISOR_VIRT_START);
    expect_error("INIT_P2M");
    make_kernel();
    img.nr_pages = 300;
    expect_error("too small");
}

int main(void)
{
    static const struct mm_test tests[] = {
        MM_TEST(list_in_image), MM_TEST(list_apart),      MM_TEST(initrd_mapped),
        MM_TEST(vga),           MM_TEST(refused_kernels),
    };

    return run_mm_tests("dom_build", tests, ARRAY_SIZE(tests));
}
