/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mapping and unmapping granted frames. Invariants: a handle names a mapping from the moment its
 * entry is in the page table until its references are dropped; references are dropped only after
 * every TLB that may know the mapping was flushed; of two unmaps of one mapping, one wins.
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/grant_entry.h>
#include <hv/heap.h>
#include <hv/hypercall.h>
#include <hv/panic.h>
#include <hv/personality.h>
#include <hv/printk.h>
#include <public/errno.h>

struct maptrack *grant_maptrack(struct grant_table *t, grant_handle_t handle)
{
    if (handle >= t->track_size)
        return NULL;
    return &t->track[handle / MAPTRACK_CHUNK][handle % MAPTRACK_CHUNK];
}

static int track_grow(struct grant_table *t)
{
    struct maptrack *chunk;

    if (t->track_size >= t->track_max)
        return -XEN_ENOSPC;
    chunk = hv_zalloc(MAPTRACK_CHUNK * sizeof(*chunk));
    if (!chunk)
        return -XEN_ENOMEM;
    for (unsigned int i = MAPTRACK_CHUNK; i-- > 0;) {
        chunk[i].ref = t->track_free;
        t->track_free = t->track_size + i;
    }
    t->track[t->track_size / MAPTRACK_CHUNK] = chunk;
    t->track_size += MAPTRACK_CHUNK;
    return 0;
}

/* Take a free handle out of the list. */
static bool track_reserve(struct grant_table *t, grant_handle_t *handle)
{
    bool ok;

    spin_lock(&t->lock);
    ok = t->track_free != TRACK_END || !track_grow(t);
    if (ok) {
        *handle = t->track_free;
        t->track_free = grant_maptrack(t, *handle)->ref;
        t->track_used++;
    }
    spin_unlock(&t->lock);
    return ok;
}

/* Lock held. */
static void track_release(struct grant_table *t, grant_handle_t handle)
{
    *grant_maptrack(t, handle) = (struct maptrack){.ref = t->track_free};
    t->track_free = handle;
    t->track_used--;
}

/* Drop the page references of `n` kinds of a mapping. Device frames have none. */
static void frame_put(mfn_t frame, bool readonly, unsigned int n)
{
    struct page *page = mfn_page(frame);

    while (page && n-- > 0) {
        if (readonly)
            page_put(page);
        else
            page_put_and_type(page);
    }
}

static bool frame_get_once(struct page *page, struct domain *granter, bool readonly)
{
    if (readonly)
        return page_get(page, granter);
    return page_get_and_type(page, granter, PT_WRITABLE) == 0;
}

/* One page reference for each kind of mapping asked for. */
static int frame_get(struct domain *granter, mfn_t frame, unsigned int flags)
{
    struct page *page = mfn_page(frame);
    bool readonly = flags & GNTMAP_readonly;

    if (!page) {
        /* Registers of a device that the granter may use, and the hypervisor does not. */
        if (!rangeset_contains(&granter->iomem, frame.n, frame.n) || arch_frame_is_ours(frame))
            return GNTST_bad_page;
        return GNTST_okay;
    }
    for (unsigned int i = 0; i < grant_kinds(flags); i++) {
        if (!frame_get_once(page, granter, readonly)) {
            frame_put(frame, readonly, i);
            return page_owner(page) == granter ? GNTST_general_error : GNTST_bad_page;
        }
    }
    return GNTST_okay;
}

/* Everything of a mapping but its handle. */
static int map_frame(struct domain *d, struct domain *granter,
                     const struct gnttab_map_grant_ref *op, mfn_t *frame)
{
    bool readonly = op->flags & GNTMAP_readonly;
    unsigned int pins = grant_kinds(op->flags);
    int rc = grant_pin(granter, op->ref, d->id, readonly, pins, frame);

    if (rc)
        return rc;
    rc = frame_get(granter, *frame, op->flags);
    if (!rc && (op->flags & GNTMAP_host_map)) {
        rc = pv_grant_map(d, op->host_addr, *frame, op->flags);
        if (rc)
            frame_put(*frame, readonly, pins);
    }
    if (rc)
        grant_unpin(granter, op->ref, readonly, pins);
    return rc;
}

