/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mmu_update: a list of page-table entries (and machine-to-physical entries) to write, each
 * checked. A list stops at the first refused element; `done` tells the guest how far it came.
 */
#include <hv/arch.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/pv_mm.h>
#include <public/errno.h>

#define MMU_CMD_MASK 3ull

/* Elements between two looks at the clock. */
#define PREEMPT_EVERY 32

static int update_m2p(mfn_t m, uint64_t pfn, struct domain *fd)
{
    struct page *p = mfn_page(m);

    if (p == NULL || !page_get(p, fd)) {
        guest_log(LOG_WARNING, "d%u: machine-to-physical entry of frame %llx, not memory of d%u\n",
                  current_vcpu()->domain->id, (unsigned long long)m.n, fd->id);
        return -XEN_EINVAL;
    }
    arch_m2p_set(m, pfn);
    page_put(p);
    return 0;
}

/* Not a table (yet): the guest might have written the word itself; needs the frame to be writable.
 */
static int update_plain(struct page *p, struct domain *d, uint64_t maddr, uint64_t val)
{
    int rc = page_get_and_type(p, d, PT_WRITABLE);

    if (rc) {
        guest_log(LOG_WARNING, "d%u: update at %llx: neither a table nor a writable frame\n", d->id,
                  (unsigned long long)maddr);
        return rc;
    }
    write_once(*(uint64_t *)((char *)arch_frame_ptr(page_mfn(p)) + (maddr & ~PAGE_MASK)), val);
    page_put_and_type(p);
    return 0;
}

static int update_entry(const struct mmu_update *req, struct domain *d, struct domain *fd)
{
    uint64_t maddr = req->ptr & ~MMU_CMD_MASK;
    struct page *p = mfn_page(maddr_to_mfn(maddr));
    enum pt_how how =
        (req->ptr & MMU_CMD_MASK) == MMU_PT_UPDATE_PRESERVE_AD ? PT_KEEP_AD : PT_STORE;
    int rc;

    if (p == NULL || (maddr & 7)) {
        guest_log(LOG_WARNING, "d%u: update at %llx: no such entry\n", d->id,
                  (unsigned long long)maddr);
        return -XEN_EINVAL;
    }
    spin_lock(&d->mm_lock);
    if (likely(pv_table_of(p, d)))
        rc = pt_update(p, (maddr & ~PAGE_MASK) / 8, req->val, fd, how, 0);
    else
        rc = update_plain(p, d, maddr, req->val);
    spin_unlock(&d->mm_lock);
    return rc;
}

static int update_one(const struct mmu_update *req, struct domain *d, struct domain *fd)
{
    if ((req->ptr & MMU_CMD_MASK) == MMU_MACHPHYS_UPDATE)
        return update_m2p(maddr_to_mfn(req->ptr), req->val, fd);
    return update_entry(req, d, fd);
}

/* *i: elements done. */
static int update_list(gva_t reqs, unsigned int count, struct domain *d, struct domain *fd,
                       unsigned int *i)
{
    struct vcpu *v = current_vcpu();
    struct mmu_update req;
    int rc;

    for (*i = 0;; ++*i) {
        rc = pv_drain_old_table(v);
        if (rc || *i == count)
            return rc;
        if (*i && *i % PREEMPT_EVERY == 0 && hypercall_should_preempt())
            return -XEN_ERESTART;
        if (guest_read(&req, gva_add(reqs, *i * sizeof(req)), sizeof(req)))
            return -XEN_EFAULT;
        rc = update_one(&req, d, fd);
        if (rc)
            return rc;
    }
}

long do_mmu_update(gva_t reqs, unsigned int count, gva_t done_ptr, unsigned int foreigndom)
{
    /* Low half: whose frames; high half, when not 0: whose tables, plus one. */
    domid_t frames_of = (domid_t)foreigndom, tables_of = (domid_t)(foreigndom >> 16);
    struct domain *d, *fd;
    unsigned int done = 0, i;
    int rc;

    if (count & MMU_UPDATE_PREEMPTED) {
        count &= ~MMU_UPDATE_PREEMPTED;
        if (done_ptr.a && guest_read(&done, done_ptr, sizeof(done)))
            return -XEN_EFAULT;
    }
    rc = pv_get_table_owner(tables_of ? (domid_t)(tables_of - 1) : DOMID_SELF, &d);
    if (rc)
        return rc;
    rc = pv_get_frame_owner(frames_of, &fd);
    if (rc) {
        domain_put(d);
        return rc;
    }
    rc = update_list(reqs, count, d, fd, &i);
    domain_put(fd);
    domain_put(d);

    done += i;
    if (done_ptr.a && guest_write(done_ptr, &done, sizeof(done)))
        rc = -XEN_EFAULT;
    if (rc == -XEN_ERESTART)
        return hypercall_continue(__HYPERVISOR_mmu_update, 4,
                                  (uint64_t)gva_add(reqs, i * sizeof(struct mmu_update)).a,
                                  (uint64_t)((count - i) | MMU_UPDATE_PREEMPTED),
                                  (uint64_t)done_ptr.a, (uint64_t)foreigndom);
    return rc;
}
