/* SPDX-License-Identifier: Apache-2.0 */
/* memory_op: reservations and their partial answers, exchange as Linux uses it, maps, resources. */
#include "harness.h"

#include <string.h>

#include <hv/arch.h>
#include <hv/grant.h>
#include <hv/memory_op.h>
#include <hv/page_alloc.h>
#include <hv/pv_mm.h>
#include <public/errno.h>
#include <public/memory.h>

#define MEM __HYPERVISOR_memory_op
#define RW  (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)

static uint64_t *list(const struct guest *g)
{
    return guest_page(g, 2);
}

static struct xen_memory_reservation reservation(uint64_t n, unsigned int order)
{
    struct xen_memory_reservation r = {.nr_extents = n, .extent_order = order, .domid = DOMID_SELF};

    set_xen_guest_handle(r.extent_start, (void *)guest_va(2));
    return r;
}

static void map_page(unsigned int pfn, uint64_t pte)
{
    CU_ASSERT_EQUAL(
        call(__HYPERVISOR_update_va_mapping, guest_va(pfn), pte, UVMF_INVLPG | UVMF_ALL, 0), 0);
}

static void give_and_take(void)
{
    struct xen_memory_reservation r = reservation(3, 0);
    uint64_t before = g1->d->tot_pages, free_before = page_alloc_free();

    act_as(g1, 0);
    for (unsigned int i = 0; i < 3; i++) {
        map_page(60 + i, 0);
        list(g1)[i] = g1->p2m[60 + i];
    }
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_decrease_reservation, &r), 3);
    CU_ASSERT_EQUAL(g1->d->tot_pages, before - 3);
    CU_ASSERT_EQUAL(page_alloc_free(), free_before + 3);
    CU_ASSERT_EQUAL(arch_m2p_get(mfn(g1->p2m[60])), M2P_INVALID);
    CHECK_WORLD();
    /* The same again: not its own any more. */
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_decrease_reservation, &r), 0);
    for (unsigned int i = 0; i < 3; i++)
        list(g1)[i] = 60 + i;
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_populate_physmap, &r), 3);
    for (unsigned int i = 0; i < 3; i++) {
        g1->p2m[60 + i] = list(g1)[i];
        CU_ASSERT_EQUAL(arch_m2p_get(mfn(g1->p2m[60 + i])), 60 + i);
        map_page(60 + i, pte_make(mfn(g1->p2m[60 + i]), RW));
    }
    CU_ASSERT_EQUAL(g1->d->tot_pages, before);
    CHECK_WORLD();
}

static void partial_answers(void)
{
    struct xen_memory_reservation r = reservation(3, 0);

    act_as(g1, 0);
    map_page(60, 0);
    list(g1)[0] = g1->p2m[60];
    list(g1)[1] = g2->p2m[60]; /* another's */
    list(g1)[2] = g1->p2m[61];
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_decrease_reservation, &r), 1);
    CHECK_WORLD();
    list(g1)[0] = 60;
    r.nr_extents = 1;
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_populate_physmap, &r), 1);
    g1->p2m[60] = list(g1)[0];
    map_page(60, pte_make(mfn(g1->p2m[60]), RW));
    /* Pages of the hypervisor are not the guest's to give. */
    list(g1)[0] = g1->d->shared_mfn.n;
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_decrease_reservation, &r), 0);
    list(g1)[0] = grant_table_frame(g1->d, 0).n;
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_decrease_reservation, &r), 0);
    /* Too large an extent, no such domain, another's, bad address. */
    r.extent_order = 10;
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_populate_physmap, &r), 0);
    r.extent_order = 0;
    r.domid = 2;
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_populate_physmap, &r), 0);
    r.domid = DOMID_SELF;
    set_xen_guest_handle(r.extent_start, (void *)0x1000);
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_populate_physmap, &r), 0);
    CHECK_WORLD();
}

static void limits(void)
{
    struct xen_memory_reservation r = reservation(1000, 0);
    uint64_t was = g1->d->max_pages;

    act_as(g1, 0);
    g1->d->max_pages = g1->d->tot_pages + 5;
    set_xen_guest_handle(r.extent_start, NULL);
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_increase_reservation, &r), 5);
    CU_ASSERT_EQUAL(g1->d->tot_pages, g1->d->max_pages);
    CHECK_WORLD();
    /* Those five are nowhere mapped; the domain's list has them last. */
    for (unsigned int i = 0; i < 5; i++) {
        struct page *page = list_entry(g1->d->pages.prev, struct page, link);

        r = reservation(1, 0);
        list(g1)[0] = page_mfn(page).n;
        CU_ASSERT_EQUAL(call_op(MEM, XENMEM_decrease_reservation, &r), 1);
    }
    g1->d->max_pages = was;
    CHECK_WORLD();
}

