/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A domain grants pages to itself: setup, map for reading and for writing, unmap, copy in all four
 * ways; and everything that a bad reference, domain, address, handle or length must not achieve.
 */
#include "test.h"

static struct grant_entry_v1 *table;
static uint64_t *shared, *window, *elsewhere;
static unsigned int my_domid;

/* The first domain's number is 0; another one finds its own by asking who may map. */
static void setup(void)
{
    xen_pfn_t frame = 0;
    struct gnttab_setup_table arg = {.dom = DOMID_SELF, .nr_frames = 1};
    void *place = page_alloc();

    set_xen_guest_handle(arg.frame_list, &frame);
    CHECK_EQ(hypercall_grant_table_op(GNTTABOP_setup_table, &arg, 1), 0);
    CHECK_EQ(arg.status, GNTST_okay);
    CHECK(frame != 0);
    CHECK_EQ(
        hypercall_update_va_mapping((unsigned long)place, make_pte(frame, PTE_RW), UVMF_INVLPG), 0);
    table = place;
    if (!guest_is_dom0())
        test_skip("written for the first domain");
}

static void grant(grant_ref_t ref, const void *page, unsigned int flags)
{
    table[ref].domid = (domid_t)my_domid;
    table[ref].frame = (uint32_t)virt_to_mfn(page);
    __atomic_store_n(&table[ref].flags, (uint16_t)flags, __ATOMIC_RELEASE);
}

static int map(grant_ref_t ref, unsigned int flags, void *at, grant_handle_t *handle)
{
    struct gnttab_map_grant_ref arg = {
        .host_addr = (unsigned long)at, .flags = flags, .ref = ref, .dom = (domid_t)my_domid};

    CHECK_EQ(hypercall_grant_table_op(GNTTABOP_map_grant_ref, &arg, 1), 0);
    *handle = arg.handle;
    if (arg.status == GNTST_okay)
        CHECK_EQ(arg.dev_bus_addr >> PAGE_SHIFT, virt_to_mfn(shared));
    return arg.status;
}

static int unmap(grant_handle_t handle, void *at)
{
    struct gnttab_unmap_grant_ref arg = {.host_addr = (unsigned long)at, .handle = handle};

    CHECK_EQ(hypercall_grant_table_op(GNTTABOP_unmap_grant_ref, &arg, 1), 0);
    return arg.status;
}

static void check_query(void)
{
    struct gnttab_query_size arg = {.dom = DOMID_SELF};
    struct gnttab_get_version version = {.dom = DOMID_SELF};

    CHECK_EQ(hypercall_grant_table_op(GNTTABOP_query_size, &arg, 1), 0);
    CHECK_EQ(arg.status, GNTST_okay);
    CHECK(arg.nr_frames >= 1 && arg.nr_frames <= arg.max_nr_frames);
    arg.dom = 1234;
    CHECK_EQ(hypercall_grant_table_op(GNTTABOP_query_size, &arg, 1), 0);
    CHECK_EQ(arg.status, GNTST_bad_domain);
    CHECK_EQ(hypercall_grant_table_op(GNTTABOP_get_version, &version, 1), 0);
    CHECK_EQ(version.version, 1);
    CHECK_EQ(hypercall_grant_table_op(99, &arg, 1), -XEN_ENOSYS);
}

static void check_map_write(void)
{
    uint64_t before = *pte_lookup((unsigned long)window, 1);
    grant_handle_t handle;

    shared[0] = 0x1234;
    grant(20, shared, GTF_permit_access);
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)window, 0, UVMF_INVLPG), 0);
    CHECK_EQ(map(20, GNTMAP_host_map, window, &handle), GNTST_okay);
    CHECK_EQ(table[20].flags, GTF_permit_access | GTF_reading | GTF_writing);
    CHECK_EQ(window[0], 0x1234);
    window[1] = 0x5678;
    CHECK_EQ(shared[1], 0x5678);
    /* The wrong handle, the wrong address. */
    CHECK_EQ(unmap(handle + 1000, window), GNTST_bad_handle);
    CHECK_EQ(unmap(handle, elsewhere), GNTST_general_error);
    CHECK_EQ(trap_try_write(elsewhere, 1, NULL), -1);
    CHECK_EQ(window[1], 0x5678);
    CHECK_EQ(unmap(handle, window), GNTST_okay);
    CHECK_EQ(table[20].flags, GTF_permit_access);
    CHECK_EQ(trap_try_read(window, NULL, NULL), TRAP_PF);
    CHECK_EQ(unmap(handle, window), GNTST_bad_handle);
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)window, before, UVMF_INVLPG), 0);
}

