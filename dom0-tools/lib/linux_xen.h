/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ioctls of Linux' /dev/xen/{privcmd,evtchn,gntdev} that we use: request numbers and argument
 * layouts as the kernel's user ABI has them (include/uapi/xen/ in Linux). Written here so that the
 * tree builds without Xen's headers.
 */
#pragma once

#include <stdint.h>
#include <sys/ioctl.h>

struct privcmd_hypercall {
    uint64_t op, arg[5];
};

struct privcmd_mmap_batch {
    uint32_t num;
    uint16_t domid;
    uint64_t address;      /* where, in a mapping of the device */
    const uint64_t *array; /* frames */
    int *errors;           /* out: 0 or -errno for each */
};

struct privcmd_mmap_resource {
    uint16_t domid;
    uint32_t type, id, index;
    uint64_t count, address;
};

#define PRIVCMD_HYPERCALL     _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))
#define PRIVCMD_MMAP_BATCH    _IOC(_IOC_NONE, 'P', 4, sizeof(struct privcmd_mmap_batch))
#define PRIVCMD_MMAP_RESOURCE _IOC(_IOC_NONE, 'P', 7, sizeof(struct privcmd_mmap_resource))

struct evtchn_one {
    uint32_t value; /* virq, port or domain, as the request says */
};

struct evtchn_bind_interdomain_arg {
    uint32_t domid, port;
};

#define EVTCHN_BIND_VIRQ        _IOC(_IOC_NONE, 'E', 0, sizeof(struct evtchn_one))
#define EVTCHN_BIND_INTERDOMAIN _IOC(_IOC_NONE, 'E', 1, sizeof(struct evtchn_bind_interdomain_arg))
#define EVTCHN_BIND_UNBOUND     _IOC(_IOC_NONE, 'E', 2, sizeof(struct evtchn_one))
#define EVTCHN_UNBIND           _IOC(_IOC_NONE, 'E', 3, sizeof(struct evtchn_one))
#define EVTCHN_NOTIFY           _IOC(_IOC_NONE, 'E', 4, sizeof(struct evtchn_one))

struct gntdev_ref {
    uint32_t domid, ref;
};

struct gntdev_map {
    uint32_t count, pad;
    uint64_t index;            /* out: offset for mmap() */
    struct gntdev_ref refs[1]; /* count of them */
};

struct gntdev_unmap {
    uint64_t index;
    uint32_t count, pad;
};

struct gntdev_offset {
    uint64_t address;
    uint64_t offset; /* out */
    uint32_t count;  /* out */
    uint32_t pad;
};

#define GNTDEV_MAP    _IOC(_IOC_NONE, 'G', 0, sizeof(struct gntdev_map))
#define GNTDEV_UNMAP  _IOC(_IOC_NONE, 'G', 1, sizeof(struct gntdev_unmap))
#define GNTDEV_OFFSET _IOC(_IOC_NONE, 'G', 2, sizeof(struct gntdev_offset))
