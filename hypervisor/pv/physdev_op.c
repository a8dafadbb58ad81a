/* SPDX-License-Identifier: Apache-2.0 */
/*
 * physdev_op: how dom0 drives its devices' interrupts. One row per operation: size of its argument,
 * whether only the domain with the hardware may use it, whether the argument is written back.
 */
#include <hv/arch.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/pirq.h>
#include <hv/printk.h>
#include <hv/pv_cpu.h>
#include <public/errno.h>
#include <public/physdev.h>

union physdev_arg {
    struct physdev_eoi eoi;
    struct physdev_pirq_eoi_gmfn eoi_gmfn;
    struct physdev_irq_status_query status;
    struct physdev_set_iopl iopl;
    struct physdev_set_iobitmap iobitmap;
    struct physdev_apic apic;
    struct physdev_irq irq;
    struct physdev_map_pirq map;
    struct physdev_unmap_pirq unmap;
    struct physdev_setup_gsi gsi;
    struct physdev_get_free_pirq free_pirq;
    struct physdev_pci_mmcfg_reserved mmcfg;
    struct physdev_pci_device pci;
    struct physdev_restore_msi restore;
    struct physdev_manage_pci manage;
    struct physdev_manage_pci_ext manage_ext;
    struct physdev_dbgp_op dbgp;
};

static long op_eoi(struct vcpu *v, union physdev_arg *a)
{
    return pirq_eoi(v->domain, a->eoi.irq);
}

static long op_eoi_gmfn_v1(struct vcpu *v, union physdev_arg *a)
{
    return pirq_set_eoi_page(v->domain, mfn(a->eoi_gmfn.gmfn), true);
}

static long op_eoi_gmfn_v2(struct vcpu *v, union physdev_arg *a)
{
    return pirq_set_eoi_page(v->domain, mfn(a->eoi_gmfn.gmfn), false);
}

static long op_status(struct vcpu *v, union physdev_arg *a)
{
    int flags = pirq_status(v->domain, a->status.irq);

    if (flags < 0)
        return flags;
    a->status.flags = (uint32_t)flags;
    return 0;
}

static long op_iopl(struct vcpu *v, union physdev_arg *a)
{
    if (a->iopl.iopl > 3)
        return -XEN_EINVAL;
    v->pv.iopl = a->iopl.iopl;
    return 0;
}

static long op_iobitmap(struct vcpu *v, union physdev_arg *a)
{
    if (a->iobitmap.nr_ports > 65536 ||
        !guest_range_ok(handle_gva(a->iobitmap.bitmap), a->iobitmap.nr_ports / 8))
        return -XEN_EINVAL;
    v->pv.iobmp = handle_gva(a->iobitmap.bitmap);
    v->pv.iobmp_limit = a->iobitmap.nr_ports;
    return 0;
}

static long op_apic_read(struct vcpu *v, union physdev_arg *a)
{
    (void)v;
    return arch_ioapic_read(a->apic.apic_physbase, a->apic.reg, &a->apic.value);
}

static long op_apic_write(struct vcpu *v, union physdev_arg *a)
{
    (void)v;
    return arch_ioapic_write(a->apic.apic_physbase, a->apic.reg, a->apic.value);
}

static long op_alloc_vector(struct vcpu *v, union physdev_arg *a)
{
    (void)v;
    if (a->irq.irq >= arch_nr_gsis())
        return -XEN_EINVAL;
    a->irq.vector =
        a->irq.irq; /* vectors are the hypervisor's own; the number has no meaning to dom0 */
    return 0;
}

static long op_nothing(struct vcpu *v, union physdev_arg *a)
{
    (void)v;
    (void)a;
    return 0;
}

static long map_gsi(struct domain *d, struct physdev_map_pirq *m)
{
    int rc;

    if (m->index < 0 || (unsigned int)m->index >= arch_nr_gsis())
        return -XEN_EINVAL;
    rc = pirq_map(d, m->pirq, m->index, false);
    if (rc < 0)
        return rc;
    m->pirq = rc;
    return 0;
}

static long map_msi(struct domain *d, struct physdev_map_pirq *m)
{
    unsigned int seg = m->type == MAP_PIRQ_TYPE_MSI_SEG || m->type == MAP_PIRQ_TYPE_MULTI_MSI
                           ? (unsigned int)m->bus >> 16
                           : 0;
    unsigned int count = m->type == MAP_PIRQ_TYPE_MULTI_MSI ? (unsigned int)m->entry_nr : 1;
    int entry = m->table_base ? m->entry_nr : -1;
    int irqs[32], irq, rc;

    if (m->type == MAP_PIRQ_TYPE_MULTI_MSI &&
        (m->table_base || m->entry_nr <= 0 || m->entry_nr > 32))
        return -XEN_EINVAL;
    if (entry < -1 || m->bus < 0 || m->devfn < 0 || m->devfn > 0xff)
        return -XEN_EINVAL;
    irq = arch_msi_setup(seg, (unsigned int)m->bus & 0xff, (unsigned int)m->devfn, entry,
                         m->table_base, count, irqs);
    if (irq < 0) {
        /* The ABI says how many consecutive vectors could be had instead. */
        if (m->type == MAP_PIRQ_TYPE_MULTI_MSI)
            m->entry_nr = 1;
        return irq;
    }
    rc = pirq_map(d, m->pirq, irq, true);
    if (rc < 0) {
        arch_msi_free(irq);
        return rc;
    }
    m->pirq = rc;
    return 0;
}

