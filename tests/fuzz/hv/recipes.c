/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Things that a working guest does in several calls, with a twist now and then: chance alone would
 * hardly ever get the calls right one after the other.
 */
#include "fuzz.h"

#include <string.h>

#include <hv/arch.h>
#include <hv/evtchn_port.h>
#include <hv/frame.h>
#include <hv/grant.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/pv_mm.h>
#include <public/event_channel.h>
#include <public/grant_table.h>
#include <public/memory.h>
#include <public/physdev.h>

#define RW (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define RO (PTE_P | PTE_US | PTE_A)

static const struct guest *self(void)
{
    return guest_of(current_vcpu()->domain);
}

static long with(unsigned int nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
    const uint64_t args[6] = {a0, a1, a2, a3};

    return host_hypercall(nr, args);
}

static long with_struct(unsigned int nr, uint64_t cmd, void *op, size_t size, uint64_t a2)
{
    long rc;

    if (!host_guest_store(guest_va(1), op, size))
        return -1;
    rc = with(nr, cmd, guest_va(1), a2, 0);
    (void)host_guest_load(guest_va(1), op, size);
    return rc;
}

static long mmuext(unsigned int cmd, uint64_t m, uint64_t arg2)
{
    struct mmuext_op op = {.cmd = cmd, .arg1.mfn = m, .arg2.src_mfn = arg2};

    if (!host_guest_store(guest_va(1), &op, sizeof(op)))
        return -1;
    return with(__HYPERVISOR_mmuext_op, guest_va(1), 1, 0, DOMID_SELF);
}

/* The page was in use before, and a guest that does not flush is the hypervisor's trouble too. */
static long remap(struct source *s, unsigned int pfn, uint64_t pte)
{
    uint64_t flush = chance(s, 128) ? UVMF_INVLPG | UVMF_ALL : UVMF_NONE, word = take8(s);

    if (chance(s, 128))
        (void)host_guest_store(guest_va(pfn), &word, 8);
    return with(__HYPERVISOR_update_va_mapping, guest_va(pfn), pte, flush, 0);
}

/* A page of the guest's own choosing; half the time one of a few, so that uses of one page follow
 * each other. */
static unsigned int some_pfn(struct source *s, const struct guest *g)
{
    unsigned int n = g->pages - ARG_PAGES - 2 - SECRET_PAGES;

    return ARG_PAGES + 2 + below(s, chance(s, 128) ? 4 : n);
}

/* A page becomes a table with a few entries, and is pinned, hung into a bigger one, or made a root.
 */
static void make_table(struct source *s, const struct guest *g)
{
    unsigned int pfn = some_pfn(s, g), level = 1 + below(s, 4);
    uint64_t m = g->p2m[pfn], zero = 0;

    for (unsigned int i = 0; i < 4; i++) {
        uint64_t e = level == 1 ? gen_pte(s) : pte_make(mfn(gen_table_mfn(s)), RW);
        unsigned int slot = take16(s) % 512;

        /* Upper levels: an entry of the guest's own tables is most likely right. */
        if (level > 1 && chance(s, 200))
            e = pte_make(mfn(g->p2m[g->pages + g->tables - 3 + (level > 2 ? level - 3 : 0)]), RW);
        if (level == 2 && chance(s, 200))
            e = pte_make(mfn(g->p2m[g->pages]), RW);
        if (!host_guest_store(guest_va(pfn) + slot * 8, chance(s, 230) ? &e : &zero, 8))
            return;
    }
    /* Many entries: the check is long enough to be interrupted. The last may be the one that spoils
     * it. */
    if (level > 1 && chance(s, 64)) {
        uint64_t e =
            pte_make(mfn(g->p2m[level == 2 ? g->pages : g->pages + g->tables - 3 + level - 3]), RW);

        for (unsigned int slot = 0; slot < 100; slot++)
            (void)host_guest_store(guest_va(pfn) + slot * 8, &e, 8);
        if (chance(s, 64)) {
            e = gen_pte(s);
            (void)host_guest_store(guest_va(pfn) + 255 * 8, &e, 8);
        }
    }
    if (chance(s, 250))
        (void)remap(s, pfn, pte_make(mfn(m), RO));
    if (mmuext(MMUEXT_PIN_L1_TABLE + level - 1, m, 0))
        return;
    if (level == 4 && chance(s, 128))
        (void)mmuext(chance(s, 200) ? MMUEXT_NEW_USER_BASEPTR : MMUEXT_NEW_BASEPTR, m, 0);
    if (level < 4 && chance(s, 128)) {
        struct mmu_update u = {
            .ptr = mfn_to_maddr(mfn(g->p2m[g->pages + g->tables - 3 + level - 1])) +
                   take16(s) % 512 * 8,
            .val = pte_make(mfn(m), RW),
        };

        if (host_guest_store(guest_va(2), &u, sizeof(u)))
            (void)with(__HYPERVISOR_mmu_update, guest_va(2), 1, 0, DOMID_SELF);
    }
    if (chance(s, 128))
        (void)mmuext(MMUEXT_UNPIN_TABLE, m, 0);
}