static bool each_time(void)
{
    return true;
}

static void restarts(void)
{
    struct xen_memory_reservation r = reservation(6, 0);

    act_as(g1, 0);
    for (unsigned int i = 0; i < 6; i++) {
        map_page(70 + i, 0);
        list(g1)[i] = g1->p2m[70 + i];
    }
    host_preempt_hook = each_time;
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_decrease_reservation, &r), 6);
    for (unsigned int i = 0; i < 6; i++)
        list(g1)[i] = 70 + i;
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_populate_physmap, &r), 6);
    host_preempt_hook = NULL;
    for (unsigned int i = 0; i < 6; i++) {
        g1->p2m[70 + i] = list(g1)[i];
        map_page(70 + i, pte_make(mfn(g1->p2m[70 + i]), RW));
    }
    /* A start beyond the list, as a guest may make up. */
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_decrease_reservation | 7ull << 6, &r), 7);
    CHECK_WORLD();
}

/* ---- exchange ---- */

static struct xen_memory_exchange exchange(uint64_t n_in, unsigned int in_order, uint64_t n_out,
                                           unsigned int out_order)
{
    struct xen_memory_exchange x = {
        .in = {.nr_extents = n_in, .extent_order = in_order, .domid = DOMID_SELF},
        .out = {.nr_extents = n_out, .extent_order = out_order, .domid = DOMID_SELF},
    };

    set_xen_guest_handle(x.in.extent_start, (void *)guest_va(2));
    set_xen_guest_handle(x.out.extent_start, (void *)guest_va(3));
    return x;
}

static void make_and_split_region(void)
{
    struct xen_memory_exchange x = exchange(512, 0, 1, 9);
    uint64_t *in = guest_page(g1, 2), *out = guest_page(g1, 3), total = g1->d->tot_pages;

    act_as(g1, 0);
    for (unsigned int i = 0; i < 512; i++) {
        map_page(80 + i, 0);
        in[i] = g1->p2m[80 + i];
    }
    out[0] = 80;
    x.out.mem_flags = XENMEMF_address_bits(32);
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_exchange, &x), 0);
    CU_ASSERT_EQUAL(x.nr_exchanged, 512);
    CU_ASSERT_EQUAL(out[0] % 512, 0);
    CU_ASSERT_EQUAL(g1->d->tot_pages, total);
    CU_ASSERT_EQUAL(arch_m2p_get(mfn(out[0] + 511)), 80 + 511);
    CHECK_WORLD();
    /* And apart again. */
    x = exchange(1, 9, 512, 0);
    in[0] = out[0];
    for (unsigned int i = 0; i < 512; i++)
        out[i] = 80 + i;
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_exchange, &x), 0);
    CU_ASSERT_EQUAL(x.nr_exchanged, 1);
    for (unsigned int i = 0; i < 512; i++) {
        g1->p2m[80 + i] = out[i];
        map_page(80 + i, pte_make(mfn(out[i]), RW));
    }
    CU_ASSERT_EQUAL(g1->d->tot_pages, total);
    CHECK_WORLD();
}

static void failed_exchange(void)
{
    struct xen_memory_exchange x = exchange(4, 0, 1, 2);
    uint64_t *in = guest_page(g1, 2), free_before = page_alloc_free();

    act_as(g1, 0);
    for (unsigned int i = 0; i < 4; i++) {
        if (i != 2)
            map_page(80 + i, 0); /* the third is still in use */
        in[i] = g1->p2m[80 + i];
    }
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_exchange, &x), -XEN_EINVAL);
    CU_ASSERT_EQUAL(x.nr_exchanged, 0);
    CU_ASSERT_EQUAL(page_alloc_free(), free_before);
    CHECK_WORLD();
    /* No memory as low as that. */
    map_page(82, 0);
    x = exchange(4, 0, 1, 2);
    x.out.mem_flags = XENMEMF_address_bits(13);
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_exchange, &x), -XEN_ENOMEM);
    CU_ASSERT_EQUAL(x.nr_exchanged, 0);
    CHECK_WORLD();
    for (unsigned int i = 0; i < 4; i++)
        map_page(80 + i, pte_make(mfn(g1->p2m[80 + i]), RW));
    x = exchange(4, 0, 2, 2);
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_exchange, &x), -XEN_EINVAL);
    x = exchange(1ull << 63, 1, 1, 0);
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_exchange, &x), -XEN_EINVAL);
    x = exchange(1, 0, 1, 0);
    x.in.domid = x.out.domid = 2;
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_exchange, &x), -XEN_EPERM);
    x = exchange(1, 0, 1, 0);
    x.nr_exchanged = 2;
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_exchange, &x), -XEN_EINVAL);
    CHECK_WORLD();
}

