/* SPDX-License-Identifier: Apache-2.0 */
/* The hypercall sysctl: dispatch by the rows of sysctl.def. Each handler takes the locks it needs
 * itself. */
#include <hv/atomic.h>
#include <hv/domain.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/sysctl.h>
#include <hv/vcpu.h>
#include <public/errno.h>

struct sysctl_row {
    uint32_t nr;
    const char *name;
    long (*fn)(struct xen_sysctl *op); /* NULL: refused */
    int error;
};

static const struct sysctl_row rows[] = {
#define SYSCTL(name)             {XEN_SYSCTL_##name, #name, sysctl_##name, 0},
#define SYSCTL_NONE(name, error) {XEN_SYSCTL_##name, #name, NULL, XEN_##error},
#include <hv/sysctl.def>
#undef SYSCTL
#undef SYSCTL_NONE
};

static uint64_t told[ARRAY_SIZE(rows) / 64 + 1]; /* refusals are logged once each */

static const struct sysctl_row *find_row(uint32_t nr)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].nr == nr)
            return &rows[i];
    return NULL;
}

long do_sysctl(gva_t arg)
{
    const struct sysctl_row *row;
    struct xen_sysctl op;
    long rc;

    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
        return -XEN_EACCES;
    row = find_row(op.cmd);
    if (!row) {
        guest_log(LOG_INFO, "d%u: sysctl %u is unknown\n", current_vcpu()->domain->id, op.cmd);
        return -XEN_ENOSYS;
    }
    if (!row->fn) {
        if (!atomic_test_and_set_bit(told, (unsigned int)(row - rows)))
            guest_log(LOG_INFO, "d%u: sysctl %s is not supported\n", current_vcpu()->domain->id,
                      row->name);
        return -row->error;
    }
    rc = row->fn(&op);
    if (rc >= 0 && guest_write(arg, &op, sizeof(op)))
        return -XEN_EFAULT;
    return rc;
}
