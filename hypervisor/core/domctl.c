/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypercall domctl: dispatch by the rows of domctl.def. Invariant: one control operation runs
 * at a time; nobody ever spins for the lock (a second caller restarts its call), so its holder may
 * wait for vCPUs to stop.
 */
#include <hv/domctl.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/vcpu.h>
#include <public/errno.h>

enum domctl_target { NODOM, ANYDOM, OTHERDOM };
enum domctl_answer { SILENT, ANSWER };

struct domctl_row {
    uint32_t nr;
    const char *name;
    long (*fn)(struct domain *d, struct xen_domctl *op); /* NULL: not supported */
    enum domctl_target target;
    enum domctl_answer answer;
};

static const struct domctl_row rows[] = {
#define DOMCTL(name, target, answer) {XEN_DOMCTL_##name, #name, domctl_##name, target, answer},
#define DOMCTL_NONE(name)            {XEN_DOMCTL_##name, #name, NULL, NODOM, SILENT},
#include <hv/domctl.def>
#undef DOMCTL
#undef DOMCTL_NONE
};

static struct spinlock domctl_lock = SPINLOCK_INIT(LOCK_DOMCTL);
static uint64_t told[ARRAY_SIZE(rows) / 64 + 1]; /* refusals are logged once each */

static const struct domctl_row *find_row(uint32_t nr)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].nr == nr)
            return &rows[i];
    return NULL;
}

static long run(const struct domctl_row *row, struct domain *d, struct xen_domctl *op, gva_t arg)
{
    long rc;

    if (!spin_trylock(&domctl_lock))
        return hypercall_continue(__HYPERVISOR_domctl, 1, arg.a);
    rc = row->fn(d, op);
    spin_unlock(&domctl_lock);
    if (rc == -XEN_ERESTART)
        return hypercall_continue(__HYPERVISOR_domctl, 1, arg.a);
    if (rc >= 0 && row->answer == ANSWER && guest_write(arg, op, sizeof(*op)))
        return -XEN_EFAULT;
    return rc;
}

long do_domctl(gva_t arg)
{
    struct domain *caller = current_vcpu()->domain, *d = NULL;
    const struct domctl_row *row;
    struct xen_domctl op;
    long rc;

    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION)
        return -XEN_EACCES;
    row = find_row(op.cmd);
    if (!row) {
        guest_log(LOG_INFO, "d%u: domctl %u is unknown\n", caller->id, op.cmd);
        return -XEN_ENOSYS;
    }
    if (!row->fn) {
        if (!atomic_test_and_set_bit(told, (unsigned int)(row - rows)))
            guest_log(LOG_INFO, "d%u: domctl %s is not supported\n", caller->id, row->name);
        return -XEN_EOPNOTSUPP;
    }
    if (row->target != NODOM) {
        d = domain_get_by_id(op.domain);
        if (!d)
            return -XEN_ESRCH;
    }
    rc = row->target == OTHERDOM && d == caller ? -XEN_EINVAL : run(row, d, &op, arg);
    if (d)
        domain_put(d);
    return rc;
}
