/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two domains that talk: an event channel between them, dom0's page granted to the guest, the
 * guest's page granted to dom0. The guest dies while dom0 has its page mapped: the page stays until
 * it is unmapped, the channel's end in dom0 becomes unbound, and the guest's own mapping of dom0's
 * page is gone.
 */
#include "domu.h"

#define REF_DOM0 40 /* in dom0's table */
#define REF_DOMU 9  /* in the guest's table */

/* Words of dom0's page, by which the two speak. */
enum { WORD_PORT, WORD_BIND_PENDING, WORD_OWN_MFN, WORD_REPLY, WORD_SEEN, WORD_MAGIC };

static struct domu dom;
static uint8_t domu_window[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t domu_table[PAGE_SIZE] __attribute__((aligned(4096)));
static uint64_t domu_page[512] __attribute__((aligned(4096)));

static struct grant_entry_v1 *setup_table(void *at)
{
    xen_pfn_t frame = 0;
    struct gnttab_setup_table arg = {.dom = DOMID_SELF, .nr_frames = 1};

    set_xen_guest_handle(arg.frame_list, &frame);
    if (hypercall_grant_table_op(GNTTABOP_setup_table, &arg, 1) || arg.status)
        return NULL;
    if (hypercall_update_va_mapping((unsigned long)at, make_pte(frame, PTE_RW), UVMF_INVLPG))
        return NULL;
    return at;
}

static int map_ref(domid_t from, grant_ref_t ref, void *at, grant_handle_t *handle)
{
    struct gnttab_map_grant_ref arg = {
        .host_addr = (unsigned long)at, .flags = GNTMAP_host_map, .ref = ref, .dom = from};

    if (hypercall_update_va_mapping((unsigned long)at, 0, UVMF_INVLPG))
        return 1;
    if (hypercall_grant_table_op(GNTTABOP_map_grant_ref, &arg, 1))
        return 2;
    *handle = arg.handle;
    return arg.status;
}

static void entry(void)
{
    volatile uint64_t *words = (volatile uint64_t *)domu_window;
    struct evtchn_bind_interdomain bound = {.remote_dom = 0,
                                            .remote_port = (evtchn_port_t)domu_mail.argument[0]};
    struct evtchn_send send;
    struct sched_poll poll = {.nr_ports = 1};
    struct grant_entry_v1 *table;
    grant_handle_t handle;

    domu_start_here();
    domu_report((uint64_t)hypercall_event_channel_op(EVTCHNOP_bind_interdomain, &bound));
    domu_report((uint64_t)map_ref(0, REF_DOM0, domu_window, &handle));
    table = setup_table(domu_table);
    domu_report(table != NULL);
    if (!table || words[WORD_MAGIC] != 0xfeed)
        domu_end(SHUTDOWN_crash);
    domu_page[0] = 0xcafe;
    table[REF_DOMU].domid = 0;
    table[REF_DOMU].frame = (uint32_t)domu_mail.argument[1];
    __atomic_store_n(&table[REF_DOMU].flags, GTF_permit_access, __ATOMIC_RELEASE);
    words[WORD_BIND_PENDING] = event_count[bound.local_port]; /* upcalls are open here */
    words[WORD_PORT] = bound.local_port;
    send.port = bound.local_port;
    domu_report((uint64_t)hypercall_event_channel_op(EVTCHNOP_send, &send));
    set_xen_guest_handle(poll.ports, &bound.local_port);
    while (!words[WORD_REPLY])
        hypercall_sched_op(SCHEDOP_poll, &poll);
    domu_report(domu_page[1]);
    words[WORD_SEEN] = 1;
    domu_end(SHUTDOWN_poweroff); /* with the page of dom0 still mapped */
}

static void check_meeting(volatile uint64_t *words, evtchn_port_t port,
                          const struct grant_entry_v1 *table)
{
    struct xen_domctl op = {0};
    struct evtchn_status status = {.dom = DOMID_SELF, .port = port};

    CHECK_EQ(domctl(XEN_DOMCTL_unpausedomain, dom.id, &op), 0);
    CHECK(WAIT_FOR(event_is_pending(port), 300000));
    event_clear(port);
    CHECK_EQ(words[WORD_BIND_PENDING], 1);
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_status, &status), 0);
    CHECK_EQ(status.status, EVTCHNSTAT_interdomain);
    CHECK_EQ(status.u.interdomain.dom, dom.id);
    CHECK_EQ(status.u.interdomain.port, words[WORD_PORT]);
    CHECK_EQ(table[REF_DOM0].flags, GTF_permit_access | GTF_reading | GTF_writing);
}

