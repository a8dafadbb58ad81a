/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parser of Xen notes. A note is: name size, descriptor size, type (32 bits each), name and
 * descriptor, each padded to four bytes. Nothing is read beyond the note segment's own bytes.
 */
#include "kernel_notes.h"

#include <errno.h>
#include <string.h>

#include <public/elfnote.h>
#include <public/features.h>

#include "error.h"

struct note {
    uint32_t type;
    const uint8_t *data;
    uint32_t size;
};

static uint64_t get_le(const uint8_t *p, unsigned int bytes)
{
    uint64_t value = 0;

    while (bytes--)
        value = value << 8 | p[bytes];
    return value;
}

/* Numbers come with 4 or 8 bytes. */
static int note_number(const struct note *note, uint64_t *value, char *error)
{
    if (note->size != 4 && note->size != 8)
        return dom_fail(error, EINVAL, "Xen note %u has %u bytes, expected a number of 4 or 8",
                        note->type, note->size);
    *value = get_le(note->data, note->size);
    return 0;
}

/* Texts are cut where they do not fit; they are for display only. */
static void note_text(const struct note *note, char *text, size_t size)
{
    size_t n = strnlen((const char *)note->data, note->size);

    if (n >= size)
        n = size - 1;
    memcpy(text, note->data, n);
    text[n] = '\0';
}

/* Feature bit of a name of `length` bytes, or -1. */
static int feature_bit(const char *name, size_t length)
{
    static const struct {
        int bit;
        const char *name;
    } known[] = {
        {XENFEAT_writable_page_tables, "writable_page_tables"},
        {XENFEAT_writable_descriptor_tables, "writable_descriptor_tables"},
        {XENFEAT_auto_translated_physmap, "auto_translated_physmap"},
        {XENFEAT_supervisor_mode_kernel, "supervisor_mode_kernel"},
        {XENFEAT_pae_pgdir_above_4gb, "pae_pgdir_above_4gb"},
        {XENFEAT_mmu_pt_update_preserve_ad, "mmu_pt_update_preserve_ad"},
        {XENFEAT_highmem_assist, "highmem_assist"},
        {XENFEAT_gnttab_map_avail_bits, "gnttab_map_avail_bits"},
        {XENFEAT_hvm_callback_vector, "hvm_callback_vector"},
        {XENFEAT_hvm_safe_pvclock, "hvm_safe_pvclock"},
        {XENFEAT_hvm_pirqs, "hvm_pirqs"},
        {XENFEAT_dom0, "dom0"},
        {XENFEAT_memory_op_vnode_supported, "memory_op_vnode_supported"},
        {XENFEAT_linux_rsdp_unrestricted, "linux_rsdp_unrestricted"},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strlen(known[i].name) == length && memcmp(known[i].name, name, length) == 0)
            return known[i].bit;
    }
    return -1;
}

/* "!required|optional|...": an optional feature we do not know is no concern of ours, a required
 * one is. */
static int note_features(const struct note *note, struct dom_kernel_info *info, char *error)
{
    const char *p = (const char *)note->data;
    const char *end = p + strnlen(p, note->size);

    while (p < end) {
        const char *next = memchr(p, '|', (size_t)(end - p));
        bool required = *p == '!';
        int bit;

        if (!next)
            next = end;
        p += required;
        bit = feature_bit(p, (size_t)(next - p));
        if (bit < 0 && required)
            return dom_fail(error, EINVAL, "kernel requires the unknown feature '%.*s'",
                            (int)(next - p > 64 ? 64 : next - p), p);
        if (bit >= 0) {
            info->features_supported |= 1U << bit;
            if (required)
                info->features_required |= 1U << bit;
        }
        p = next < end ? next + 1 : end;
    }
    return 0;
}

static int apply_note(const struct note *note, struct dom_kernel_info *info, char *error)
{
    uint64_t number = 0;
    int rc = 0;

    switch (note->type) {
    case XEN_ELFNOTE_ENTRY:
        return note_number(note, &info->entry, error);
    case XEN_ELFNOTE_HYPERCALL_PAGE:
        return note_number(note, &info->hypercall_page, error);
    case XEN_ELFNOTE_VIRT_BASE:
        return note_number(note, &info->virt_base, error);
    case XEN_ELFNOTE_PADDR_OFFSET:
        return note_number(note, &info->paddr_offset, error);
    case XEN_ELFNOTE_HV_START_LOW:
        return note_number(note, &info->hv_start_low, error);
    case XEN_ELFNOTE_INIT_P2M:
        return note_number(note, &info->init_p2m, error);
    case XEN_ELFNOTE_MOD_START_PFN:
        rc = note_number(note, &number, error);
        info->mod_start_pfn = number != 0;
        return rc;
    case XEN_ELFNOTE_SUSPEND_CANCEL:
        rc = note_number(note, &number, error);
        info->suspend_cancel = number != 0;
        return rc;
    case XEN_ELFNOTE_SUPPORTED_FEATURES:
        rc = note_number(note, &number, error);
        info->features_supported |= (uint32_t)number;
        return rc;
    case XEN_ELFNOTE_FEATURES:
        return note_features(note, info, error);
    case XEN_ELFNOTE_GUEST_OS:
        note_text(note, info->guest_os, sizeof(info->guest_os));
        return 0;
    case XEN_ELFNOTE_GUEST_VERSION:
        note_text(note, info->guest_version, sizeof(info->guest_version));
        return 0;
    case XEN_ELFNOTE_LOADER:
        note_text(note, info->loader, sizeof(info->loader));
        return 0;
    case XEN_ELFNOTE_XEN_VERSION:
        note_text(note, info->xen_version, sizeof(info->xen_version));
        return 0;
    default:
        return 0;
    }
}

int dom_notes_read(const struct dom_blob *image, uint64_t offset, uint64_t size,
                   struct dom_kernel_info *info, char *error)
{
    const uint8_t *p;
    uint64_t left = size;

    if (offset > image->size || size > image->size - offset)
        return dom_fail(error, EINVAL, "ELF notes lie outside of the file");
    p = image->data + offset;
    while (left >= 12) {
        uint64_t name_size = get_le(p, 4), data_size = get_le(p + 4, 4);
        uint64_t name_room = (name_size + 3) & ~3ULL, data_room = (data_size + 3) & ~3ULL;
        struct note note = {.type = (uint32_t)get_le(p + 8, 4)};

        p += 12;
        left -= 12;
        /* The very last descriptor may come without its padding. */
        if (name_room > left || data_size > left - name_room)
            return dom_fail(error, EINVAL, "ELF note is cut off: %llu bytes, %llu are there",
                            (unsigned long long)(name_room + data_size), (unsigned long long)left);
        note.data = p + name_room;
        note.size = (uint32_t)data_size;
        if (name_size == 4 && memcmp(p, "Xen", 4) == 0) {
            info->has_notes = true;
            if (apply_note(&note, info, error) < 0)
                return -1;
        }
        if (data_room > left - name_room)
            break;
        p += name_room + data_room;
        left -= name_room + data_room;
    }
    return 0;
}
