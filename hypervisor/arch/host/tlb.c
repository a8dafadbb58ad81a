/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model of TLBs that never forget: each access leaves its translation, with the tables it was
 * found through, until a flush. A translation that outlives what it was made from is what real
 * hardware would turn into an escape, rarely; here it is found always (host_tlb_check).
 */
#include <stdio.h>
#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/grant_entry.h>
#include <hv/guest_copy.h>
#include <hv/page_alloc.h>
#include <hv/percpu.h>
#include <hv/pv_mm.h>
#include <arch/host.h>
#include "host_internal.h"

#define ENTRIES 512

struct translation {
    bool valid;
    uint64_t va; /* of the page */
    mfn_t frame;
    bool writable;
    struct domain *owner;  /* of the frame, when the translation was made */
    bool walk_known;       /* `table` still may be in the walker's caches */
    mfn_t table[4];        /* level 4 first */
    struct domain *walker; /* who owns the tables */
};

static struct translation tlb[MAX_CPUS][ENTRIES];
static unsigned int next_slot[MAX_CPUS];
static uint64_t tlb_clock = 1;
uint64_t host_tlb_flushes;

void host_tlb_drop(unsigned int cpu)
{
    for (unsigned int i = 0; i < ENTRIES; i++)
        tlb[cpu][i].valid = false;
    next_slot[cpu] = 0;
}

unsigned int host_tlb_entries(unsigned int cpu)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < ENTRIES; i++)
        n += tlb[cpu][i].valid;
    return n;
}

/* INVLPG drops one translation, and all that the walker remembers of upper levels. */
static void drop_page(unsigned int cpu, uint64_t va)
{
    for (unsigned int i = 0; i < ENTRIES; i++) {
        struct translation *t = &tlb[cpu][i];

        if (t->va == (va & PAGE_MASK))
            t->valid = false;
        t->walk_known = false;
    }
}

void arch_tlb_flush(const struct cpumask *cpus, gva_t addr)
{
    unsigned int c;

    host_tlb_flushes++;
    for_each_cpu(c, cpus)
    {
        if (!cpumask_test(&cpu_online, c))
            continue;
        if (addr.a != ~0ull) {
            drop_page(c, addr.a);
            continue;
        }
        percpu_table[c]->tlb_seen = ++tlb_clock;
        host_tlb_drop(c);
    }
}

uint64_t arch_tlb_clock(void)
{
    return tlb_clock;
}

void arch_tlb_flush_older(const struct cpumask *cpus, uint64_t stamp)
{
    struct cpumask late;
    unsigned int c;

    cpumask_zero(&late);
    for_each_cpu(c, cpus)
    {
        if (cpumask_test(&cpu_online, c) && percpu_table[c]->tlb_seen <= stamp)
            cpumask_set(&late, c);
    }
    if (!cpumask_empty(&late))
        arch_tlb_flush(&late, gva(~0ull));
}

void host_tlb_fill(unsigned int cpu, uint64_t va, uint64_t pte, const mfn_t table[4])
{
    struct page *page = mfn_page(pte_mfn(pte));
    struct translation *t = &tlb[cpu][next_slot[cpu]++ % ENTRIES];

    *t = (struct translation){
        .valid = true,
        .va = va & PAGE_MASK,
        .frame = pte_mfn(pte),
        .writable = pte & PTE_RW,
        .owner = page ? page->owner : NULL,
        .walk_known = true,
        .walker = percpu_table[cpu]->current->domain,
    };
    for (unsigned int i = 0; i < 4; i++)
        t->table[i] = table[i];
}

static struct translation *find(unsigned int cpu, uint64_t va)
{
    for (unsigned int i = 0; i < ENTRIES; i++)
        if (tlb[cpu][i].valid && tlb[cpu][i].va == (va & PAGE_MASK))
            return &tlb[cpu][i];
    return NULL;
}

/* Walk the current tables as the CPU does, setting accessed and dirty bits. */
static bool walk(struct vcpu *v, uint64_t va, bool write, uint64_t *pte, mfn_t table[4])
{
    uint64_t root = v->pv.kernel_mode ? v->pv.cr3 : v->pv.cr3_user;
    bool writable = true;
    mfn_t m = maddr_to_mfn(root);

    if (!root)
        return false;
    for (unsigned int level = 4; level >= 1; level--) {
        uint64_t *e = (uint64_t *)arch_frame_ptr(m) + pt_index(va, level);

        table[4 - level] = m;
        if (!(*e & PTE_P) || !(*e & PTE_US))
            return false;
        writable = writable && (*e & PTE_RW);
        if (write && !writable)
            return false;
        *e |= PTE_A | (write && level == 1 ? PTE_D : 0);
        *pte = *e;
        m = pte_mfn(*e);
    }
    *pte = writable ? *pte : *pte & ~PTE_RW;
    return true;
}

