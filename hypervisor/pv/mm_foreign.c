/* SPDX-License-Identifier: Apache-2.0 */
/* Whose memory a page-table call means: the domain numbers of the ABI, and who may name which. */
#include <hv/percpu.h>
#include <hv/pv_mm.h>
#include <public/errno.h>

int pv_get_frame_owner(domid_t id, struct domain **out)
{
    struct domain *self = current_vcpu()->domain;
    struct domain *d;

    if (id == DOMID_IO) {
        /* Any domain may name device memory; its own permissions decide in the end. */
        if (!domain_get(domain_io))
            return -XEN_ESRCH;
        *out = domain_io;
        return 0;
    }
    if (id == DOMID_SELF || id == self->id) {
        /* The caller runs, so it has references. */
        if (!domain_get(self))
            return -XEN_ESRCH;
        *out = self;
        return 0;
    }
    d = domain_get_by_id(id);
    if (d == NULL)
        return -XEN_ESRCH;
    if (!self->is_privileged) {
        domain_put(d);
        return -XEN_EPERM;
    }
    *out = d;
    return 0;
}

int pv_get_table_owner(domid_t id, struct domain **out)
{
    struct domain *d;
    int rc;

    if (id == DOMID_IO)
        return -XEN_EINVAL;
    rc = pv_get_frame_owner(id, &d);
    if (rc)
        return rc;
    /* A dying domain's tables are being taken down: nothing may be added to them. */
    if (domain_is_dying(d)) {
        domain_put(d);
        return -XEN_ESRCH;
    }
    *out = d;
    return 0;
}
