/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mmuext_op: pinning, roots, flushes and the page operations. As mmu_update, a list stops at the
 * first refused element, and `done` tells how far it came.
 */
#include <hv/arch.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/pv_mm.h>
#include <hv/string.h>
#include <public/errno.h>

/* A pin is one general and one type reference, held by PTF_PINNED. fd: whose table. */
static int pin_table(struct domain *fd, mfn_t m, enum page_type t)
{
    struct page *p = mfn_page(m);
    int rc = -XEN_EINVAL;

    if (p == NULL)
        return rc;
    spin_lock(&fd->mm_lock);
    if (!domain_is_dying(fd))
        rc = page_get_and_type(p, fd, t);
    if (rc == 0 && (atomic_or(&p->type, PTF_PINNED) & PTF_PINNED)) {
        /* The first pin holds the type: this put cannot be the last one. */
        page_put_and_type(p);
        rc = -XEN_EINVAL;
    }
    spin_unlock(&fd->mm_lock);
    if (rc == -XEN_EINVAL)
        guest_log(LOG_WARNING, "d%u: cannot pin frame %llx as level-%u table (type %u, %u uses)\n",
                  fd->id, (unsigned long long)m.n, table_level(t), page_type(p),
                  page_type_count(p));
    return rc;
}

static int unpin_table(struct domain *fd, mfn_t m)
{
    struct page *p = mfn_page(m);
    int rc = -XEN_EINVAL;

    if (p == NULL || !page_get(p, fd))
        return rc;
    spin_lock(&fd->mm_lock);
    if (atomic_and(&p->type, ~PTF_PINNED) & PTF_PINNED) {
        rc = 0;
        if (page_put_type(p) == -XEN_ERESTART)
            pv_defer_table(current_vcpu(), p, fd);
        page_put(p);
    }
    spin_unlock(&fd->mm_lock);
    page_put(p);
    if (rc)
        guest_log(LOG_WARNING, "d%u: frame %llx is not pinned\n", fd->id, (unsigned long long)m.n);
    return rc;
}

static int flush_vcpus(struct domain *d, const struct mmuext_op *op, gva_t what)
{
    struct cpumask cpus;

    if (pv_vcpumask_cpus(d, handle_gva(op->arg2.vcpumask), &cpus))
        return -XEN_EFAULT;
    arch_tlb_flush(&cpus, what);
    return 0;
}

/* Clear (src NULL) or copy a page of fd. Both frames must be data: writable, and readable. */
static int fill_page(struct domain *fd, mfn_t dst_mfn, const mfn_t *src_mfn)
{
    struct page *src = NULL, *dst = mfn_page(dst_mfn);
    int rc = -XEN_EINVAL;

    if (src_mfn) {
        src = mfn_page(*src_mfn);
        if (src == NULL || !page_get(src, fd))
            return rc;
    }
    if (dst)
        rc = page_get_and_type(dst, fd, PT_WRITABLE);
    if (rc == 0) {
        if (src)
            memcpy(arch_frame_ptr(dst_mfn), arch_frame_ptr(*src_mfn), PAGE_SIZE);
        else
            memset(arch_frame_ptr(dst_mfn), 0, PAGE_SIZE);
        page_put_and_type(dst);
    }
    if (src)
        page_put(src);
    return rc;
}

static int flush_cache(struct domain *d)
{
    if (!pv_has_devices(d))
        return -XEN_EACCES;
    arch_cache_flush();
    return 0;
}

/* Operations on the state of the calling vCPU or of its own domain: naming another makes no sense.
 */