/* Pinned tables are let go, and their pages written again. */
static void unmake_table(struct source *s, const struct guest *g)
{
    for (unsigned int tries = 0; tries < 8; tries++) {
        unsigned int pfn = some_pfn(s, g);
        const struct page *page = mfn_page(mfn(g->p2m[pfn]));

        if (page->owner != g->d || !(page->type & PTF_PINNED))
            continue;
        (void)mmuext(MMUEXT_UNPIN_TABLE, g->p2m[pfn], 0);
        (void)remap(s, pfn, pte_make(mfn(g->p2m[pfn]), RW));
        return;
    }
}

/* Balloon: unmap a page and give its frame back, or get one and map it. */
static void balloon(struct source *s, const struct guest *g)
{
    unsigned int pfn = some_pfn(s, g);
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};
    uint64_t frame = g->p2m[pfn];
    const struct page *page = mfn_page(mfn(frame));
    bool have = page->owner == g->d;

    set_xen_guest_handle(r.extent_start, (void *)guest_va(2));
    if (have) {
        (void)remap(s, pfn, 0);
        if (host_guest_store(guest_va(2), &frame, 8))
            (void)with_struct(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, &r, sizeof(r),
                              0);
        return;
    }
    frame = pfn;
    if (host_guest_store(guest_va(2), &frame, 8) &&
        with_struct(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &r, sizeof(r), 0) == 1 &&
        host_guest_load(guest_va(2), &frame, 8)) {
        g->p2m[pfn] = frame;
        (void)remap(s, pfn, pte_make(mfn(frame), RW));
    }
}

/* As Linux makes a contiguous region: unmap, trade, map again. */
static void trade(struct source *s, const struct guest *g)
{
    struct xen_memory_exchange x = {
        .in = {.nr_extents = 4, .domid = DOMID_SELF},
        .out = {.nr_extents = 1, .extent_order = 2, .domid = DOMID_SELF}};
    unsigned int pfn = some_pfn(s, g);
    uint64_t frames[4], first = pfn;
    long rc;

    if (pfn + 4 > g->pages - SECRET_PAGES)
        return;
    for (unsigned int i = 0; i < 4; i++) {
        frames[i] = g->p2m[pfn + i];
        if (chance(s, 250))
            (void)remap(s, pfn + i, 0);
    }
    set_xen_guest_handle(x.in.extent_start, (void *)guest_va(2));
    set_xen_guest_handle(x.out.extent_start, (void *)guest_va(3));
    if (!host_guest_store(guest_va(2), frames, sizeof(frames)) ||
        !host_guest_store(guest_va(3), &first, 8))
        return;
    if (chance(s, 64))
        x.out.mem_flags = XENMEMF_address_bits(13); /* there is no such memory: all goes back */
    rc = with_struct(__HYPERVISOR_memory_op, XENMEM_exchange, &x, sizeof(x), 0);
    if (!rc && !host_guest_load(guest_va(3), &first, 8))
        return;
    for (unsigned int i = 0; i < 4; i++) {
        if (!rc)
            g->p2m[pfn + i] = first + i;
        (void)remap(s, pfn + i, pte_make(mfn(g->p2m[pfn + i]), RW));
    }
}

