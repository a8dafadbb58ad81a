/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Domains: making them, finding them, counting who still needs them.
 *
 * A domain's structure lives as long as it has references: one for its life (dropped by
 * domain_kill), one while it owns any frame, and those of whoever looked it up. It stays in the
 * list, and its number in use, until the very end, so that what others still map of it can be told
 * apart from a successor's.
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/domain.h>
#include <hv/evtchn.h>
#include <hv/grant.h>
#include <hv/heap.h>
#include <hv/memory_op.h>
#include <hv/page_alloc.h>
#include <hv/panic.h>
#include <hv/percpu.h>
#include <hv/personality.h>
#include <hv/pirq.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/string.h>
#include <hv/time.h>
#include <hv/vcpu.h>
#include <public/errno.h>

struct domain *dom0, *domain_io, *domain_idle;
struct list domain_list = LIST_INIT(domain_list);
struct spinlock domain_list_lock = SPINLOCK_INIT(LOCK_DOMLIST);

static void free_structure(void *arg);

/* What every domain has, also the hypervisor's own. NULL when memory is out. */
static struct domain *new_structure(domid_t id, unsigned int max_vcpus)
{
    struct domain *d = hv_zalloc(sizeof(*d));

    if (!d)
        return NULL;
    d->vcpu = max_vcpus ? hv_zalloc(max_vcpus * sizeof(*d->vcpu)) : NULL;
    if (max_vcpus && !d->vcpu) {
        hv_free(d);
        return NULL;
    }
    d->id = id;
    d->max_vcpus = max_vcpus;
    d->refs = 1;
    d->shutdown_code = ~0u;
    d->shared_mfn = INVALID_MFN;
    list_init(&d->link);
    list_init(&d->pages);
    list_init(&d->hv_pages);
    spin_init(&d->lock, LOCK_DOMAIN);
    spin_init(&d->page_list_lock, LOCK_PAGE_LIST);
    spin_init(&d->mm_lock, LOCK_MM);
    rangeset_init(&d->ioports);
    rangeset_init(&d->iomem);
    rangeset_init(&d->irqs);
    tasklet_init(&d->free_task, free_structure, d);
    return d;
}

void domain_init_system(void)
{
    domain_idle = new_structure(DOMID_IDLE, MAX_CPUS);
    domain_io = new_structure(DOMID_IO, 0);
    if (!domain_idle || !domain_io)
        panic("no memory for the first domains");
    domain_idle->is_idle = true;
}

static int init_shared_page(struct domain *d)
{
    struct page *p = page_alloc(0, 0, true);

    if (!p)
        return -XEN_ENOMEM;
    d->shared_mfn = page_mfn(p);
    d->shared = arch_frame_ptr(d->shared_mfn);
    /* No upcalls before a vCPU asks for them. */
    for (unsigned int i = 0; i < ARRAY_SIZE(d->shared->vcpu_info); i++)
        d->shared->vcpu_info[i].evtchn_upcall_mask = 1;
    page_share_with_guest(p, d, true);
    return 0;
}

static void free_shared_page(struct domain *d)
{
    struct page *p = mfn_page_trusted(d->shared_mfn);

    if (!d->shared)
        return;
    BUG_ON(!page_unshare(p));
    d->shared = NULL;
    page_free(p, 0);
}

/* Insert by number; false when the number is taken. */
static bool list_insert(struct domain *d)
{
    struct list *pos = &domain_list;
    struct domain *other;
    bool unused = true;

    spin_lock(&domain_list_lock);
    list_for_each (other, &domain_list, link) {
        if (other->id == d->id)
            unused = false;
        if (other->id >= d->id) {
            pos = &other->link;
            break;
        }
    }
    if (unused)
        list_add_tail(pos, &d->link);
    spin_unlock(&domain_list_lock);
    return unused;
}

/* Parts of a domain in the order in which they are made; undone in reverse from where it stopped.
 */
static int init_parts(struct domain *d, const struct domain_create_params *p)
{
    int rc;

    rc = init_shared_page(d);
    if (rc)
        return rc;
    rc = evtchn_init(d);
    if (rc)
        goto no_evtchn;
    rc = grant_table_init(d, p->max_grant_frames, p->max_maptrack_frames);
    if (rc)
        goto no_grants;
    rc = pirq_init(d);
    if (rc)
        goto no_pirqs;
    rc = pv_domain_init(d);
    if (rc)
        goto no_pv;
    rc = sched_init_domain(d);
    if (rc)
        goto no_sched;
    return 0;

no_sched:
    pv_domain_destroy(d);
no_pv:
    pirq_free(d);
no_pirqs:
    grant_table_destroy(d);
no_grants:
    evtchn_free(d);
no_evtchn:
    free_shared_page(d);
    return rc;
}

