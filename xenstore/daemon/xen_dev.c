/* SPDX-License-Identifier: Apache-2.0 */
/* Devices of the control domain, as far as the store daemon needs them. */
#include "daemon/xen_dev.h"

#include "public/domctl.h"
#include "public/grant_table.h"
#include "public/io/xs_wire.h"
#include "public/xen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define RING_PAGE 4096

struct ioctl_bind_virq {
    uint32_t virq;
};

struct ioctl_bind_interdomain {
    uint32_t domid, port;
};

struct ioctl_port {
    uint32_t port;
};

struct gntdev_map {
    uint32_t count, pad;
    uint64_t index; /* out: offset for mmap */
    uint32_t domid, ref;
};

struct gntdev_unmap {
    uint64_t index;
    uint32_t count, pad;
};

struct privcmd_hypercall {
    uint64_t op, arg[5];
};

struct privcmd_mmapbatch {
    uint32_t count;
    uint16_t domid;
    uint64_t addr;
    const uint64_t *frames;
    int *errors;
};

#define EVTCHN_BIND_VIRQ        _IOC(_IOC_NONE, 'E', 0, sizeof(struct ioctl_bind_virq))
#define EVTCHN_BIND_INTERDOMAIN _IOC(_IOC_NONE, 'E', 1, sizeof(struct ioctl_bind_interdomain))
#define EVTCHN_UNBIND           _IOC(_IOC_NONE, 'E', 3, sizeof(struct ioctl_port))
#define EVTCHN_NOTIFY           _IOC(_IOC_NONE, 'E', 4, sizeof(struct ioctl_port))
#define GNTDEV_MAP              _IOC(_IOC_NONE, 'G', 0, sizeof(struct gntdev_map))
#define GNTDEV_UNMAP            _IOC(_IOC_NONE, 'G', 1, sizeof(struct gntdev_unmap))
#define PRIVCMD_HYPERCALL       _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))
#define PRIVCMD_MMAPBATCH       _IOC(_IOC_NONE, 'P', 4, sizeof(struct privcmd_mmapbatch))
#define BACKEND_EVTCHN          _IOC(_IOC_NONE, 'B', 0, 0)

static int open_device(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        fprintf(stderr,
                "xenstored: cannot open %s: %s (is this the control domain, and is the module "
                "loaded?)\n",
                path, strerror(errno));
    return fd;
}

