/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One page-table entry: which bits a guest may set, and which references the entry stands for.
 * Invariant: every present entry of a checked table holds exactly the references of pte_take(),
 * except an entry marked PTE_GNTTAB, whose references belong to the grant mapping.
 */
#include <hv/arch.h>
#include <hv/panic.h>
#include <hv/printk.h>
#include <hv/pv_mm.h>
#include <public/errno.h>

/* Bits 52 to 61 are the guest's own; 59 to 62 would be protection keys, which guests are not given.
 */
#define PTE_SOFT (0x3ffull << 52)

#define L1_ALLOWED                                                                                 \
    (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_G | PTE_AVAIL | PTE_SOFT | PTE_NX | PTE_ADDR)
#define L1_CACHE_BITS (PTE_PWT | PTE_PCD | PTE_PAT)
/* No large pages, no cache attributes, no G above level 1. */
#define UPPER_ALLOWED                                                                              \
    (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_AVAIL | PTE_SOFT | PTE_NX | PTE_ADDR)

/* Frames that are not memory of ours, or that the machine set aside for everyone with permission.
 */
static bool is_device_frame(const struct page *p)
{
    return p == NULL || p->owner == domain_io;
}

/* The common case, without a look at the memory map: some domain owns the frame. */
static bool is_owned_ram(mfn_t m)
{
    return m.n < frame_table_size && read_once(mfn_page_trusted(m)->owner) != NULL;
}

bool pte_bits_ok(const struct domain *d, unsigned int level, uint64_t pte)
{
    uint64_t allowed = UPPER_ALLOWED;

    if (level == 1) {
        allowed = L1_ALLOWED;
        /* Cache attributes make sense for device memory; a guest without devices has no use for
         * them. */
        if (pv_has_devices(d))
            allowed |= L1_CACHE_BITS;
    }
    if (likely((pte & ~allowed) == 0))
        return true;
    guest_log(LOG_WARNING, "d%u: level-%u entry %016llx has bits %llx that a guest may not set\n",
              d->id, level, (unsigned long long)pte, (unsigned long long)(pte & ~allowed));
    return false;
}

uint64_t pte_stored_form(unsigned int level, uint64_t pte)
{
    pte |= PTE_US;
    /* Kernel and user roots of a guest differ, and only whole flushes are cheap to get right: no G.
     */
    if (level == 1)
        pte &= ~PTE_G;
    /*
     * Device registers that the hypervisor drives may be looked at. The guest asks for them
     * writable as part of a larger range (an MSI-X table in its BAR) and gets them read-only;
     * pv_ptwr_fault() drops its writes.
     */
    if (level == 1 && (pte & PTE_RW) && unlikely(!is_owned_ram(pte_mfn(pte))) &&
        arch_frame_is_ours(pte_mfn(pte)))
        pte &= ~PTE_RW;
    return pte;
}

static int take_device(struct domain *d, const struct domain *fd, mfn_t m)
{
    if (fd != d && fd != domain_io)
        return -XEN_EINVAL;
    if (!rangeset_contains(&d->iomem, m.n, m.n)) {
        guest_log(LOG_WARNING, "d%u: may not map device frame %llx\n", d->id,
                  (unsigned long long)m.n);
        return -XEN_EPERM;
    }
    return 0;
}

static int take_l1(struct domain *d, struct domain *fd, uint64_t pte)
{
    mfn_t m = pte_mfn(pte);
    struct page *p = mfn_page(m);
    int rc;

    if (unlikely(is_device_frame(p)))
        return take_device(d, fd, m);
    if (unlikely(!page_get(p, fd))) {
        guest_log(LOG_WARNING, "d%u: frame %llx is not memory of d%u\n", d->id,
                  (unsigned long long)m.n, fd->id);
        return -XEN_EINVAL;
    }
    if (!(pte & PTE_RW))
        return 0;
    rc = page_get_type(p, PT_WRITABLE);
    if (unlikely(rc != 0)) {
        guest_log(LOG_WARNING, "d%u: frame %llx cannot be mapped writable (type %u, %u uses)\n",
                  d->id, (unsigned long long)m.n, page_type(p), page_type_count(p));
        page_put(p);
        rc = -XEN_EBUSY; /* the ABI's answer: a table, descriptors, or shared with us for reading
                            only */
    }
    return rc;
}

int pte_take(struct domain *d, struct domain *fd, unsigned int level, uint64_t pte)
{
    struct page *child;
    int rc;

    if (level == 1)
        return take_l1(d, fd, pte);
    child = mfn_page(pte_mfn(pte));
    rc = child ? page_get_and_type(child, d, (enum page_type)(level - 1)) : -XEN_EINVAL;
    if (unlikely(rc == -XEN_EINVAL))
        guest_log(LOG_WARNING, "d%u: frame %llx cannot be a level-%u table (type %u, %u uses)\n",
                  d->id, (unsigned long long)pte_mfn(pte).n, level - 1,
                  child ? page_type(child) : 0, child ? page_type_count(child) : 0);
    return rc;
}

static void drop_l1(const struct domain *d, uint64_t pte)
{
    struct page *p;

    if (unlikely(pte & PTE_GNTTAB)) {
        /* The grant mapping keeps its references until it is unmapped, or its domain dies. */
        guest_log(LOG_DEBUG, "d%u: entry %016llx of a grant mapping overwritten\n", d->id,
                  (unsigned long long)pte);
        return;
    }
    p = mfn_page(pte_mfn(pte));
    if (unlikely(is_device_frame(p)))
        return;
    if (pte & PTE_RW)
        page_put_type(p);
    page_put(p);
}

int pte_drop(struct domain *d, unsigned int level, uint64_t pte)
{
    struct page *child;
    int rc;

    if (level == 1) {
        drop_l1(d, pte);
        return 0;
    }
    child = mfn_page_trusted(pte_mfn(pte));
    rc = page_put_type(child);
    page_put(child);
    return rc;
}
