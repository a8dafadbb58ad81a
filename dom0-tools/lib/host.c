/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection to the hypervisor. Hypercall arguments live in whole locked pages of their own: a
 * page that the kernel moved or had not yet faulted in would make the hypervisor see EFAULT.
 */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "linux_xen.h"

static int64_t privcmd_call(struct dom_host *host, const uint64_t args[6])
{
    struct privcmd_hypercall hc = {.op = args[0]};

    memcpy(hc.arg, args + 1, sizeof(hc.arg));
    return ioctl(host->privcmd, PRIVCMD_HYPERCALL, &hc);
}

struct dom_host *dom_open(void)
{
    struct dom_host *host = calloc(1, sizeof(*host));

    if (!host)
        return NULL;
    host->call = privcmd_call;
    host->privcmd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
    if (host->privcmd < 0) {
        int saved = errno;
        free(host);
        errno = saved;
        return NULL;
    }
    host->buffers = open("/dev/xen/hypercall", O_RDWR | O_CLOEXEC);
    return host;
}

void dom_close(struct dom_host *host)
{
    int saved = errno;

    if (!host)
        return;
    while (host->cached)
        munmap(host->cache[--host->cached], DOM_PAGE);
    if (host->buffers >= 0)
        close(host->buffers);
    if (host->privcmd >= 0)
        close(host->privcmd);
    free(host);
    errno = saved;
}

int64_t dom_hypercall(struct dom_host *host, unsigned int op, uint64_t a0, uint64_t a1, uint64_t a2,
                      uint64_t a3, uint64_t a4)
{
    const uint64_t args[6] = {op, a0, a1, a2, a3, a4};

    return host->call(host, args);
}

static size_t round_up(size_t size)
{
    return (size + DOM_PAGE - 1) & ~(DOM_PAGE - 1);
}

/* The device's pages are pinned by the kernel; without the device, locking and no copy on fork must
 * do. */
static void *map_pages(struct dom_host *host, size_t size)
{
    void *p;

    if (host->buffers >= 0) {
        p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, host->buffers, 0);
        return p == MAP_FAILED ? NULL : p;
    }
    p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    if (madvise(p, size, MADV_DONTFORK) < 0 || mlock(p, size) < 0) {
        int saved = errno;
        munmap(p, size);
        errno = saved;
        return NULL;
    }
    return p;
}

void *dom_buf_alloc(struct dom_host *host, size_t size)
{
    void *p;

    if (size == 0 || size > SIZE_MAX - DOM_PAGE) {
        errno = EINVAL;
        return NULL;
    }
    if (size <= DOM_PAGE && host->cached)
        p = host->cache[--host->cached];
    else
        p = map_pages(host, round_up(size));
    if (p)
        memset(p, 0, round_up(size));
    return p;
}

void dom_buf_free(struct dom_host *host, void *buf, size_t size)
{
    int saved = errno;

    if (!buf)
        return;
    if (size <= DOM_PAGE && host->cached < DOM_BUF_CACHE)
        host->cache[host->cached++] = buf;
    else
        munmap(buf, round_up(size));
    errno = saved;
}

void *dom_buf_in(struct dom_host *host, const void *src, size_t size)
{
    void *buf = dom_buf_alloc(host, size);

    if (buf)
        memcpy(buf, src, size);
    return buf;
}

void dom_buf_out(struct dom_host *host, void *buf, void *dst, size_t size)
{
    if (buf && dst)
        memcpy(dst, buf, size);
    dom_buf_free(host, buf, size);
}

/* A hypercall whose only pointer is one structure, read and written. */
static int64_t call_struct(struct dom_host *host, unsigned int op, unsigned int cmd, bool first,
                           void *arg, size_t size)
{
    void *buf = dom_buf_in(host, arg, size);
    int64_t rc;

    if (!buf)
        return -1;
    if (first)
        rc = dom_hypercall(host, op, (uintptr_t)buf, 0, 0, 0, 0);
    else
        rc = dom_hypercall(host, op, cmd, (uintptr_t)buf, 0, 0, 0);
    dom_buf_out(host, buf, arg, size);
    return rc;
}

int dom_domctl(struct dom_host *host, uint32_t cmd, uint32_t domid, struct xen_domctl *op)
{
    if (domid > UINT16_MAX) {
        errno = ESRCH;
        return -1;
    }
    op->cmd = cmd;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    op->domain = (domid_t)domid;
    return call_struct(host, __HYPERVISOR_domctl, 0, true, op, sizeof(*op)) < 0 ? -1 : 0;
}

int dom_sysctl(struct dom_host *host, uint32_t cmd, struct xen_sysctl *op)
{
    op->cmd = cmd;
    op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return call_struct(host, __HYPERVISOR_sysctl, 0, true, op, sizeof(*op)) < 0 ? -1 : 0;
}

int64_t dom_memory_op(struct dom_host *host, unsigned int cmd, void *arg, size_t size)
{
    return call_struct(host, __HYPERVISOR_memory_op, cmd, false, arg, size);
}
