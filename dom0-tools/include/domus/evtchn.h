/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event channels of this process through Linux' /dev/xen/evtchn, and the one call that makes a port
 * for another domain. A port that fires stays masked until dom_evtchn_unmask(), so no event is
 * delivered twice before it was handled.
 */
#pragma once

#include <stdint.h>

#include <domus/hypercall.h>

/*
 * A descriptor with its own set of ports, for dom_evtchn_close() (which frees all ports bound
 * through it). It is non-blocking and close-on-exec; poll it for POLLIN. -1 with errno.
 */
int dom_evtchn_open(void);
void dom_evtchn_close(int fd);

/* Binds to a port that domain `domid` left unbound for us. Returns our local port, or -1 with
 * errno. */
int64_t dom_evtchn_bind_interdomain(int fd, uint32_t domid, uint32_t remote_port);

/* A port of ours that domain `domid` may bind to. Returns the local port, or -1. */
int64_t dom_evtchn_bind_unbound(int fd, uint32_t domid);

/* Virtual interrupt VIRQ_* (public/xen.h), e.g. VIRQ_DOM_EXC: a domain died or shut down. Returns
 * the port, or -1. */
int64_t dom_evtchn_bind_virq(int fd, uint32_t virq);

int dom_evtchn_unbind(int fd, uint32_t port);
int dom_evtchn_notify(int fd, uint32_t port);

/* The next port that fired (now masked), or -1 with errno (EAGAIN: none). */
int64_t dom_evtchn_pending(int fd);
int dom_evtchn_unmask(int fd, uint32_t port);

/*
 * Makes a port in domain `domid` that domain `remote` may bind to (EVTCHNOP_alloc_unbound), for the
 * console and store rings of a new domain. Returns the port, or -1 with errno.
 */
int64_t dom_evtchn_alloc_unbound(struct dom_host *host, uint32_t domid, uint32_t remote);
