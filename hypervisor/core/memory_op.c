/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypercall memory_op: dispatch, and the operations that only tell facts. PV guests are not
 * translated: they keep their own frame lists, so everything about a physmap is refused by the
 * ABI's own errors.
 */
#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/grant.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/memory_op.h>
#include <hv/page_alloc.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/vcpu.h>
#include <public/errno.h>

#define ACQUIRE_FRAMES_MAX 4096 /* of one call; a resource is smaller than that */

static long op_maximum_ram_page(gva_t arg)
{
    (void)arg;
    return (long)frame_table_size;
}

enum reservation_fact { FACT_CURRENT, FACT_MAXIMUM, FACT_HIGHEST_PFN };

static long reservation_fact(gva_t arg, enum reservation_fact fact)
{
    struct xen_memory_domain op;
    struct domain *d;
    long rc;

    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    d = domain_get_target(op.domid);
    if (!d)
        return -XEN_ESRCH;
    switch (fact) {
    case FACT_CURRENT:
        rc = (long)read_once(d->tot_pages);
        break;
    case FACT_MAXIMUM:
        rc = (long)read_once(d->max_pages);
        break;
    default: /* what the guest itself says; less 1, 0 meaning that it has not said yet */
        rc = d->shared ? (long)(read_once(d->shared->arch.max_pfn) & INT64_MAX) - 1 : -1;
        break;
    }
    domain_put(d);
    return rc;
}

static long op_current_reservation(gva_t arg)
{
    return reservation_fact(arg, FACT_CURRENT);
}

static long op_maximum_reservation(gva_t arg)
{
    return reservation_fact(arg, FACT_MAXIMUM);
}

static long op_maximum_gpfn(gva_t arg)
{
    return reservation_fact(arg, FACT_HIGHEST_PFN);
}

static long op_machphys_mapping(gva_t arg)
{
    struct xen_machphys_mapping op = {
        .v_start = MACH2PHYS_VIRT_START,
        .v_end = MACH2PHYS_VIRT_END,
        .max_mfn = arch_max_frame(),
    };

    return guest_write(arg, &op, sizeof(op));
}

static long op_machphys_mfn_list(gva_t arg)
{
    struct xen_machphys_mfn_list op;
    unsigned int i;

    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    for (i = 0; i < op.max_extents; i++) {
        mfn_t m = arch_m2p_frame(i);

        if (mfn_eq(m, INVALID_MFN))
            break;
        if (guest_write_elem(op.extent_start, i, &m.n))
            return -XEN_EFAULT;
    }
    op.nr_extents = i;
    return guest_write(arg, &op, sizeof(op));
}

static long op_exchange(gva_t arg)
{
    return mem_exchange(arg);
}

static long op_refuse_translated(gva_t arg)
{
    (void)arg;
    return -XEN_EACCES;
}

static long op_unsupported(gva_t arg)
{
    (void)arg;
    return -XEN_EOPNOTSUPP;
}

/* Populate-on-demand does not exist for PV; the toolstack sets the target all the same and reads
 * the counts. */
static long op_pod_target(gva_t arg)
{
    struct xen_pod_target op;
    struct domain *d;

    if (!current_vcpu()->domain->is_privileged)
        return -XEN_EPERM;
    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    d = domain_get_target(op.domid);
    if (!d)
        return -XEN_ESRCH;
    op.tot_pages = read_once(d->tot_pages);
    op.pod_cache_pages = 0;
    op.pod_entries = 0;
    domain_put(d);
    return guest_write(arg, &op, sizeof(op));
}

/* A claim is checked against free memory now; nothing is set aside. */
static long op_claim_pages(gva_t arg)
{
    struct xen_memory_reservation op;
    struct domain *d;
    long rc = 0;

    if (!current_vcpu()->domain->is_privileged)
        return -XEN_EPERM;
    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    if (op.extent_order || op.mem_flags || handle_gva(op.extent_start).a)
        return -XEN_EINVAL;
    d = domain_get_target(op.domid);
    if (!d)
        return -XEN_ESRCH;
    if (op.nr_extents > d->max_pages)
        rc = -XEN_EINVAL;
    else if (op.nr_extents > d->tot_pages && op.nr_extents - d->tot_pages > page_alloc_free())
        rc = -XEN_ENOMEM;
    domain_put(d);
    return rc;
}

