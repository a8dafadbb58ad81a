/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypercall grant_table_op: one row per operation. Arguments come in arrays; each element is
 * read once, worked on as a local copy and written back with its status. Progress is `arg` and
 * `count` themselves, so a long call restarts after any element (for unmaps: after any batch, whose
 * TLB flush is shared).
 */
#include <hv/arch.h>
#include <hv/grant_entry.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/vcpu.h>
#include <public/errno.h>

#define UNMAP_BATCH 32

union grant_arg {
    struct gnttab_map_grant_ref map;
    struct gnttab_unmap_grant_ref unmap;
    struct gnttab_unmap_and_replace replace;
    struct gnttab_setup_table setup;
    struct gnttab_transfer transfer;
    struct gnttab_copy copy;
    struct gnttab_query_size query;
    struct gnttab_swap_grant_ref swap;
    struct gnttab_get_status_frames status_frames;
};

/* The domain whose table is meant: the caller's own, or any for a privileged caller. */
static int target(struct domain *caller, domid_t id, struct domain **out)
{
    struct domain *d = domain_get_by_id(id);

    if (!d)
        return GNTST_bad_domain;
    if ((d != caller && !caller->is_privileged) || !d->grants) {
        domain_put(d);
        return GNTST_permission_denied;
    }
    *out = d;
    return GNTST_okay;
}

static void setup_table(struct domain *caller, void *arg)
{
    struct gnttab_setup_table *op = arg;
    struct domain *d;
    int rc = target(caller, op->dom, &d);

    op->status = (int16_t)rc;
    if (rc)
        return;
    if (op->nr_frames > d->grants->max_frames) {
        guest_log(LOG_INFO, "d%u: setup_table of %u frames: the limit is %u\n", d->id,
                  op->nr_frames, d->grants->max_frames);
        op->status = GNTST_general_error;
    }
    for (uint32_t i = 0; !op->status && i < op->nr_frames; i++) {
        mfn_t m = grant_table_frame(d, i);

        if (mfn_eq(m, INVALID_MFN))
            op->status = GNTST_general_error;
        else if (guest_write_elem(op->frame_list, i, &m.n))
            op->status = GNTST_bad_virt_addr;
    }
    domain_put(d);
}

static void query_size(struct domain *caller, void *arg)
{
    struct gnttab_query_size *op = arg;
    struct domain *d;
    int rc = target(caller, op->dom, &d);

    op->status = (int16_t)rc;
    if (rc)
        return;
    op->nr_frames = grant_table_nr_frames(d);
    op->max_nr_frames = d->grants->max_frames;
    domain_put(d);
}

static void transfer(struct domain *d, void *arg)
{
    (void)d;
    ((struct gnttab_transfer *)arg)->status = GNTST_general_error;
}

static void get_status_frames(struct domain *d, void *arg)
{
    (void)d;
    ((struct gnttab_get_status_frames *)arg)->status = GNTST_general_error; /* version 2 only */
}

static void swap_grant_ref(struct domain *d, void *arg)
{
    struct gnttab_swap_grant_ref *op = arg;
    struct grant_table *t = d->grants;
    struct grant_active *a, *b;

    spin_lock(&t->lock);
    a = grant_active_entry(t, op->ref_a);
    b = grant_active_entry(t, op->ref_b);
    if (!a || !b) {
        op->status = GNTST_bad_gntref;
    } else if (a->readers || a->writers || b->readers || b->writers) {
        op->status = GNTST_eagain;
    } else {
        uint64_t *ea = (uint64_t *)(void *)grant_shared_entry(t, op->ref_a);
        uint64_t *eb = (uint64_t *)(void *)grant_shared_entry(t, op->ref_b);
        uint64_t was = read_once(*ea);

        write_once(*ea, read_once(*eb));
        write_once(*eb, was);
        op->status = GNTST_okay;
    }
    spin_unlock(&t->lock);
}

struct grant_row {
    void (*fn)(struct domain *d, void *op); /* one element; NULL: a batch of unmaps */
    uint8_t size;
    bool single; /* the ABI takes exactly one */
};

static const struct grant_row rows[] = {
    [GNTTABOP_map_grant_ref] = {grant_map_one, sizeof(struct gnttab_map_grant_ref), false},
    [GNTTABOP_unmap_grant_ref] = {NULL, sizeof(struct gnttab_unmap_grant_ref), false},
    [GNTTABOP_setup_table] = {setup_table, sizeof(struct gnttab_setup_table), true},
    [GNTTABOP_transfer] = {transfer, sizeof(struct gnttab_transfer), false},
    [GNTTABOP_copy] = {grant_copy_one, sizeof(struct gnttab_copy), false},
    [GNTTABOP_query_size] = {query_size, sizeof(struct gnttab_query_size), true},
    [GNTTABOP_unmap_and_replace] = {NULL, sizeof(struct gnttab_unmap_and_replace), false},
    [GNTTABOP_get_status_frames] = {get_status_frames, sizeof(struct gnttab_get_status_frames),
                                    true},
    [GNTTABOP_swap_grant_ref] = {swap_grant_ref, sizeof(struct gnttab_swap_grant_ref), false},
};