static void check_map_read(void)
{
    uint64_t before = *pte_lookup((unsigned long)window, 1);
    grant_handle_t handle;

    grant(21, shared, GTF_permit_access | GTF_readonly);
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)window, 0, UVMF_INVLPG), 0);
    CHECK_EQ(map(21, GNTMAP_host_map, window, &handle), GNTST_general_error);
    CHECK_EQ(table[21].flags, GTF_permit_access | GTF_readonly);
    CHECK_EQ(map(21, GNTMAP_host_map | GNTMAP_readonly, window, &handle), GNTST_okay);
    CHECK_EQ(table[21].flags, GTF_permit_access | GTF_readonly | GTF_reading);
    CHECK_EQ(window[0], 0x1234);
    CHECK_EQ(trap_try_write(window, 1, NULL), TRAP_PF);
    CHECK_EQ(unmap(handle, window), GNTST_okay);
    CHECK_EQ(table[21].flags, GTF_permit_access | GTF_readonly);
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)window, before, UVMF_INVLPG), 0);
}

/* One frame mapped for reading and for writing: neither handle undoes the other's mapping. */
static void check_map_both(void)
{
    uint64_t before = *pte_lookup((unsigned long)window, 1);
    uint64_t before2 = *pte_lookup((unsigned long)elsewhere, 1);
    grant_handle_t reader, writer;

    grant(20, shared, GTF_permit_access);
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)window, 0, UVMF_INVLPG), 0);
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)elsewhere, 0, UVMF_INVLPG), 0);
    CHECK_EQ(map(20, GNTMAP_host_map | GNTMAP_readonly, window, &reader), GNTST_okay);
    CHECK_EQ(map(20, GNTMAP_host_map, elsewhere, &writer), GNTST_okay);
    CHECK_EQ(unmap(writer, window), GNTST_general_error);
    CHECK_EQ(unmap(reader, elsewhere), GNTST_general_error);
    CHECK_EQ(table[20].flags, GTF_permit_access | GTF_reading | GTF_writing);
    CHECK_EQ(unmap(writer, elsewhere), GNTST_okay);
    CHECK_EQ(unmap(reader, window), GNTST_okay);
    CHECK_EQ(table[20].flags, GTF_permit_access);
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)window, before, UVMF_INVLPG), 0);
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)elsewhere, before2, UVMF_INVLPG), 0);
}

static void check_map_refused(void)
{
    grant_handle_t handle;
    struct gnttab_map_grant_ref arg = {
        .host_addr = (unsigned long)window, .flags = GNTMAP_host_map, .ref = 20, .dom = 1234};

    CHECK_EQ(hypercall_grant_table_op(GNTTABOP_map_grant_ref, &arg, 1), 0);
    CHECK_EQ(arg.status, GNTST_bad_domain);
    CHECK_EQ(map(0x7fffffff, GNTMAP_host_map, window, &handle), GNTST_bad_gntref);
    CHECK_EQ(map(30, GNTMAP_host_map, window, &handle), GNTST_general_error); /* not granted */
    CHECK_EQ(map(20, 0, window, &handle), GNTST_bad_gntref);                  /* mapped how? */
    CHECK(map(20, GNTMAP_host_map, (void *)0x10000, &handle) < 0); /* no page table there */
    CHECK(map(20, GNTMAP_host_map, (void *)HYPERVISOR_VIRT_START, &handle) < 0);
    CHECK_EQ(table[20].flags, GTF_permit_access);
    table[22] = (struct grant_entry_v1){.domid = (domid_t)my_domid, .frame = 0xfffffff};
    __atomic_store_n(&table[22].flags, GTF_permit_access, __ATOMIC_RELEASE);
    CHECK(map(22, GNTMAP_host_map, window, &handle) < 0);
    CHECK_EQ(table[22].flags, GTF_permit_access);
    table[23] = (struct grant_entry_v1){.domid = 77, .frame = (uint32_t)virt_to_mfn(shared)};
    __atomic_store_n(&table[23].flags, GTF_permit_access, __ATOMIC_RELEASE);
    CHECK(map(23, GNTMAP_host_map, window, &handle) < 0); /* for someone else */
    /* A page table cannot be granted for writing. */
    grant(24, (void *)pte_lookup((unsigned long)shared, 1), GTF_permit_access);
    CHECK(map(24, GNTMAP_host_map, window, &handle) < 0);
}

