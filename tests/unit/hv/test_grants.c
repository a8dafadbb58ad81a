/* SPDX-License-Identifier: Apache-2.0 */
/* Grants: mapping, write access, revoking while mapped, unmapping by parts and in batches, copying,
 * limits. */
#include "harness.h"

#include <string.h>

#include <hv/arch.h>
#include <hv/frame.h>
#include <hv/grant.h>
#include <hv/pv_mm.h>
#include <public/errno.h>
#include <public/grant_table.h>

#define GNT  __HYPERVISOR_grant_table_op
#define HOLE 30 /* a pfn whose mapping tests replace */

static struct grant_entry_v1 *entry(const struct guest *g, grant_ref_t ref)
{
    return (struct grant_entry_v1 *)arch_frame_ptr(grant_table_frame(g->d, 0)) + ref;
}

static void grant(const struct guest *g, grant_ref_t ref, domid_t to, uint64_t frame,
                  uint16_t flags)
{
    *entry(g, ref) = (struct grant_entry_v1){
        .flags = (uint16_t)(GTF_permit_access | flags), .domid = to, .frame = (uint32_t)frame};
}

static void unmap_hole(unsigned int pfn)
{
    CU_ASSERT_EQUAL(
        call(__HYPERVISOR_update_va_mapping, guest_va(pfn), 0, UVMF_INVLPG | UVMF_ALL, 0), 0);
}

static void refill_hole(const struct guest *g, unsigned int pfn)
{
    uint64_t pte = pte_make(mfn(g->p2m[pfn]), PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D);

    act_as(g, 0);
    CU_ASSERT_EQUAL(
        call(__HYPERVISOR_update_va_mapping, guest_va(pfn), pte, UVMF_INVLPG | UVMF_ALL, 0), 0);
}

static struct gnttab_map_grant_ref map(const struct guest *g, domid_t from, grant_ref_t ref,
                                       uint32_t flags, uint64_t addr)
{
    struct gnttab_map_grant_ref op = {.host_addr = addr, .flags = flags, .ref = ref, .dom = from};

    act_as(g, 0);
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_map_grant_ref, &op), 0);
    return op;
}

static int unmap(const struct guest *g, grant_handle_t handle, uint64_t host, uint64_t dev)
{
    struct gnttab_unmap_grant_ref op = {.host_addr = host, .dev_bus_addr = dev, .handle = handle};

    act_as(g, 0);
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_unmap_grant_ref, &op), 0);
    return op.status;
}

static void map_and_use(void)
{
    struct gnttab_map_grant_ref m;
    uint64_t word = 0x1122334455667788, seen = 0;

    grant(g1, 8, 2, g1->p2m[40], 0);
    act_as(g2, 0);
    unmap_hole(HOLE);
    m = map(g2, 1, 8, GNTMAP_host_map, guest_va(HOLE));
    CU_ASSERT_EQUAL(m.status, GNTST_okay);
    CU_ASSERT_EQUAL(m.dev_bus_addr, g1->p2m[40] * PAGE_SIZE);
    CU_ASSERT_EQUAL(entry(g1, 8)->flags, GTF_permit_access | GTF_reading | GTF_writing);
    CU_ASSERT_TRUE(host_guest_store(guest_va(HOLE) + 8, &word, 8));
    CU_ASSERT_EQUAL(((uint64_t *)guest_page(g1, 40))[1], word);
    CHECK_WORLD();
    CU_ASSERT_EQUAL(unmap(g2, m.handle, guest_va(HOLE), 0), GNTST_okay);
    CU_ASSERT_EQUAL(entry(g1, 8)->flags, GTF_permit_access);
    CU_ASSERT_FALSE(host_guest_load(guest_va(HOLE), &seen, 8));
    CU_ASSERT_EQUAL(unmap(g2, m.handle, guest_va(HOLE), 0), GNTST_bad_handle);
    CU_ASSERT_EQUAL(grant_maptrack_used(g2->d), 0);
    CHECK_WORLD();
    refill_hole(g2, HOLE);
}

