/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory maps in E820 form: the machine's for dom0, and for each other domain the one that the
 * toolstack set. Invariant: a domain's map is replaced as a whole, under its lock.
 */
#include <hv/arch.h>
#include <hv/guest_copy.h>
#include <hv/heap.h>
#include <hv/memory_op.h>
#include <hv/percpu.h>
#include <hv/string.h>
#include <hv/vcpu.h>
#include <public/errno.h>

#define MAP_ROWS_MAX 128 /* of a guest's map and of the machine's */

/* A row as guests see it: 20 bytes. */
struct map_row {
    uint64_t addr, size;
    uint32_t type;
} __packed;

struct guest_memory_map {
    unsigned int nr;
    struct map_row row[];
};

void mem_map_free(struct domain *d)
{
    hv_free(d->memory_map);
    d->memory_map = NULL;
}

long mem_set_map(gva_t arg)
{
    struct xen_foreign_memory_map op;
    struct guest_memory_map *map, *old;
    struct domain *d;

    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    if (op.map.nr_entries > MAP_ROWS_MAX)
        return -XEN_EINVAL;
    map = hv_zalloc(sizeof(*map) + op.map.nr_entries * sizeof(map->row[0]));
    if (!map)
        return -XEN_ENOMEM;
    map->nr = op.map.nr_entries;
    if (guest_read(map->row, handle_gva(op.map.buffer), map->nr * sizeof(map->row[0]))) {
        hv_free(map);
        return -XEN_EFAULT;
    }
    d = domain_get_target(op.domid);
    if (!d || !current_vcpu()->domain->is_privileged) {
        if (d)
            domain_put(d);
        hv_free(map);
        return d ? -XEN_EPERM : -XEN_ESRCH;
    }
    spin_lock(&d->lock);
    old = d->memory_map;
    d->memory_map = map;
    spin_unlock(&d->lock);
    hv_free(old);
    domain_put(d);
    return 0;
}

/* Hand rows to the guest: as many as there are, or -XEN_EINVAL when it has no room for all. */
static long write_map(gva_t arg, struct xen_memory_map *op, const struct map_row *row,
                      unsigned int nr)
{
    if (handle_gva(op->buffer).a) {
        if (op->nr_entries < nr)
            return -XEN_EINVAL;
        if (guest_write(handle_gva(op->buffer), row, nr * sizeof(*row)))
            return -XEN_EFAULT;
    }
    op->nr_entries = nr;
    return guest_write(arg, op, sizeof(*op));
}

long mem_get_map(gva_t arg)
{
    struct domain *d = current_vcpu()->domain;
    struct guest_memory_map *copy;
    struct xen_memory_map op;
    unsigned int nr = 0;
    long rc;

    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    copy = hv_zalloc(sizeof(*copy) + MAP_ROWS_MAX * sizeof(copy->row[0]));
    if (!copy)
        return -XEN_ENOMEM;
    spin_lock(&d->lock);
    if (d->memory_map) {
        nr = d->memory_map->nr;
        memcpy(copy->row, d->memory_map->row, nr * sizeof(copy->row[0]));
    }
    spin_unlock(&d->lock);
    /* Without a map a guest makes its own from its number of pages; that is what this answer means.
     */
    rc = nr ? write_map(arg, &op, copy->row, nr) : -XEN_ENOSYS;
    hv_free(copy);
    return rc;
}

long mem_machine_map(gva_t arg)
{
    struct xen_memory_map op;
    struct hv_e820 *host;
    struct map_row *row;
    unsigned int nr;
    long rc = -XEN_ENOMEM;

    if (!current_vcpu()->domain->is_privileged)
        return -XEN_EPERM;
    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    host = hv_zalloc(MAP_ROWS_MAX * sizeof(*host));
    row = hv_zalloc(MAP_ROWS_MAX * sizeof(*row));
    if (host && row) {
        nr = arch_e820(host, MAP_ROWS_MAX);
        for (unsigned int i = 0; i < nr; i++)
            row[i] = (struct map_row){host[i].addr, host[i].size, host[i].type};
        rc = write_map(arg, &op, row, nr);
    }
    hv_free(row);
    hv_free(host);
    return rc;
}
