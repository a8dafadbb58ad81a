/* SPDX-License-Identifier: Apache-2.0 */
/* Domain 0 from its modules: the order of the steps. A failure stops the boot, so nothing is
 * undone. */
#include <hv/arch.h>
#include <hv/dom_build.h>
#include <hv/heap.h>
#include <hv/hypercall.h>
#include <hv/panic.h>
#include <hv/printk.h>

static const char *create(struct dom_build *b)
{
    const struct domain_create_params params = {
        .id = 0, .privileged = true, .max_vcpus = b->img->max_vcpus};

    if (domain_create(&params, &b->d))
        return "cannot create the domain";
    for (unsigned int i = 0; i < params.max_vcpus; i++)
        if (b->d->vcpu[i] == NULL && vcpu_create(b->d, i) == NULL)
            return "cannot create its vCPUs";
    return NULL;
}

static void load_kernel(struct dom_build *b)
{
    for (unsigned int i = 0; i < b->elf.nr_segments; i++) {
        const struct elf_segment *s = &b->elf.segment[i];

        build_copy(b, s->vaddr, s->data, s->file_size);
        build_copy(b, s->vaddr + s->file_size, NULL, s->mem_size - s->file_size);
    }
    if (b->elf.hypercall_page != ELF_UNSET) {
        uint64_t pfn = build_pfn(b, b->elf.hypercall_page);

        b->d->pv.hypercall_page = build_p2m(b, pfn);
        hypercall_page_fill(build_ptr(b, pfn));
    }
}

static void report(const struct dom_build *b)
{
    log_info("Domain 0 kernel: %s %s, %llx to %llx, entry %llx\n", b->elf.guest_os,
             b->elf.guest_version, (unsigned long long)b->elf.virt_start,
             (unsigned long long)b->elf.virt_end, (unsigned long long)b->elf.entry);
    log_info("Domain 0 layout: mapped %llx to %llx; initrd pfn %llx (%llu pages); frame list %llx, "
             "pfn %llx "
             "(%llu pages, %llu tables); start info %llx; tables %llx (%llu); stack %llx\n",
             (unsigned long long)b->v_base, (unsigned long long)b->v_end,
             (unsigned long long)b->initrd_pfn, (unsigned long long)b->initrd_frames,
             (unsigned long long)b->p2m_va, (unsigned long long)b->p2m_pfn,
             (unsigned long long)b->p2m_frames, (unsigned long long)b->p2m_tables,
             (unsigned long long)b->start_info_va, (unsigned long long)b->pt_va,
             (unsigned long long)b->nr_pt, (unsigned long long)b->stack_va);
}

static const char *build(struct dom_build *b)
{
    const char *error = elf_parse_kernel(b->img->kernel, b->img->kernel_size, &b->elf);

    if (!error)
        error = build_layout(b);
    if (error)
        return error;
    report(b);
    error = create(b);
    if (!error)
        error = build_memory(b);
    if (error)
        return error;
    load_kernel(b);
    build_start_info(b);
    error = build_tables(b, b->d->vcpu[0]);
    if (!error)
        error = build_permissions(b->d);
    if (!error)
        build_first_vcpu(b, b->d->vcpu[0]);
    return error;
}

const char *pv_build_dom0(const struct dom0_image *img, struct domain **out)
{
    struct dom_build *b = hv_zalloc(sizeof(*b));
    const char *error;

    if (b == NULL)
        return "not enough memory";
    b->img = img;
    error = build(b);
    if (!error)
        *out = b->d;
    hv_free(b->p2m_mfn);
    hv_free(b);
    return error;
}