static void check_farewell(volatile uint64_t *words, volatile uint64_t *theirs, evtchn_port_t port)
{
    struct evtchn_send send = {.port = port};
    struct xen_domctl op = {0};
    struct domu_mail mail;

    theirs[1] = 0xbeef;
    words[WORD_REPLY] = 1;
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_send, &send), 0);
    CHECK(WAIT_FOR((domctl(XEN_DOMCTL_getdomaininfo, dom.id, &op),
                    op.u.getdomaininfo.flags & XEN_DOMINF_shutdown),
                   300000));
    CHECK_EQ(words[WORD_SEEN], 1);
    domu_read_mail(&dom, &mail);
    CHECK_EQ(mail.results_done, 5);
    CHECK_EQ(mail.result[0], 0);
    CHECK_EQ(mail.result[1], GNTST_okay);
    CHECK_EQ(mail.result[2], 1);
    CHECK_EQ(mail.result[3], 0);
    CHECK_EQ(mail.result[4], 0xbeef);
}

static void check_after_death(volatile uint64_t *theirs, grant_handle_t handle, evtchn_port_t port,
                              const struct grant_entry_v1 *table)
{
    struct gnttab_unmap_grant_ref unmap = {.host_addr = (unsigned long)theirs, .handle = handle};
    struct evtchn_status status = {.dom = DOMID_SELF, .port = port};

    CHECK_EQ(domu_destroy(&dom), 0);
    CHECK_EQ(theirs[0], 0xcafe); /* ours as long as it is mapped */
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_status, &status), 0);
    CHECK_EQ(status.status, EVTCHNSTAT_unbound);
    CHECK(WAIT_FOR(table[REF_DOM0].flags == GTF_permit_access, 100000));
    CHECK_EQ(hypercall_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap, 1), 0);
    CHECK_EQ(unmap.status, GNTST_okay);
    CHECK_EQ(trap_try_read(theirs, NULL, NULL), TRAP_PF);
}

void test_run(void)
{
    uint64_t *words = page_alloc(), *theirs = page_alloc();
    struct evtchn_alloc_unbound made = {.dom = DOMID_SELF};
    struct grant_entry_v1 *table;
    uint64_t arguments[8] = {0};
    grant_handle_t handle = 0;

    if (!guest_is_dom0())
        test_skip("needs dom0");
    table = setup_table(page_alloc());
    CHECK(table != NULL);
    CHECK_EQ(domu_create(&dom), 0);
    made.remote_dom = dom.id;
    CHECK_EQ(hypercall_event_channel_op(EVTCHNOP_alloc_unbound, &made), 0);
    words[WORD_MAGIC] = 0xfeed;
    table[REF_DOM0].domid = dom.id;
    table[REF_DOM0].frame = (uint32_t)virt_to_mfn(words);
    __atomic_store_n(&table[REF_DOM0].flags, GTF_permit_access, __ATOMIC_RELEASE);
    arguments[0] = made.port;
    arguments[1] = dom.frames[virt_to_pfn(domu_page)];
    CHECK_EQ(domu_build(&dom, entry, arguments), 0);
    check_meeting(words, made.port, table);
    CHECK_EQ(map_ref(dom.id, REF_DOMU, theirs, &handle), GNTST_okay);
    CHECK_EQ(theirs[0], 0xcafe);
    check_farewell(words, theirs, made.port);
    check_after_death(theirs, handle, made.port, table);
}
