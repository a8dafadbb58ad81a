/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few things the daemon asks of the hypervisor, through the control domain's devices: event
 * channels, a guest's ring page, domain 0's own ring page, and whether a domain still runs. Layout
 * and request numbers of the devices are facts of Linux's
 * include/uapi/xen/{evtchn,gntdev,privcmd}.h and include/xen/xenbus_dev.h.
 */
#pragma once

#include "store/domain.h"

#include <stddef.h>
#include <stdint.h>

struct xenstore_domain_interface;

struct xen_dev {
    int evtchn;   /* /dev/xen/evtchn; readable when a port fired */
    int gntdev;   /* /dev/xen/gntdev, -1 if there is none */
    int privcmd;  /* /dev/xen/privcmd */
    void *buffer; /* one locked page for hypercall arguments */
};

/** A mapped ring page. */
struct ring_map {
    struct xenstore_domain_interface *page;
    uint64_t grant_index; /* gntdev's name for it */
    bool by_grant;
};

/** Open the devices. 0, or -1 with a message on stderr that says which one failed and why. */
int xen_dev_open(struct xen_dev *x);
void xen_dev_close(struct xen_dev *x);

/** Map the store page of a guest: by its reserved grant, or by frame number where that fails. 0 or
 * errno. */
int xen_dev_map(struct xen_dev *x, uint32_t domid, uint64_t gfn, struct ring_map *m);

/** Map the store page of the domain we run in. 0 or errno. */
int xen_dev_map_own(struct ring_map *m);
void xen_dev_unmap(struct xen_dev *x, struct ring_map *m);

/** The port of our own domain's ring. 0 or errno. */
int xen_dev_own_port(uint32_t *port);

/** Bind a local port to REMOTE of DOMID. 0 or errno. */
int xen_dev_bind(struct xen_dev *x, uint32_t domid, uint32_t remote, uint32_t *local);

/** Bind VIRQ_DOM_EXC. 0 or errno. */
int xen_dev_bind_dom_exc(struct xen_dev *x, uint32_t *local);
void xen_dev_unbind(struct xen_dev *x, uint32_t local);
void xen_dev_notify(struct xen_dev *x, uint32_t local);

/** Ports that fired, up to COUNT; they stay masked until xen_dev_unmask(). Returns their number, 0
 * if none. */
size_t xen_dev_pending(struct xen_dev *x, uint32_t *ports, size_t count);
void xen_dev_unmask(struct xen_dev *x, uint32_t port);

/** What the hypervisor says of DOMID. X is a struct xen_dev *, see domain_check_all(). */
enum domain_state xen_dev_domain_state(void *x, uint32_t domid);