bool host_translate(struct vcpu *v, uint64_t va, bool write, char **ptr)
{
    unsigned int cpu = this_cpu()->id;
    struct translation *t;
    mfn_t table[4];
    uint64_t pte;

    if (!guest_range_ok(gva(va), 1) || (int64_t)(va << 16) >> 16 != (int64_t)va)
        return false;
    t = find(cpu, va);
    if (!t || (write && !t->writable)) {
        if (t)
            t->valid = false; /* hardware walks again before it faults */
        if (!walk(v, va, write, &pte, table))
            return false;
        host_tlb_fill(cpu, va, pte, table);
        t = find(cpu, va);
    }
    if (!arch_frame_is_ram(t->frame))
        return false; /* device registers that nobody is behind */
    *ptr = (char *)arch_frame_ptr(t->frame) + (va & ~PAGE_MASK);
    return true;
}

/* ---- the oracle ---- */

/* Inside a free block of the allocator? Its first frame carries the mark and the size. */
static bool frame_is_free(mfn_t m)
{
    for (unsigned int order = 0; order <= MAX_ORDER; order++) {
        const struct page *head = &frame_table[m.n & ~((1ull << order) - 1)];

        if ((head->ref & PGF_FREE) && head->order >= order)
            return true;
    }
    return false;
}

static const char *frame_reused(const struct translation *t)
{
    const struct page *page = mfn_page(t->frame);
    enum page_type type;

    if (!page || frame_is_free(t->frame))
        return NULL;
    if (page->owner != t->owner)
        return "the frame was given to someone else";
    type = page_type(page);
    if (t->writable && page_type_count(page) && type != PT_NONE && type != PT_WRITABLE &&
        (page->type & PTF_VALID))
        return "the frame is a table or descriptor page, and is writable here";
    return NULL;
}

/* Does `d` hold a grant mapping that this translation may come from? */
static bool granted(const struct domain *d, const struct translation *t)
{
    for (grant_handle_t h = 0; d->grants && h < d->grants->track_size; h++) {
        const struct maptrack *m = grant_maptrack(d->grants, h);

        if (m->granter && mfn_eq(m->frame, t->frame) && (m->flags & GNTMAP_host_map) &&
            (!t->writable || !(m->flags & GNTMAP_readonly)))
            return true;
    }
    return false;
}

/* Others' memory is reached through grants only (dom0 has other ways), and not a moment longer. */
static const char *grant_over(unsigned int cpu, const struct translation *t)
{
    const struct domain *d = percpu_table[cpu]->current->domain;
    const struct page *page = mfn_page(t->frame);

    if (!page || !page->owner || page->owner == d || d->is_privileged || d->is_idle ||
        granted(d, t))
        return NULL;
    return "another domain's frame, and no grant of it is mapped";
}

static const char *tables_reused(const struct translation *t)
{
    for (unsigned int i = 0; t->walk_known && i < 4; i++) {
        const struct page *page = mfn_page(t->table[i]);
        enum page_type type = page_type(page);

        if (frame_is_free(t->table[i]))
            continue;
        if (page->owner != t->walker)
            return "a table on the way was given to someone else";
        if (page_type_count(page) && (page->type & PTF_VALID) && type != PT_NONE &&
            type != (enum page_type)(PT_L4 - i))
            return "a table on the way is used as something else";
    }
    return NULL;
}

const char *host_tlb_check(void)
{
    static char text[200];

    for (unsigned int c = 0; c < nr_cpus; c++) {
        for (unsigned int i = 0; i < ENTRIES; i++) {
            const struct translation *t = &tlb[c][i];
            const char *why = t->valid ? frame_reused(t) : NULL;

            if (t->valid && !why)
                why = tables_reused(t);
            if (t->valid && !why)
                why = grant_over(c, t);
            if (!why)
                continue;
            snprintf(text, sizeof(text), "stale translation on CPU %u: %#lx -> frame %#lx (%s): %s",
                     c, (unsigned long)t->va, (unsigned long)t->frame.n,
                     t->writable ? "writable" : "read-only", why);
            return text;
        }
    }
    return NULL;
}
