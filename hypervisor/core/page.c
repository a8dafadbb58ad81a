/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reference and type counts of frames. The invariants are in hv/frame.h; each function below
 * changes one of the two words by compare-and-swap, so they hold at every moment and on every CPU.
 *
 * A type in transition (count 1, neither PTF_VALID nor PTF_PARTIAL) is owned by the CPU that made
 * the transition: nobody else may take or drop it. For tables that CPU holds the owner's mm lock.
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/page_alloc.h>
#include <hv/panic.h>
#include <hv/percpu.h>
#include <hv/personality.h>
#include <hv/vcpu.h>
#include <public/errno.h>

struct page *frame_table;
uint64_t frame_table_size;

struct page *mfn_page(mfn_t m)
{
    return m.n < frame_table_size && arch_frame_is_ram(m) ? &frame_table[m.n] : NULL;
}

struct domain *page_owner(const struct page *p)
{
    return read_once(p->owner);
}

/* ---- general references ---- */

bool page_get(struct page *p, const struct domain *d)
{
    uint64_t x = read_once(p->ref);

    do {
        uint64_t count = x & PGF_COUNT_MASK;

        if (count == 0 || count == PGF_COUNT_MASK)
            return false;
    } while (!atomic_cas(&p->ref, &x, x + 1));
    /* Only now is the owner stable. */
    if (likely(read_once(p->owner) == d))
        return true;
    page_put(p);
    return false;
}

/* The last reference is gone: nobody can find or use the frame any more. */
static void page_ended(struct page *p)
{
    struct domain *d = p->owner;
    bool ours = p->ref & PGF_HYPERVISOR, last;

    BUG_ON(d == NULL);
    spin_lock(&d->page_list_lock);
    list_del(&p->link);
    if (ours)
        d->hv_page_count--;
    else
        d->tot_pages--;
    last = d->tot_pages == 0 && d->hv_page_count == 0;
    spin_unlock(&d->page_list_lock);

    if (!ours) {
        BUG_ON(p->type & (PTF_COUNT_MASK | PTF_PARTIAL));
        p->owner = NULL;
        page_free(p, 0);
    } /* else: page_unshare() hands it back to whoever in the hypervisor allocated it */
    if (last)
        domain_put(d);
}

void page_put(struct page *p)
{
    uint64_t x = atomic_sub(&p->ref, 1);

    BUG_ON((x & PGF_COUNT_MASK) == PGF_COUNT_MASK);
    if ((x & PGF_COUNT_MASK) == 0)
        page_ended(p);
}

/* ---- types ---- */

static inline uint64_t type_word(enum page_type t, uint64_t rest)
{
    return (uint64_t)t << PTF_TYPE_SHIFT | rest;
}

static inline enum page_type word_type(uint64_t x)
{
    return (enum page_type)(x >> PTF_TYPE_SHIFT);
}

/* Checked by the personality, under the owner's mm lock. */
static inline bool needs_check(enum page_type t)
{
    return t != PT_NONE && t != PT_WRITABLE;
}

static void assert_mm_lock(const struct page *p, enum page_type t)
{
    ASSERT(!needs_check(t) || spin_is_locked(&p->owner->mm_lock));
    (void)p;
    (void)t;
}

static void set_type_bits(struct page *p, uint64_t set, uint64_t clear)
{
    uint64_t x = read_once(p->type);

    while (!atomic_cas(&p->type, &x, (x & ~clear) | set))
        ;
}

/*
 * Before a frame serves a new use, no TLB may remember the old one: a stale writable translation of
 * what is now a table, or a stale walk through what is now writable, would be an escape.
 */
static void flush_old_use(struct page *p)
{
    const struct cpumask *cpus = &p->owner->dirty_cpus;

    if (atomic_and(&p->ref, ~PGF_FOREIGN) & PGF_FOREIGN)
        cpus = &cpu_online;
    arch_tlb_flush_older(cpus, p->tlb_stamp);
}

