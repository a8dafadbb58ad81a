/* SPDX-License-Identifier: Apache-2.0 */
/* domctl and sysctl: versions, tables, the life of a domain from create to the last reference,
 * facts. */
#include "harness.h"

#include <string.h>

#include <hv/arch.h>
#include <hv/evtchn.h>
#include <hv/grant.h>
#include <hv/heap.h>
#include <hv/page_alloc.h>
#include <hv/percpu.h>
#include <hv/pv_mm.h>
#include <public/errno.h>
#include <public/grant_table.h>
#include <public/sysctl.h>

static struct xen_domctl op;

static long domctl(uint32_t cmd, domid_t dom)
{
    act_as(g0, 0);
    op.cmd = cmd;
    op.domain = dom;
    return call_domctl(&op);
}

static struct xen_domctl *fresh(void)
{
    memset(&op, 0, sizeof(op));
    return &op;
}

static void versions_and_rights(void)
{
    fresh()->cmd = XEN_DOMCTL_getdomaininfo;
    act_as(g0, 0);
    op.interface_version = XEN_DOMCTL_INTERFACE_VERSION - 1;
    memcpy(guest_page(g0, 0), &op, sizeof(op));
    CU_ASSERT_EQUAL(call(__HYPERVISOR_domctl, guest_va(0), 0, 0, 0), -XEN_EACCES);
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_getdomaininfo, 0), 0);
    CU_ASSERT_EQUAL(domctl(999, 0), -XEN_ENOSYS);
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_shadow_op, 1), -XEN_EOPNOTSUPP);
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_max_mem, 77), -XEN_ESRCH);
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_pausedomain, 0), -XEN_EINVAL); /* oneself */
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_destroydomain, 0), -XEN_EINVAL);
    act_as(g1, 0);
    CU_ASSERT_EQUAL(call_domctl(&op), -XEN_EPERM);
    CU_ASSERT_EQUAL(call(__HYPERVISOR_sysctl, guest_va(0), 0, 0, 0), -XEN_EPERM);
    CHECK_WORLD();
}

static void info(void)
{
    struct xen_domctl_getdomaininfo *i = &fresh()->u.getdomaininfo;

    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_getdomaininfo, 1), 0);
    CU_ASSERT_EQUAL(op.domain, 1);
    CU_ASSERT_EQUAL(i->domain, 1);
    CU_ASSERT_EQUAL(i->tot_pages, g1->d->tot_pages);
    CU_ASSERT_EQUAL(i->max_pages, g1->d->max_pages);
    CU_ASSERT_EQUAL(i->shared_info_frame, g1->d->shared_mfn.n);
    CU_ASSERT_EQUAL(i->nr_online_vcpus, WORLD_VCPUS);
    CU_ASSERT_EQUAL(i->max_vcpu_id, WORLD_VCPUS - 1);
    CU_ASSERT_TRUE(i->flags & XEN_DOMINF_paused);
    CU_ASSERT_FALSE(i->flags & (XEN_DOMINF_dying | XEN_DOMINF_shutdown));
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_getdomaininfo, 3), -XEN_ESRCH);
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_getdomaininfo, DOMID_SELF), -XEN_EINVAL);
}

static void refused_creations(void)
{
    struct xen_domctl_createdomain *c = &fresh()->u.createdomain;

    c->max_grant_frames = c->max_maptrack_frames = -1;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_createdomain, 0), -XEN_EINVAL); /* no vCPUs */
    c->max_vcpus = 1;
    c->flags = XEN_DOMCTL_CDF_hvm;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_createdomain, 0), -XEN_EINVAL);
    c->flags = 0;
    c->grant_opts = 2;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_createdomain, 0), -XEN_EINVAL);
    c->grant_opts = 1;
    c->cpupool_id = 1;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_createdomain, 0), -XEN_EINVAL);
    c->cpupool_id = 0;
    c->arch.emulation_flags = XEN_X86_EMU_LAPIC;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_createdomain, 0), -XEN_EINVAL);
    c->arch.emulation_flags = 0;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_createdomain, 2), -XEN_EEXIST);
    c->max_grant_frames = 5000;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_createdomain, 0), -XEN_EINVAL);
    host_settle();
    CHECK_WORLD();
}