static void read_only(void)
{
    struct gnttab_map_grant_ref m;
    uint64_t word = 1;

    grant(g1, 8, 2, g1->p2m[41], GTF_readonly);
    act_as(g2, 0);
    unmap_hole(HOLE);
    m = map(g2, 1, 8, GNTMAP_host_map, guest_va(HOLE));
    CU_ASSERT_EQUAL(m.status, GNTST_general_error);
    m = map(g2, 1, 8, GNTMAP_host_map | GNTMAP_readonly, guest_va(HOLE));
    CU_ASSERT_EQUAL(m.status, GNTST_okay);
    CU_ASSERT_EQUAL(entry(g1, 8)->flags, GTF_permit_access | GTF_readonly | GTF_reading);
    CU_ASSERT_TRUE(host_guest_load(guest_va(HOLE), &word, 8));
    CU_ASSERT_FALSE(host_guest_store(guest_va(HOLE), &word, 8));
    CHECK_WORLD();
    CU_ASSERT_EQUAL(unmap(g2, m.handle, guest_va(HOLE), 0), GNTST_okay);
    refill_hole(g2, HOLE);
}

static void refusals(void)
{
    act_as(g2, 0);
    unmap_hole(HOLE);
    grant(g1, 8, 0, g1->p2m[41], 0); /* for dom0 */
    CU_ASSERT_EQUAL(map(g2, 1, 8, GNTMAP_host_map, guest_va(HOLE)).status, GNTST_general_error);
    CU_ASSERT_EQUAL(map(g2, 1, 9999, GNTMAP_host_map, guest_va(HOLE)).status, GNTST_bad_gntref);
    CU_ASSERT_EQUAL(map(g2, 77, 8, GNTMAP_host_map, guest_va(HOLE)).status, GNTST_bad_domain);
    CU_ASSERT_EQUAL(map(g2, 1, 8, 0, guest_va(HOLE)).status, GNTST_bad_gntref);
    grant(g1, 8, 2, g2->p2m[41], 0); /* not its own */
    CU_ASSERT_EQUAL(map(g2, 1, 8, GNTMAP_host_map, guest_va(HOLE)).status, GNTST_bad_page);
    grant(g1, 8, 2, HOST_MMIO_FRAME, 0);
    CU_ASSERT_EQUAL(map(g2, 1, 8, GNTMAP_host_map, guest_va(HOLE)).status, GNTST_bad_page);
    grant(g1, 8, 2, g1->p2m[g1->pages], 0); /* a page table of its own */
    CU_ASSERT_EQUAL(map(g2, 1, 8, GNTMAP_host_map, guest_va(HOLE)).status, GNTST_general_error);
    grant(g1, 8, 2, g1->p2m[41], 0);
    CU_ASSERT_EQUAL(map(g2, 1, 8, GNTMAP_host_map, 0x1000).status, GNTST_general_error);
    CU_ASSERT_EQUAL(entry(g1, 8)->flags, GTF_permit_access); /* no trace of the attempts */
    CU_ASSERT_EQUAL(grant_maptrack_used(g2->d), 0);
    CU_ASSERT_EQUAL(unmap(g2, 0, guest_va(HOLE), 0), GNTST_bad_handle);
    CU_ASSERT_EQUAL(unmap(g2, 0xffffffff, guest_va(HOLE), 0), GNTST_bad_handle);
    CHECK_WORLD();
    refill_hole(g2, HOLE);
}

