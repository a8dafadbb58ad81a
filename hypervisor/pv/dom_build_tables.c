/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The initial page tables. They are written as any kernel would write its own, and then checked and
 * pinned by the same code that serves guests: no reference is counted by hand.
 */
#include <hv/arch.h>
#include <hv/dom_build.h>
#include <hv/panic.h>
#include <hv/string.h>
#include <public/errno.h>

#define TABLE_BITS (PTE_P | PTE_RW | PTE_US | PTE_A)
#define PAGE_BITS  (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)

/* The level-1 entry of `va`, with the tables on the way made from next_table. */
static uint64_t *entry_of(struct dom_build *b, uint64_t va)
{
    uint64_t *t = build_ptr(b, b->pt_pfn);

    for (unsigned int level = 4; level > 1; level--) {
        uint64_t *e = &t[pt_index(va, level)];

        if (!(*e & PTE_P)) {
            /* build_layout() counted them. */
            BUG_ON(b->next_table == b->last_table);
            *e = pte_make(build_p2m(b, b->next_table++), TABLE_BITS);
        }
        t = arch_frame_ptr(pte_mfn(*e));
    }
    return &t[pt_index(va, 1)];
}

static void map(struct dom_build *b, uint64_t va, uint64_t pfn, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        *entry_of(b, va + (i << PAGE_SHIFT)) = pte_make(build_p2m(b, pfn + i), PAGE_BITS);
}

static const char *pin_root(struct dom_build *b, struct vcpu *v)
{
    struct page *root = mfn_page_trusted(build_p2m(b, b->pt_pfn));
    int rc, pin_rc = 0;

    spin_lock(&b->d->mm_lock);
    do
        rc = page_get_and_type(root, b->d, PT_L4);
    while (rc == -XEN_ERESTART);
    /* One set of references for the vCPU's root, one for the pin that the kernel undoes. */
    if (rc == 0)
        pin_rc = page_get_and_type(root, b->d, PT_L4);
    if (rc == 0 && pin_rc == 0)
        atomic_or(&root->type, PTF_PINNED);
    spin_unlock(&b->d->mm_lock);
    if (rc || pin_rc)
        return "initial page tables were refused";
    v->pv.cr3 = mfn_to_maddr(page_mfn(root));
    return NULL;
}

const char *build_tables(struct dom_build *b, struct vcpu *v)
{
    for (uint64_t i = 0; i < b->nr_pt; i++)
        memset(build_ptr(b, b->pt_pfn + i), 0, PAGE_SIZE);
    for (uint64_t i = 0; i < b->p2m_tables; i++)
        memset(build_ptr(b, b->p2m_table_pfn + i), 0, PAGE_SIZE);

    b->next_table = b->pt_pfn + 1;
    b->last_table = b->pt_pfn + b->nr_pt;
    map(b, b->v_base, 0, b->nr_mapped);
    /* Tables are read-only to their owner. */
    for (uint64_t i = 0; i < b->nr_pt; i++)
        *entry_of(b, b->pt_va + (i << PAGE_SHIFT)) &= ~PTE_RW;
    if (b->p2m_tables) {
        b->next_table = b->p2m_table_pfn;
        b->last_table = b->p2m_table_pfn + b->p2m_tables;
        map(b, b->p2m_va, b->p2m_pfn, b->p2m_frames);
    }
    return pin_root(b, v);
}

void build_copy(const struct dom_build *b, uint64_t va, const void *src, uint64_t len)
{
    const char *from = src;

    while (len) {
        uint64_t off = va & ~PAGE_MASK, n = MIN(len, PAGE_SIZE - off);
        char *to = (char *)build_ptr(b, build_pfn(b, va)) + off;

        if (from) {
            memcpy(to, from, n);
            from += n;
        } else {
            memset(to, 0, n);
        }
        va += n;
        len -= n;
    }
}