/* Everything that ties a domain to others: a mapped grant each way, an event channel, a foreign
 * mapping by dom0. */
static void entangle(struct domain *d)
{
    struct gnttab_map_grant_ref m = {
        .host_addr = guest_va(30), .flags = GNTMAP_host_map, .ref = 8, .dom = d->id};
    struct evtchn_alloc_unbound a = {.dom = d->id, .remote_dom = 0};
    struct evtchn_bind_interdomain b = {.remote_dom = d->id};
    struct page *page = list_first(&d->pages, struct page, link);

    CU_ASSERT_EQUAL(grant_table_seed(d, 8, 0, page_mfn(page).n), 0);
    act_as(g0, 0);
    CU_ASSERT_EQUAL(call(__HYPERVISOR_update_va_mapping, guest_va(30), 0, UVMF_INVLPG, 0), 0);
    CU_ASSERT_EQUAL(call_op(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, &m), 0);
    CU_ASSERT_EQUAL(m.status, 0);
    CU_ASSERT_EQUAL(call_op(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, &a), 0);
    b.remote_port = a.port;
    CU_ASSERT_EQUAL(call_op(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_interdomain, &b), 0);
    op.u.pad[0] = (uint8_t)m.handle;
    op.u.pad[1] = (uint8_t)b.local_port;
    CHECK_WORLD();
}

static void disentangle(void)
{
    struct gnttab_unmap_grant_ref u = {.host_addr = guest_va(30), .handle = op.u.pad[0]};
    struct evtchn_status s = {.dom = DOMID_SELF, .port = op.u.pad[1]};
    struct evtchn_close c = {.port = op.u.pad[1]};
    uint64_t pte = pte_make(mfn(g0->p2m[30]), PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D);

    act_as(g0, 0);
    CU_ASSERT_EQUAL(call_op(__HYPERVISOR_event_channel_op, EVTCHNOP_status, &s), 0);
    CU_ASSERT_EQUAL(s.status, EVTCHNSTAT_unbound); /* the peer is gone */
    CU_ASSERT_EQUAL(call_op(__HYPERVISOR_event_channel_op, EVTCHNOP_close, &c), 0);
    CU_ASSERT_EQUAL(call_op(__HYPERVISOR_grant_table_op, GNTTABOP_unmap_grant_ref, &u), 0);
    CU_ASSERT_EQUAL(u.status, 0);
    CU_ASSERT_EQUAL(call(__HYPERVISOR_update_va_mapping, guest_va(30), pte, 0, 0), 0);
}

static void one_life(void)
{
    struct xen_domctl_createdomain *c = &fresh()->u.createdomain;
    struct xen_memory_reservation r = {.nr_extents = 64};
    struct domain *d;
    domid_t id;

    c->max_vcpus = 2;
    c->max_grant_frames = c->max_maptrack_frames = -1;
    c->handle[3] = 0x42;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_createdomain, 0), 0);
    id = op.domain;
    CU_ASSERT_TRUE(id > 2);
    d = domain_get_by_id(id);
    CU_ASSERT_PTR_NOT_NULL_FATAL(d);
    domain_put(d);
    CHECK_WORLD();
    CU_ASSERT_EQUAL(d->handle[3], 0x42);
    fresh()->u.max_vcpus.max = 3;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_max_vcpus, id), -XEN_EINVAL);
    op.u.max_vcpus.max = 2;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_max_vcpus, id), 0);
    fresh()->u.max_mem.max_memkb = 64 * 4;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_max_mem, id), 0);
    r.domid = id;
    set_xen_guest_handle(r.extent_start, (void *)guest_va(2));
    CU_ASSERT_EQUAL(call_op(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &r), 64);
    r.nr_extents = 1;
    CU_ASSERT_EQUAL(call_op(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &r), 0); /* no more */
    CHECK_WORLD();
    fresh();
    entangle(d);
    op.u.pad[8] = op.u.pad[0];
    op.u.pad[9] = op.u.pad[1];
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_destroydomain, id), 0);
    op.u.pad[0] = op.u.pad[8];
    op.u.pad[1] = op.u.pad[9];
    host_settle();
    /* Dead, but dom0 still maps a frame of it: the number stays in use. */
    CU_ASSERT_EQUAL(d->dying, DOMAIN_DEAD);
    CU_ASSERT_EQUAL(d->tot_pages, 1);
    CU_ASSERT_EQUAL(evtchn_count(d), 0);
    CHECK_WORLD();
    disentangle();
    host_settle();
    host_run_cpu(0);
    CU_ASSERT_PTR_NULL(domain_get_by_id(id));
    CHECK_WORLD();
}

