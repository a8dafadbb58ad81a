/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A domain's grant table: the frames it shares with its guest, and the pins on its entries.
 * Invariants: the table only grows; an entry's GTF_reading is set while it is pinned, GTF_writing
 * while a pin may write; a pinned entry keeps its frame and user whatever the guest does to the
 * shared words.
 */
#include <hv/arch.h>
#include <hv/grant_entry.h>
#include <hv/heap.h>
#include <hv/page_alloc.h>
#include <hv/panic.h>
#include <hv/printk.h>
#include <public/errno.h>

/* The first four bytes of a shared entry: read and changed as one. */
union grant_head {
    uint32_t word;
    struct {
        uint16_t flags;
        domid_t domid;
    };
};

_Static_assert(offsetof(struct grant_entry_v1, domid) == 2, "head of a grant entry");

struct grant_entry_v1 *grant_shared_entry(struct grant_table *t, grant_ref_t ref)
{
    unsigned int frame = ref / GRANTS_PER_FRAME;

    return frame < t->nr_frames ? &t->shared[frame][ref % GRANTS_PER_FRAME] : NULL;
}

struct grant_active *grant_active_entry(struct grant_table *t, grant_ref_t ref)
{
    unsigned int frame = ref / GRANTS_PER_FRAME;

    return frame < t->nr_frames ? &t->active[frame][ref % GRANTS_PER_FRAME] : NULL;
}

/* Check an entry and set its use flags in one atomic step. `first`: nobody uses it yet. */
static int mark_used(struct grant_entry_v1 *e, domid_t user, bool readonly, bool first)
{
    uint32_t *word = (uint32_t *)(void *)e;
    union grant_head seen = {.word = read_once(*word)};

    /* A guest that keeps changing the entry under our hands gets an error, not our time. */
    for (unsigned int tries = 0; tries < 5; tries++) {
        union grant_head next = seen;

        if (first && ((seen.flags & GTF_type_mask) != GTF_permit_access || seen.domid != user))
            return GNTST_general_error;
        if (!readonly && (seen.flags & GTF_readonly))
            return GNTST_general_error;
        next.flags |= readonly ? GTF_reading : GTF_reading | GTF_writing;
        if (atomic_cas(word, &seen.word, next.word))
            return GNTST_okay;
    }
    return GNTST_general_error;
}

int grant_pin(struct domain *granter, grant_ref_t ref, domid_t user, bool readonly,
              unsigned int pins, mfn_t *frame)
{
    struct grant_table *t = granter->grants;
    struct grant_active *act;
    struct grant_entry_v1 *e;
    int rc = GNTST_okay;
    bool first;

    spin_lock(&t->lock);
    act = grant_active_entry(t, ref);
    e = grant_shared_entry(t, ref);
    if (!act) {
        rc = GNTST_bad_gntref;
        goto out;
    }
    first = !act->readers && !act->writers;
    if (!first && act->user != user) {
        rc = GNTST_general_error;
        goto out;
    }
    if (first || (!readonly && !act->writers))
        rc = mark_used(e, user, readonly, first);
    if (rc)
        goto out;
    if (first) {
        act->user = user;
        act->frame = mfn(read_once(e->frame));
    }
    *frame = act->frame;
    if (readonly)
        act->readers += pins;
    else
        act->writers += pins;
out:
    spin_unlock(&t->lock);
    return rc;
}

void grant_unpin(struct domain *granter, grant_ref_t ref, bool readonly, unsigned int pins)
{
    struct grant_table *t = granter->grants;
    struct grant_active *act;
    struct grant_entry_v1 *e;

    spin_lock(&t->lock);
    act = grant_active_entry(t, ref);
    e = grant_shared_entry(t, ref);
    BUG_ON(!act || (readonly ? act->readers : act->writers) < pins);
    if (readonly)
        act->readers -= pins;
    else
        act->writers -= pins;
    if (!readonly && !act->writers)
        atomic_and(&e->flags, (uint16_t)~GTF_writing);
    if (!act->writers && !act->readers)
        atomic_and(&e->flags, (uint16_t)~GTF_reading);
    spin_unlock(&t->lock);
}

/* One more frame. Lock held. */
static int table_grow(struct domain *d)
{
    struct grant_table *t = d->grants;
    struct grant_active *active;
    struct page *page;

    if (t->nr_frames >= t->max_frames)
        return -XEN_ENOSPC;
    if (domain_is_dying(d)) /* its shared frames were given up, or are about to be */
        return -XEN_EINVAL;
    active = hv_zalloc(GRANTS_PER_FRAME * sizeof(*active));
    page = page_alloc(0, 0, true);
    if (!active || !page) {
        hv_free(active);
        if (page)
            page_free(page, 0);
        return -XEN_ENOMEM;
    }
    page_share_with_guest(page, d, true);
    t->shared[t->nr_frames] = arch_frame_ptr(page_mfn(page));
    t->active[t->nr_frames] = active;
    t->nr_frames++;
    return 0;
}