/* With the type reference in hand: until it is dropped, nobody's flush takes the note away. */
static void note_foreign_user(struct page *p)
{
    const struct vcpu *v = current_vcpu();

    if (v && v->domain != p->owner && !(read_once(p->ref) & PGF_FOREIGN))
        atomic_or(&p->ref, PGF_FOREIGN);
}

/* The type count reached 0: stamp first, so that the next use knows which TLBs may still know this
 * one. */
static void end_type(struct page *p)
{
    uint64_t x;

    p->tlb_stamp = arch_tlb_clock();
    x = read_once(p->type);
    while (!atomic_cas(&p->type, &x, type_word(word_type(x), 0)))
        ;
}

/*
 * The check or un-check stopped half-way. The frame keeps the type reference at hand and gets a
 * general reference of its own for it; whoever completes the work inherits or drops both.
 */
static void leave_partial(struct page *p)
{
    BUG_ON(!page_get(p, p->owner)); /* the caller has one, so this fails on overflow only */
    set_type_bits(p, PTF_PARTIAL, PTF_VALID);
}

/* Run the check on a type reference in transition or inherited from PTF_PARTIAL. */
static int check_type(struct page *p, enum page_type t, bool resumed)
{
    int rc = pv_validate_page(p, t);

    if (rc == 0)
        set_type_bits(p, PTF_VALID, PTF_PARTIAL);
    else if (rc == -XEN_ERESTART && !resumed)
        leave_partial(p);
    else if (rc != -XEN_ERESTART)
        end_type(p);
    /* A resumed check that stops again just stays as it is. */
    if (resumed && rc != -XEN_ERESTART)
        page_put(p); /* PTF_PARTIAL's own; the caller has another */
    return rc;
}

/* First reference: the frame becomes `t`. x: type word seen, count 0. -XEN_EAGAIN: it changed, look
 * again. */
static int begin_type(struct page *p, enum page_type t, uint64_t x)
{
    /* PT_NONE was never writable nor a table, so nothing stale about it can do harm. */
    bool changes = word_type(x) != t && word_type(x) != PT_NONE;
    bool direct = !changes && !needs_check(t);

    if (!atomic_cas(&p->type, &x, type_word(t, direct ? PTF_VALID | 1 : 1)))
        return -XEN_EAGAIN;
    if (direct)
        return 0;
    if (changes)
        flush_old_use(p);
    if (needs_check(t))
        return check_type(p, t, false);
    set_type_bits(p, PTF_VALID, 0);
    return 0;
}

static int get_type(struct page *p, enum page_type t)
{
    uint64_t x;

    assert_mm_lock(p, t);
    if (read_once(p->ref) & PGF_HYPERVISOR && needs_check(t))
        return -XEN_EINVAL;
    for (;;) {
        x = read_once(p->type);
        if ((x & PTF_COUNT_MASK) == 0) {
            int rc = begin_type(p, t, x);

            if (rc != -XEN_EAGAIN)
                return rc;
        } else if (word_type(x) != t || (x & PTF_COUNT_MASK) == PTF_COUNT_MASK) {
            return -XEN_EINVAL;
        } else if (x & PTF_VALID) {
            if (atomic_cas(&p->type, &x, x + 1))
                return 0;
        } else if (x & PTF_PARTIAL) {
            return check_type(p, t, true);
        } else if (needs_check(t)) {
            return -XEN_EINVAL; /* being checked further up this call chain: a table that names
                                   itself */
        } else {
            arch_spin_wait(); /* another CPU is flushing for the same type */
        }
    }
}

int page_get_type(struct page *p, enum page_type t)
{
    int rc = get_type(p, t);

    if (rc == 0 && t == PT_WRITABLE)
        note_foreign_user(p);
    return rc;
}

/* The last reference of a checked type: un-check, then count 0. */
static int finish_type(struct page *p, enum page_type t, bool resumed)
{
    int rc = pv_invalidate_page(p, t);

    if (rc == 0)
        end_type(p);
    else if (!resumed)
        leave_partial(p);
    if (resumed && rc == 0)
        page_put(p);
    return rc;
}

