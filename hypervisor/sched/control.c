/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters of the policy in force, as the control interfaces name them. The ABI has structures
 * for the credit policy; here they are only names of parameters, so this file knows nothing of any
 * policy.
 */
#include <hv/domain.h>
#include <hv/sched.h>
#include <hv/sched_policy.h>
#include <hv/string.h>
#include <public/domctl.h>
#include <public/errno.h>
#include <public/sysctl.h>

/* Index of a parameter, or -XEN_EOPNOTSUPP. */
static int find(const struct sched_policy *p, const char *name)
{
    for (unsigned int i = 0; i < p->nr_params; i++)
        if (!strcmp(p->params[i].name, name))
            return (int)i;
    return -XEN_EOPNOTSUPP;
}

static int get(struct domain *d, const char *name, int64_t *value)
{
    const struct sched_policy *p = sched_current_policy();
    int i = find(p, name);

    return i < 0 ? i : p->get_param(d, (unsigned int)i, value);
}

/* Is the value one that the parameter can take? 0 or -XEN_E*. */
static int check(const char *name, int64_t value)
{
    const struct sched_policy *p = sched_current_policy();
    int i = find(p, name);

    if (i < 0)
        return i;
    return value < p->params[i].min || value > p->params[i].max ? -XEN_EINVAL : 0;
}

static int set(struct domain *d, const char *name, int64_t value)
{
    const struct sched_policy *p = sched_current_policy();
    int i = find(p, name);

    return i < 0 ? i : p->set_param(d, (unsigned int)i, value);
}

int sched_adjust_domain(struct domain *d, struct xen_domctl_scheduler_op *op)
{
    struct xen_domctl_sched_credit *c = &op->u.credit;
    int64_t weight, cap;
    int rc;

    if (op->sched_id != sched_id())
        return -XEN_EINVAL;
    if (op->cmd != XEN_DOMCTL_SCHEDOP_getinfo && op->cmd != XEN_DOMCTL_SCHEDOP_putinfo)
        return -XEN_EOPNOTSUPP; /* this policy has no parameters of single vCPUs */
    rc = get(d, "weight", &weight);
    if (!rc)
        rc = get(d, "cap", &cap);
    if (rc)
        return rc;
    if (op->cmd == XEN_DOMCTL_SCHEDOP_getinfo) {
        c->weight = (uint16_t)weight;
        c->cap = (uint16_t)cap;
        return 0;
    }
    /* 0 and 0xffff leave a field as it is (ABI). */
    if (c->weight)
        weight = c->weight;
    if (c->cap != 0xffff)
        cap = c->cap;
    rc = check("weight", weight);
    if (!rc)
        rc = check("cap", cap);
    if (!rc)
        rc = set(d, "weight", weight);
    return rc ? rc : set(d, "cap", cap);
}

int sched_adjust_global(struct xen_sysctl_scheduler_op *op)
{
    struct xen_sysctl_credit_schedule *c = &op->u.sched_credit;
    int64_t slice, limit;
    int rc;

    if (op->cpupool_id != 0 || op->sched_id != sched_id())
        return -XEN_EINVAL;
    rc = get(NULL, "tslice_ms", &slice);
    if (!rc)
        rc = get(NULL, "ratelimit_us", &limit);
    if (rc)
        return rc;
    if (op->cmd == XEN_SYSCTL_SCHEDOP_putinfo) {
        /* 0 switches the rate limit off; else it has a least value of its own. */
        if (c->ratelimit_us && c->ratelimit_us < XEN_SYSCTL_SCHED_RATELIMIT_MIN)
            return -XEN_EINVAL;
        if (c->ratelimit_us > (uint64_t)c->tslice_ms * 1000)
            return -XEN_EINVAL;
        rc = check("tslice_ms", c->tslice_ms);
        if (!rc)
            rc = check("ratelimit_us", c->ratelimit_us);
        if (!rc)
            rc = set(NULL, "tslice_ms", c->tslice_ms);
        if (!rc)
            rc = set(NULL, "ratelimit_us", c->ratelimit_us);
        if (rc)
            return rc;
        slice = c->tslice_ms;
        limit = c->ratelimit_us;
    } else if (op->cmd != XEN_SYSCTL_SCHEDOP_getinfo) {
        return -XEN_EINVAL;
    }
    c->tslice_ms = (uint32_t)slice;
    c->ratelimit_us = (uint32_t)limit;
    c->vcpu_migr_delay_us = 0; /* vCPUs move whenever a CPU would idle */
    return 0;
}
