/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event channels. The device hands ports out as a stream of 32-bit numbers; writing a number back
 * unmasks that port.
 */
#include <domus/evtchn.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <public/event_channel.h>

#include "host.h"
#include "linux_xen.h"

int dom_evtchn_open(void)
{
    return open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC | O_NONBLOCK);
}

void dom_evtchn_close(int fd)
{
    if (fd >= 0)
        close(fd);
}

int64_t dom_evtchn_bind_interdomain(int fd, uint32_t domid, uint32_t remote_port)
{
    struct evtchn_bind_interdomain_arg arg = {domid, remote_port};

    return ioctl(fd, EVTCHN_BIND_INTERDOMAIN, &arg);
}

static int64_t one(int fd, unsigned long request, uint32_t value)
{
    struct evtchn_one arg = {value};

    return ioctl(fd, request, &arg);
}

int64_t dom_evtchn_bind_unbound(int fd, uint32_t domid)
{
    return one(fd, EVTCHN_BIND_UNBOUND, domid);
}

int64_t dom_evtchn_bind_virq(int fd, uint32_t virq)
{
    return one(fd, EVTCHN_BIND_VIRQ, virq);
}

int dom_evtchn_unbind(int fd, uint32_t port)
{
    return one(fd, EVTCHN_UNBIND, port) < 0 ? -1 : 0;
}

int dom_evtchn_notify(int fd, uint32_t port)
{
    return one(fd, EVTCHN_NOTIFY, port) < 0 ? -1 : 0;
}

int64_t dom_evtchn_pending(int fd)
{
    uint32_t port;
    ssize_t n;

    do
        n = read(fd, &port, sizeof(port));
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)sizeof(port))
        return port;
    if (n >= 0)
        errno = EIO;
    return -1;
}

int dom_evtchn_unmask(int fd, uint32_t port)
{
    ssize_t n;

    do
        n = write(fd, &port, sizeof(port));
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(port) ? 0 : -1;
}

int64_t dom_evtchn_alloc_unbound(struct dom_host *host, uint32_t domid, uint32_t remote)
{
    struct evtchn_alloc_unbound arg = {.dom = (domid_t)domid, .remote_dom = (domid_t)remote};
    struct evtchn_alloc_unbound *buf = dom_buf_in(host, &arg, sizeof(arg));
    int64_t rc;

    if (!buf)
        return -1;
    rc = dom_hypercall(host, __HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, (uintptr_t)buf,
                       0, 0, 0);
    if (rc >= 0)
        rc = buf->port;
    dom_buf_free(host, buf, sizeof(arg));
    return rc;
}
