/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ending a domain from whatever state it is in. The first error is kept for the caller, and the
 * rest is done all the same: the less is left, the better.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd/engine.h"
#include "cmd/nodes.h"
#include "cmd/state.h"
#include "dev/dev.h"

#define GONE_WAIT_MS 10000

/* The last pages go when backends and daemons have unmapped them. */
static int wait_gone(struct session *s, uint32_t domid, char *error)
{
    struct timespec pause = {0, 10 * 1000 * 1000};
    struct dom_info info;

    for (int waited = 0; waited < GONE_WAIT_MS; waited += 10) {
        if (dom_get_info(s->host, domid, &info))
            return errno == ESRCH ? 0 : cmd_fail(error, "domain %u: %s", domid, strerror(errno));
        nanosleep(&pause, NULL);
    }
    cmd_fail(error, "domain %u is dead but not gone: some of its memory is still mapped", domid);
    return DESTROY_LINGERS;
}

int domain_destroy_locked(struct session *s, uint32_t domid, char *error)
{
    char later[CMD_ERROR_MAX];
    bool there = true;
    int rc = 0;

    /* Stopped first, so that it sees none of its devices go. */
    if (dom_pause(s->host, domid))
        there = errno != ESRCH;
    if (dev_remove_all(s->xs, domid, error))
        rc = -1;
    if (there && dom_destroy(s->host, domid) && errno != ESRCH && !rc)
        rc = cmd_fail(error, "the hypervisor cannot destroy domain %u: %s", domid, strerror(errno));
    if (nodes_remove(s, domid, rc ? later : error))
        rc = -1;
    /* xenstored forgets it by itself when the hypervisor tells; this makes it sure and now. */
    xsc_release_domain(s->xs, domid);
    state_forget(domid);
    if (rc || !there)
        return rc;
    return wait_gone(s, domid, error);
}

int domain_destroy(struct session *s, uint32_t domid, char *error)
{
    int lock = state_lock(domid, error), rc;

    if (lock < 0)
        return -1;
    rc = domain_destroy_locked(s, domid, error);
    state_unlock(lock);
    return rc;
}
