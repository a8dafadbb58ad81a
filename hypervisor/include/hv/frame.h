/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One `struct page` per machine frame: who owns it, how often it is referenced, and as what it is
 * used.
 *
 * Invariants (docs/page-states.md; checked by core/invariants.c):
 *  - `ref` counts every reason the frame must not be freed; it reaches 0 only through page_put(),
 * which frees.
 *  - the type may change only while the type count is 0; a frame is never writable and a table at
 * once.
 *  - every type reference implies a general reference that its holder also has.
 *  - a frame is handed to a new owner only after every TLB that could know it was flushed.
 */
#pragma once

#include <hv/list.h>
#include <hv/types.h>

struct domain;

enum page_type {
    PT_NONE,
    PT_L1,
    PT_L2,
    PT_L3,
    PT_L4,
    PT_SEGDESC,  /* holds GDT/LDT descriptors that a CPU may load */
    PT_WRITABLE, /* mapped writable by some guest, or by a device of one */
};

/* page.type: type in bits 63..60, flags, count in bits 31..0 */
#define PTF_TYPE_SHIFT 60
#define PTF_PINNED     (1ull << 59) /* the guest holds one type reference by MMUEXT_PIN */
#define PTF_VALID      (1ull << 58) /* the contents were checked for this type */
#define PTF_PARTIAL                                                                                \
    (1ull << 57) /* check or un-check stopped half-way; the state owns one type and one            \
                    general reference, `nr_done` entries are accounted */
#define PTF_COUNT_MASK 0xffffffffull

/* page.ref: flags above, count in bits 31..0 */
#define PGF_ALLOCATED (1ull << 63) /* the owner's own reference is still there */
#define PGF_HYPERVISOR                                                                             \
    (1ull << 62) /* ours, shared with a guest (shared_info, grant frames …): never a table */
#define PGF_GUEST_RO (1ull << 61) /* with PGF_HYPERVISOR: the guest may map it read-only only */
#define PGF_FREE     (1ull << 60) /* count 0, first frame of a free block of 2^order frames */
#define PGF_FOREIGN                                                                                \
    (1ull << 59) /* others than the owner may have had it writable: their TLBs count too */
#define PGF_COUNT_MASK 0xffffffffull

struct page {
    uint64_t ref;
    uint64_t type;
    struct domain *owner; /* NULL: free, or the hypervisor's alone */
    struct list link;     /* in the owner's list, or in a free list */
    union {
        uint16_t nr_done; /* tables: entries accounted while PTF_PARTIAL */
        uint8_t order;    /* free: log2 of the block that starts here */
    };
    uint16_t undo;      /* tables: with PTF_PARTIAL: a refused check is being undone (pv/ only) */
    uint32_t hv_use;    /* frames of the hypervisor's heap: heap.c; else 0 */
    uint64_t tlb_stamp; /* arch_tlb_clock() when it was freed or last lost a writable/table use */
};

/* The table of all frames, set up by the arch before page_alloc_init(). */
extern struct page *frame_table;
extern uint64_t frame_table_size; /* in frames: highest RAM frame + 1 */

static inline mfn_t page_mfn(const struct page *p)
{
    return mfn((uint64_t)(p - frame_table));
}

/* The page of a frame, or NULL when the number is not RAM of ours: use it on every number a guest
 * gave. */
struct page *mfn_page(mfn_t m);
/* The page of a frame known to be RAM. */
static inline struct page *mfn_page_trusted(mfn_t m)
{
    return &frame_table[m.n];
}

/* Take a reference if the frame belongs to `d` and is not being freed. */
bool __must_check page_get(struct page *p, const struct domain *d);
/* Drop a reference; the last one frees the frame. */
void page_put(struct page *p);
/* Owner, read safely without a lock held: only meaningful while a reference is held. */
struct domain *page_owner(const struct page *p);

/*
 * Type references. Writable (and shared) are taken and dropped by core alone; table and descriptor
 * types are checked and un-checked through the personality (hv/personality.h), under the owner's mm
 * lock. 0; -XEN_EINVAL: in use as something else or contents refused; -XEN_ERESTART: preempted,
 * call again.
 *
 * PTF_PARTIAL, the protocol between core/page.c and pv/pt_validate.c: when pv_validate_page() or
 * pv_invalidate_page() answers -XEN_ERESTART, page.c leaves the page with its type, count 1,
 * PTF_PARTIAL set, PTF_VALID clear, and takes one general reference of its own for that state (the
 * caller's own general reference stays the caller's). Whoever next gets the same type calls
 * pv_validate_page() again and, on success, owns the type reference; the state's general reference
 * is dropped then. pv_validate_page() answering -XEN_EINVAL means that nothing is accounted any
 * more: count 0, state's reference dropped.
 */
int __must_check page_get_type(struct page *p, enum page_type t);
/* 0 or -XEN_ERESTART (then the rest of the un-check is left in PTF_PARTIAL; call
 * page_put_type_resume). */
int page_put_type(struct page *p);
/*
 * Go on un-checking a page that is PTF_PARTIAL (any other page: nothing to do, 0). 0: the state is
 * gone, with its type and general reference; -XEN_ERESTART: preempted again. The caller holds a
 * general reference of its own and the owner's mm lock. A half-checked page may be un-checked so by
 * anyone, at any time.
 */
int page_put_type_resume(struct page *p);
/* Both references at once. */
int __must_check page_get_and_type(struct page *p, const struct domain *d, enum page_type t);
void page_put_and_type(struct page *p);

static inline enum page_type page_type(const struct page *p)
{
    return (enum page_type)(__atomic_load_n(&p->type, __ATOMIC_RELAXED) >> PTF_TYPE_SHIFT);
}

static inline uint32_t page_type_count(const struct page *p)
{
    return (uint32_t)(__atomic_load_n(&p->type, __ATOMIC_RELAXED) & PTF_COUNT_MASK);
}

/* Give a hypervisor-owned frame (from page_alloc) to `d` as shared: d may map it (writable unless
 * ro). */
void page_share_with_guest(struct page *p, struct domain *d, bool writable);
/*
 * Undo page_share_with_guest: the guest can take no new references. True: nobody holds one, the
 * frame is the hypervisor's again and may be freed (always so once its domain is being freed).
 * Callable again while false.
 */
bool page_unshare(struct page *p);
/* A dying domain gives its shared frames up; they stay allocated until page_unshare(). Step of
 * domain_kill. */
void page_unshare_all(struct domain *d);