static int op_on_self(struct vcpu *v, const struct mmuext_op *op)
{
    struct domain *d = v->domain;
    gva_t va = gva(op->arg1.linear_addr), all = gva(~0ull);

    switch (op->cmd) {
    case MMUEXT_NEW_BASEPTR:
        return pv_set_kernel_root(v, mfn(op->arg1.mfn));
    case MMUEXT_NEW_USER_BASEPTR:
        return pv_set_user_root(v, mfn(op->arg1.mfn));
    case MMUEXT_TLB_FLUSH_LOCAL:
        pv_flush_local(all);
        return 0;
    case MMUEXT_INVLPG_LOCAL:
        pv_flush_local(va);
        return 0;
    case MMUEXT_TLB_FLUSH_MULTI:
        return flush_vcpus(d, op, all);
    case MMUEXT_INVLPG_MULTI:
        return flush_vcpus(d, op, va);
    case MMUEXT_TLB_FLUSH_ALL:
        pv_flush_domain(d, all);
        return 0;
    case MMUEXT_INVLPG_ALL:
        pv_flush_domain(d, va);
        return 0;
    case MMUEXT_FLUSH_CACHE:
    case MMUEXT_FLUSH_CACHE_GLOBAL:
        return flush_cache(d);
    case MMUEXT_SET_LDT:
        return pv_set_ldt(v, op->arg1.linear_addr, op->arg2.nr_ents);
    }
    return -XEN_ENOSYS;
}

static int one_op(struct vcpu *v, const struct mmuext_op *op, struct domain *fd)
{
    mfn_t m = mfn(op->arg1.mfn), src;

    switch (op->cmd) {
    case MMUEXT_PIN_L1_TABLE:
    case MMUEXT_PIN_L2_TABLE:
    case MMUEXT_PIN_L3_TABLE:
    case MMUEXT_PIN_L4_TABLE:
        return pin_table(fd, m, (enum page_type)(PT_L1 + (op->cmd - MMUEXT_PIN_L1_TABLE)));
    case MMUEXT_UNPIN_TABLE:
        return unpin_table(fd, m);
    case MMUEXT_CLEAR_PAGE:
        return fill_page(fd, m, NULL);
    case MMUEXT_COPY_PAGE:
        src = mfn(op->arg2.src_mfn);
        return fill_page(fd, m, &src);
    case MMUEXT_MARK_SUPER:
    case MMUEXT_UNMARK_SUPER:
        return -XEN_EOPNOTSUPP;
    }
    return fd == v->domain ? op_on_self(v, op) : -XEN_EPERM;
}

/* *i: elements done. */
static int op_list(gva_t ops, unsigned int count, struct domain *fd, unsigned int *i)
{
    struct vcpu *v = current_vcpu();
    struct mmuext_op op;
    int rc;

    for (*i = 0;; ++*i) {
        rc = pv_drain_old_table(v);
        if (rc || *i == count)
            return rc;
        if (*i && hypercall_should_preempt())
            return -XEN_ERESTART;
        if (guest_read(&op, gva_add(ops, *i * sizeof(op)), sizeof(op)))
            return -XEN_EFAULT;
        rc = one_op(v, &op, fd);
        if (rc)
            return rc;
    }
}

long do_mmuext_op(gva_t ops, unsigned int count, gva_t done_ptr, unsigned int foreigndom)
{
    struct domain *fd;
    unsigned int done = 0, i;
    int rc;

    if (count & MMU_UPDATE_PREEMPTED) {
        count &= ~MMU_UPDATE_PREEMPTED;
        if (done_ptr.a && guest_read(&done, done_ptr, sizeof(done)))
            return -XEN_EFAULT;
    }
    rc = pv_get_table_owner((domid_t)foreigndom, &fd);
    if (rc)
        return rc;
    rc = op_list(ops, count, fd, &i);
    domain_put(fd);

    done += i;
    if (done_ptr.a && guest_write(done_ptr, &done, sizeof(done)))
        rc = -XEN_EFAULT;
    if (rc == -XEN_ERESTART)
        return hypercall_continue(__HYPERVISOR_mmuext_op, 4,
                                  (uint64_t)gva_add(ops, i * sizeof(struct mmuext_op)).a,
                                  (uint64_t)((count - i) | MMU_UPDATE_PREEMPTED),
                                  (uint64_t)done_ptr.a, (uint64_t)foreigndom);
    return rc;
}
