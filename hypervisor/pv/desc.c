/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptor tables of a guest. Invariant: a frame that a CPU may read descriptors from is
 * PT_SEGDESC, so no guest can write it, and every present descriptor in it is a code or data
 * segment of ring 3 with its accessed bit set (so that the CPU never writes to it either).
 */
#include <hv/arch.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/panic.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/pv_mm.h>
#include <public/errno.h>

#define DESC_ACCESSED  (1ull << 40)
#define DESC_TYPE      (0xfull << 40)
#define DESC_S         (1ull << 44) /* code or data, not a system descriptor */
#define DESC_DPL       (3ull << 45)
#define DESC_P         (1ull << 47)
#define DESCS_PER_PAGE (PAGE_SIZE / 8)

bool pv_descriptor_ok(uint64_t *desc)
{
    uint64_t d = *desc;

    /* Loading a descriptor that is not present faults, whatever else it says. */
    if (!(d & DESC_P))
        return true;
    if (d & DESC_S) {
        /* The guest kernel believes in ring 0 (or 1); it runs in ring 3. */
        *desc = d | DESC_DPL | DESC_ACCESSED;
        return true;
    }
    /* System descriptors: type 0 is reserved and harmless. Gates, TSS and LDT descriptors are
     * refused. */
    return (d & DESC_TYPE) == 0;
}

int pv_validate_descriptors(struct page *p)
{
    uint64_t *t = arch_frame_ptr(page_mfn(p));

    for (unsigned int i = 0; i < DESCS_PER_PAGE; i++) {
        uint64_t desc = read_once(t[i]), was = desc;

        if (!pv_descriptor_ok(&desc)) {
            guest_log(LOG_WARNING, "d%u: descriptor %016llx at frame %llx, entry %u, refused\n",
                      p->owner->id, (unsigned long long)was, (unsigned long long)page_mfn(p).n, i);
            return -XEN_EINVAL;
        }
        if (desc != was)
            write_once(t[i], desc);
    }
    return 0;
}

/* Take / drop the references of one descriptor frame. mm lock held. */
static int take_frame(struct domain *d, mfn_t m)
{
    struct page *p = mfn_page(m);

    return p ? page_get_and_type(p, d, PT_SEGDESC) : -XEN_EINVAL;
}

static void drop_frames(struct domain *d, const uint64_t *frames, unsigned int count)
{
    spin_lock(&d->mm_lock);
    for (unsigned int i = 0; i < count; i++)
        if (frames[i])
            page_put_and_type(mfn_page_trusted(mfn(frames[i])));
    spin_unlock(&d->mm_lock);
}

/* ---- GDT ---- */

int pv_set_gdt(struct vcpu *v, const uint64_t *frames, unsigned int entries)
{
    struct domain *d = v->domain;
    unsigned int count = (unsigned int)((entries + DESCS_PER_PAGE - 1) / DESCS_PER_PAGE);
    uint64_t old[PV_GDT_FRAMES];
    unsigned int i;
    int rc = 0;

    if (entries > FIRST_RESERVED_GDT_ENTRY)
        return -XEN_EINVAL;
    spin_lock(&d->mm_lock);
    for (i = 0; i < count; i++) {
        rc = take_frame(d, mfn(frames[i]));
        if (rc)
            break;
    }
    spin_unlock(&d->mm_lock);
    if (rc) {
        guest_log(LOG_WARNING, "d%u: frame %llx cannot be part of a GDT\n", d->id,
                  (unsigned long long)frames[i]);
        drop_frames(d, frames, i);
        return rc;
    }
    for (i = 0; i < PV_GDT_FRAMES; i++) {
        old[i] = v->pv.gdt_frames[i];
        v->pv.gdt_frames[i] = i < count ? frames[i] : 0;
    }
    v->pv.gdt_ents = entries;
    /* The CPU leaves the old frames before they are let go. */
    if (v == current_vcpu())
        arch_load_gdt(v);
    drop_frames(d, old, PV_GDT_FRAMES);
    return 0;
}