static struct gnttab_copy copy_of(int from_ref, int to_ref, unsigned int len)
{
    struct gnttab_copy op = {.len = (uint16_t)len};

    op.source.domid = op.dest.domid = DOMID_SELF;
    if (from_ref >= 0) {
        op.flags |= GNTCOPY_source_gref;
        op.source.u.ref = (grant_ref_t)from_ref;
    } else {
        op.source.u.gmfn = virt_to_mfn(shared);
    }
    if (to_ref >= 0) {
        op.flags |= GNTCOPY_dest_gref;
        op.dest.u.ref = (grant_ref_t)to_ref;
    } else {
        op.dest.u.gmfn = virt_to_mfn(window);
    }
    return op;
}

static int copy(struct gnttab_copy op)
{
    CHECK_EQ(hypercall_grant_table_op(GNTTABOP_copy, &op, 1), 0);
    return op.status;
}

static void check_copy(void)
{
    struct gnttab_copy op;

    grant(25, shared, GTF_permit_access | GTF_readonly);
    grant(26, window, GTF_permit_access);
    for (int way = 0; way < 4; way++) {
        memset(window, 0, PAGE_SIZE);
        shared[0] = 0x1111 + (unsigned int)way;
        shared[511] = 0x2222;
        CHECK_EQ_AT(copy(copy_of(way & 1 ? 25 : -1, way & 2 ? 26 : -1, 4096)), GNTST_okay, way);
        CHECK_EQ_AT(window[0], 0x1111 + way, way);
        CHECK_EQ_AT(window[511], 0x2222, way);
    }
    memset(window, 0, PAGE_SIZE);
    op = copy_of(25, 26, 8);
    op.source.offset = 4088;
    op.dest.offset = 16;
    CHECK_EQ(copy(op), GNTST_okay);
    CHECK_EQ(window[2], 0x2222);
    CHECK_EQ(window[0] | window[1] | window[3], 0);
    op.source.offset = 4089;
    CHECK_EQ(copy(op), GNTST_bad_copy_arg);
    op.source.offset = 0;
    op.dest.offset = 4095;
    CHECK_EQ(copy(op), GNTST_bad_copy_arg);
    CHECK(copy(copy_of(26, 25, 8)) < 0); /* into a read-only grant */
    CHECK(copy(copy_of(30, 26, 8)) < 0); /* from nothing */
    CHECK(copy(copy_of(25, 0x7ffffff, 8)) < 0);
    op = copy_of(-1, -1, 8);
    op.dest.u.gmfn = virt_to_mfn((void *)pte_lookup((unsigned long)shared, 1));
    CHECK(copy(op) < 0); /* into a page table */
    op.dest.u.gmfn = 0xfffffff;
    CHECK(copy(op) < 0);
    CHECK_EQ(table[25].flags, GTF_permit_access | GTF_readonly);
    CHECK_EQ(table[26].flags, GTF_permit_access);
}

void test_run(void)
{
    shared = page_alloc();
    window = page_alloc();
    elsewhere = page_alloc();
    setup();
    check_query();
    check_map_write();
    check_map_read();
    check_map_both();
    check_map_refused();
    check_copy();
}
