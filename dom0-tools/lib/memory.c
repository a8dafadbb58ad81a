/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of domains: limits, populating, claims, maps and frame types. Lists of frames go to the
 * hypervisor in pieces, so that the locked memory we need stays small whatever the size of the
 * domain.
 */
#include <domus/domctl.h>

#include <errno.h>
#include <string.h>

#include <public/memory.h>

#include "host.h"

/* Frames in one hypercall: 512 KiB of list. */
#define BATCH 65536UL

/* The hypervisor takes at most this many frames at a time for getpageframeinfo3. */
#define TYPE_BATCH 1024UL

int dom_set_max_mem(struct dom_host *host, uint32_t domid, uint64_t kib)
{
    struct xen_domctl op = {.u.max_mem = {.max_memkb = kib}};

    return dom_domctl(host, XEN_DOMCTL_max_mem, domid, &op);
}

static int64_t reservation(struct dom_host *host, unsigned int cmd, uint32_t domid, uint64_t *list,
                           uint64_t count, unsigned int order)
{
    struct xen_memory_reservation arg = {
        .nr_extents = count,
        .extent_order = order,
        .domid = (domid_t)domid,
    };

    set_xen_guest_handle(arg.extent_start, list);
    return dom_memory_op(host, cmd, &arg, sizeof(arg));
}

/* Runs `cmd` over the whole list; `out` NULL: the answers are not wanted. Stops at the first piece
 * not done in full. */
static int64_t in_batches(struct dom_host *host, unsigned int cmd, uint32_t domid,
                          const uint64_t *in, uint64_t *out, uint64_t count, unsigned int order)
{
    size_t size = (count < BATCH ? count : BATCH) * sizeof(uint64_t);
    uint64_t done = 0;
    uint64_t *buf;

    if (count == 0)
        return 0;
    buf = dom_buf_alloc(host, size);
    if (!buf)
        return -1;
    while (done < count) {
        uint64_t n = count - done < BATCH ? count - done : BATCH;
        int64_t rc;

        memcpy(buf, in + done, n * sizeof(*buf));
        rc = reservation(host, cmd, domid, buf, n, order);
        if (rc < 0) {
            dom_buf_free(host, buf, size);
            return done ? (int64_t)done : -1;
        }
        if (out)
            memcpy(out + done, buf, (size_t)rc * sizeof(*buf));
        done += (uint64_t)rc;
        if ((uint64_t)rc < n)
            break;
    }
    dom_buf_free(host, buf, size);
    return (int64_t)done;
}

int64_t dom_populate(struct dom_host *host, uint32_t domid, uint64_t *frames, uint64_t count,
                     unsigned int order)
{
    return in_batches(host, XENMEM_populate_physmap, domid, frames, frames, count, order);
}

int64_t dom_depopulate(struct dom_host *host, uint32_t domid, const uint64_t *frames,
                       uint64_t count, unsigned int order)
{
    return in_batches(host, XENMEM_decrease_reservation, domid, frames, NULL, count, order);
}

int dom_claim_pages(struct dom_host *host, uint32_t domid, uint64_t pages)
{
    struct xen_memory_reservation arg = {.nr_extents = pages, .domid = (domid_t)domid};

    return dom_memory_op(host, XENMEM_claim_pages, &arg, sizeof(arg)) < 0 ? -1 : 0;
}

static int64_t of_domain(struct dom_host *host, unsigned int cmd, uint32_t domid)
{
    struct xen_memory_domain arg = {.domid = (domid_t)domid};

    return dom_memory_op(host, cmd, &arg, sizeof(arg));
}

int64_t dom_current_pages(struct dom_host *host, uint32_t domid)
{
    return of_domain(host, XENMEM_current_reservation, domid);
}

int64_t dom_maximum_pages(struct dom_host *host, uint32_t domid)
{
    return of_domain(host, XENMEM_maximum_reservation, domid);
}

int64_t dom_maximum_gpfn(struct dom_host *host, uint32_t domid)
{
    return of_domain(host, XENMEM_maximum_gpfn, domid);
}

int64_t dom_maximum_ram_page(struct dom_host *host)
{
    return dom_hypercall(host, __HYPERVISOR_memory_op, XENMEM_maximum_ram_page, 0, 0, 0, 0);
}

/* An entry of the BIOS' memory map, as XENMEM_set_memory_map wants it. */
struct e820_entry {
    uint64_t address, size;
    uint32_t type;
} __attribute__((packed));

#define E820_RAM 1

int dom_set_ram_map(struct dom_host *host, uint32_t domid, uint64_t kib)
{
    struct xen_foreign_memory_map arg = {.domid = (domid_t)domid, .map.nr_entries = 1};
    struct e820_entry entry = {.address = 0, .size = kib << 10, .type = E820_RAM};
    void *buf = dom_buf_in(host, &entry, sizeof(entry));
    int64_t rc;

    if (!buf)
        return -1;
    set_xen_guest_handle(arg.map.buffer, buf);
    rc = dom_memory_op(host, XENMEM_set_memory_map, &arg, sizeof(arg));
    dom_buf_free(host, buf, sizeof(entry));
    return rc < 0 ? -1 : 0;
}

int dom_get_frame_types(struct dom_host *host, uint32_t domid, uint64_t *frames, uint64_t count)
{
    size_t size = TYPE_BATCH * sizeof(uint64_t);
    uint64_t *buf = dom_buf_alloc(host, size);
    int rc = 0;

    if (!buf)
        return -1;
    for (uint64_t done = 0; done < count && rc == 0; done += TYPE_BATCH) {
        uint64_t n = count - done < TYPE_BATCH ? count - done : TYPE_BATCH;
        struct xen_domctl op = {.u.getpageframeinfo3 = {.num = n}};

        memcpy(buf, frames + done, n * sizeof(*buf));
        set_xen_guest_handle(op.u.getpageframeinfo3.array, buf);
        rc = dom_domctl(host, XEN_DOMCTL_getpageframeinfo3, domid, &op);
        if (rc == 0)
            memcpy(frames + done, buf, n * sizeof(*buf));
    }
    dom_buf_free(host, buf, size);
    return rc;
}
