/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Take down the memory of a dying domain whose vCPUs are gone: every pin, then every half-checked
 * table, then the domain's own reference of each frame. What is left is mapped by others (dom0),
 * and goes when they let go. Progress: frames move from d->pages to d->pv.relinquished, where their
 * last page_put() finds them as well.
 */
#include <hv/hypercall.h>
#include <hv/page_alloc.h>
#include <hv/panic.h>
#include <hv/personality.h>
#include <hv/pv_mm.h>
#include <public/errno.h>

#define PREEMPT_EVERY 64

/* Move the first frame on, with a reference; NULL when there is none left. *frame_lost: it is being
 * freed. */
static struct page *next_page(struct domain *d, bool *frame_lost)
{
    struct page *p;

    spin_lock(&d->page_list_lock);
    p = list_first(&d->pages, struct page, link);
    if (p) {
        list_del(&p->link);
        list_add(&d->pv.relinquished, &p->link);
        *frame_lost = !page_get(p, d);
    }
    spin_unlock(&d->page_list_lock);
    return p;
}

static void put_back(struct domain *d, struct page *p)
{
    spin_lock(&d->page_list_lock);
    list_del(&p->link);
    list_add(&d->pages, &p->link);
    spin_unlock(&d->page_list_lock);
}

/* Drop the pin and whatever check was left half-way. 0 or -XEN_ERESTART: come again. */
static int untype(struct domain *d, struct page *p)
{
    int rc = 0;

    spin_lock(&d->mm_lock);
    if (atomic_and(&p->type, ~PTF_PINNED) & PTF_PINNED) {
        rc = page_put_type(p);
        page_put(p);
    }
    if (rc == 0)
        rc = page_put_type_resume(p);
    spin_unlock(&d->mm_lock);
    return rc;
}

/* All seen: what others still use stays the domain's until they let go. */
static void restore_list(struct domain *d)
{
    struct page *p;

    spin_lock(&d->page_list_lock);
    while ((p = list_first(&d->pv.relinquished, struct page, link)) != NULL) {
        list_del(&p->link);
        list_add(&d->pages, &p->link);
    }
    spin_unlock(&d->page_list_lock);
}

int pv_relinquish_memory(struct domain *d)
{
    struct page *p;
    unsigned int seen = 0;
    bool lost;

    if (d->pv.relinquished.next == NULL)
        list_init(&d->pv.relinquished);
    while ((p = next_page(d, &lost)) != NULL) {
        if (lost)
            continue;
        if (untype(d, p)) {
            put_back(d, p);
            page_put(p);
            return -XEN_ERESTART;
        }
        page_release_from_domain(p, d);
        page_put(p);
        if (++seen % PREEMPT_EVERY == 0 && hypercall_should_preempt())
            return -XEN_ERESTART;
    }
    restore_list(d);
    return 0;
}
