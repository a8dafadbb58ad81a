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
#include <hv/personality.h>
#include <hv/string.h>
#include <hv/vcpu.h>

/* What was found for a frame. */
struct found {
    uint32_t refs;
    uint32_t uses[PT_WRITABLE + 1]; /* by type */
    uint32_t entries[2];            /* of tables, for grant mappings: read-only, writable */
    uint32_t mappings[2];           /* such mappings held */
};

/*
 * Kept from one check to the next: an allocation may flush TLBs, and a check must not disturb what
 * it checks. The debug key gives it back.
 */
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

static void count_grant_entry(mfn_t m, bool writable)
{
    if (mfn_page(m))
        found[m.n].entries[writable]++;
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
    pv_table_references(page, hold);
    /* A dying domain has given its mappings up, and no CPU comes to its tables any more. */
    if (!domain_is_dying(page->owner))
        pv_table_grants(page, count_grant_entry);
}

static void count_vcpu(const struct vcpu *v)
{
    pv_vcpu_references(v, hold);
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
        if (m->flags & GNTMAP_host_map) {
            hold(m->frame, use);
            if (mfn_page(m->frame))
                found[m->frame.n].mappings[use == PT_WRITABLE]++;
        }
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

/* Each entry of a grant mapping has a mapping of its kind behind it (not the other way round: a
 * guest may write over its entries). */
static const char *compare_grants(const struct found *f, unsigned long n)
{
    for (unsigned int writable = 0; writable < 2; writable++) {
        if (f->entries[writable] <= f->mappings[writable])
            continue;
        snprintf(text, sizeof(text), "frame %#lx: %u %s grant entries, %u mappings", n,
                 f->entries[writable], writable ? "writable" : "read-only", f->mappings[writable]);
        return text;
    }
    return NULL;
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
    return compare_grants(f, n);
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

    if (!found)
        found = hv_zalloc(frame_table_size * sizeof(*found));
    if (!found)
        return "no memory to check invariants";
    memset(found, 0, frame_table_size * sizeof(*found));
    (void)for_all_domains(false);
    why = for_all_domains(true);
    return why ? why : check_rest();
}

void invariants_release(void)
{
    hv_free(found);
    found = NULL;
}