/* Grant a page to the others, and map what they granted: into a page whose own frame was unmapped.
 */
static void grant(struct source *s, const struct guest *g)
{
    grant_ref_t ref = below(s, 8);
    struct grant_entry_v1 *e =
        (struct grant_entry_v1 *)arch_frame_ptr(grant_table_frame(g->d, 0)) + ref;

    e->domid = (domid_t)below(s, WORLD_GUESTS);
    e->frame = (uint32_t)(chance(s, 240) ? g->p2m[some_pfn(s, g)] : gen_mfn(s));
    e->flags = (uint16_t)(GTF_permit_access | (chance(s, 64) ? GTF_readonly : 0));
}

/* One that is meant for us, if there is any. */
static void find_grant(struct source *s, const struct guest *g, struct gnttab_map_grant_ref *op)
{
    for (unsigned int tries = 0; tries < 24; tries++) {
        struct domain *d = live_domain(below(s, WORLD_GUESTS));
        const struct grant_entry_v1 *e;

        op->ref = below(s, 8);
        op->dom = d->id;
        e = (const struct grant_entry_v1 *)arch_frame_ptr(grant_table_frame(d, 0)) + op->ref;
        if ((e->flags & GTF_type_mask) == GTF_permit_access && e->domid == g->d->id)
            return;
    }
}

static void map_grant(struct source *s, const struct guest *g)
{
    struct gnttab_map_grant_ref op = {.flags = GNTMAP_host_map};
    unsigned int pfn = some_pfn(s, g);

    find_grant(s, g, &op);
    if (chance(s, 64))
        op.flags |= GNTMAP_readonly;
    if (chance(s, 64))
        op.flags |= GNTMAP_device_map;
    if (chance(s, 64)) {
        op.flags |= GNTMAP_contains_pte;
        op.host_addr = guest_l1e_maddr(g, pfn);
    } else {
        op.host_addr = guest_va(pfn);
    }
    if (chance(s, 200))
        (void)remap(s, pfn, 0);
    (void)with_struct(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, &op, sizeof(op), 1);
    if (!op.status && chance(s, 64)) {
        struct gnttab_unmap_grant_ref un = {
            .host_addr = op.host_addr, .dev_bus_addr = op.dev_bus_addr, .handle = op.handle};

        (void)with_struct(__HYPERVISOR_grant_table_op, GNTTABOP_unmap_grant_ref, &un, sizeof(un),
                          1);
    } else if (!op.status) {
        uint64_t word = 0;

        stats->mapped++;
        (void)host_guest_load(guest_va(pfn), &word, 8);
    }
}

/* Connect to a port that waits for us. */
static void connect(struct source *s, const struct guest *g)
{
    struct domain *to = live_domain(below(s, WORLD_GUESTS));

    for (evtchn_port_t port = 1; port < 64; port++) {
        const struct evtchn *chn = evtchn_lookup(to, port);
        struct evtchn_bind_interdomain op = {.remote_dom = to->id, .remote_port = port};

        if (!chn || chn->state != EVTCHNSTAT_unbound || chn->unbound_for != g->d->id)
            continue;
        (void)with_struct(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_interdomain, &op, sizeof(op),
                          0);
        return;
    }
    {
        struct evtchn_alloc_unbound op = {.dom = DOMID_SELF, .remote_dom = to->id};

        (void)with_struct(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, &op, sizeof(op),
                          0);
    }
}

