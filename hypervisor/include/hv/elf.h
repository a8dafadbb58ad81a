/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An x86-64 ELF kernel in memory, with the Xen notes by which it says how it wants to be started.
 * The image is not trusted: every offset is checked against its size before it is used.
 */
#pragma once

#include <hv/types.h>

#define ELF_MAX_SEGMENTS 16
#define ELF_UNSET        (~0ull) /* a note the kernel did not give */

/* One loadable segment, at the virtual address it will have (the notes' arithmetic is done). */
struct elf_segment {
    uint64_t vaddr; /* = p_paddr + virt_base - paddr_offset */
    const void *data;
    uint64_t file_size; /* bytes of data */
    uint64_t mem_size;  /* the rest is zero */
    uint32_t flags;     /* PF_X 1, PF_W 2, PF_R 4 */
};

struct elf_kernel {
    struct elf_segment segment[ELF_MAX_SEGMENTS];
    unsigned int nr_segments;
    uint64_t virt_start, virt_end; /* whole of the loaded image; end is exclusive */

    /* Notes, ELF_UNSET where there is none unless a default is given. */
    uint64_t entry;          /* default: e_entry */
    uint64_t virt_base;      /* default: 0 */
    uint64_t paddr_offset;   /* default: 0 */
    uint64_t hypercall_page; /* virtual address */
    uint64_t init_p2m;       /* where the kernel wants its frame list */
    uint64_t hv_start_low;
    bool mod_start_pfn; /* takes the initrd unmapped */
    bool suspend_cancel;
    uint32_t features_supported, features_required; /* bits XENFEAT_* */
    char guest_os[16], guest_version[16], loader[16], xen_version[16];
};

/* Fill *out from `size` bytes at `image`, which must stay. NULL on success, else what is wrong (a
 * constant). */
const char *elf_parse_kernel(const void *image, size_t size, struct elf_kernel *out);