static void exchange_restarts(void)
{
    struct xen_memory_exchange x = exchange(8, 0, 4, 1);
    uint64_t *in = guest_page(g1, 2), *out = guest_page(g1, 3);

    act_as(g1, 0);
    for (unsigned int i = 0; i < 8; i++) {
        map_page(80 + i, 0);
        in[i] = g1->p2m[80 + i];
        out[i / 2] = 80 + i / 2 * 2;
    }
    host_preempt_hook = each_time;
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_exchange, &x), 0);
    host_preempt_hook = NULL;
    CU_ASSERT_EQUAL(x.nr_exchanged, 8);
    for (unsigned int i = 0; i < 8; i++) {
        g1->p2m[80 + i] = out[i / 2] + i % 2;
        map_page(80 + i, pte_make(mfn(g1->p2m[80 + i]), RW));
    }
    CHECK_WORLD();
}

/* ---- facts ---- */

static void maps(void)
{
    struct xen_foreign_memory_map set = {.domid = 1, .map = {.nr_entries = 2}};
    struct xen_memory_map get = {.nr_entries = 8};

    act_as(g1, 0);
    set_xen_guest_handle(set.map.buffer, (void *)guest_va(2));
    set_xen_guest_handle(get.buffer, (void *)guest_va(3));
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_memory_map, &get), -XEN_ENOSYS);
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_set_memory_map, &set), -XEN_EPERM);
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_machine_memory_map, &get), -XEN_EPERM);
    act_as(g0, 0);
    memset(guest_page(g0, 2), 0x5a, 40);
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_set_memory_map, &set), 0);
    set.map.nr_entries = 129;
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_set_memory_map, &set), -XEN_EINVAL);
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_machine_memory_map, &get), 0);
    CU_ASSERT_EQUAL(get.nr_entries, 3);
    get.nr_entries = 2;
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_machine_memory_map, &get), -XEN_EINVAL);
    act_as(g1, 0);
    get.nr_entries = 8;
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_memory_map, &get), 0);
    CU_ASSERT_EQUAL(get.nr_entries, 2);
    CU_ASSERT_EQUAL(((uint8_t *)guest_page(g1, 3))[39], 0x5a);
}

static void facts(void)
{
    struct xen_machphys_mapping m = {0};
    struct xen_memory_domain self = {.domid = DOMID_SELF}, other = {.domid = 2};
    struct xen_add_to_physmap add = {.domid = DOMID_SELF};
    struct xen_mem_acquire_resource a = {.domid = 1, .type = XENMEM_resource_grant_table};

    act_as(g1, 0);
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_machphys_mapping, &m), 0);
    CU_ASSERT_EQUAL(m.v_start, 0xffff800000000000);
    CU_ASSERT_EQUAL(m.max_mfn, arch_max_frame());
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_current_reservation, &self), (long)g1->d->tot_pages);
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_maximum_reservation, &self), (long)g1->d->max_pages);
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_current_reservation, &other), -XEN_ESRCH);
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_add_to_physmap, &add), -XEN_EACCES);
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_acquire_resource, &a), -XEN_EPERM);
    CU_ASSERT_EQUAL(call(MEM, 40, guest_va(0), 0, 0), -XEN_ENOSYS);
    act_as(g0, 0);
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_acquire_resource, &a), 0);
    CU_ASSERT_EQUAL(a.nr_frames, 64);
    a.nr_frames = 2;
    set_xen_guest_handle(a.frame_list, (void *)guest_va(2));
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_acquire_resource, &a), 0);
    CU_ASSERT_EQUAL(list(g0)[1], grant_table_frame(g1->d, 1).n);
    a.frame = 63;
    CU_ASSERT_EQUAL(call_op(MEM, XENMEM_acquire_resource, &a), -XEN_EINVAL);
    CHECK_WORLD();
}

void register_memory(void)
{
    CU_pSuite s = CU_add_suite("memory", NULL, NULL);

    CU_ADD_TEST(s, give_and_take);
    CU_ADD_TEST(s, partial_answers);
    CU_ADD_TEST(s, limits);
    CU_ADD_TEST(s, restarts);
    CU_ADD_TEST(s, make_and_split_region);
    CU_ADD_TEST(s, failed_exchange);
    CU_ADD_TEST(s, exchange_restarts);
    CU_ADD_TEST(s, maps);
    CU_ADD_TEST(s, facts);
}
