/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two roots of a vCPU. Invariant: v->pv.cr3 and v->pv.cr3_user, where not 0, each hold a
 * general and a PT_L4 reference on a frame of the vCPU's own domain; a root is let go only after
 * the CPU left it.
 */
#include <hv/arch.h>
#include <hv/panic.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/pv_mm.h>
#include <public/errno.h>

static int take_root(struct domain *d, mfn_t l4)
{
    struct page *p = mfn_page(l4);
    int rc = -XEN_EINVAL;

    if (p) {
        spin_lock(&d->mm_lock);
        rc = page_get_and_type(p, d, PT_L4);
        spin_unlock(&d->mm_lock);
    }
    if (rc == -XEN_EINVAL)
        guest_log(LOG_WARNING, "d%u: frame %llx cannot be a page-table root\n", d->id,
                  (unsigned long long)l4.n);
    return rc;
}

/* 0, or -XEN_ERESTART: the frame is left PTF_PARTIAL. */
static int drop_root(struct domain *d, uint64_t root)
{
    struct page *p = mfn_page_trusted(maddr_to_mfn(root));
    int rc;

    spin_lock(&d->mm_lock);
    rc = page_put_type(p);
    spin_unlock(&d->mm_lock);
    page_put(p);
    return rc;
}

static void retire_root(struct vcpu *v, uint64_t root)
{
    if (root && drop_root(v->domain, root) == -XEN_ERESTART)
        pv_defer_table(current_vcpu(), mfn_page_trusted(maddr_to_mfn(root)), v->domain);
}

int pv_set_kernel_root(struct vcpu *v, mfn_t l4)
{
    uint64_t old = v->pv.cr3;
    int rc = pv_drain_old_table(current_vcpu());

    if (rc)
        return rc;
    /* Frame 0 is nobody's: take_root() refuses it, also where there was no root before. */
    if (old != mfn_to_maddr(l4) || old == 0) {
        rc = take_root(v->domain, l4);
        if (rc)
            return rc;
        v->pv.cr3 = mfn_to_maddr(l4);
    }
    /* Loading a root flushes the TLB, also when it is the same one. */
    if (v == current_vcpu())
        arch_load_root(v);
    if (old != mfn_to_maddr(l4))
        retire_root(v, old);
    return 0;
}

int pv_set_user_root(struct vcpu *v, mfn_t l4)
{
    uint64_t old = v->pv.cr3_user;
    int rc = pv_drain_old_table(current_vcpu());

    if (rc)
        return rc;
    if (old == mfn_to_maddr(l4))
        return 0;
    if (l4.n) {
        rc = take_root(v->domain, l4);
        if (rc)
            return rc;
    }
    v->pv.cr3_user = mfn_to_maddr(l4);
    /* Hypercalls come from the kernel; only a control call may find its target in user mode, and
     * not running. */
    if (v == current_vcpu() && !v->pv.kernel_mode)
        arch_load_root(v);
    retire_root(v, old);
    return 0;
}

int pv_root_release(struct vcpu *v)
{
    uint64_t user = v->pv.cr3_user, kernel = v->pv.cr3;
    int rc = 0;

    ASSERT(v != current_vcpu());
    /* What the vCPU had left half-way is found as PTF_PARTIAL by pv_relinquish_memory(). */
    v->pv.old_table = 0;
    v->pv.cr3_user = 0;
    if (user)
        rc = drop_root(v->domain, user);
    if (rc)
        return rc;
    v->pv.cr3 = 0;
    return kernel ? drop_root(v->domain, kernel) : 0;
}
