/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames: who refers to each, counted anew from page tables, vCPUs, grants and pins, and compared
 * with the counts in struct page. Knows every kind of holder; a new kind that is not entered here
 * shows up as a violation.
 */
#include <hv/arch.h>
#include <hv/domctl.h>
#include <hv/evtchn_port.h>
#include <hv/frame.h>
#include <hv/grant_entry.h>
#include <hv/heap.h>
#include <hv/invariants.h>
#include <hv/pv_mm.h>
#include <hv/string.h>
#include <hv/vcpu.h>

/* What was found for a frame. */
struct found {
    uint32_t refs;
    uint32_t uses[PT_WRITABLE + 1]; /* by type */
};

static struct found *found;
static char text[160];

static void hold(mfn_t m, enum page_type t)
{
    if (!mfn_page(m))
        return;
    found[m.n].refs++;
    if (t != PT_NONE)
        found[m.n].uses[t]++;
}

static bool is_device(const struct page *page)
{
    return !page || page->owner == domain_io;
}

static void count_entry(uint64_t e, unsigned int level)
{
    if (level > 1)
        hold(pte_mfn(e), (enum page_type)(level - 1));
    else if (!(e & PTE_GNTTAB) && !is_device(mfn_page(pte_mfn(e))))
        hold(pte_mfn(e), e & PTE_RW ? PT_WRITABLE : PT_NONE);
}

/* The entries of a checked table, or those of a half-checked one that are accounted. */
static void count_table(const struct page *page)
{
    unsigned int level = table_level(page_type(page));
    unsigned int upto = page->type & PTF_PARTIAL ? page->nr_done : PTE_ENTRIES;
    const uint64_t *t = arch_frame_ptr(page_mfn(page));

    for (unsigned int i = 0; i < upto; i++)
        if ((t[i] & PTE_P) && !(level == 4 && l4_slot_is_hv(i)))
            count_entry(t[i], level);
}

static void count_page(const struct page *page)
{
    mfn_t m = page_mfn(page);

    if (page->ref & PGF_ALLOCATED)
        found[m.n].refs++;
    if (page->ref & PGF_HYPERVISOR)
        found[m.n].uses[page_type(page)]++; /* its type is fixed by a use that never ends */
    if (page->type & PTF_PINNED)
        hold(m, page_type(page));
    if (page->type & PTF_PARTIAL)
        hold(m, page_type(page));
    if (page_type_count(page) && (page->type & (PTF_VALID | PTF_PARTIAL)) &&
        table_level(page_type(page)))
        count_table(page);
}

static void count_vcpu(const struct vcpu *v)
{
    if (v->pv.cr3)
        hold(maddr_to_mfn(v->pv.cr3), PT_L4);
    if (v->pv.cr3_user)
        hold(maddr_to_mfn(v->pv.cr3_user), PT_L4);
    for (unsigned int i = 0; i < ARRAY_SIZE(v->pv.gdt_frames); i++)
        if (v->pv.gdt_frames[i])
            hold(mfn(v->pv.gdt_frames[i]), PT_SEGDESC);
    for (unsigned int i = 0; i < ARRAY_SIZE(v->pv.ldt_frames); i++)
        if (v->pv.ldt_frames[i])
            hold(mfn(v->pv.ldt_frames[i]), PT_SEGDESC);
    if (v->info_page)
        hold(page_mfn(v->info_page), PT_WRITABLE);
}

static void count_mappings(const struct domain *d)
{
    for (grant_handle_t h = 0; d->grants && h < d->grants->track_size; h++) {
        const struct maptrack *m = grant_maptrack(d->grants, h);
        enum page_type use = m->flags & GNTMAP_readonly ? PT_NONE : PT_WRITABLE;

        if (!m->granter)
            continue;
        if (m->flags & GNTMAP_host_map)
            hold(m->frame, use);
        if (m->flags & GNTMAP_device_map)
            hold(m->frame, use);
    }
}