static void destroy_parts(struct domain *d)
{
    sched_destroy_domain(d);
    pv_domain_destroy(d);
    pirq_free(d);
    grant_table_destroy(d);
    evtchn_free(d);
    free_shared_page(d);
    rangeset_destroy(&d->ioports);
    rangeset_destroy(&d->iomem);
    rangeset_destroy(&d->irqs);
    mem_map_free(d);
    hv_free(d->console_line);
    hv_free(d->vcpu);
    hv_free(d);
}

int domain_create(const struct domain_create_params *p, struct domain **out)
{
    struct domain *d;
    int rc;

    if (p->id >= DOMID_FIRST_RESERVED || !p->max_vcpus || p->max_vcpus > MAX_DOMAIN_VCPUS)
        return -XEN_EINVAL;
    d = new_structure(p->id, p->max_vcpus);
    if (!d)
        return -XEN_ENOMEM;
    d->is_privileged = p->privileged;
    d->ssidref = p->ssidref;
    d->create_flags = p->flags;
    d->max_evtchn_port = EVTCHN_2L_NR_CHANNELS - 1;
    if (p->max_evtchn_port)
        d->max_evtchn_port = MIN(p->max_evtchn_port, d->max_evtchn_port);
    memcpy(d->handle, p->handle, sizeof(d->handle));
    d->paused_by_control = true;
    d->control_pause_count = 1;
    d->pause_count = 1;

    rc = init_parts(d, p);
    if (rc) {
        hv_free(d->vcpu);
        hv_free(d);
        return rc;
    }
    wallclock_update(d);
    if (!list_insert(d)) {
        destroy_parts(d);
        return -XEN_EEXIST;
    }
    if (p->privileged)
        dom0 = d;
    *out = d;
    return 0;
}

/* Runs as a tasklet: the last reference may have been dropped under any lock. */
static void free_structure(void *arg)
{
    struct domain *d = arg;

    spin_lock(&domain_list_lock);
    list_del(&d->link);
    spin_unlock(&domain_list_lock);
    BUG_ON(d->tot_pages || d->hv_page_count);
    for (unsigned int i = d->max_vcpus; i-- > 0;)
        if (d->vcpu[i])
            vcpu_destroy(d->vcpu[i]);
    destroy_parts(d);
    virq_global(VIRQ_DOM_EXC); /* its number is free now */
}

/* ---- references ---- */

bool domain_get(struct domain *d)
{
    uint32_t refs = read_once(d->refs);

    do {
        if (refs == 0)
            return false;
    } while (!atomic_cas(&d->refs, &refs, refs + 1));
    return true;
}

void domain_put(struct domain *d)
{
    uint32_t left = atomic_sub(&d->refs, 1);

    BUG_ON(left == ~0u);
    if (left == 0)
        tasklet_schedule_on(&d->free_task, this_cpu()->id);
}

struct domain *domain_get_by_id(domid_t id)
{
    struct domain *d, *self = current_vcpu() ? current_vcpu()->domain : NULL;

    if (self && !self->is_idle && (id == DOMID_SELF || id == self->id))
        return domain_get(self) ? self : NULL;
    spin_lock(&domain_list_lock);
    list_for_each (d, &domain_list, link) {
        if (d->id >= id) {
            bool found = d->id == id && domain_get(d);

            spin_unlock(&domain_list_lock);
            return found ? d : NULL;
        }
    }
    spin_unlock(&domain_list_lock);
    return NULL;
}

struct domain *domain_get_target(domid_t id)
{
    struct domain *d = domain_get_by_id(id);
    const struct domain *self = current_vcpu() ? current_vcpu()->domain : NULL;

    if (d &&
        (domain_is_dying(d) || (d != self && self && !self->is_idle && !self->is_privileged))) {
        domain_put(d);
        d = NULL;
    }
    return d;
}

domid_t domain_free_id(domid_t from)
{
    struct domain *d;
    domid_t id = from;

    spin_lock(&domain_list_lock);
    list_for_each (d, &domain_list, link) {
        if (d->id == id)
            id++;
        else if (d->id > id)
            break;
    }
    spin_unlock(&domain_list_lock);
    return id < DOMID_FIRST_RESERVED ? id : DOMID_INVALID;
}
