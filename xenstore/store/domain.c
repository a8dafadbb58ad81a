/* SPDX-License-Identifier: Apache-2.0 */
/* Introduced domains and what their coming and going means to the store. */
#include "store/domain.h"

#include "store/alloc.h"
#include "store/conn.h"
#include "store/path.h"
#include "store/store.h"
#include "store/txn.h"
#include "store/watch.h"

#include <errno.h>
#include <stdlib.h>

struct domain *domain_find(struct store *s, uint32_t domid)
{
    struct list *l;

    list_for_each (l, &s->domains) {
        struct domain *d = list_entry(l, struct domain, link);

        if (d->domid == domid)
            return d;
    }
    return NULL;
}

static struct conn *new_conn(struct store *s, struct domain *d)
{
    struct conn *c = conn_new(s, d->domid, d->domid == 0);

    c->domain = d;
    return c;
}

/* A domain that has ended, or was never attached: nobody may keep its rights. */
static void drop(struct store *s, struct domain *d)
{
    struct list *l;

    list_for_each (l, &s->conns) {
        struct conn *c = list_entry(l, struct conn, link);

        if (c->who.target == d->domid)
            c->who.target = NO_TARGET;
    }
    list_del(&d->link);
    conn_free(d->conn);
    free(d);
}

static int reintroduce(struct store *s, struct domain *d, uint64_t gfn, uint32_t port)
{
    int rc;

    s->env->detach(s->env_data, d);
    if (d->gfn != gfn || d->conn->broken)
        conn_reset(d->conn);
    d->gfn = gfn;
    d->port = port;
    d->shutdown = false;
    rc = s->env->attach(s->env_data, d);
    if (rc)
        drop(s, d);
    return rc;
}

int domain_introduce(struct store *s, struct conn *cause, uint32_t domid, uint64_t gfn,
                     uint32_t port)
{
    struct domain *d = domain_find(s, domid);
    int rc;

    if (d)
        return reintroduce(s, d, gfn, port);
    d = xalloc(sizeof(*d));
    d->domid = domid;
    d->gfn = gfn;
    d->port = port;
    d->conn = new_conn(s, d);
    list_add_tail(&s->domains, &d->link);
    rc = s->env->attach(s->env_data, d);
    if (rc) {
        drop(s, d);
        return rc;
    }
    watch_fire_special(s, cause, PATH_INTRODUCE);
    return 0;
}

int domain_release(struct store *s, struct conn *cause, uint32_t domid)
{
    struct domain *d = domain_find(s, domid);

    if (!d)
        return ENOENT;
    s->env->detach(s->env_data, d);
    drop(s, d);
    store_remove_domain_nodes(s, domid);
    watch_fire_special(s, cause, PATH_RELEASE);
    return 0;
}

void domain_check_all(struct store *s, enum domain_state (*state)(void *data, uint32_t domid),
                      void *data)
{
    bool report = false;
    struct list *l, *tmp;

    list_for_each_safe (l, tmp, &s->domains) {
        struct domain *d = list_entry(l, struct domain, link);
        enum domain_state now = d->domid ? state(data, d->domid) : DOMAIN_RUNS;

        if (now == DOMAIN_GONE) {
            domain_release(s, NULL, d->domid);
        } else if (now == DOMAIN_SHUT_DOWN && !d->shutdown) {
            d->shutdown = true;
            report = true;
        }
    }
    if (report)
        watch_fire_special(s, NULL, PATH_RELEASE);
}