void pv_gdt_release(struct vcpu *v)
{
    /* Zero entries cannot fail. */
    int rc = pv_set_gdt(v, NULL, 0);

    ASSERT(rc == 0);
}

long do_set_gdt(gva_t frame_list, unsigned int entries)
{
    uint64_t frames[PV_GDT_FRAMES];
    size_t count = (entries + DESCS_PER_PAGE - 1) / DESCS_PER_PAGE;

    if (entries > FIRST_RESERVED_GDT_ENTRY)
        return -XEN_EINVAL;
    if (guest_read(frames, frame_list, count * sizeof(frames[0])))
        return -XEN_EFAULT;
    return pv_set_gdt(current_vcpu(), frames, entries);
}

long do_update_descriptor(uint64_t maddr, uint64_t desc)
{
    struct domain *d = current_vcpu()->domain;
    struct page *p = mfn_page(maddr_to_mfn(maddr));
    int rc;

    if (p == NULL || (maddr & 7) || !pv_descriptor_ok(&desc)) {
        guest_log(LOG_WARNING, "d%u: descriptor %016llx at %llx refused\n", d->id,
                  (unsigned long long)desc, (unsigned long long)maddr);
        return -XEN_EINVAL;
    }
    spin_lock(&d->mm_lock);
    /* In a descriptor frame, or in a page that might become one. */
    if (page_type(p) == PT_SEGDESC)
        rc = page_get_and_type(p, d, PT_SEGDESC);
    else
        rc = page_get_and_type(p, d, PT_WRITABLE);
    if (rc == 0) {
        write_once(*(uint64_t *)((char *)arch_frame_ptr(page_mfn(p)) + (maddr & ~PAGE_MASK)), desc);
        page_put_and_type(p);
    }
    spin_unlock(&d->mm_lock);
    return rc;
}

/* ---- LDT: frames are brought in when the CPU first reads them ---- */

static void set_ldt(struct vcpu *v, uint64_t base, unsigned int entries)
{
    uint64_t old[ARRAY_SIZE(v->pv.ldt_frames)];

    for (unsigned int i = 0; i < ARRAY_SIZE(old); i++) {
        old[i] = v->pv.ldt_frames[i];
        v->pv.ldt_frames[i] = 0;
    }
    v->pv.ldt_base = base;
    v->pv.ldt_ents = entries;
    if (v == current_vcpu())
        arch_load_ldt(v);
    drop_frames(v->domain, old, ARRAY_SIZE(old));
}

int pv_set_ldt(struct vcpu *v, uint64_t base, unsigned int entries)
{
    if (entries > PV_MAX_LDT_ENTRIES || (base & ~PAGE_MASK) ||
        !guest_range_ok(gva(base), (size_t)entries * 8)) {
        guest_log(LOG_WARNING, "d%u: LDT of %u entries at %llx refused\n", v->domain->id, entries,
                  (unsigned long long)base);
        return -XEN_EINVAL;
    }
    if (base != v->pv.ldt_base || entries != v->pv.ldt_ents)
        set_ldt(v, base, entries);
    return 0;
}

void pv_ldt_release(struct vcpu *v)
{
    set_ldt(v, 0, 0);
}

bool pv_ldt_fault(struct vcpu *v, uint64_t offset)
{
    struct domain *d = v->domain;
    uint64_t slot = offset >> PAGE_SHIFT, *e;
    struct page *l1;
    bool ok = false;

    if (slot * DESCS_PER_PAGE >= v->pv.ldt_ents || v->pv.ldt_frames[slot])
        return false;
    spin_lock(&d->mm_lock);
    e = pv_find_kernel_l1e(v, v->pv.ldt_base + (slot << PAGE_SHIFT), &l1);
    if (e && (read_once(*e) & PTE_P)) {
        mfn_t m = pte_mfn(read_once(*e));

        if (take_frame(d, m) == 0) {
            v->pv.ldt_frames[slot] = m.n;
            ok = true;
        }
    }
    spin_unlock(&d->mm_lock);
    if (ok)
        arch_load_ldt(v);
    return ok;
}