static long op_reserved_device_memory_map(gva_t arg)
{
    struct xen_reserved_device_memory_map op;

    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    if (op.flags & ~(uint32_t)XENMEM_RDM_ALL)
        return -XEN_EINVAL;
    op.nr_entries = 0; /* no I/O MMU is driven, so no device keeps memory for itself */
    return guest_write(arg, &op, sizeof(op));
}

static long acquire_grant_frames(struct domain *d, struct xen_mem_acquire_resource *op)
{
    for (uint64_t i = 0; i < op->nr_frames; i++) {
        mfn_t m = op->frame + i > UINT32_MAX ? INVALID_MFN
                                             : grant_table_frame(d, (unsigned int)(op->frame + i));

        if (mfn_eq(m, INVALID_MFN))
            return -XEN_EINVAL;
        if (guest_write_elem(op->frame_list, i, &m.n))
            return -XEN_EFAULT;
    }
    return 0;
}

static long op_acquire_resource(gva_t arg)
{
    struct xen_mem_acquire_resource op;
    struct domain *d;
    long rc;

    if (!current_vcpu()->domain->is_privileged)
        return -XEN_EPERM;
    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    if (op.pad || op.frame + op.nr_frames < op.frame)
        return -XEN_EINVAL;
    if (op.nr_frames > ACQUIRE_FRAMES_MAX)
        return -XEN_E2BIG;
    if (op.type != XENMEM_resource_grant_table)
        return -XEN_EOPNOTSUPP;
    if (op.id != XENMEM_resource_grant_table_id_shared)
        return -XEN_EINVAL;
    d = domain_get_target(op.domid);
    if (!d)
        return -XEN_ESRCH;
    if (handle_gva(op.frame_list).a) {
        rc = op.nr_frames ? acquire_grant_frames(d, &op) : -XEN_EINVAL;
    } else if (op.nr_frames) {
        rc = -XEN_EINVAL;
    } else {
        op.nr_frames = grant_table_max_frames(d);
        rc = guest_write(arg, &op, sizeof(op));
    }
    domain_put(d);
    return rc;
}

static long (*const ops[])(gva_t arg) = {
    [XENMEM_maximum_ram_page] = op_maximum_ram_page,
    [XENMEM_current_reservation] = op_current_reservation,
    [XENMEM_maximum_reservation] = op_maximum_reservation,
    [XENMEM_machphys_mfn_list] = op_machphys_mfn_list,
    [XENMEM_add_to_physmap] = op_refuse_translated,
    [XENMEM_memory_map] = mem_get_map,
    [XENMEM_machine_memory_map] = mem_machine_map,
    [XENMEM_exchange] = op_exchange,
    [XENMEM_machphys_mapping] = op_machphys_mapping,
    [XENMEM_set_memory_map] = mem_set_map,
    [XENMEM_maximum_gpfn] = op_maximum_gpfn,
    [XENMEM_remove_from_physmap] = op_refuse_translated,
    [XENMEM_set_pod_target] = op_pod_target,
    [XENMEM_get_pod_target] = op_pod_target,
    [XENMEM_get_sharing_freed_pages] = op_unsupported,
    [XENMEM_get_sharing_shared_pages] = op_unsupported,
    [XENMEM_paging_op] = op_unsupported,
    [XENMEM_access_op] = op_unsupported,
    [XENMEM_sharing_op] = op_unsupported,
    [XENMEM_add_to_physmap_batch] = op_refuse_translated,
    [XENMEM_claim_pages] = op_claim_pages,
    [XENMEM_machphys_compat_mfn_list] = op_unsupported,
    [XENMEM_get_vnumainfo] = op_unsupported,
    [XENMEM_reserved_device_memory_map] = op_reserved_device_memory_map,
    [XENMEM_acquire_resource] = op_acquire_resource,
};

long do_memory_op(uint64_t cmd, gva_t arg)
{
    unsigned int op = cmd & MEMOP_CMD_MASK;
    uint64_t start = cmd >> MEMOP_EXTENT_SHIFT;

    switch (op) {
    case XENMEM_increase_reservation:
    case XENMEM_decrease_reservation:
    case XENMEM_populate_physmap:
        return mem_reservation_op(op, start, arg);
    default:
        break;
    }
    if (op >= ARRAY_SIZE(ops) || !ops[op]) {
        guest_log(LOG_INFO, "d%u: memory_op %u is unknown\n", current_vcpu()->domain->id, op);
        return -XEN_ENOSYS;
    }
    return start ? -XEN_EINVAL : ops[op](arg);
}