int xen_dev_open(struct xen_dev *x)
{
    *x = (struct xen_dev){.evtchn = -1, .gntdev = -1, .privcmd = -1};
    x->evtchn = open_device("/dev/xen/evtchn");
    if (x->evtchn < 0)
        return -1;
    x->privcmd = open_device("/dev/xen/privcmd");
    if (x->privcmd < 0) {
        xen_dev_close(x);
        return -1;
    }
    /* Without gntdev, pages are mapped by frame number. */
    x->gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
    x->buffer = mmap(NULL, RING_PAGE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
    if (x->buffer == MAP_FAILED) {
        fprintf(stderr, "xenstored: cannot lock a page for hypercalls: %s\n", strerror(errno));
        x->buffer = NULL;
        xen_dev_close(x);
        return -1;
    }
    return 0;
}

void xen_dev_close(struct xen_dev *x)
{
    if (x->buffer)
        munmap(x->buffer, RING_PAGE);
    if (x->evtchn >= 0)
        close(x->evtchn);
    if (x->gntdev >= 0)
        close(x->gntdev);
    if (x->privcmd >= 0)
        close(x->privcmd);
    *x = (struct xen_dev){.evtchn = -1, .gntdev = -1, .privcmd = -1};
}

static int map_grant(struct xen_dev *x, uint32_t domid, struct ring_map *m)
{
    struct gntdev_map arg = {.count = 1, .domid = domid, .ref = GNTTAB_RESERVED_XENSTORE};
    struct gntdev_unmap undo = {.count = 1};
    void *page;

    if (x->gntdev < 0)
        return ENODEV;
    if (ioctl(x->gntdev, GNTDEV_MAP, &arg))
        return errno;
    page = mmap(NULL, RING_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, x->gntdev, (off_t)arg.index);
    if (page == MAP_FAILED) {
        int rc = errno;

        undo.index = arg.index;
        ioctl(x->gntdev, GNTDEV_UNMAP, &undo);
        return rc;
    }
    *m = (struct ring_map){.page = page, .grant_index = arg.index, .by_grant = true};
    return 0;
}

static int map_frame(struct xen_dev *x, uint32_t domid, uint64_t gfn, struct ring_map *m)
{
    int error = 0, rc = 0;
    void *page = mmap(NULL, RING_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, x->privcmd, 0);
    struct privcmd_mmapbatch arg = {.count = 1,
                                    .domid = (uint16_t)domid,
                                    .addr = (uintptr_t)page,
                                    .frames = &gfn,
                                    .errors = &error};

    if (page == MAP_FAILED)
        return errno;
    if (ioctl(x->privcmd, PRIVCMD_MMAPBATCH, &arg))
        rc = errno;
    else if (error)
        rc = -error;
    if (rc)
        munmap(page, RING_PAGE);
    else
        *m = (struct ring_map){.page = page};
    return rc;
}

int xen_dev_map(struct xen_dev *x, uint32_t domid, uint64_t gfn, struct ring_map *m)
{
    int rc = map_grant(x, domid, m);

    return rc ? map_frame(x, domid, gfn, m) : 0;
}

int xen_dev_map_own(struct ring_map *m)
{
    static const char *const paths[] = {"/proc/xen/xsd_kva", "/dev/xen/xenbus_backend"};
    int rc = ENOENT;

    for (size_t i = 0; i < 2; i++) {
        int fd = open(paths[i], O_RDWR | O_CLOEXEC);
        void *page;

        if (fd < 0) {
            rc = errno;
            continue;
        }
        page = mmap(NULL, RING_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        rc = page == MAP_FAILED ? errno : 0;
        close(fd);
        if (!rc) {
            *m = (struct ring_map){.page = page};
            return 0;
        }
    }
    return rc;
}

void xen_dev_unmap(struct xen_dev *x, struct ring_map *m)
{
    if (m->page)
        munmap(m->page, RING_PAGE);
    if (m->by_grant) {
        struct gntdev_unmap arg = {.index = m->grant_index, .count = 1};

        ioctl(x->gntdev, GNTDEV_UNMAP, &arg);
    }
    *m = (struct ring_map){0};
}

/* The port as a decimal number in a file of xenfs. */
static int port_from_file(uint32_t *port)
{
    FILE *f = fopen("/proc/xen/xsd_port", "re");
    int n;

    if (!f)
        return errno;
    n = fscanf(f, "%u", port);
    fclose(f);
    return n == 1 && *port ? 0 : ENODEV;
}

int xen_dev_own_port(uint32_t *port)
{
    int rc = port_from_file(port), fd, n;

    if (!rc)
        return 0;
    fd = open("/dev/xen/xenbus_backend", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return rc;
    n = ioctl(fd, BACKEND_EVTCHN);
    rc = n > 0 ? 0 : n < 0 ? errno : ENODEV;
    close(fd);
    *port = (uint32_t)n;
    return rc;
}

static int bound(int n, uint32_t *local)
{
    if (n < 0)
        return errno;
    *local = (uint32_t)n;
    return 0;
}

int xen_dev_bind(struct xen_dev *x, uint32_t domid, uint32_t remote, uint32_t *local)
{
    struct ioctl_bind_interdomain arg = {.domid = domid, .port = remote};

    return bound(ioctl(x->evtchn, EVTCHN_BIND_INTERDOMAIN, &arg), local);
}

int xen_dev_bind_dom_exc(struct xen_dev *x, uint32_t *local)
{
    struct ioctl_bind_virq arg = {.virq = VIRQ_DOM_EXC};

    return bound(ioctl(x->evtchn, EVTCHN_BIND_VIRQ, &arg), local);
}

void xen_dev_unbind(struct xen_dev *x, uint32_t local)
{
    struct ioctl_port arg = {.port = local};

    ioctl(x->evtchn, EVTCHN_UNBIND, &arg);
}

void xen_dev_notify(struct xen_dev *x, uint32_t local)
{
    struct ioctl_port arg = {.port = local};

    ioctl(x->evtchn, EVTCHN_NOTIFY, &arg);
}

size_t xen_dev_pending(struct xen_dev *x, uint32_t *ports, size_t count)
{
    ssize_t n = read(x->evtchn, ports, count * sizeof(*ports));

    return n > 0 ? (size_t)n / sizeof(*ports) : 0;
}

void xen_dev_unmask(struct xen_dev *x, uint32_t port)
{
    if (write(x->evtchn, &port, sizeof(port)) != (ssize_t)sizeof(port))
        fprintf(stderr, "xenstored: cannot unmask event port %u: %s\n", port, strerror(errno));
}

enum domain_state xen_dev_domain_state(void *data, uint32_t domid)
{
    struct xen_dev *x = data;
    struct xen_domctl *op = x->buffer;
    struct privcmd_hypercall call = {.op = __HYPERVISOR_domctl, .arg = {(uintptr_t)op}};
    uint32_t flags;

    memset(op, 0, sizeof(*op));
    op->cmd = XEN_DOMCTL_getdomaininfo;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    op->domain = (domid_t)domid;
    if (ioctl(x->privcmd, PRIVCMD_HYPERCALL, &call) < 0) {
        /* Only "there is none" means gone; a failure to ask must not cost a guest its store. */
        if (errno == ESRCH || errno == ENOENT)
            return DOMAIN_GONE;
        fprintf(stderr, "xenstored: cannot ask for domain %u: %s\n", domid, strerror(errno));
        return DOMAIN_RUNS;
    }
    /* The call finds the next existing domain from this number on. */
    if (op->u.getdomaininfo.domain != domid)
        return DOMAIN_GONE;
    flags = op->u.getdomaininfo.flags;
    if (flags & XEN_DOMINF_dying)
        return DOMAIN_GONE;
    return flags & XEN_DOMINF_shutdown ? DOMAIN_SHUT_DOWN : DOMAIN_RUNS;
}
