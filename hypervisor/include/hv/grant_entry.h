/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grant tables, between the files that implement them (grant_*.c, invariants.c).
 *
 * Two things are counted. In the granting domain, a pin for each use of an entry: while an entry is
 * pinned its frame and its user are those of the active entry, whatever the guest writes into the
 * shared one, and the GTF_reading/GTF_writing flags stand in the shared one. In the using domain, a
 * maptrack entry for each mapping: it holds a reference on the granting domain, and for each of
 * host_map and device_map one pin and one page reference (with the writable type, unless
 * read-only).
 *
 * Lock: `lock` covers the domain's entries and its maptrack alike. No path holds the locks of two
 * domains.
 */
#pragma once

#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/grant.h>
#include <hv/lock.h>

#define GRANTS_PER_FRAME     (PAGE_SIZE / sizeof(struct grant_entry_v1))
#define GRANT_FRAMES_DEFAULT 64
#define GRANT_FRAMES_MAX     4096
#define MAPTRACK_CHUNK       128  /* entries allocated at once */
#define MAPTRACK_PER_FRAME   256  /* entries that one frame of the ABI's limit stands for */
#define MAPTRACK_DEFAULT     1024 /* frames */
#define MAPTRACK_MAX         65536

#define GNTMAP_KINDS (GNTMAP_host_map | GNTMAP_device_map)

struct grant_active {
    domid_t user;
    uint32_t readers, writers; /* pins: read-only uses, and uses that may write */
    mfn_t frame;               /* while pinned */
};

struct maptrack {
    struct domain *granter; /* referenced; NULL: free, `ref` is the next free handle */
    mfn_t frame;
    grant_ref_t ref;
    uint16_t flags;  /* GNTMAP_*: kinds that are still mapped, and readonly */
    uint16_t claims; /* unmaps under way */
};

struct grant_table {
    struct spinlock lock; /* LOCK_GRANT */
    unsigned int nr_frames, max_frames;
    struct grant_entry_v1 **shared; /* max_frames pointers to frames shared with the guest */
    struct grant_active **active;   /* in step with `shared` */
    struct maptrack **track;        /* chunks */
    uint32_t track_size, track_max; /* entries that exist, and may */
    uint32_t track_used;
    uint32_t released;         /* handles that a dying domain has been relieved of */
    grant_handle_t track_free; /* list through maptrack.ref; TRACK_END: empty */
};

#define TRACK_END (~0u)

/* How many of host_map and device_map are in these flags: so many pins and page references. */
static inline unsigned int grant_kinds(unsigned int flags)
{
    return ((flags & GNTMAP_host_map) != 0) + ((flags & GNTMAP_device_map) != 0);
}

/* The entry, or NULL when the table is not that large. Lock held. */
struct grant_active *grant_active_entry(struct grant_table *t, grant_ref_t ref);
struct grant_entry_v1 *grant_shared_entry(struct grant_table *t, grant_ref_t ref);
/* The maptrack entry of a handle that exists, else NULL. Lock held. */
struct maptrack *grant_maptrack(struct grant_table *t, grant_handle_t handle);

/*
 * Use an entry of `granter` for domain `user`, `pins` times: checks it on first use and marks it as
 * used. GNTST_okay and *frame, or the reason. No reference on the frame is taken.
 */
int grant_pin(struct domain *granter, grant_ref_t ref, domid_t user, bool readonly,
              unsigned int pins, mfn_t *frame);
void grant_unpin(struct domain *granter, grant_ref_t ref, bool readonly, unsigned int pins);

/* Sub-operations that take one argument structure at a time; they fill in its status. */
void grant_map_one(struct domain *d, void *op);
void grant_copy_one(struct domain *d, void *op);

/* Unmapping: begin each of a batch, flush the TLBs once, finish each. */
struct grant_unmap {
    grant_handle_t handle;
    uint16_t done; /* GNTMAP_* kinds whose references are to be dropped after the flush */
};
int grant_unmap_begin(struct domain *d, struct grant_unmap *work, uint64_t host_addr,
                      uint64_t dev_addr, uint64_t new_addr);
void grant_unmap_finish(struct domain *d, const struct grant_unmap *work);