static int map_one(struct domain *d, struct domain *granter, struct gnttab_map_grant_ref *op)
{
    struct grant_table *t = d->grants;
    grant_handle_t handle;
    mfn_t frame;
    int rc;

    if (!track_reserve(t, &handle))
        return GNTST_no_device_space;
    rc = map_frame(d, granter, op, &frame);
    spin_lock(&t->lock);
    if (rc)
        track_release(t, handle);
    else
        *grant_maptrack(t, handle) = (struct maptrack){
            .granter = granter,
            .frame = frame,
            .ref = op->ref,
            .flags = (uint16_t)(op->flags & (GNTMAP_KINDS | GNTMAP_readonly | GNTMAP_contains_pte)),
        };
    spin_unlock(&t->lock);
    if (!rc) {
        op->handle = handle;
        op->dev_bus_addr = mfn_to_maddr(frame);
    }
    return rc;
}

void grant_map_one(struct domain *d, void *arg)
{
    struct gnttab_map_grant_ref *op = arg;
    struct domain *granter;
    int rc = GNTST_bad_gntref; /* what the ABI answers to flags that ask for nothing */

    if (op->flags & GNTMAP_KINDS) {
        granter = domain_get_by_id(op->dom);
        if (!granter || !granter->grants) {
            rc = GNTST_bad_domain;
        } else {
            rc = map_one(d, granter, op);
            if (!rc)
                granter = NULL; /* the reference is the mapping's now */
        }
        if (granter)
            domain_put(granter);
    }
    op->status = (int16_t)rc;
}

int grant_unmap_begin(struct domain *d, struct grant_unmap *work, uint64_t host_addr,
                      uint64_t dev_addr, uint64_t new_addr)
{
    struct grant_table *t = d->grants;
    struct maptrack *m, was;
    uint16_t claim = 0;
    int rc = GNTST_okay;

    work->done = 0;
    spin_lock(&t->lock);
    m = grant_maptrack(t, work->handle);
    if (!m || !m->granter || !(m->flags & GNTMAP_KINDS)) {
        rc = GNTST_bad_handle;
    } else {
        was = *m;
        if (host_addr)
            claim |= m->flags & GNTMAP_host_map;
        if (dev_addr)
            claim |= m->flags & GNTMAP_device_map;
        if ((claim & GNTMAP_device_map) && dev_addr != mfn_to_maddr(m->frame)) {
            rc = GNTST_general_error;
        } else if (claim) {
            m->flags &= (uint16_t)~claim;
            m->claims++;
        }
    }
    spin_unlock(&t->lock);
    if (rc || !claim)
        return rc;

    if (claim & GNTMAP_host_map)
        rc = pv_grant_unmap(d, host_addr, was.frame, was.flags, new_addr);
    if (rc) {
        spin_lock(&t->lock);
        m->flags |= claim;
        m->claims--;
        spin_unlock(&t->lock);
        return rc;
    }
    work->done = claim;
    return GNTST_okay;
}

void grant_unmap_finish(struct domain *d, const struct grant_unmap *work)
{
    struct grant_table *t = d->grants;
    struct maptrack *m, was;
    bool last;

    if (!work->done)
        return;
    spin_lock(&t->lock);
    m = grant_maptrack(t, work->handle);
    was = *m; /* our claim keeps the entry */
    spin_unlock(&t->lock);

    frame_put(was.frame, was.flags & GNTMAP_readonly, grant_kinds(work->done));
    grant_unpin(was.granter, was.ref, was.flags & GNTMAP_readonly, grant_kinds(work->done));

    spin_lock(&t->lock);
    m->claims--;
    last = !m->claims && !(m->flags & GNTMAP_KINDS);
    if (last)
        track_release(t, work->handle);
    spin_unlock(&t->lock);
    if (last)
        domain_put(was.granter);
}

/* Drop whatever mapping the handle names. */
static void release_handle(struct domain *d, grant_handle_t handle)
{
    struct grant_unmap work = {.handle = handle};
    struct grant_table *t = d->grants;
    struct maptrack *m;

    spin_lock(&t->lock);
    m = grant_maptrack(t, handle);
    if (m->granter) {
        work.done = m->flags & GNTMAP_KINDS;
        m->flags &= (uint16_t)~GNTMAP_KINDS;
        m->claims++;
    }
    spin_unlock(&t->lock);
    grant_unmap_finish(d, &work);
}

int grant_table_release_mappings(struct domain *d)
{
    struct grant_table *t = d->grants;

    if (!t)
        return 0;
    /* Its vCPUs do not run any more, but a CPU may still know what they had mapped. */
    if (t->released == 0)
        arch_tlb_flush(&d->dirty_cpus, gva(~0ull));
    while (t->released < t->track_size && t->track_used) {
        release_handle(d, t->released++);
        if (t->released % MAPTRACK_CHUNK == 0 && hypercall_should_preempt())
            return -XEN_ERESTART;
    }
    return 0;
}
