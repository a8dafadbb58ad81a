/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ELF headers of a guest kernel: checks that it is a 64-bit x86 executable, places its segments in
 * pseudo-physical memory and finds its Xen notes. Every header is copied out of the image before it
 * is used, so alignment and bounds are checked once, in fetch().
 */
#include <elf.h>
#include <errno.h>
#include <string.h>

#include <domus/kernel.h>

#include "error.h"
#include "kernel_notes.h"

#define PHDRS_MAX 512
#define SHDRS_MAX 4096

/* Copies `size` bytes at `offset`, or says that the image has no such bytes. */
static bool fetch(const struct dom_blob *image, void *to, uint64_t offset, size_t size)
{
    if (offset > image->size || size > image->size - offset)
        return false;
    memcpy(to, image->data + offset, size);
    return true;
}

static int check_header(const struct dom_blob *image, Elf64_Ehdr *eh, char *error)
{
    if (!fetch(image, eh, 0, sizeof(*eh)) || memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0)
        return dom_fail(error, EINVAL, "not an ELF image");
    if (eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_ident[EI_DATA] != ELFDATA2LSB ||
        eh->e_machine != EM_X86_64)
        return dom_fail(error, EINVAL, "not a 64-bit x86 kernel");
    if (eh->e_type != ET_EXEC && eh->e_type != ET_DYN)
        return dom_fail(error, EINVAL, "ELF type %u is not executable", eh->e_type);
    if (eh->e_phnum == 0 || eh->e_phnum > PHDRS_MAX || eh->e_phentsize != sizeof(Elf64_Phdr))
        return dom_fail(error, EINVAL,
                        "ELF has %u program headers of %u bytes, expected 1 to %d of %zu",
                        eh->e_phnum, eh->e_phentsize, PHDRS_MAX, sizeof(Elf64_Phdr));
    if (eh->e_phoff > image->size ||
        (uint64_t)eh->e_phnum * sizeof(Elf64_Phdr) > image->size - eh->e_phoff)
        return dom_fail(error, EINVAL, "ELF program headers lie outside of the file");
    return 0;
}

static void get_phdr(const struct dom_blob *image, const Elf64_Ehdr *eh, unsigned int i,
                     Elf64_Phdr *ph)
{
    memcpy(ph, image->data + eh->e_phoff + (size_t)i * sizeof(*ph), sizeof(*ph));
}

/* Notes of the program headers; where there is no such header at all, those of the sections. */
static int read_notes(const struct dom_blob *image, const Elf64_Ehdr *eh,
                      struct dom_kernel_info *info, char *error)
{
    unsigned int found = 0;

    for (unsigned int i = 0; i < eh->e_phnum; i++) {
        Elf64_Phdr ph;

        get_phdr(image, eh, i, &ph);
        if (ph.p_type != PT_NOTE)
            continue;
        found++;
        if (dom_notes_read(image, ph.p_offset, ph.p_filesz, info, error) < 0)
            return -1;
    }
    if (found || eh->e_shentsize != sizeof(Elf64_Shdr) || eh->e_shnum > SHDRS_MAX)
        return 0;
    for (unsigned int i = 0; i < eh->e_shnum; i++) {
        Elf64_Shdr sh;

        if (eh->e_shoff > image->size ||
            !fetch(image, &sh, eh->e_shoff + (uint64_t)i * sizeof(sh), sizeof(sh)))
            return dom_fail(error, EINVAL, "ELF section headers lie outside of the file");
        if (sh.sh_type == SHT_NOTE &&
            dom_notes_read(image, sh.sh_offset, sh.sh_size, info, error) < 0)
            return -1;
    }
    return 0;
}

/* One PT_LOAD. The sums below cannot wrap: each part is checked against what is left first. */
static int add_segment(const struct dom_blob *image, const Elf64_Phdr *ph,
                       struct dom_kernel_info *info, char *error)
{
    struct dom_kernel_segment *s = &info->segments[info->segment_count];

