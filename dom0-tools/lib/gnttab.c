/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grants: mapping those of others, and filling a new domain's reserved entries before it runs, so
 * that the console and store daemons can map its rings without being allowed to map all of its
 * memory.
 */
#include <domus/gnttab.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <public/grant_table.h>
#include <public/memory.h>

#include <domus/foreign.h>

#include "host.h"
#include "linux_xen.h"

int dom_gnttab_open(void)
{
    return open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
}

void dom_gnttab_close(int fd)
{
    if (fd >= 0)
        close(fd);
}

static void forget(int fd, uint64_t index, unsigned int count)
{
    struct gntdev_unmap unmap = {.index = index, .count = count};
    int saved = errno;

    ioctl(fd, GNTDEV_UNMAP, &unmap);
    errno = saved;
}

void *dom_gnttab_map(int fd, uint32_t domid, const uint32_t *refs, unsigned int count,
                     bool writable)
{
    struct gntdev_map *map;
    uint64_t index;
    void *p;
    int rc;

    if (count == 0 || count > 65536) {
        errno = EINVAL;
        return NULL;
    }
    map = calloc(1, sizeof(*map) + (count - 1) * sizeof(map->refs[0]));
    if (!map)
        return NULL;
    map->count = count;
    for (unsigned int i = 0; i < count; i++)
        map->refs[i] = (struct gntdev_ref){domid, refs[i]};
    rc = ioctl(fd, GNTDEV_MAP, map);
    index = map->index;
    free(map);
    if (rc < 0)
        return NULL;
    p = mmap(NULL, count * DOM_PAGE, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd,
             (off_t)index);
    if (p == MAP_FAILED) {
        forget(fd, index, count);
        return NULL;
    }
    return p;
}

int dom_gnttab_unmap(int fd, void *address, unsigned int count)
{
    struct gntdev_offset where = {.address = (uintptr_t)address};

    if (ioctl(fd, GNTDEV_OFFSET, &where) < 0)
        return -1;
    if (where.count != count) {
        errno = EINVAL;
        return -1;
    }
    if (munmap(address, count * DOM_PAGE) < 0)
        return -1;
    forget(fd, where.offset, count);
    return 0;
}

/* The way without XENMEM_acquire_resource: ask for the table's frame, then map it like any other
 * frame. */
static struct grant_entry_v1 *map_by_setup(struct dom_host *host, uint32_t domid)
{
    struct gnttab_setup_table arg = {.dom = (domid_t)domid, .nr_frames = 1};
    struct gnttab_setup_table *op;
    xen_pfn_t *frame = dom_buf_alloc(host, sizeof(*frame));
    void *table = NULL;

    if (!frame)
        return NULL;
    set_xen_guest_handle(arg.frame_list, frame);
    op = dom_buf_in(host, &arg, sizeof(arg));
    if (op && dom_hypercall(host, __HYPERVISOR_grant_table_op, GNTTABOP_setup_table, (uintptr_t)op,
                            1, 0, 0) >= 0) {
        uint64_t mfn = *frame;

        if (op->status == GNTST_okay)
            table = dom_foreign_map(host, domid, PROT_READ | PROT_WRITE, &mfn, 1, NULL);
        else
            errno = EINVAL;
    }
    dom_buf_free(host, op, sizeof(arg));
    dom_buf_free(host, frame, sizeof(*frame));
    return table;
}

static struct grant_entry_v1 *map_table(struct dom_host *host, uint32_t domid)
{
    struct privcmd_mmap_resource arg = {
        .domid = (uint16_t)domid,
        .type = XENMEM_resource_grant_table,
        .id = XENMEM_resource_grant_table_id_shared,
        .index = 0,
        .count = 1,
    };
    void *table = mmap(NULL, DOM_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, host->privcmd, 0);

    if (table != MAP_FAILED) {
        arg.address = (uintptr_t)table;
        if (ioctl(host->privcmd, PRIVCMD_MMAP_RESOURCE, &arg) == 0)
            return table;
        munmap(table, DOM_PAGE);
    }
    return map_by_setup(host, domid);
}

int dom_gnttab_seed(struct dom_host *host, uint32_t domid, const struct dom_grant_seed *seeds,
                    unsigned int count)
{
    struct grant_entry_v1 *table;

    for (unsigned int i = 0; i < count; i++) {
        if (seeds[i].ref >= DOM_PAGE / sizeof(*table) || seeds[i].mfn > UINT32_MAX) {
            errno = EINVAL;
            return -1;
        }
    }
    table = map_table(host, domid);
    if (!table)
        return -1;
    for (unsigned int i = 0; i < count; i++) {
        struct grant_entry_v1 *entry = &table[seeds[i].ref];

        entry->domid = (domid_t)seeds[i].to;
        entry->frame = (uint32_t)seeds[i].mfn;
        __atomic_store_n(&entry->flags, GTF_permit_access, __ATOMIC_RELEASE);
    }
    munmap(table, DOM_PAGE);
    return 0;
}