/* What dom0 gets on demand (ports, handles) it has after the first time: the second leaves no
 * trace. */
static void life(void)
{
    uint64_t frames;
    size_t heap;

    one_life();
    frames = page_alloc_free();
    heap = hv_heap_used();
    one_life();
    CU_ASSERT_EQUAL(page_alloc_free(), frames);
    CU_ASSERT_EQUAL(hv_heap_used(), heap);
}

static void access_rights(void)
{
    struct domain *d = g1->d;

    fresh()->u.ioport_permission = (struct xen_domctl_ioport_permission){0x3f8, 8, 1};
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_ioport_permission, 1), 0);
    CU_ASSERT_TRUE(rangeset_contains(&d->ioports, 0x3f8, 0x3ff));
    op.u.ioport_permission.allow_access = 0;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_ioport_permission, 1), 0);
    CU_ASSERT_FALSE(rangeset_contains(&d->ioports, 0x3f8, 0x3f8));
    op.u.ioport_permission = (struct xen_domctl_ioport_permission){0xfff8, 9, 1};
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_ioport_permission, 1), -XEN_EINVAL);
    fresh()->u.iomem_permission = (struct xen_domctl_iomem_permission){HOST_MMIO_FRAME, 2, 1};
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_iomem_permission, 1), 0);
    CU_ASSERT_TRUE(rangeset_contains(&d->iomem, HOST_MMIO_FRAME, HOST_MMIO_FRAME + 1));
    op.u.iomem_permission.first_mfn = 0x1000; /* dom0 has not got it itself */
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_iomem_permission, 1), -XEN_EPERM);
    op.u.iomem_permission.nr_mfns = 0;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_iomem_permission, 1), -XEN_EINVAL);
    op.u.iomem_permission = (struct xen_domctl_iomem_permission){HOST_MMIO_FRAME, 2, 0};
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_iomem_permission, 1), 0);
    CU_ASSERT_TRUE(list_empty(&d->iomem.ranges));
}