static long continue_at(unsigned int cmd, gva_t arg, unsigned int count, unsigned int done)
{
    return hypercall_continue(__HYPERVISOR_grant_table_op, 3, (uint64_t)cmd,
                              arg.a + (uint64_t)done * rows[cmd].size, (uint64_t)(count - done));
}

static long run_elements(struct domain *d, unsigned int cmd, gva_t arg, unsigned int count)
{
    const struct grant_row *row = &rows[cmd];
    union grant_arg op;

    for (unsigned int i = 0; i < count; i++) {
        gva_t at = gva_add(arg, (uint64_t)i * row->size);

        if (i && hypercall_should_preempt())
            return continue_at(cmd, arg, count, i);
        if (guest_read(&op, at, row->size))
            return -XEN_EFAULT;
        row->fn(d, &op);
        if (guest_write(at, &op, row->size))
            return -XEN_EFAULT;
    }
    return 0;
}

/* Begin one unmap of either form; its status goes back at once, as the references are ours to drop
 * now. */
static int unmap_begin(struct domain *d, unsigned int cmd, gva_t at, struct grant_unmap *work)
{
    union grant_arg op;
    int16_t *status;

    work->done = 0;
    if (guest_read(&op, at, rows[cmd].size))
        return -XEN_EFAULT;
    if (cmd == GNTTABOP_unmap_grant_ref) {
        work->handle = op.unmap.handle;
        status = &op.unmap.status;
        *status = (int16_t)grant_unmap_begin(d, work, op.unmap.host_addr, op.unmap.dev_bus_addr, 0);
    } else {
        work->handle = op.replace.handle;
        status = &op.replace.status;
        *status = (int16_t)grant_unmap_begin(d, work, op.replace.host_addr, 0, op.replace.new_addr);
    }
    return guest_write(at, &op, rows[cmd].size);
}

static long run_unmaps(struct domain *d, unsigned int cmd, gva_t arg, unsigned int count)
{
    struct grant_unmap work[UNMAP_BATCH];

    for (unsigned int i = 0; i < count;) {
        unsigned int n = 0;
        bool any = false;
        int rc = 0;

        if (i && hypercall_should_preempt())
            return continue_at(cmd, arg, count, i);
        while (!rc && n < UNMAP_BATCH && i + n < count) {
            rc = unmap_begin(d, cmd, gva_add(arg, (uint64_t)(i + n) * rows[cmd].size), &work[n]);
            any |= work[n].done != 0;
            n++;
        }
        if (any)
            arch_tlb_flush(&d->dirty_cpus, gva(~0ull));
        for (unsigned int k = 0; k < n; k++)
            grant_unmap_finish(d, &work[k]);
        if (rc)
            return rc;
        i += n;
    }
    return 0;
}

/* Version 1 is all there is; asking for 2 gets the answer of a hypervisor that knows only 1. */
static long set_version(gva_t arg)
{
    struct gnttab_set_version op;
    long rc = 0;

    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    if (op.version != 1 && op.version != 2)
        rc = -XEN_EINVAL;
    else if (op.version == 2)
        rc = -XEN_ENOSYS;
    op.version = 1;
    if (guest_write(arg, &op, sizeof(op)))
        return -XEN_EFAULT;
    return rc;
}

static long get_version(struct domain *caller, gva_t arg)
{
    struct gnttab_get_version op;
    struct domain *d;
    int rc;

    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    rc = target(caller, op.dom, &d);
    if (rc)
        return rc == GNTST_bad_domain ? -XEN_ESRCH : -XEN_EPERM;
    domain_put(d);
    op.version = 1;
    return guest_write(arg, &op, sizeof(op));
}

long do_grant_table_op(unsigned int cmd, gva_t arg, unsigned int count)
{
    struct domain *d = current_vcpu()->domain;

    if ((int)count < 0)
        return -XEN_EINVAL;
    switch (cmd) {
    case GNTTABOP_set_version:
        return set_version(arg);
    case GNTTABOP_get_version:
        return get_version(d, arg);
    case GNTTABOP_cache_flush:
        return -XEN_EOPNOTSUPP;
    default:
        break;
    }
    if (cmd >= ARRAY_SIZE(rows) || !rows[cmd].size) {
        guest_log(LOG_INFO, "d%u: grant_table_op %u is unknown\n", d->id, cmd);
        return -XEN_ENOSYS;
    }
    if (rows[cmd].single && count != 1)
        return -XEN_EINVAL;
    return rows[cmd].fn ? run_elements(d, cmd, arg, count) : run_unmaps(d, cmd, arg, count);
}