/* The granter takes the entry back and even reuses it: the mapping stays what it was. */
static void revoked_while_mapped(void)
{
    struct gnttab_map_grant_ref m, other;
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};
    uint64_t frame = g1->p2m[42], word = 7;

    grant(g1, 9, 2, frame, 0);
    act_as(g2, 0);
    unmap_hole(HOLE);
    m = map(g2, 1, 9, GNTMAP_host_map, guest_va(HOLE));
    CU_ASSERT_EQUAL(m.status, GNTST_okay);
    grant(g1, 9, 0, g1->p2m[43], 0); /* for dom0 now, and another frame */
    act_as(g0, 0);
    unmap_hole(HOLE);
    other = map(g0, 1, 9, GNTMAP_host_map, guest_va(HOLE));
    CU_ASSERT_EQUAL(other.status, GNTST_general_error); /* not before d2 is through */
    /* The frame is given back to the hypervisor: it is not reused while it is mapped. */
    act_as(g1, 0);
    unmap_hole(42);
    *(uint64_t *)guest_page(g1, 2) = frame;
    set_xen_guest_handle(r.extent_start, (void *)guest_va(2));
    CU_ASSERT_EQUAL(call_op(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, &r), 1);
    CU_ASSERT_PTR_EQUAL(mfn_page(mfn(frame))->owner, g1->d);
    act_as(g2, 0);
    CU_ASSERT_TRUE(host_guest_store(guest_va(HOLE), &word, 8));
    CHECK_WORLD();
    CU_ASSERT_EQUAL(unmap(g2, m.handle, guest_va(HOLE), 0), GNTST_okay);
    CU_ASSERT_PTR_NULL(mfn_page(mfn(frame))->owner);
    CHECK_WORLD();
    other = map(g0, 1, 9, GNTMAP_host_map, guest_va(HOLE));
    CU_ASSERT_EQUAL(other.status, GNTST_okay);
    CU_ASSERT_EQUAL(unmap(g0, other.handle, guest_va(HOLE), 0), GNTST_okay);
    refill_hole(g0, HOLE);
    refill_hole(g2, HOLE);
    /* And a new frame for pfn 42. */
    act_as(g1, 0);
    *(uint64_t *)guest_page(g1, 2) = 42;
    CU_ASSERT_EQUAL(call_op(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &r), 1);
    g1->p2m[42] = *(uint64_t *)guest_page(g1, 2);
    refill_hole(g1, 42);
    CHECK_WORLD();
}

static void by_parts(void)
{
    struct gnttab_map_grant_ref m;

    grant(g1, 8, 2, g1->p2m[44], 0);
    act_as(g2, 0);
    unmap_hole(HOLE);
    m = map(g2, 1, 8, GNTMAP_host_map | GNTMAP_device_map, guest_va(HOLE));
    CU_ASSERT_EQUAL(m.status, GNTST_okay);
    CU_ASSERT_EQUAL(unmap(g2, m.handle, 0, 0), GNTST_okay); /* nothing asked for */
    CHECK_WORLD();
    CU_ASSERT_EQUAL(unmap(g2, m.handle, guest_va(HOLE + 1), 0), GNTST_general_error);
    CU_ASSERT_EQUAL(unmap(g2, m.handle, 0, m.dev_bus_addr + PAGE_SIZE), GNTST_general_error);
    CU_ASSERT_EQUAL(unmap(g2, m.handle, guest_va(HOLE), 0), GNTST_okay);
    CU_ASSERT_EQUAL(entry(g1, 8)->flags, GTF_permit_access | GTF_reading | GTF_writing);
    CHECK_WORLD();
    CU_ASSERT_EQUAL(unmap(g2, m.handle, 0, m.dev_bus_addr), GNTST_okay);
    CU_ASSERT_EQUAL(entry(g1, 8)->flags, GTF_permit_access);
    CHECK_WORLD();
    refill_hole(g2, HOLE);
}

/* As gntdev does: the entry is named by its machine address. */
static void by_pte(void)
{
    uint64_t pte = guest_l1e_maddr(g2, HOLE), word = 5;
    struct gnttab_map_grant_ref m;

    grant(g1, 8, 2, g1->p2m[44], 0);
    act_as(g2, 0);
    unmap_hole(HOLE);
    m = map(g2, 1, 8, GNTMAP_host_map | GNTMAP_application_map | GNTMAP_contains_pte, pte);
    CU_ASSERT_EQUAL(m.status, GNTST_okay);
    CU_ASSERT_TRUE(host_guest_store(guest_va(HOLE), &word, 8));
    CU_ASSERT_EQUAL(*(uint64_t *)guest_page(g1, 44), 5);
    CHECK_WORLD();
    CU_ASSERT_EQUAL(unmap(g2, m.handle, pte, 0), GNTST_okay);
    CHECK_WORLD();
    refill_hole(g2, HOLE);
}

#define BATCH 40