/* dom0 looks into a guest, as its tools do, and does not flush when it is through. */
static void foreign_map(struct source *s, const struct guest *g)
{
    const struct guest *to = &guests[1 + below(s, WORLD_GUESTS - 1)];
    unsigned int pfn = some_pfn(s, g);
    struct mmu_update u = {.ptr = guest_l1e_maddr(g, pfn)};
    uint64_t word = take8(s);

    if (live_domain((unsigned int)(to - guests)) != to->d)
        return;
    u.val = pte_make(mfn(to->p2m[some_pfn(s, to)]), RW);
    if (!host_guest_store(guest_va(2), &u, sizeof(u)) ||
        with(__HYPERVISOR_mmu_update, guest_va(2), 1, 0, to->d->id))
        return;
    (void)host_guest_store(guest_va(pfn), &word, 8);
    if (chance(s, 128))
        return;
    (void)with(__HYPERVISOR_update_va_mapping, guest_va(pfn), pte_make(mfn(g->p2m[pfn]), RW),
               UVMF_NONE, 0);
}

/* A page of descriptors becomes a GDT or an LDT. */
static void descriptors(struct source *s, const struct guest *g)
{
    unsigned int pfn = some_pfn(s, g);
    uint64_t frame = g->p2m[pfn];

    for (unsigned int i = 0; i < 4; i++) {
        /* Code and data of any ring; now and then something else. */
        uint64_t desc = 0x00cf92000000ffffull | (uint64_t)(take8(s) & 0x6f) << 40;

        if (chance(s, 20))
            desc = take64(s);
        if (!host_guest_store(guest_va(pfn) + take8(s) * 8, &desc, 8))
            return;
    }
    if (chance(s, 250))
        (void)remap(s, pfn, pte_make(mfn(frame), RO));
    if (chance(s, 128)) {
        if (host_guest_store(guest_va(2), &frame, 8))
            (void)with(__HYPERVISOR_set_gdt, guest_va(2), 1 + below(s, 512), 0, 0);
        return;
    }
    (void)mmuext(MMUEXT_SET_LDT, guest_va(pfn), 1 + below(s, 512));
    (void)pv_ldt_fault(current_vcpu(), 0);
}

/* dom0 maps an interrupt and binds a port to it. */
static void bind_pirq(struct source *s, const struct guest *g)
{
    struct physdev_map_pirq m = {.domid = DOMID_SELF,
                                 .type = chance(s, 128) ? MAP_PIRQ_TYPE_GSI : MAP_PIRQ_TYPE_MSI,
                                 .index = 10 + (int)below(s, 8),
                                 .pirq = -1,
                                 .bus = 1};
    struct evtchn_bind_pirq b;

    (void)g;
    if (m.type == MAP_PIRQ_TYPE_GSI)
        m.pirq = m.index;
    (void)with_struct(__HYPERVISOR_physdev_op, PHYSDEVOP_map_pirq, &m, sizeof(m), 0);
    b = (struct evtchn_bind_pirq){.pirq = (uint32_t)m.pirq, .flags = below(s, 2)};
    (void)with_struct(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_pirq, &b, sizeof(b), 0);
}

/* As every kernel does when it starts a vCPU. */
static void move_vcpu_info(struct source *s, const struct guest *g)
{
    struct vcpu_register_vcpu_info op = {.mfn = g->p2m[some_pfn(s, g)],
                                         .offset = below(s, 62) * 64};

    if (host_guest_store(guest_va(1), &op, sizeof(op)))
        (void)with(__HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, current_vcpu()->id, guest_va(1),
                   0);
}

static void (*const recipes[])(struct source *s, const struct guest *g) = {
    make_table,  unmake_table, balloon,    trade,       grant,     map_grant,      map_grant,
    foreign_map, connect,      make_table, descriptors, bind_pirq, move_vcpu_info,
};

const char *fuzz_recipe(struct source *s)
{
    static const char *const names[ARRAY_SIZE(recipes)] = {
        "make a table", "unmake a table", "balloon",        "trade",   "grant",
        "map a grant",  "map a grant",    "foreign map",    "connect", "make a table",
        "descriptors",  "bind a pirq",    "move vcpu_info",
    };
    unsigned int i = below(s, ARRAY_SIZE(recipes));

    if (!self() || domain_is_dying(self()->d))
        return "no recipe";
    recipes[i](s, self());
    return names[i];
}