static void contexts(void)
{
    struct vcpu_guest_context *c = guest_page(g0, 2);
    uint64_t *types = guest_page(g0, 2);

    fresh()->u.vcpucontext.vcpu = 1;
    set_xen_guest_handle(op.u.vcpucontext.ctxt, (void *)guest_va(2));
    memset(guest_page(g0, 3), 0, 4096);
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_getvcpucontext, 1), 0);
    CU_ASSERT_EQUAL(c->flags & VGCF_in_kernel, VGCF_in_kernel);
    CU_ASSERT_EQUAL(c->user_regs.rip, g1->d->vcpu[1]->pv.regs.rip);
    op.u.vcpucontext.vcpu = 5;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_getvcpucontext, 1), -XEN_ESRCH);
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_setvcpucontext, 1), -XEN_EINVAL);
    types[0] = g1->p2m[5];
    types[1] = guest_l4(g1).n;
    types[2] = g1->p2m[g1->pages];
    types[3] = g2->p2m[5];
    types[4] = g1->d->shared_mfn.n;
    fresh()->u.getpageframeinfo3.num = 5;
    set_xen_guest_handle(op.u.getpageframeinfo3.array, (void *)guest_va(2));
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_getpageframeinfo3, 1), 0);
    CU_ASSERT_EQUAL(types[0], XEN_DOMCTL_PFINFO_NOTAB);
    CU_ASSERT_EQUAL(types[1], XEN_DOMCTL_PFINFO_L4TAB);
    CU_ASSERT_EQUAL(types[2], XEN_DOMCTL_PFINFO_L1TAB);
    CU_ASSERT_EQUAL(types[3], XEN_DOMCTL_PFINFO_XTAB);
    CU_ASSERT_EQUAL(types[4], XEN_DOMCTL_PFINFO_XTAB);
    op.u.getpageframeinfo3.num = 1025;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_getpageframeinfo3, 1), -XEN_E2BIG);
    fresh()->u.address_size.size = 32;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_set_address_size, 1), -XEN_EINVAL);
    op.u.address_size.size = 64;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_set_address_size, 1), 0);
    fresh()->u.tsc_info.tsc_mode = 1;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_settscinfo, 1), -XEN_EOPNOTSUPP);
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_gettscinfo, 1), 0);
    CU_ASSERT_EQUAL(op.u.tsc_info.gtsc_khz, arch_tsc_khz());
    CHECK_WORLD();
}

static void affinity(void)
{
    struct xen_domctl_vcpuaffinity *a = &fresh()->u.vcpuaffinity;
    uint8_t *map = guest_page(g0, 2);

    a->flags = XEN_VCPUAFFINITY_HARD;
    a->cpumap_hard.nr_bits = 10;
    set_xen_guest_handle(a->cpumap_hard.bitmap, (void *)guest_va(2));
    map[0] = 0x82;
    map[1] = map[2] = 0xff;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_setvcpuaffinity, 1), 0);
    CU_ASSERT_EQUAL(map[0], 2); /* in force: the CPUs that there are */
    CU_ASSERT_EQUAL(map[1], 0);
    CU_ASSERT_EQUAL(map[2], 0xff);
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_getvcpuaffinity, 1), 0);
    CU_ASSERT_EQUAL(map[0], 0x82);
    CU_ASSERT_EQUAL(map[1], 3);
    map[0] = 0x80;
    map[1] = 0;
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_setvcpuaffinity, 1), -XEN_EINVAL); /* no CPU of these */
    a->cpumap_hard.nr_bits = 5000;
    memset(guest_page(g0, 2), 0xff, 625);
    CU_ASSERT_EQUAL(domctl(XEN_DOMCTL_setvcpuaffinity, 1), 0);
    CU_ASSERT_EQUAL(map[0], 3);
    CU_ASSERT_EQUAL(map[624], 0);
    CHECK_WORLD();
}

/* ---- sysctl ---- */

static struct xen_sysctl sys;

static long sysctl(uint32_t cmd)
{
    long rc;

    act_as(g0, 0);
    sys.cmd = cmd;
    sys.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    memcpy(guest_page(g0, 0), &sys, sizeof(sys));
    rc = call(__HYPERVISOR_sysctl, guest_va(0), 0, 0, 0);
    memcpy(&sys, guest_page(g0, 0), sizeof(sys));
    return rc;
}