static void batch(void)
{
    struct gnttab_map_grant_ref *m = (void *)((char *)guest_page(g2, 2));
    struct gnttab_unmap_grant_ref *u = (void *)((char *)guest_page(g2, 5));
    grant_handle_t handles[BATCH];
    uint64_t flushes;

    act_as(g2, 0);
    for (unsigned int i = 0; i < BATCH; i++) {
        grant(g1, 10 + i, 2, g1->p2m[100 + i], 0);
        unmap_hole(100 + i);
        m[i] = (struct gnttab_map_grant_ref){
            .host_addr = guest_va(100 + i), .flags = GNTMAP_host_map, .ref = 10 + i, .dom = 1};
    }
    flushes = host_tlb_flushes;
    CU_ASSERT_EQUAL(call(GNT, GNTTABOP_map_grant_ref, guest_va(2), BATCH, 0), 0);
    CU_ASSERT_EQUAL(host_tlb_flushes, flushes); /* nothing was there before */
    for (unsigned int i = 0; i < BATCH; i++) {
        CU_ASSERT_EQUAL(m[i].status, GNTST_okay);
        handles[i] = m[i].handle;
    }
    CHECK_WORLD();
    for (unsigned int i = 0; i < BATCH; i++)
        u[i] = (struct gnttab_unmap_grant_ref){.host_addr = guest_va(100 + i),
                                               .handle = i == 7 ? 9999 : handles[i]};
    flushes = host_tlb_flushes;
    CU_ASSERT_EQUAL(call(GNT, GNTTABOP_unmap_grant_ref, guest_va(5), BATCH, 0), 0);
    CU_ASSERT_EQUAL(host_tlb_flushes - flushes, 2); /* one for each 32 */
    for (unsigned int i = 0; i < BATCH; i++)
        CU_ASSERT_EQUAL(u[i].status, i == 7 ? GNTST_bad_handle : GNTST_okay);
    CU_ASSERT_EQUAL(unmap(g2, handles[7], guest_va(107), 0), GNTST_okay);
    CHECK_WORLD();
    for (unsigned int i = 0; i < BATCH; i++)
        refill_hole(g2, 100 + i);
}

static void replace(void)
{
    struct gnttab_unmap_and_replace op;
    struct gnttab_map_grant_ref m;
    uint64_t word = 0;

    grant(g1, 8, 2, g1->p2m[45], 0);
    act_as(g2, 0);
    unmap_hole(HOLE);
    m = map(g2, 1, 8, GNTMAP_host_map, guest_va(HOLE));
    *(uint64_t *)guest_page(g2, 50) = 0xabc;
    op = (struct gnttab_unmap_and_replace){
        .host_addr = guest_va(HOLE), .new_addr = guest_va(50), .handle = m.handle};
    act_as(g2, 0);
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_unmap_and_replace, &op), 0);
    CU_ASSERT_EQUAL(op.status, GNTST_okay);
    CU_ASSERT_TRUE(host_guest_load(guest_va(HOLE), &word, 8));
    CU_ASSERT_EQUAL(word, 0xabc);
    CU_ASSERT_FALSE(host_guest_load(guest_va(50), &word, 8));
    CHECK_WORLD();
    refill_hole(g2, HOLE);
    refill_hole(g2, 50);
}

static void copying(void)
{
    struct gnttab_copy c = {
        .source = {.u.gmfn = g2->p2m[51], .domid = DOMID_SELF, .offset = 100},
        .dest = {.u.ref = 8, .domid = 1, .offset = 4000},
        .len = 96,
        .flags = GNTCOPY_dest_gref,
    };

    grant(g1, 8, 2, g1->p2m[46], 0);
    memset((char *)guest_page(g2, 51) + 100, 'x', 96);
    act_as(g2, 0);
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_copy, &c), 0);
    CU_ASSERT_EQUAL(c.status, GNTST_okay);
    CU_ASSERT_EQUAL(((char *)guest_page(g1, 46))[4000], 'x');
    CU_ASSERT_EQUAL(((char *)guest_page(g1, 46))[4095], 'x');
    CU_ASSERT_EQUAL(((char *)guest_page(g1, 46))[3999], 0);
    CU_ASSERT_EQUAL(entry(g1, 8)->flags, GTF_permit_access);
    c.len = 97;
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_copy, &c), 0);
    CU_ASSERT_EQUAL(c.status, GNTST_bad_copy_arg);
    c.len = 8;
    entry(g1, 8)->flags |= GTF_readonly;
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_copy, &c), 0);
    CU_ASSERT_EQUAL(c.status, GNTST_general_error);
    c.flags = 0;
    c.dest.u.gmfn = g1->p2m[46];
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_copy, &c), 0);
    CU_ASSERT_EQUAL(c.status, GNTST_permission_denied);
    c.dest.domid = DOMID_SELF;
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_copy, &c), 0);
    CU_ASSERT_EQUAL(c.status, GNTST_bad_page);
    c.dest.u.gmfn = g2->p2m[g2->pages]; /* no writing to page tables this way */
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_copy, &c), 0);
    CU_ASSERT_EQUAL(c.status, GNTST_bad_page);
    CHECK_WORLD();
}

