/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moving bytes between a shared ring page and a connection. The page's other side is a guest and
 * may write anything at any time: our own two indices are kept privately, the guest's two are read
 * once per move and checked, and each byte is read once. An impossible index breaks this connection
 * only. Facts: Xen's docs/misc/xenstore-ring.txt.
 */
#pragma once

#include "public/io/xs_wire.h"

#include <stdbool.h>

struct conn;

struct ring {
    struct xenstore_domain_interface *shared;
    XENSTORE_RING_IDX req_cons; /* our indices; the page only gets copies */
    XENSTORE_RING_IDX rsp_prod;
};

/** What a pump did. */
struct pumped {
    bool moved; /* bytes went in or out: the other side is to be notified */
    bool more;  /* stopped by the budget: call again soon */
};

/** Begin to use a page: our indices go on where the page says, so that a daemon may come back to a
 * ring in use. */
void ring_init(struct ring *r, struct xenstore_domain_interface *shared);

/**
 * Move what can be moved, both ways, executing requests as they become complete; at most a fixed
 * number of bytes, so that no guest can hold the daemon. On a protocol violation the connection is
 * reset, marked broken, and the reason put into the page.
 */
struct pumped ring_pump(struct ring *r, struct conn *c);