int page_put_type(struct page *p)
{
    uint64_t x = read_once(p->type);

    for (;;) {
        enum page_type t = word_type(x);

        BUG_ON((x & PTF_COUNT_MASK) == 0);
        assert_mm_lock(p, t);
        if ((x & PTF_COUNT_MASK) > 1) {
            if (atomic_cas(&p->type, &x, x - 1))
                return 0;
        } else if (!needs_check(t)) {
            /*
             * In transition while the stamp is taken: a reference that came and went between a
             * stamp and the count's 0 would be covered by neither.
             */
            if (atomic_cas(&p->type, &x, x & ~PTF_VALID)) {
                end_type(p);
                return 0;
            }
        } else if (x & PTF_PARTIAL) {
            /* A caller may give up its wait for a half-done check: what is left belongs to the
             * state. */
            panic("frame %#lx: reference of a half-checked table dropped", page_mfn(p).n);
        } else if (atomic_cas(&p->type, &x, x & ~PTF_VALID)) {
            return finish_type(p, t, false);
        }
    }
}

int page_put_type_resume(struct page *p)
{
    uint64_t x = read_once(p->type);

    if (!(x & PTF_PARTIAL))
        return 0;
    assert_mm_lock(p, word_type(x));
    return finish_type(p, word_type(x), true);
}

int page_get_and_type(struct page *p, const struct domain *d, enum page_type t)
{
    int rc;

    if (!page_get(p, d))
        return -XEN_EINVAL;
    rc = page_get_type(p, t);
    if (rc)
        page_put(p);
    return rc;
}

void page_put_and_type(struct page *p)
{
    /* When the un-check stops half-way, PTF_PARTIAL has references of its own for the rest. */
    (void)page_put_type(p);
    page_put(p);
}

/* ---- frames of the hypervisor that a guest sees ---- */

void page_share_with_guest(struct page *p, struct domain *d, bool writable)
{
    bool first;

    BUG_ON(p->owner != NULL || (p->ref & PGF_COUNT_MASK));
    /* A type reference that is never dropped: the frame cannot become anything else. */
    p->type = type_word(writable ? PT_WRITABLE : PT_NONE, PTF_VALID | 1);
    p->owner = d;
    spin_lock(&d->page_list_lock);
    first = d->tot_pages == 0 && d->hv_page_count == 0;
    d->hv_page_count++;
    list_add_tail(&d->hv_pages, &p->link);
    store_release(p->ref, PGF_ALLOCATED | PGF_HYPERVISOR | (writable ? 0 : PGF_GUEST_RO) | 1);
    spin_unlock(&d->page_list_lock);
    if (first)
        BUG_ON(!domain_get(d));
}

bool page_unshare(struct page *p)
{
    struct domain *d = p->owner;
    bool ended;

    if (atomic_and(&p->ref, ~PGF_ALLOCATED) & PGF_ALLOCATED)
        page_put(p);
    /* Off the list, not just count 0: another CPU may be in the middle of page_ended(). */
    spin_lock(&d->page_list_lock);
    ended = list_empty(&p->link);
    spin_unlock(&d->page_list_lock);
    if (!ended)
        return false;
    BUG_ON(p->type != type_word(word_type(p->type), PTF_VALID | 1));
    p->ref = p->type = 0;
    p->owner = NULL;
    return true;
}

void page_unshare_all(struct domain *d)
{
    struct page *p;
    bool found;

    do {
        found = false;
        spin_lock(&d->page_list_lock);
        list_for_each (p, &d->hv_pages, link) {
            if (atomic_and(&p->ref, ~PGF_ALLOCATED) & PGF_ALLOCATED) {
                found = true;
                break;
            }
        }
        spin_unlock(&d->page_list_lock);
        if (found)
            page_put(p); /* takes the list lock itself when it is the last */
    } while (found);
}