static void table_facts(void)
{
    struct gnttab_query_size q = {.dom = DOMID_SELF};
    struct gnttab_setup_table t = {.dom = DOMID_SELF, .nr_frames = 3};
    struct gnttab_set_version v = {.version = 2};
    struct gnttab_get_version gv = {.dom = DOMID_SELF};
    struct gnttab_swap_grant_ref sw = {.ref_a = 20, .ref_b = 1600};

    act_as(g1, 0);
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_query_size, &q), 0);
    CU_ASSERT_EQUAL(q.status, GNTST_okay);
    CU_ASSERT_EQUAL(q.max_nr_frames, 64);
    set_xen_guest_handle(t.frame_list, (void *)guest_va(3));
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_setup_table, &t), 0);
    CU_ASSERT_EQUAL(t.status, GNTST_okay);
    CU_ASSERT_EQUAL(((uint64_t *)guest_page(g1, 3))[2], grant_table_frame(g1->d, 2).n);
    t.nr_frames = 65;
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_setup_table, &t), 0);
    CU_ASSERT_EQUAL(t.status, GNTST_general_error);
    t.dom = 2;
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_setup_table, &t), 0);
    CU_ASSERT_EQUAL(t.status, GNTST_permission_denied);
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_set_version, &v), -XEN_ENOSYS);
    CU_ASSERT_EQUAL(v.version, 1);
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_set_version, &v), 0);
    v.version = 3;
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_set_version, &v), -XEN_EINVAL);
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_get_version, &gv), 0);
    CU_ASSERT_EQUAL(gv.version, 1);
    CU_ASSERT_EQUAL(call(GNT, GNTTABOP_cache_flush, guest_va(0), 1, 0), -XEN_EOPNOTSUPP);
    CU_ASSERT_EQUAL(call(GNT, 99, guest_va(0), 1, 0), -XEN_ENOSYS);
    CU_ASSERT_EQUAL(call(GNT, GNTTABOP_copy, guest_va(0), 0x80000000, 0), -XEN_EINVAL);
    grant(g1, 20, 2, 0x123, 0);
    *entry(g1, 21) = (struct grant_entry_v1){0};
    sw.ref_b = 21;
    CU_ASSERT_EQUAL(call_op(GNT, GNTTABOP_swap_grant_ref, &sw), 0);
    CU_ASSERT_EQUAL(sw.status, GNTST_okay);
    CU_ASSERT_EQUAL(entry(g1, 21)->frame, 0x123);
    CU_ASSERT_EQUAL(entry(g1, 20)->flags, 0);
    CU_ASSERT_EQUAL(grant_table_seed(g1->d, GNTTAB_RESERVED_XENSTORE, 0, 0x77), 0);
    CU_ASSERT_EQUAL(entry(g1, GNTTAB_RESERVED_XENSTORE)->frame, 0x77);
    CU_ASSERT_EQUAL(grant_table_seed(g1->d, 100000, 0, 0x77), -XEN_EINVAL);
    CHECK_WORLD();
}

void register_grants(void)
{
    CU_pSuite s = CU_add_suite("grants", NULL, NULL);

    CU_ADD_TEST(s, map_and_use);
    CU_ADD_TEST(s, read_only);
    CU_ADD_TEST(s, refusals);
    CU_ADD_TEST(s, revoked_while_mapped);
    CU_ADD_TEST(s, by_parts);
    CU_ADD_TEST(s, by_pte);
    CU_ADD_TEST(s, batch);
    CU_ADD_TEST(s, replace);
    CU_ADD_TEST(s, copying);
    CU_ADD_TEST(s, table_facts);
}