    if (ph->p_memsz == 0)
        return 0;
    if (info->segment_count == DOM_KERNEL_SEGMENTS_MAX)
        return dom_fail(error, EINVAL, "ELF has more than %d segments to load",
                        DOM_KERNEL_SEGMENTS_MAX);
    if (ph->p_filesz > ph->p_memsz)
        return dom_fail(error, EINVAL, "ELF segment %u is larger in the file than in memory",
                        info->segment_count);
    if (ph->p_offset > image->size || ph->p_filesz > image->size - ph->p_offset)
        return dom_fail(error, EINVAL,
                        "ELF segment %u is cut off: %#llx bytes at %#llx, image has %#zx",
                        info->segment_count, (unsigned long long)ph->p_filesz,
                        (unsigned long long)ph->p_offset, image->size);
    if (ph->p_paddr < info->paddr_offset ||
        ph->p_paddr - info->paddr_offset > DOM_KERNEL_SPAN_MAX ||
        ph->p_memsz > DOM_KERNEL_SPAN_MAX - (ph->p_paddr - info->paddr_offset))
        return dom_fail(
            error, EINVAL, "ELF segment %u loads at %#llx, outside of the first %lu MiB",
            info->segment_count, (unsigned long long)ph->p_paddr, DOM_KERNEL_SPAN_MAX >> 20);
    s->paddr = ph->p_paddr - info->paddr_offset;
    s->vaddr = info->virt_base + s->paddr;
    s->offset = ph->p_offset;
    s->file_size = ph->p_filesz;
    s->memory_size = ph->p_memsz;
    info->segment_count++;
    return 0;
}

static int check_overlap(const struct dom_kernel_info *info, char *error)
{
    for (unsigned int i = 0; i < info->segment_count; i++) {
        const struct dom_kernel_segment *a = &info->segments[i];

        for (unsigned int j = 0; j < i; j++) {
            const struct dom_kernel_segment *b = &info->segments[j];

            if (a->paddr < b->paddr + b->memory_size && b->paddr < a->paddr + a->memory_size)
                return dom_fail(error, EINVAL, "ELF segments %u and %u overlap at %#llx", j, i,
                                (unsigned long long)a->paddr);
        }
    }
    return 0;
}

static int read_segments(const struct dom_blob *image, const Elf64_Ehdr *eh,
                         struct dom_kernel_info *info, char *error)
{
    uint64_t low = UINT64_MAX, high = 0;

    for (unsigned int i = 0; i < eh->e_phnum; i++) {
        Elf64_Phdr ph;

        get_phdr(image, eh, i, &ph);
        if (ph.p_type == PT_LOAD && add_segment(image, &ph, info, error) < 0)
            return -1;
    }
    if (info->segment_count == 0)
        return dom_fail(error, EINVAL, "ELF has nothing to load");
    for (unsigned int i = 0; i < info->segment_count; i++) {
        const struct dom_kernel_segment *s = &info->segments[i];

        low = s->paddr < low ? s->paddr : low;
        high = s->paddr + s->memory_size > high ? s->paddr + s->memory_size : high;
    }
    info->virt_start = info->virt_base + low;
    info->virt_end = info->virt_base + high;
    return check_overlap(info, error);
}

static int check_addresses(const struct dom_kernel_info *info, char *error)
{
    if (info->entry < info->virt_start || info->entry >= info->virt_end)
        return dom_fail(error, EINVAL,
                        "entry point %#llx lies outside of the kernel (%#llx to %#llx)",
                        (unsigned long long)info->entry, (unsigned long long)info->virt_start,
                        (unsigned long long)info->virt_end);
    if (info->hypercall_page != DOM_NOTE_UNSET &&
        (info->hypercall_page % 4096 || info->hypercall_page < info->virt_start ||
         info->hypercall_page >= info->virt_end))
        return dom_fail(error, EINVAL, "HYPERCALL_PAGE note %#llx is not a page of the kernel",
                        (unsigned long long)info->hypercall_page);
    return 0;
}

int dom_kernel_parse(const struct dom_blob *image, struct dom_kernel_info *info, char *error)
{
    Elf64_Ehdr eh;

    memset(info, 0, sizeof(*info));
    info->entry = DOM_NOTE_UNSET;
    info->hypercall_page = DOM_NOTE_UNSET;
    info->init_p2m = DOM_NOTE_UNSET;
    info->hv_start_low = DOM_NOTE_UNSET;

    if (check_header(image, &eh, error) < 0 || read_notes(image, &eh, info, error) < 0)
        return -1;
    if (!info->has_notes)
        return dom_fail(error, EINVAL,
                        "kernel has no Xen notes: it is not built for paravirtualization");
    if (info->virt_base % 4096 || info->virt_base > UINT64_MAX - DOM_KERNEL_SPAN_MAX)
        return dom_fail(error, EINVAL, "VIRT_BASE note %#llx is not usable",
                        (unsigned long long)info->virt_base);
    if (read_segments(image, &eh, info, error) < 0)
        return -1;
    if (info->entry == DOM_NOTE_UNSET)
        info->entry = eh.e_entry;
    return check_addresses(info, error);
}