static long op_map_pirq(struct vcpu *v, union physdev_arg *a)
{
    struct domain *d = domain_get_target(a->map.domid);
    long rc;

    (void)v;
    if (!d)
        return -XEN_ESRCH;
    switch (a->map.type) {
    case MAP_PIRQ_TYPE_GSI:
        rc = map_gsi(d, &a->map);
        break;
    case MAP_PIRQ_TYPE_MSI:
    case MAP_PIRQ_TYPE_MSI_SEG:
    case MAP_PIRQ_TYPE_MULTI_MSI:
        rc = map_msi(d, &a->map);
        break;
    default:
        rc = -XEN_EINVAL;
    }
    domain_put(d);
    return rc;
}

static long op_unmap_pirq(struct vcpu *v, union physdev_arg *a)
{
    struct domain *d = domain_get_target(a->unmap.domid);
    long rc;

    (void)v;
    if (!d)
        return -XEN_ESRCH;
    rc = pirq_unmap(d, a->unmap.pirq);
    domain_put(d);
    return rc;
}

static long op_setup_gsi(struct vcpu *v, union physdev_arg *a)
{
    (void)v;
    if (a->gsi.gsi < 0)
        return -XEN_EINVAL;
    return arch_gsi_setup((unsigned int)a->gsi.gsi, a->gsi.triggering, a->gsi.polarity);
}

static long op_free_pirq(struct vcpu *v, union physdev_arg *a)
{
    int pirq = pirq_get_free(v->domain);

    if (pirq < 0)
        return pirq;
    a->free_pirq.pirq = (uint32_t)pirq;
    return 0;
}

static long op_mmcfg(struct vcpu *v, union physdev_arg *a)
{
    (void)v;
    return arch_pci_window_known(a->mmcfg.address, a->mmcfg.segment, a->mmcfg.start_bus,
                                 a->mmcfg.end_bus)
               ? 0
               : -XEN_ENODEV;
}

static long op_restore_msi(struct vcpu *v, union physdev_arg *a)
{
    (void)v;
    return arch_msi_restore(0, a->restore.bus, a->restore.devfn);
}

static long op_restore_msi_ext(struct vcpu *v, union physdev_arg *a)
{
    (void)v;
    return arch_msi_restore(a->pci.seg, a->pci.bus, a->pci.devfn);
}

struct row {
    uint8_t cmd, size;
    bool hardware_only, write_back;
    long (*fn)(struct vcpu *v, union physdev_arg *a);
    const char *name;
};

#define ROW(op, member, hw, back, fn)                                                              \
    {                                                                                              \
        PHYSDEVOP_##op, sizeof(((union physdev_arg *)0)->member), hw, back, fn, #op                \
    }

/* Device reports (pci_device_add …) are accepted as told: there is no IOMMU whose tables would need
 * them. */
static const struct row rows[] = {
    ROW(eoi, eoi, false, false, op_eoi),
    ROW(pirq_eoi_gmfn_v1, eoi_gmfn, false, false, op_eoi_gmfn_v1),
    ROW(pirq_eoi_gmfn_v2, eoi_gmfn, false, false, op_eoi_gmfn_v2),
    ROW(irq_status_query, status, false, true, op_status),
    ROW(set_iopl, iopl, false, false, op_iopl),
    ROW(set_iobitmap, iobitmap, false, false, op_iobitmap),
    ROW(apic_read, apic, true, true, op_apic_read),
    ROW(apic_write, apic, true, false, op_apic_write),
    ROW(alloc_irq_vector, irq, true, true, op_alloc_vector),
    ROW(free_irq_vector, irq, true, false, op_nothing),
    ROW(map_pirq, map, true, true, op_map_pirq),
    ROW(unmap_pirq, unmap, true, false, op_unmap_pirq),
    ROW(manage_pci_add, manage, true, false, op_nothing),
    ROW(manage_pci_remove, manage, true, false, op_nothing),
    ROW(manage_pci_add_ext, manage_ext, true, false, op_nothing),
    ROW(restore_msi, restore, true, false, op_restore_msi),
    ROW(restore_msi_ext, pci, true, false, op_restore_msi_ext),
    ROW(setup_gsi, gsi, true, false, op_setup_gsi),
    ROW(get_free_pirq, free_pirq, true, true, op_free_pirq),
    ROW(pci_mmcfg_reserved, mmcfg, true, false, op_mmcfg),
    ROW(pci_device_add, pci, true, false, op_nothing),
    ROW(pci_device_remove, pci, true, false, op_nothing),
    ROW(prepare_msix, pci, true, false, op_nothing),
    ROW(release_msix, pci, true, false, op_nothing),
    ROW(dbgp_op, dbgp, true, false, op_nothing),
};

long do_physdev_op(unsigned int cmd, gva_t arg)
{
    struct vcpu *v = current_vcpu();
    union physdev_arg a;
    long rc;

    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].cmd != cmd)
            continue;
        if (rows[i].hardware_only && !v->domain->is_privileged)
            return -XEN_EPERM;
        if (guest_read(&a, arg, rows[i].size))
            return -XEN_EFAULT;
        rc = rows[i].fn(v, &a);
        if (rows[i].write_back && (!rc || cmd == PHYSDEVOP_map_pirq) &&
            guest_write(arg, &a, rows[i].size))
            return -XEN_EFAULT;
        return rc;
    }
    guest_log(LOG_WARNING, "d%u: physdev operation %u is not supported\n", v->domain->id, cmd);
    return -XEN_ENOSYS;
}

long do_physdev_op_compat(gva_t arg)
{
    uint32_t cmd;

    if (guest_read(&cmd, arg, sizeof(cmd)))
        return -XEN_EFAULT;
    return do_physdev_op(cmd, gva_add(arg, offsetof(struct physdev_op, u)));
}