mfn_t grant_table_frame(struct domain *d, unsigned int i)
{
    struct grant_table *t = d->grants;
    mfn_t m = INVALID_MFN;

    spin_lock(&t->lock);
    while (i < t->max_frames && i >= t->nr_frames)
        if (table_grow(d))
            break;
    if (i < t->nr_frames)
        m = arch_ptr_frame(t->shared[i]);
    spin_unlock(&t->lock);
    return m;
}

unsigned int grant_table_nr_frames(const struct domain *d)
{
    return read_once(d->grants->nr_frames);
}

unsigned int grant_table_max_frames(const struct domain *d)
{
    return d->grants->max_frames;
}

unsigned int grant_maptrack_used(const struct domain *d)
{
    return d->grants ? read_once(d->grants->track_used) : 0;
}

int grant_table_seed(struct domain *d, grant_ref_t ref, domid_t peer, uint64_t frame)
{
    struct grant_table *t = d->grants;
    struct grant_entry_v1 *e;
    int rc = 0;

    if (frame > UINT32_MAX)
        return -XEN_ERANGE;
    spin_lock(&t->lock);
    e = grant_shared_entry(t, ref);
    if (e) {
        write_once(e->domid, peer);
        write_once(e->frame, (uint32_t)frame);
        store_release(e->flags, (uint16_t)GTF_permit_access);
    } else {
        rc = -XEN_EINVAL;
    }
    spin_unlock(&t->lock);
    return rc;
}

int grant_table_init(struct domain *d, unsigned int max_frames, unsigned int max_maptrack)
{
    struct grant_table *t;
    unsigned int chunks;
    int rc;

    max_frames = max_frames ? max_frames : GRANT_FRAMES_DEFAULT;
    max_maptrack = max_maptrack ? max_maptrack : MAPTRACK_DEFAULT;
    if (max_frames > GRANT_FRAMES_MAX || max_maptrack > MAPTRACK_MAX)
        return -XEN_EINVAL;
    chunks = max_maptrack * (MAPTRACK_PER_FRAME / MAPTRACK_CHUNK);
    t = hv_zalloc(sizeof(*t));
    if (!t)
        return -XEN_ENOMEM;
    spin_init(&t->lock, LOCK_GRANT);
    t->max_frames = max_frames;
    t->track_max = chunks * MAPTRACK_CHUNK;
    t->track_free = TRACK_END;
    t->shared = hv_zalloc(max_frames * sizeof(void *));
    t->active = hv_zalloc(max_frames * sizeof(void *));
    t->track = hv_zalloc(chunks * sizeof(void *));
    d->grants = t;
    rc = -XEN_ENOMEM;
    if (t->shared && t->active && t->track) {
        spin_lock(&t->lock);
        rc = table_grow(d); /* the reserved entries of console and store */
        spin_unlock(&t->lock);
    }
    if (rc)
        grant_table_destroy(d);
    return rc;
}

void grant_table_destroy(struct domain *d)
{
    struct grant_table *t = d->grants;

    if (!t)
        return;
    BUG_ON(t->track_used);
    for (unsigned int i = 0; i < t->nr_frames; i++) {
        struct page *page = mfn_page_trusted(arch_ptr_frame(t->shared[i]));

        /* The last reference of the domain is gone, so nobody maps its frames. */
        BUG_ON(!page_unshare(page));
        page_free(page, 0);
        hv_free(t->active[i]);
    }
    for (uint32_t i = 0; t->track && i < t->track_size / MAPTRACK_CHUNK; i++)
        hv_free(t->track[i]);
    hv_free(t->shared);
    hv_free(t->active);
    hv_free(t->track);
    hv_free(t);
    d->grants = NULL;
}

void grant_dump(struct domain *d)
{
    struct grant_table *t = d->grants;

    log_info("  d%u grant frames %u of %u, mappings held %u of %u\n", d->id, t->nr_frames,
             t->max_frames, t->track_used, t->track_max);
    for (grant_ref_t ref = 0; ref < t->nr_frames * GRANTS_PER_FRAME; ref++) {
        struct grant_active act;

        spin_lock(&t->lock);
        act = *grant_active_entry(t, ref);
        spin_unlock(&t->lock);
        if (act.readers || act.writers)
            log_info("    ref %5u frame %#lx used by d%u: %u reading, %u writing\n", ref,
                     (unsigned long)act.frame.n, act.user, act.readers, act.writers);
    }
}
