/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads an ELF64 kernel and its Xen notes (public/elfnote.h). Every header is copied out of the
 * image after its place was checked, so a malformed image yields a message and nothing else.
 */
#include <hv/elf.h>
#include <hv/string.h>
#include <public/elfnote.h>
#include <public/features.h>

struct ehdr {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct phdr {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

struct shdr {
    uint32_t name, type;
    uint64_t flags, addr, offset, size;
    uint32_t link, info;
    uint64_t addralign, entsize;
};

struct note_header {
    uint32_t name_size, desc_size, type;
};

#define EM_X86_64 62
#define ET_EXEC   2
#define ET_DYN    3
#define PT_LOAD_  1
#define PT_NOTE_  4
#define SHT_NOTE_ 7

struct image {
    const char *base;
    size_t size;
};

static bool inside(const struct image *img, uint64_t off, uint64_t len)
{
    return off <= img->size && len <= img->size - off;
}

static bool copy_out(const struct image *img, uint64_t off, void *dst, size_t len)
{
    if (!inside(img, off, len))
        return false;
    memcpy(dst, img->base + off, len);
    return true;
}

static const struct {
    const char *name;
    unsigned int bit;
} feature_names[] = {
    {"writable_page_tables", XENFEAT_writable_page_tables},
    {"writable_descriptor_tables", XENFEAT_writable_descriptor_tables},
    {"auto_translated_physmap", XENFEAT_auto_translated_physmap},
    {"supervisor_mode_kernel", XENFEAT_supervisor_mode_kernel},
    {"pae_pgdir_above_4gb", XENFEAT_pae_pgdir_above_4gb},
    {"dom0", XENFEAT_dom0},
};

/* "a|!b|c": features the kernel can use; '!' marks those it cannot do without. */
static const char *parse_features(struct elf_kernel *k, const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && text[i]) {
        bool required = text[i] == '!', known = false;
        size_t start = i += required, n;

        while (i < len && text[i] && text[i] != '|')
            i++;
        n = i - start;
        for (size_t f = 0; f < ARRAY_SIZE(feature_names); f++) {
            if (strlen(feature_names[f].name) != n ||
                memcmp(feature_names[f].name, text + start, n))
                continue;
            known = true;
            k->features_supported |= 1u << feature_names[f].bit;
            if (required)
                k->features_required |= 1u << feature_names[f].bit;
        }
        if (required && !known)
            return "the kernel requires a feature that is not known";
        if (i < len && text[i] == '|')
            i++;
    }
    return NULL;
}

static uint64_t note_number(const char *desc, uint32_t len)
{
    uint64_t v = 0;

    memcpy(&v, desc, MIN(len, (uint32_t)sizeof(v)));
    return v;
}

static void note_text(char *dst, size_t size, const char *desc, uint32_t len)
{
    size_t n = strnlen(desc, MIN((size_t)len, size - 1));

    memcpy(dst, desc, n);
    dst[n] = '\0';
}

static const char *apply_note(struct elf_kernel *k, uint32_t type, const char *desc, uint32_t len)
{
    uint64_t n = note_number(desc, len);

    switch (type) {
    case XEN_ELFNOTE_ENTRY:
        k->entry = n;
        break;
    case XEN_ELFNOTE_HYPERCALL_PAGE:
        k->hypercall_page = n;
        break;
    case XEN_ELFNOTE_VIRT_BASE:
        k->virt_base = n;
        break;
    case XEN_ELFNOTE_PADDR_OFFSET:
        k->paddr_offset = n;
        break;
    case XEN_ELFNOTE_INIT_P2M:
        k->init_p2m = n;
        break;
    case XEN_ELFNOTE_HV_START_LOW:
        k->hv_start_low = n;
        break;
    case XEN_ELFNOTE_MOD_START_PFN:
        k->mod_start_pfn = n != 0;
        break;
    case XEN_ELFNOTE_SUSPEND_CANCEL:
        k->suspend_cancel = n != 0;
        break;
    case XEN_ELFNOTE_SUPPORTED_FEATURES:
        k->features_supported |= (uint32_t)n;
        break;
    case XEN_ELFNOTE_XEN_VERSION:
        note_text(k->xen_version, sizeof(k->xen_version), desc, len);
        break;
    case XEN_ELFNOTE_GUEST_OS:
        note_text(k->guest_os, sizeof(k->guest_os), desc, len);
        break;
    case XEN_ELFNOTE_GUEST_VERSION:
        note_text(k->guest_version, sizeof(k->guest_version), desc, len);
        break;
    case XEN_ELFNOTE_LOADER:
        note_text(k->loader, sizeof(k->loader), desc, len);
        break;
    case XEN_ELFNOTE_FEATURES:
        return parse_features(k, desc, len);
    default: /* the ABI lets a loader pass over notes it does not need */
        break;
    }
    return NULL;
}

/* Walk one block of notes. `found` counts those of owner "Xen". */
static const char *parse_notes(struct elf_kernel *k, const struct image *img, uint64_t off,
                               uint64_t size, unsigned int *found)
{
    struct note_header n;
    uint64_t end = off + size;

    while (end - off >= sizeof(n)) {
        uint64_t name, desc;
        const char *error;

        if (!copy_out(img, off, &n, sizeof(n)))
            return "a note lies outside the image";
        name = off + sizeof(n);
        desc = name + ROUND_UP((uint64_t)n.name_size, 4);
        if (desc > end || n.desc_size > end - desc || !inside(img, desc, n.desc_size))
            return "a note is longer than its section";
        if (n.name_size == 4 && !memcmp(img->base + name, "Xen", 4)) {
            error = apply_note(k, n.type, img->base + desc, n.desc_size);
            if (error)
                return error;
            ++*found;
        }
        off = desc + ROUND_UP((uint64_t)n.desc_size, 4);
        if (off > end)
            break;
    }
    return NULL;
}

static const char *find_notes(struct elf_kernel *k, const struct image *img, const struct ehdr *e)
{
    unsigned int found = 0;
    const char *error;

    for (unsigned int i = 0; i < e->phnum; i++) {
        struct phdr p;

        if (!copy_out(img, e->phoff + (uint64_t)i * sizeof(p), &p, sizeof(p)))
            return "the program headers lie outside the image";
        if (p.type != PT_NOTE_)
            continue;
        if (!inside(img, p.offset, p.filesz))
            return "a note segment lies outside the image";
        error = parse_notes(k, img, p.offset, p.filesz, &found);
        if (error)
            return error;
    }
    /* Some linkers drop the note segment but keep the section. */
    for (unsigned int i = 0; !found && e->shentsize == sizeof(struct shdr) && i < e->shnum; i++) {
        struct shdr s;

        if (e->shoff > img->size ||
            !copy_out(img, e->shoff + (uint64_t)i * sizeof(s), &s, sizeof(s)))
            break;
        if (s.type != SHT_NOTE_ || !inside(img, s.offset, s.size))
            continue;
        error = parse_notes(k, img, s.offset, s.size, &found);
        if (error)
            return error;
    }
    return found ? NULL : "no Xen notes: not a kernel built for paravirtualization";
}

static const char *find_segments(struct elf_kernel *k, const struct image *img,
                                 const struct ehdr *e)
{
    k->virt_start = ~0ull;
    for (unsigned int i = 0; i < e->phnum; i++) {
        struct elf_segment *s = &k->segment[k->nr_segments];
        struct phdr p;

        if (!copy_out(img, e->phoff + (uint64_t)i * sizeof(p), &p, sizeof(p)))
            return "the program headers lie outside the image";
        if (p.type != PT_LOAD_ || !p.memsz)
            continue;
        if (k->nr_segments == ELF_MAX_SEGMENTS)
            return "too many segments";
        if (p.filesz > p.memsz || !inside(img, p.offset, p.filesz))
            return "a segment lies outside the image";
        /* By physical address: a kernel's per-CPU segment has a virtual address of its own. */
        s->vaddr = p.paddr + k->virt_base - k->paddr_offset;
        s->data = img->base + p.offset;
        s->file_size = p.filesz;
        s->mem_size = p.memsz;
        s->flags = p.flags;
        if (s->vaddr < k->virt_base || s->vaddr + p.memsz < s->vaddr)
            return "a segment wraps around the address space";
        k->virt_start = MIN(k->virt_start, s->vaddr);
        k->virt_end = MAX(k->virt_end, s->vaddr + p.memsz);
        k->nr_segments++;
    }
    return k->nr_segments ? NULL : "nothing to load";
}

const char *elf_parse_kernel(const void *image, size_t size, struct elf_kernel *k)
{
    struct image img = {image, size};
    struct ehdr e;
    const char *error;

    memset(k, 0, sizeof(*k));
    k->hypercall_page = k->init_p2m = k->hv_start_low = ELF_UNSET;
    if (!copy_out(&img, 0, &e, sizeof(e)) || memcmp(e.ident, "\177ELF", 4))
        return "not an ELF file (a compressed kernel must be unpacked first)";
    if (e.ident[4] != 2 || e.ident[5] != 1 || e.machine != EM_X86_64)
        return "not an x86-64 ELF file";
    if (e.type != ET_EXEC && e.type != ET_DYN)
        return "not an executable";
    if (e.phentsize != sizeof(struct phdr) || e.phoff > size)
        return "no program headers";
    k->entry = e.entry;
    error = find_notes(k, &img, &e);
    if (!error)
        error = find_segments(k, &img, &e);
    if (error)
        return error;
    if (k->entry < k->virt_start || k->entry >= k->virt_end)
        return "the entry point lies outside the kernel";
    if (k->hypercall_page != ELF_UNSET &&
        (k->hypercall_page % PAGE_SIZE || k->hypercall_page < k->virt_start ||
         k->virt_end - k->hypercall_page < PAGE_SIZE || k->hypercall_page >= k->virt_end))
        return "the hypercall page lies outside the kernel";
    return NULL;
}
