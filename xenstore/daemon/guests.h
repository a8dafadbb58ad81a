/* SPDX-License-Identifier: Apache-2.0 */
/* Guests: introduced domains with their rings and event channels, over the devices of xen_dev.h. */
#pragma once

#include "daemon/loop.h"
#include "daemon/xen_dev.h"
#include "store/hash.h"
#include "store/store.h"

struct guests {
    struct source source; /* the event channel device */
    struct loop *loop;
    struct xen_dev xen;
    struct hash_table ports; /* struct guest by local port */
    uint32_t dom_exc;        /* local port of VIRQ_DOM_EXC */
};

/** Open the devices, bind VIRQ_DOM_EXC, attach our own domain's kernel. 0, or -1 with a message on
 * stderr. */
int guests_open(struct guests *g, struct loop *loop);
void guests_close(struct guests *g);

/** The store_env functions; env_data begins with a pointer to the struct guests. */
int guests_attach(struct guests *g, struct domain *d);
void guests_detach(struct guests *g, struct domain *d);
