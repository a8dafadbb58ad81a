/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a domain, seen from dom0: created, listed, limited, filled, built, run, shut down
 * with the reason that it gave, destroyed; and its memory is free again. Wrong versions, ids and
 * sizes are refused.
 */
#include "domu.h"

static struct domu dom;
static struct domu_mail mail;

static void entry(void)
{
    domu_start_here();
    domu_report(domu_mail.argument[0] + 1);
    domu_report((uint64_t)hypercall_xen_version(XENVER_pagesize, NULL));
    domu_report(guest_shared->vcpu_info[0].evtchn_upcall_pending);
    domu_end(SHUTDOWN_reboot);
}

static void crash_entry(void)
{
    domu_start_here();
    domu_report(1);
    /* No handler for traps, no stack: beyond repair. */
    __asm__ volatile("mov $0x10000, %rsp; push $1");
    for (;;)
        ;
}

static uint64_t free_pages(void)
{
    struct xen_sysctl op = {0};

    CHECK_EQ(sysctl(XEN_SYSCTL_physinfo, &op), 0);
    return op.u.physinfo.free_pages + op.u.physinfo.scrub_pages;
}

static void check_info(void)
{
    struct xen_domctl op = {0};

    CHECK_EQ(domctl(XEN_DOMCTL_getdomaininfo, dom.id, &op), 0);
    CHECK_EQ(op.domain, dom.id);
    CHECK_EQ(op.u.getdomaininfo.domain, dom.id);
    CHECK_EQ(op.u.getdomaininfo.tot_pages, DOMU_PAGES);
    CHECK_EQ(op.u.getdomaininfo.max_pages, DOMU_PAGES);
    CHECK(op.u.getdomaininfo.flags & XEN_DOMINF_paused);
    CHECK(!(op.u.getdomaininfo.flags &
            (XEN_DOMINF_hvm_guest | XEN_DOMINF_dying | XEN_DOMINF_shutdown)));
    CHECK_EQ(op.u.getdomaininfo.max_vcpu_id, 0);
    CHECK_EQ(domctl(XEN_DOMCTL_getdomaininfo, (domid_t)(dom.id + 1), &op), -XEN_ESRCH);
}

static void check_list(void)
{
    struct xen_sysctl op = {0};
    xen_domctl_getdomaininfo_t *list = page_alloc();

    op.u.getdomaininfolist.max_domains = 8;
    set_xen_guest_handle(op.u.getdomaininfolist.buffer, list);
    CHECK_EQ(sysctl(XEN_SYSCTL_getdomaininfolist, &op), 0);
    CHECK_EQ(op.u.getdomaininfolist.num_domains, 2);
    CHECK_EQ(list[0].domain, 0);
    CHECK_EQ(list[1].domain, dom.id);
    CHECK(list[0].cpu_time > 0);
    page_free(list);
}

static void check_limit(void)
{
    xen_pfn_t frame = DOMU_PAGES;
    struct xen_memory_reservation memory = {.nr_extents = 1, .domid = dom.id};

    set_xen_guest_handle(memory.extent_start, &frame);
    CHECK_EQ(hypercall_memory_op(XENMEM_populate_physmap, &memory), 0);
}

static void check_life(void)
{
    const uint64_t arguments[8] = {0x1234};
    struct xen_domctl op = {0};

    CHECK_EQ(domu_build(&dom, entry, arguments), 0);
    CHECK_EQ(domctl(XEN_DOMCTL_getvcpuinfo, dom.id, &op), 0);
    CHECK_EQ(op.u.getvcpuinfo.online, 1);
    CHECK_EQ(op.u.getvcpuinfo.cpu_time, 0);
    CHECK_EQ(domu_run(&dom), SHUTDOWN_reboot);
    domu_read_mail(&dom, &mail);
    CHECK_EQ(mail.results_done, 3);
    CHECK_EQ(mail.result[0], 0x1235);
    CHECK_EQ(mail.result[1], 4096);
    CHECK_EQ(mail.result[2], 0);
    op = (struct xen_domctl){0};
    CHECK_EQ(domctl(XEN_DOMCTL_getvcpuinfo, dom.id, &op), 0);
    CHECK(op.u.getvcpuinfo.cpu_time > 0);
    CHECK_EQ(domu_destroy(&dom), 0);
    CHECK_EQ(domctl(XEN_DOMCTL_pausedomain, dom.id, &op), -XEN_ESRCH);
}

static void check_crash(void)
{
    const uint64_t arguments[8] = {0};

    CHECK_EQ(domu_create(&dom), 0);
    CHECK_EQ(domu_build(&dom, crash_entry, arguments), 0);
    CHECK_EQ(domu_run(&dom), SHUTDOWN_crash);
    domu_read_mail(&dom, &mail);
    CHECK_EQ(mail.result[0], 1);
    CHECK_EQ(domu_destroy(&dom), 0);
}

static void check_refused(void)
{
    struct xen_domctl op = {.cmd = XEN_DOMCTL_getdomaininfo, .interface_version = 1};
    struct xen_sysctl sys = {.cmd = XEN_SYSCTL_physinfo, .interface_version = 1};
    struct xen_domctl_createdomain good = {.max_vcpus = 1,
                                           .max_evtchn_port = 1023,
                                           .max_grant_frames = 4,
                                           .max_maptrack_frames = 4,
                                           .grant_opts = 1};

    CHECK_EQ(HYPERCALL1(__HYPERVISOR_domctl, &op), -XEN_EACCES);
    CHECK_EQ(HYPERCALL1(__HYPERVISOR_sysctl, &sys), -XEN_EACCES);
    CHECK_EQ(domctl(XEN_DOMCTL_destroydomain, 1234, &op), -XEN_ESRCH);
    CHECK_EQ(domctl(XEN_DOMCTL_destroydomain, 0, &op), -XEN_EINVAL);
    CHECK_EQ(domctl(XEN_DOMCTL_unpausedomain, 0x7ff3, &op), -XEN_ESRCH);
    CHECK_EQ(domctl(999, 0, &op), -XEN_ENOSYS);
    op = (struct xen_domctl){.u.createdomain = good};
    op.u.createdomain.max_vcpus = 0;
    CHECK_EQ(domctl(XEN_DOMCTL_createdomain, 0, &op), -XEN_EINVAL);
    op.u.createdomain = good;
    op.u.createdomain.flags = 0x80000000;
    CHECK_EQ(domctl(XEN_DOMCTL_createdomain, 0, &op), -XEN_EINVAL);
    op.u.createdomain = good;
    op.u.createdomain.max_vcpus = 1 << 20;
    CHECK_EQ(domctl(XEN_DOMCTL_createdomain, 0, &op), -XEN_EINVAL);
    op.u.createdomain = good;
    op.u.createdomain.grant_opts = 9;
    CHECK_EQ(domctl(XEN_DOMCTL_createdomain, 0, &op), -XEN_EINVAL);
}

void test_run(void)
{
    uint64_t before;

    if (!guest_is_dom0())
        test_skip("needs dom0");
    check_refused();
    /* The first round warms up what the hypervisor keeps for itself. */
    for (int round = 0; round < 3; round++) {
        before = free_pages();
        CHECK_EQ(domu_create(&dom), 0);
        CHECK(free_pages() <= before - DOMU_PAGES);
        check_info();
        check_list();
        check_limit();
        check_life();
    }
    CHECK(WAIT_FOR(free_pages() >= before, 100000));
    check_crash();
}
