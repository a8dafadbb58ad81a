/* SPDX-License-Identifier: Apache-2.0 */
/* What the toolstack asks about the machine: memory, CPUs, topology, the list of domains,
 * scheduling. */
#include <hv/arch.h>
#include <hv/domctl.h>
#include <hv/guest_copy.h>
#include <hv/page_alloc.h>
#include <hv/percpu.h>
#include <hv/sched.h>
#include <hv/string.h>
#include <hv/sysctl.h>
#include <hv/vcpu.h>
#include <public/errno.h>

#define POOL_OF_ALL 0 /* every CPU and every domain is in the one pool */

/* CPUs with the package and, where asked for, the core of the first one. */
static unsigned int siblings(bool same_core)
{
    unsigned int pkg0, core0, thread, n = 0, cpu;

    arch_topology(0, &pkg0, &core0, &thread);
    for_each_cpu(cpu, &cpu_online)
    {
        unsigned int pkg, core;

        arch_topology(cpu, &pkg, &core, &thread);
        if (pkg == pkg0 && (!same_core || core == core0))
            n++;
    }
    return n;
}

long sysctl_physinfo(struct xen_sysctl *op)
{
    struct xen_sysctl_physinfo *p = &op->u.physinfo;
    uint32_t r[4];

    memset(p, 0, sizeof(*p));
    p->threads_per_core = siblings(true);
    p->cores_per_socket = siblings(false) / p->threads_per_core;
    p->nr_cpus = nr_cpus;
    p->max_cpu_id = nr_cpus - 1;
    p->nr_nodes = 1;
    p->cpu_khz = arch_tsc_khz();
    p->capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1;
    p->total_pages = page_alloc_total();
    p->free_pages = page_alloc_free();
    p->max_mfn = arch_max_frame();
    /* Words of the feature set, in the order that tools print them. */
    arch_cpuid(1, 0, r);
    p->hw_cap[0] = r[3];
    p->hw_cap[1] = r[2];
    arch_cpuid(0x80000001, 0, r);
    p->hw_cap[2] = r[3];
    p->hw_cap[3] = r[2];
    arch_cpuid(0xd, 1, r);
    p->hw_cap[4] = r[0];
    arch_cpuid(7, 0, r);
    p->hw_cap[5] = r[1];
    p->hw_cap[6] = r[2];
    arch_cpuid(0x80000007, 0, r);
    p->hw_cap[7] = r[3];
    return 0;
}

long sysctl_sched_id(struct xen_sysctl *op)
{
    op->u.sched_id.sched_id = sched_id();
    return 0;
}

long sysctl_getdomaininfolist(struct xen_sysctl *op)
{
    struct xen_sysctl_getdomaininfolist *l = &op->u.getdomaininfolist;
    struct xen_domctl_getdomaininfo info;
    domid_t from = l->first_domain;
    uint32_t n = 0;

    while (n < l->max_domains && from < DOMID_FIRST_RESERVED) {
        struct domain *d = domain_next(from);

        if (!d)
            break;
        domain_info(d, &info);
        from = (domid_t)(d->id + 1);
        domain_put(d);
        if (guest_write_elem(l->buffer, n, &info))
            return -XEN_EFAULT;
        n++;
    }
    l->num_domains = n;
    return 0;
}

long sysctl_getcpuinfo(struct xen_sysctl *op)
{
    struct xen_sysctl_getcpuinfo *g = &op->u.getcpuinfo;
    unsigned int n = MIN(g->max_cpus, nr_cpus);

    for (unsigned int cpu = 0; cpu < n; cpu++) {
        struct xen_sysctl_cpuinfo info = {0};
        struct vcpu_runstate_info rs;

        if (percpu_table[cpu] && percpu_table[cpu]->idle) {
            sched_runstate(percpu_table[cpu]->idle, &rs);
            info.idletime = rs.time[RUNSTATE_running];
        }
        if (guest_write_elem(g->info, cpu, &info))
            return -XEN_EFAULT;
    }
    g->nr_cpus = n;
    return 0;
}

/* Free memory is counted as a whole; a range of addresses cannot be told apart. */
long sysctl_availheap(struct xen_sysctl *op)
{
    struct xen_sysctl_availheap *a = &op->u.availheap;

    if (a->min_bitwidth || a->max_bitwidth)
        return -XEN_EOPNOTSUPP;
    a->avail_bytes = a->node <= 0 ? page_alloc_free() << PAGE_SHIFT : 0;
    return 0;
}

long sysctl_cputopoinfo(struct xen_sysctl *op)
{
    struct xen_sysctl_cputopoinfo *t = &op->u.cputopoinfo;

    if (handle_gva(t->cputopo).a) {
        unsigned int n = MIN(t->num_cpus, nr_cpus);

        for (unsigned int cpu = 0; cpu < n; cpu++) {
            struct xen_sysctl_cputopo row = {.node = 0};
            unsigned int thread;

            arch_topology(cpu, &row.socket, &row.core, &thread);
            if (guest_write_elem(t->cputopo, cpu, &row))
                return -XEN_EFAULT;
        }
    }
    t->num_cpus = nr_cpus;
    return 0;
}

long sysctl_numainfo(struct xen_sysctl *op)
{
    struct xen_sysctl_numainfo *n = &op->u.numainfo;
    struct xen_sysctl_meminfo mem = {
        .memsize = page_alloc_total() << PAGE_SHIFT,
        .memfree = page_alloc_free() << PAGE_SHIFT,
    };
    uint32_t distance = 10; /* of a node to itself, by ACPI's convention */

    if (n->num_nodes > 0) {
        if (handle_gva(n->meminfo).a && guest_write_elem(n->meminfo, 0, &mem))
            return -XEN_EFAULT;
        if (handle_gva(n->distance).a && guest_write_elem(n->distance, 0, &distance))
            return -XEN_EFAULT;
    }
    n->num_nodes = 1;
    return 0;
}

static uint32_t count_domains(void)
{
    struct domain *d;
    uint32_t n = 0;

    spin_lock(&domain_list_lock);
    list_for_each (d, &domain_list, link)
        n++;
    spin_unlock(&domain_list_lock);
    return n;
}

long sysctl_cpupool_op(struct xen_sysctl *op)
{
    struct xen_sysctl_cpupool_op *p = &op->u.cpupool_op;
    struct cpumask none;
    struct domain *d;

    switch (p->op) {
    case XEN_SYSCTL_CPUPOOL_OP_INFO:
        if (p->cpupool_id != POOL_OF_ALL)
            return -XEN_ENOENT;
        p->sched_id = sched_id();
        p->n_dom = count_domains();
        return cpumask_to_guest(&p->cpumap, &cpu_online);
    case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
        cpumask_zero(&none);
        return cpumask_to_guest(&p->cpumap, &none);
    case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
        if (p->cpupool_id != POOL_OF_ALL)
            return -XEN_ENOENT;
        d = domain_get_by_id((domid_t)p->domid);
        if (!d)
            return -XEN_ESRCH;
        domain_put(d);
        return 0;
    default: /* making and changing pools */
        return -XEN_EOPNOTSUPP;
    }
}

long sysctl_scheduler_op(struct xen_sysctl *op)
{
    if (op->u.scheduler_op.cpupool_id != POOL_OF_ALL)
        return -XEN_ESRCH;
    return sched_adjust_global(&op->u.scheduler_op);
}