static void count_domain(struct domain *d)
{
    const struct page *page;
    struct vcpu *v;

    list_for_each (page, &d->pages, link)
        count_page(page);
    list_for_each (page, &d->hv_pages, link)
        count_page(page);
    if (d->pv.relinquished.next)
        list_for_each (page, &d->pv.relinquished, link)
            count_page(page);
    for_each_vcpu(d, v) count_vcpu(v);
    count_mappings(d);
    if (pirq_eoi_page(d))
        hold(page_mfn(pirq_eoi_page(d)), PT_WRITABLE);
}

static const char *compare(const struct domain *d, const struct page *page)
{
    const struct found *f = &found[page_mfn(page).n];
    unsigned long n = (unsigned long)page_mfn(page).n;
    enum page_type type = page_type(page);

    if (page->owner != d) {
        snprintf(text, sizeof(text), "frame %#lx is listed by d%u and has another owner", n, d->id);
        return text;
    }
    if ((page->ref & PGF_COUNT_MASK) != f->refs) {
        snprintf(text, sizeof(text),
                 "frame %#lx of d%u: %u references kept, %u found (type %u, %u)", n, d->id,
                 (unsigned int)(page->ref & PGF_COUNT_MASK), f->refs, type, page_type_count(page));
        return text;
    }
    for (unsigned int t = PT_NONE; t <= PT_WRITABLE; t++) {
        uint32_t kept = t == type ? page_type_count(page) : 0;

        if (kept == f->uses[t])
            continue;
        snprintf(text, sizeof(text), "frame %#lx of d%u: %u uses as type %u kept, %u found", n,
                 d->id, kept, t, f->uses[t]);
        return text;
    }
    return NULL;
}

static const char *compare_list(const struct domain *d, const struct list *pages, uint64_t *count)
{
    const struct page *page;
    const char *why;

    if (!pages->next)
        return NULL;
    list_for_each (page, pages, link) {
        (*count)++;
        why = compare(d, page);
        if (why)
            return why;
        found[page_mfn(page).n] = (struct found){0};
    }
    return NULL;
}

static const char *compare_domain(const struct domain *d)
{
    uint64_t own = 0, ours = 0;
    const char *why = compare_list(d, &d->pages, &own);

    if (!why)
        why = compare_list(d, &d->pv.relinquished, &own);
    if (!why)
        why = compare_list(d, &d->hv_pages, &ours);
    if (!why && (own != d->tot_pages || ours != d->hv_page_count)) {
        snprintf(text, sizeof(text), "d%u: %lu + %u frames kept, %lu + %lu listed", d->id,
                 (unsigned long)d->tot_pages, d->hv_page_count, (unsigned long)own,
                 (unsigned long)ours);
        why = text;
    }
    return why;
}

/* What is left after every owned frame was compared: references to frames that nobody owns. */
static const char *check_rest(void)
{
    for (uint64_t n = 0; n < frame_table_size; n++) {
        if (!found[n].refs)
            continue;
        snprintf(text, sizeof(text), "frame %#lx belongs to no domain and has %u references",
                 (unsigned long)n, found[n].refs);
        return text;
    }
    return NULL;
}

static const char *for_all_domains(bool compare_them)
{
    const char *why = NULL;
    struct domain *d;

    for (domid_t from = 0; !why && (d = domain_next(from)) != NULL; domain_put(d)) {
        from = (domid_t)(d->id + 1);
        if (compare_them)
            why = compare_domain(d);
        else
            count_domain(d);
    }
    return why;
}

const char *invariants_frames(void)
{
    const char *why;

    found = hv_zalloc(frame_table_size * sizeof(*found));
    if (!found)
        return "no memory to check invariants";
    (void)for_all_domains(false);
    why = for_all_domains(true);
    if (!why)
        why = check_rest();
    hv_free(found);
    found = NULL;
    return why;
}