static void machine(void)
{
    struct xen_domctl_getdomaininfo *rows = guest_page(g0, 2);

    memset(&sys, 0, sizeof(sys));
    CU_ASSERT_EQUAL(sysctl(XEN_SYSCTL_physinfo), 0);
    CU_ASSERT_EQUAL(sys.u.physinfo.nr_cpus, 2);
    CU_ASSERT_EQUAL(sys.u.physinfo.cores_per_socket, 2);
    CU_ASSERT_EQUAL(sys.u.physinfo.threads_per_core, 1);
    CU_ASSERT_EQUAL(sys.u.physinfo.free_pages, page_alloc_free());
    CU_ASSERT_TRUE(sys.u.physinfo.capabilities & XEN_SYSCTL_PHYSCAP_pv);
    memset(&sys, 0, sizeof(sys));
    sys.u.getdomaininfolist.first_domain = 1;
    sys.u.getdomaininfolist.max_domains = 10;
    set_xen_guest_handle(sys.u.getdomaininfolist.buffer, (void *)guest_va(2));
    CU_ASSERT_EQUAL(sysctl(XEN_SYSCTL_getdomaininfolist), 0);
    CU_ASSERT_EQUAL(sys.u.getdomaininfolist.num_domains, 2);
    CU_ASSERT_EQUAL(rows[0].domain, 1);
    CU_ASSERT_EQUAL(rows[1].domain, 2);
    memset(&sys, 0, sizeof(sys));
    sys.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_INFO;
    sys.u.cpupool_op.cpumap.nr_bits = 8;
    set_xen_guest_handle(sys.u.cpupool_op.cpumap.bitmap, (void *)guest_va(2));
    CU_ASSERT_EQUAL(sysctl(XEN_SYSCTL_cpupool_op), 0);
    CU_ASSERT_EQUAL(*(uint8_t *)rows, 3);
    CU_ASSERT_EQUAL(sys.u.cpupool_op.n_dom, 3);
    sys.u.cpupool_op.cpupool_id = 1;
    CU_ASSERT_EQUAL(sysctl(XEN_SYSCTL_cpupool_op), -XEN_ENOENT);
    CU_ASSERT_EQUAL(sysctl(XEN_SYSCTL_perfc_op), -XEN_ENOSYS);
    CU_ASSERT_EQUAL(sysctl(500), -XEN_ENOSYS);
}

static void console(void)
{
    static const char keys[] = "hqregimv0z";
    struct xen_sysctl_readconsole *r = &sys.u.readconsole;

    memset(&sys, 0, sizeof(sys));
    memcpy(guest_page(g0, 2), keys, sizeof(keys));
    set_xen_guest_handle(sys.u.debug_keys.keys, (void *)guest_va(2));
    sys.u.debug_keys.nr_keys = sizeof(keys) - 1;
    CU_ASSERT_EQUAL(sysctl(XEN_SYSCTL_debug_keys), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(host_console_text(), "all invariants"));
    CU_ASSERT_PTR_NOT_NULL(strstr(host_console_text(), "'z' is unknown"));
    memset(&sys, 0, sizeof(sys));
    r->count = 1000;
    set_xen_guest_handle(r->buffer, (void *)guest_va(2));
    CU_ASSERT_EQUAL(sysctl(XEN_SYSCTL_readconsole), 0);
    CU_ASSERT_EQUAL(r->count, 1000);
    r->incremental = 1;
    r->clear = 1;
    r->count = 4096;
    CU_ASSERT_EQUAL(sysctl(XEN_SYSCTL_readconsole), 0);
    CU_ASSERT_EQUAL(r->index, 1000 + r->count);
    memset(&sys, 0, sizeof(sys));
    r->count = 1000;
    set_xen_guest_handle(r->buffer, (void *)guest_va(2));
    CU_ASSERT_EQUAL(sysctl(XEN_SYSCTL_readconsole), 0);
    CU_ASSERT_EQUAL(r->count, 0);
}

void register_control(void)
{
    CU_pSuite s = CU_add_suite("domctl and sysctl", NULL, NULL);

    CU_ADD_TEST(s, versions_and_rights);
    CU_ADD_TEST(s, info);
    CU_ADD_TEST(s, refused_creations);
    CU_ADD_TEST(s, life);
    CU_ADD_TEST(s, access_rights);
    CU_ADD_TEST(s, contexts);
    CU_ADD_TEST(s, affinity);
    CU_ADD_TEST(s, machine);
    CU_ADD_TEST(s, console);
}
