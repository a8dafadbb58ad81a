/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GNTTABOP_copy: bytes from one frame to another, each side a grant or a frame of the caller's own.
 * Invariant: during the copy both frames are referenced, the destination with the writable type,
 * and both grants are pinned.
 */
#include <hv/arch.h>
#include <hv/grant_entry.h>
#include <hv/string.h>
#include <public/errno.h>

/* One side of a copy, held. */
struct side {
    struct domain *granter; /* NULL: the caller's own frame */
    grant_ref_t ref;
    struct page *page;
    bool readonly;
};

static int side_frame(struct side *s, struct domain *owner, mfn_t frame)
{
    struct page *page = mfn_page(frame);

    if (!page)
        return GNTST_bad_page;
    if (s->readonly ? !page_get(page, owner) : page_get_and_type(page, owner, PT_WRITABLE) != 0)
        return GNTST_bad_page;
    s->page = page;
    return GNTST_okay;
}

static int side_grant(struct side *s, struct domain *d, grant_ref_t ref, domid_t id)
{
    struct domain *granter = domain_get_by_id(id);
    mfn_t frame;
    int rc;

    if (!granter)
        return GNTST_bad_domain;
    rc =
        granter->grants ? grant_pin(granter, ref, d->id, s->readonly, 1, &frame) : GNTST_bad_domain;
    if (!rc) {
        rc = side_frame(s, granter, frame);
        if (rc)
            grant_unpin(granter, ref, s->readonly, 1);
    }
    if (rc) {
        domain_put(granter);
        return rc;
    }
    s->granter = granter;
    s->ref = ref;
    return GNTST_okay;
}

static int side_get(struct side *s, struct domain *d, const struct gnttab_copy_ptr *p, bool by_ref)
{
    if (by_ref)
        return side_grant(s, d, p->u.ref, p->domid);
    if (p->domid != DOMID_SELF)
        return GNTST_permission_denied; /* frames by number: one's own only */
    return side_frame(s, d, mfn(p->u.gmfn));
}

static void side_put(struct side *s)
{
    if (s->page) {
        if (s->readonly)
            page_put(s->page);
        else
            page_put_and_type(s->page);
    }
    if (s->granter) {
        grant_unpin(s->granter, s->ref, s->readonly, 1);
        domain_put(s->granter);
    }
}

static void move_bytes(const struct side *to, uint16_t to_offset, const struct side *from,
                       uint16_t from_offset, uint16_t len)
{
    char *d = (char *)arch_frame_ptr(page_mfn(to->page)) + to_offset;
    const char *s = (const char *)arch_frame_ptr(page_mfn(from->page)) + from_offset;

    if (unlikely(to->page == from->page))
        memmove(d, s, len);
    else
        arch_frame_copy(d, s, len);
}

void grant_copy_one(struct domain *d, void *arg)
{
    struct gnttab_copy *op = arg;
    struct side from = {.readonly = true}, to = {.readonly = false};
    int rc;

    if (op->source.offset + op->len > PAGE_SIZE || op->dest.offset + op->len > PAGE_SIZE) {
        op->status = GNTST_bad_copy_arg;
        return;
    }
    rc = side_get(&from, d, &op->source, op->flags & GNTCOPY_source_gref);
    if (!rc)
        rc = side_get(&to, d, &op->dest, op->flags & GNTCOPY_dest_gref);
    if (!rc)
        move_bytes(&to, op->dest.offset, &from, op->source.offset, op->len);
    side_put(&to);
    side_put(&from);
    op->status = (int16_t)rc;
}
