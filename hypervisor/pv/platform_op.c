/* SPDX-License-Identifier: Apache-2.0 */
/* platform_op: what dom0 tells and asks of the machine: clock, sleep, CPUs, firmware. Dom0 only
 * (hypercall.def). */
#include <hv/arch.h>
#include <hv/cpumask.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/pv_cpu.h>
#include <hv/string.h>
#include <hv/time.h>
#include <public/errno.h>
#include <public/platform.h>

static long settime(uint64_t secs, uint32_t nsecs, uint64_t system_time)
{
    if (nsecs >= NS_PER_SEC)
        return -XEN_EINVAL;
    wallclock_set(secs * NS_PER_SEC + nsecs, system_time);
    return 0;
}

static long cpu_info(struct xenpf_pcpuinfo *p)
{
    p->max_present = nr_cpus - 1;
    p->flags = 0;
    if (p->xen_cpuid >= nr_cpus || !cpumask_test(&cpu_online, p->xen_cpuid)) {
        p->flags = XEN_PCPU_FLAGS_INVALID;
        return 0;
    }
    p->flags = XEN_PCPU_FLAGS_ONLINE;
    p->apic_id = arch_apic_id(p->xen_cpuid);
    p->acpi_id = p->xen_cpuid;
    return 0;
}

static long cpu_version(struct xenpf_pcpu_version *p)
{
    uint32_t r[4];

    p->max_present = nr_cpus - 1;
    if (p->xen_cpuid >= nr_cpus) {
        memset(p->vendor_id, 0, sizeof(p->vendor_id));
        p->family = p->model = p->stepping = 0;
        return 0;
    }
    arch_cpuid(0, 0, r);
    memcpy(p->vendor_id, &r[1], 4);
    memcpy(p->vendor_id + 4, &r[3], 4);
    memcpy(p->vendor_id + 8, &r[2], 4);
    arch_cpuid(1, 0, r);
    p->family = r[0] >> 8 & 15;
    p->model = (r[0] >> 4 & 15) | (p->family >= 6 ? r[0] >> 12 & 0xf0 : 0);
    if (p->family == 15)
        p->family += r[0] >> 20 & 0xff;
    p->stepping = r[0] & 15;
    return 0;
}

long do_platform_op(gva_t arg)
{
    struct xen_platform_op op;
    long rc;

    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    if (op.interface_version != XENPF_INTERFACE_VERSION)
        return -XEN_EACCES;
    switch (op.cmd) {
    case XENPF_settime32:
        rc = settime(op.u.settime32.secs, op.u.settime32.nsecs, op.u.settime32.system_time);
        break;
    case XENPF_settime64:
        rc = op.u.settime64.mbz
                 ? -XEN_EINVAL
                 : settime(op.u.settime64.secs, op.u.settime64.nsecs, op.u.settime64.system_time);
        break;
    case XENPF_enter_acpi_sleep:
        if (op.u.enter_acpi_sleep.flags & XENPF_ACPI_SLEEP_EXTENDED)
            rc = -XEN_EOPNOTSUPP;
        else
            rc = arch_acpi_sleep(op.u.enter_acpi_sleep.sleep_state, op.u.enter_acpi_sleep.val_a,
                                 op.u.enter_acpi_sleep.val_b);
        break;
    case XENPF_get_cpuinfo:
        rc = cpu_info(&op.u.pcpu_info);
        break;
    case XENPF_get_cpu_version:
        rc = cpu_version(&op.u.pcpu_version);
        break;
    case XENPF_firmware_info: /* no BIOS disk or display data is kept at boot: dom0 probes without
                                 it */
        return -XEN_ESRCH;
    case XENPF_set_processor_pminfo: /* no frequency or idle-state driver: the tables are not needed
                                      */
        return 0;
    case XENPF_efi_runtime_call:
        return -XEN_ENOSYS;
    default:
        log_warn("platform operation %u is not supported\n", op.cmd);
        return -XEN_ENOSYS;
    }
    if (!rc && guest_write(arg, &op, sizeof(op)))
        rc = -XEN_EFAULT;
    return rc;
}
