/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments of fuzzed hypercalls. The rows of hypercall.def give the kinds of arguments; for calls
 * whose arguments are structures a generator below builds them in the guest's argument pages.
 */
#include "fuzz.h"

#include <string.h>

#include <hv/arch.h>
#include <hv/grant_entry.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/pv_mm.h>
#include <public/callback.h>
#include <public/errno.h>
#include <public/event_channel.h>
#include <public/grant_table.h>
#include <public/memory.h>
#include <public/nmi.h>
#include <public/physdev.h>
#include <public/platform.h>
#include <public/sched.h>
#include <public/sysctl.h>
#include <public/vcpu.h>
#include <public/version.h>

#define LIST_MAX 6 /* elements of arrays */

/* Second argument page for arrays that structures point to. */
#define ARRAY_VA guest_va(2)
#define OUT_VA   guest_va(4)

static uint64_t put(uint64_t va, const void *data, size_t len)
{
    (void)host_guest_store(va, data,
                           len); /* a guest that unmapped its pages passes what there is */
    return va;
}

/* Mostly where the structure is; sometimes where it should not be. */
static uint64_t at(struct source *s, uint64_t va)
{
    return chance(s, 250) ? va : gen_va(s);
}

static uint64_t arg(struct source *s, const void *data, size_t len)
{
    return at(s, put(guest_va(1), data, len));
}

#define ARG(s, op) arg((s), &(op), sizeof(op))

static void random_fill(struct source *s, void *p, size_t len)
{
    uint8_t *b = p;

    for (size_t i = 0; i < len; i++)
        b[i] = chance(s, 96) ? take8(s) : 0;
}

static unsigned int list_len(struct source *s)
{
    if (chance(s, 160))
        return 1;
    return chance(s, 245) ? 1 + below(s, LIST_MAX) : (unsigned int)take32(s);
}

/* ---- memory management ---- */

/* The level of the table that holds an entry; 1 for what is none. */
static unsigned int level_at(uint64_t maddr)
{
    const struct page *page = mfn_page(maddr_to_mfn(maddr));

    return page && table_level(page_type(page)) ? table_level(page_type(page)) : 1;
}

static void gen_mmu_update(struct source *s, uint64_t a[6])
{
    struct mmu_update u[LIST_MAX];
    unsigned int n = list_len(s);

    for (unsigned int i = 0; i < LIST_MAX; i++) {
        unsigned int cmd = chance(s, 220) ? 0 : below(s, 4);

        u[i].ptr =
            (cmd == MMU_MACHPHYS_UPDATE ? mfn_to_maddr(mfn(gen_mfn(s))) : gen_pte_maddr(s)) | cmd;
        u[i].val = gen_pte_of(s, level_at(u[i].ptr));
    }
    a[0] = at(s, put(ARRAY_VA, u, sizeof(u)));
    a[1] = n;
    a[2] = chance(s, 200) ? 0 : OUT_VA;
    a[3] = gen_self_domid(s) | (chance(s, 8) ? gen_domid(s) << 16 : 0);
}

static void gen_mmuext_op(struct source *s, uint64_t a[6])
{
    struct mmuext_op op[LIST_MAX] = {0};
    unsigned int n = list_len(s);

    for (unsigned int i = 0; i < LIST_MAX; i++) {
        op[i].cmd = below(s, 21);
        switch (op[i].cmd) {
        case MMUEXT_INVLPG_LOCAL:
        case MMUEXT_INVLPG_MULTI:
        case MMUEXT_INVLPG_ALL:
            op[i].arg1.linear_addr = gen_va(s);
            break;
        case MMUEXT_SET_LDT:
            op[i].arg1.linear_addr = gen_va(s) & PAGE_MASK;
            break;
        default:
            op[i].arg1.mfn = chance(s, 128) ? gen_table_mfn(s) : gen_mfn(s);
        }
        op[i].arg2.src_mfn = op[i].cmd == MMUEXT_COPY_PAGE ? gen_mfn(s)
                             : op[i].cmd == MMUEXT_SET_LDT ? below(s, 2000)
                                                           : OUT_VA;
    }
    a[0] = at(s, put(ARRAY_VA, op, sizeof(op)));
    a[1] = n;
    a[2] = chance(s, 200) ? 0 : OUT_VA;
    a[3] = gen_self_domid(s);
}

static void gen_update_va_mapping(struct source *s, uint64_t a[6])
{
    a[0] = gen_va(s);
    a[1] = gen_pte(s);
    a[2] = chance(s, 200) ? take8(s) & 7 : gen_va(s);
    a[3] = gen_domid(s);
}

static void gen_set_gdt(struct source *s, uint64_t a[6])
{
    uint64_t frames[LIST_MAX];

    for (unsigned int i = 0; i < LIST_MAX; i++)
        frames[i] = gen_mfn(s);
    a[0] = at(s, put(ARRAY_VA, frames, sizeof(frames)));
    a[1] = chance(s, 230) ? below(s, 2048) : take32(s);
}

static void gen_update_descriptor(struct source *s, uint64_t a[6])
{
    const struct pv_vcpu *pv = &current_vcpu()->pv;
    uint64_t m = chance(s, 128) ? pv->gdt_frames[0] : pv->ldt_frames[0];

    a[0] = mfn_to_maddr(mfn(m && chance(s, 200) ? m : gen_mfn(s))) + take16(s) % 512 * 8;
    a[1] = chance(s, 128) ? take64(s) : 0;
}

static void reservation(struct source *s, struct xen_memory_reservation *r, uint64_t list_va)
{
    uint64_t list[LIST_MAX];

    for (unsigned int i = 0; i < LIST_MAX; i++)
        list[i] = gen_mfn(s);
    put(list_va, list, sizeof(list));
    set_xen_guest_handle(r->extent_start, (void *)(chance(s, 240) ? list_va : gen_va(s)));
    r->nr_extents = list_len(s);
    r->extent_order = chance(s, 200) ? 0 : below(s, 22);
    r->mem_flags = chance(s, 200) ? 0 : take32(s);
    r->domid = (domid_t)gen_domid(s);
}

static void gen_exchange(struct source *s, uint64_t a[6])
{
    struct xen_memory_exchange x = {0};

    reservation(s, &x.in, ARRAY_VA);
    reservation(s, &x.out, OUT_VA);
    if (chance(s, 220)) { /* the two ways that Linux uses */
        unsigned int order = below(s, 3);
        bool gather = chance(s, 128);

        x.in.extent_order = gather ? 0 : order;
        x.out.extent_order = gather ? order : 0;
        x.in.nr_extents = gather ? 1ull << order : 1;
        x.out.nr_extents = gather ? 1 : 1ull << order;
        x.in.domid = x.out.domid = DOMID_SELF;
        x.out.mem_flags = chance(s, 200) ? 0 : below(s, 40);
    }
    a[1] = ARG(s, x);
}

static void gen_memory_op(struct source *s, uint64_t a[6])
{
    struct xen_memory_reservation r = {0};
    union {
        struct xen_add_to_physmap add;
        struct xen_foreign_memory_map map;
        struct xen_mem_acquire_resource acquire;
        struct xen_memory_domain dom;
        uint8_t bytes[64];
    } u = {0};

    a[0] = chance(s, 100) ? below(s, 7) : below(s, 29);
    switch (a[0]) {
    case XENMEM_increase_reservation:
    case XENMEM_decrease_reservation:
    case XENMEM_populate_physmap:
        reservation(s, &r, ARRAY_VA);
        if (a[0] == XENMEM_decrease_reservation)
            r.extent_order = chance(s, 250) ? 0 : r.extent_order;
        a[1] = ARG(s, r);
        if (chance(s, 20))
            a[0] |= (uint64_t)take16(s) << 6;
        break;
    case XENMEM_exchange:
        gen_exchange(s, a);
        break;
    case XENMEM_set_memory_map:
        u.map.domid = (domid_t)gen_domid(s);
        u.map.map.nr_entries = below(s, 200);
        set_xen_guest_handle(u.map.map.buffer, (void *)ARRAY_VA);
        a[1] = ARG(s, u);
        break;
    case XENMEM_acquire_resource:
        u.acquire.domid = (domid_t)gen_domid(s);
        u.acquire.type = 1;
        u.acquire.nr_frames = below(s, 4);
        u.acquire.frame = below(s, 70);
        set_xen_guest_handle(u.acquire.frame_list, (void *)(u.acquire.nr_frames ? OUT_VA
                                                            : chance(s, 128)    ? OUT_VA
                                                                                : 0));
        a[1] = ARG(s, u);
        break;
    default:
        random_fill(s, u.bytes, sizeof(u.bytes));
        u.dom.domid = (domid_t)gen_domid(s);
        a[1] = ARG(s, u);
    }
}

/* ---- grants ---- */

/* The guest's own table, written through the hypervisor's view: guests map it as they like. */
static void write_grant_entry(struct source *s)
{
    struct domain *d = current_vcpu()->domain;
    const struct guest *g = guest_of(d);
    struct grant_entry_v1 *e;

    if (!g || !d->grants || domain_is_dying(d))
        return;
    e = (struct grant_entry_v1 *)arch_frame_ptr(grant_table_frame(d, 0)) + below(s, 8);
    e->domid = (domid_t)below(s, WORLD_GUESTS);
    e->frame = (uint32_t)gen_mfn(s);
    e->flags = chance(s, 220) ? (uint16_t)(GTF_permit_access | (chance(s, 64) ? GTF_readonly : 0))
                              : take16(s);
}

static void gen_map(struct source *s, struct gnttab_map_grant_ref *m)
{
    m->flags = chance(s, 200) ? GNTMAP_host_map : take8(s);
    if (chance(s, 64))
        m->flags |= GNTMAP_readonly;
    if (chance(s, 64))
        m->flags |= GNTMAP_device_map;
    m->host_addr = m->flags & GNTMAP_contains_pte ? gen_pte_maddr(s) : gen_va(s) & PAGE_MASK;
    m->ref = gen_ref(s);
    m->dom = (domid_t)gen_domid(s);
}

static void gen_copy(struct source *s, struct gnttab_copy *c)
{
    c->flags = (uint16_t)(chance(s, 250) ? below(s, 4) : take16(s));
    if (c->flags & GNTCOPY_source_gref)
        c->source.u.ref = gen_ref(s);
    else
        c->source.u.gmfn = gen_mfn(s);
    if (c->flags & GNTCOPY_dest_gref)
        c->dest.u.ref = gen_ref(s);
    else
        c->dest.u.gmfn = gen_mfn(s);
    c->source.domid = c->flags & GNTCOPY_source_gref ? (domid_t)gen_domid(s) : DOMID_SELF;
    c->dest.domid = c->flags & GNTCOPY_dest_gref ? (domid_t)gen_domid(s) : DOMID_SELF;
    c->source.offset = take16(s) % 4100;
    c->dest.offset = take16(s) % 4100;
    c->len = take16(s) % 4200;
}

static void gen_unmap(struct source *s, struct gnttab_unmap_grant_ref *u)
{
    const struct domain *d = current_vcpu()->domain;

    u->handle = chance(s, 250) ? below(s, 6) : take32(s);
    u->host_addr = chance(s, 200) ? gen_va(s) & PAGE_MASK : 0;
    u->dev_bus_addr = chance(s, 64) ? mfn_to_maddr(mfn(gen_mfn(s))) : 0;
    /* What it was mapped at is nowhere kept: find an entry of that frame, as the guest would know
     * it. */
    if (u->handle < 64 && d->grants && u->handle < d->grants->track_size) {
        const struct maptrack *m = grant_maptrack(d->grants, u->handle);
        const struct guest *g = guest_of(d);

        for (unsigned int pfn = 0; g && m->granter && pfn < g->pages; pfn++) {
            struct page *l1 = mfn_page(mfn(guest_l1e_maddr(g, pfn) >> PAGE_SHIFT));
            uint64_t e = guest_l1e(g, pfn);

            if (l1->owner == d && (e & PTE_GNTTAB) && mfn_eq(pte_mfn(e), m->frame) &&
                chance(s, 250))
                u->host_addr =
                    m->flags & GNTMAP_contains_pte ? guest_l1e_maddr(g, pfn) : guest_va(pfn);
        }
        if (m->granter && (m->flags & GNTMAP_device_map) && chance(s, 200))
            u->dev_bus_addr = mfn_to_maddr(m->frame);
    }
}

static void gen_grant_table_op(struct source *s, uint64_t a[6])
{
    static const uint8_t often[] = {0, 0, 0, 0, 1, 1, 1, 5, 5, 7, 2, 6};
    union {
        struct gnttab_map_grant_ref map;
        struct gnttab_unmap_grant_ref unmap;
        struct gnttab_unmap_and_replace replace;
        struct gnttab_setup_table setup;
        struct gnttab_copy copy;
        uint8_t bytes[48];
    } u;
    static const uint8_t size[] = {[0] = sizeof(u.map),
                                   [1] = sizeof(u.unmap),
                                   [2] = sizeof(u.setup),
                                   [5] = sizeof(u.copy),
                                   [7] = sizeof(u.replace)};
    unsigned int n;

    if (chance(s, 100))
        write_grant_entry(s);
    a[0] = chance(s, 230) ? often[below(s, sizeof(often))] : below(s, 16);
    n = a[0] == 2 || a[0] == 6 ? 1 : 1 + below(s, 3);
    for (unsigned int i = 0; i < n; i++) {
        memset(&u, 0, sizeof(u));
        switch (a[0]) {
        case GNTTABOP_map_grant_ref:
            gen_map(s, &u.map);
            break;
        case GNTTABOP_unmap_grant_ref:
            gen_unmap(s, &u.unmap);
            break;
        case GNTTABOP_unmap_and_replace: {
            struct gnttab_unmap_grant_ref find = {0};

            gen_unmap(s, &find);
            u.replace.host_addr = find.host_addr;
            u.replace.handle = find.handle;
            u.replace.new_addr = gen_va(s) & PAGE_MASK;
            break;
        }
        case GNTTABOP_setup_table:
            u.setup.dom = (domid_t)gen_domid(s);
            u.setup.nr_frames = below(s, 4);
            set_xen_guest_handle(u.setup.frame_list, (void *)OUT_VA);
            break;
        case GNTTABOP_copy:
            gen_copy(s, &u.copy);
            break;
        default:
            random_fill(s, u.bytes, sizeof(u.bytes));
        }
        put(ARRAY_VA + i * (a[0] < sizeof(size) && size[a[0]] ? size[a[0]] : 32), &u, sizeof(u));
    }
    a[1] = at(s, ARRAY_VA);
    a[2] = chance(s, 250) ? n : take32(s);
}

/* ---- events ---- */

static void gen_event_channel_op(struct source *s, uint64_t a[6])
{
    union {
        struct evtchn_alloc_unbound alloc;
        struct evtchn_bind_interdomain bind;
        struct evtchn_bind_virq virq;
        struct evtchn_bind_pirq pirq;
        struct evtchn_bind_vcpu vcpu;
        struct evtchn_status status;
        uint32_t word[8];
    } u = {0};

    a[0] = below(s, 15);
    switch (a[0]) {
    case EVTCHNOP_alloc_unbound:
        u.alloc.dom = (domid_t)gen_domid(s);
        u.alloc.remote_dom = (domid_t)gen_domid(s);
        break;
    case EVTCHNOP_bind_interdomain:
        u.bind.remote_dom = (domid_t)gen_domid(s);
        u.bind.remote_port = gen_port(s);
        break;
    case EVTCHNOP_bind_virq:
        u.virq.virq = below(s, 26);
        u.virq.vcpu = gen_vcpu(s);
        break;
    case EVTCHNOP_bind_pirq:
        u.pirq.pirq = chance(s, 240) ? 10 + below(s, 12) : take32(s);
        u.pirq.flags = below(s, 2);
        break;
    case EVTCHNOP_bind_ipi:
        u.word[0] = gen_vcpu(s);
        break;
    case EVTCHNOP_bind_vcpu:
        u.vcpu.port = gen_port(s);
        u.vcpu.vcpu = gen_vcpu(s);
        break;
    case EVTCHNOP_status:
        u.status.dom = (domid_t)gen_domid(s);
        u.status.port = gen_port(s);
        break;
    case EVTCHNOP_reset:
        u.alloc.dom = (domid_t)gen_domid(s);
        break;
    default:
        u.word[0] = gen_port(s);
    }
    a[1] = ARG(s, u);
}

static void gen_physdev_op(struct source *s, uint64_t a[6])
{
    union {
        struct physdev_map_pirq map;
        struct physdev_unmap_pirq unmap;
        uint32_t word[16];
        uint8_t bytes[64];
    } u = {0};

    a[0] = chance(s, 128) ? 13 + below(s, 2) : below(s, 33);
    random_fill(s, u.bytes, sizeof(u.bytes));
    if (a[0] == PHYSDEVOP_map_pirq) {
        u.map.domid = (domid_t)gen_domid(s);
        u.map.type = (int)below(s, 3);
        u.map.index = 10 + (int)below(s, 8);
        u.map.pirq = chance(s, 128) ? -1 : 10 + (int)below(s, 12);
        u.map.bus = 1;
    } else if (a[0] == PHYSDEVOP_unmap_pirq) {
        u.unmap.domid = (domid_t)gen_domid(s);
        u.unmap.pirq = 10 + below(s, 12);
    } else if (a[0] == PHYSDEVOP_pirq_eoi_gmfn_v1 || a[0] == PHYSDEVOP_pirq_eoi_gmfn_v2) {
        *(uint64_t *)u.word = gen_mfn(s);
    } else if (chance(s, 200)) {
        u.word[0] = 10 + below(s, 12);
    }
    a[1] = ARG(s, u);
}

/* ---- vCPUs and scheduling ---- */

static void gen_context(struct source *s, uint64_t va)
{
    static struct vcpu_guest_context c;

    memset(&c, 0, sizeof(c));
    c.flags = VGCF_in_kernel | (chance(s, 200) ? VGCF_online : 0);
    c.user_regs.cs = FLAT_KERNEL_CS;
    c.user_regs.ss = FLAT_KERNEL_SS;
    c.user_regs.rip = gen_va(s);
    c.kernel_sp = gen_va(s);
    c.ctrlreg[3] = chance(s, 200) ? mfn_to_maddr(guest_l4(&guests[below(s, WORLD_GUESTS)]))
                                  : mfn_to_maddr(mfn(gen_mfn(s)));
    if (chance(s, 64))
        c.ctrlreg[1] = mfn_to_maddr(mfn(gen_table_mfn(s)));
    if (chance(s, 64)) {
        c.gdt_frames[0] = gen_mfn(s);
        c.gdt_ents = below(s, 600);
    }
    c.ldt_base = gen_va(s) & PAGE_MASK;
    c.ldt_ents = chance(s, 64) ? below(s, 600) : 0;
    c.event_callback_eip = gen_va(s);
    c.debugreg[7] = chance(s, 16) ? take32(s) : 0;
    put(va, &c, sizeof(c));
}

static void gen_vcpu_op(struct source *s, uint64_t a[6])
{
    union {
        struct vcpu_register_vcpu_info info;
        uint64_t word[4];
    } u = {0};

    a[0] = below(s, 14);
    a[1] = gen_vcpu(s);
    if (a[0] == VCPUOP_initialise) {
        gen_context(s, OUT_VA);
        a[2] = OUT_VA;
        return;
    }
    if (a[0] == VCPUOP_register_vcpu_info) {
        u.info.mfn = gen_mfn(s);
        u.info.offset = take16(s) % 4100 & (chance(s, 200) ? ~7u : ~0u);
    } else {
        u.word[0] = chance(s, 128) ? OUT_VA + take8(s) : take32(s);
        u.word[1] = take8(s);
    }
    a[2] = ARG(s, u);
}

static void gen_sched_op(struct source *s, uint64_t a[6])
{
    union {
        struct sched_poll poll;
        struct sched_remote_shutdown remote;
        struct sched_watchdog dog;
        uint32_t word[8];
    } u = {0};
    uint32_t ports[LIST_MAX];

    a[0] = below(s, 9);
    if (a[0] == SCHEDOP_shutdown && chance(s, 230))
        a[0] = SCHEDOP_yield;
    switch (a[0]) {
    case SCHEDOP_poll:
        for (unsigned int i = 0; i < LIST_MAX; i++)
            ports[i] = gen_port(s);
        put(ARRAY_VA, ports, sizeof(ports));
        set_xen_guest_handle(u.poll.ports, (void *)ARRAY_VA);
        u.poll.nr_ports = list_len(s);
        u.poll.timeout = chance(s, 200) ? arch_now_ns() + take16(s) : 0;
        break;
    case SCHEDOP_remote_shutdown:
        u.remote.domain_id = (domid_t)(1 + below(s, 3));
        u.remote.reason = below(s, 7);
        break;
    case SCHEDOP_watchdog:
        u.dog.id = below(s, 4);
        u.dog.timeout = below(s, 4);
        break;
    default:
        u.word[0] = below(s, 7);
    }
    a[1] = ARG(s, u);
}

/* ---- control ---- */

static void gen_domctl(struct source *s, uint64_t a[6])
{
    static const uint8_t often[] = {1,  2,  3,  4,  5,  9,  11, 12, 13, 14, 15, 16, 19, 20, 21, 22,
                                    24, 25, 27, 28, 29, 35, 42, 43, 59, 60, 61, 66, 68, 69, 72, 73};
    struct xen_domctl op = {0};
    uint64_t list[LIST_MAX];

    op.cmd = chance(s, 240) ? often[below(s, sizeof(often))] : take16(s) % 1010;
    /* Killing is easy: rarely, or there would be nobody left to talk to. */
    if (op.cmd == XEN_DOMCTL_destroydomain && chance(s, 200))
        op.cmd = XEN_DOMCTL_getdomaininfo;
    op.interface_version = chance(s, 253) ? XEN_DOMCTL_INTERFACE_VERSION : take32(s);
    op.domain = (domid_t)(chance(s, 240) ? below(s, WORLD_GUESTS + 1) : gen_domid(s));
    random_fill(s, op.u.pad, 24);
    switch (op.cmd) {
    case XEN_DOMCTL_createdomain:
        memset(&op.u, 0, sizeof(op.u));
        op.u.createdomain.max_vcpus = 1 + below(s, 3);
        op.u.createdomain.max_grant_frames = chance(s, 200) ? -1 : take8(s);
        op.u.createdomain.max_maptrack_frames = chance(s, 200) ? -1 : take8(s);
        op.u.createdomain.flags = chance(s, 240) ? 0 : take8(s);
        op.domain = (domid_t)below(s, 6);
        break;
    case XEN_DOMCTL_setvcpucontext:
    case XEN_DOMCTL_getvcpucontext:
        gen_context(s, OUT_VA);
        op.u.vcpucontext.vcpu = gen_vcpu(s);
        set_xen_guest_handle(op.u.vcpucontext.ctxt, (void *)(chance(s, 230) ? OUT_VA : 0));
        break;
    case XEN_DOMCTL_setvcpuaffinity:
    case XEN_DOMCTL_getvcpuaffinity:
        op.u.vcpuaffinity.vcpu = gen_vcpu(s);
        op.u.vcpuaffinity.flags = below(s, 8);
        op.u.vcpuaffinity.cpumap_hard.nr_bits = below(s, 20);
        op.u.vcpuaffinity.cpumap_soft.nr_bits = below(s, 20);
        list[0] = take8(s);
        put(ARRAY_VA, list, 8);
        set_xen_guest_handle(op.u.vcpuaffinity.cpumap_hard.bitmap, (void *)ARRAY_VA);
        set_xen_guest_handle(op.u.vcpuaffinity.cpumap_soft.bitmap, (void *)ARRAY_VA);
        break;
    case XEN_DOMCTL_getpageframeinfo3:
        for (unsigned int i = 0; i < LIST_MAX; i++)
            list[i] = gen_mfn(s);
        put(ARRAY_VA, list, sizeof(list));
        op.u.getpageframeinfo3.num = list_len(s);
        set_xen_guest_handle(op.u.getpageframeinfo3.array, (void *)ARRAY_VA);
        break;
    case XEN_DOMCTL_hypercall_init:
        op.u.hypercall_init.gmfn = gen_mfn(s);
        break;
    case XEN_DOMCTL_iomem_permission:
        op.u.iomem_permission.first_mfn = HOST_MMIO_FRAME + below(s, 64);
        op.u.iomem_permission.nr_mfns = below(s, 8);
        op.u.iomem_permission.allow_access = take8(s) & 1;
        break;
    case XEN_DOMCTL_max_vcpus:
        op.u.max_vcpus.max = 1 + below(s, 3);
        break;
    case XEN_DOMCTL_max_mem:
        op.u.max_mem.max_memkb = take16(s) * 4;
        break;
    case XEN_DOMCTL_unpausedomain:
    case XEN_DOMCTL_pausedomain:
        break;
    default:
        break;
    }
    a[0] = ARG(s, op);
}

static void gen_sysctl(struct source *s, uint64_t a[6])
{
    struct xen_sysctl op = {0};

    op.cmd = below(s, 30);
    op.interface_version = chance(s, 253) ? XEN_SYSCTL_INTERFACE_VERSION : take32(s);
    random_fill(s, op.u.pad, 32);
    switch (op.cmd) {
    case XEN_SYSCTL_readconsole:
        set_xen_guest_handle(op.u.readconsole.buffer, (void *)OUT_VA);
        op.u.readconsole.count = take16(s) % 8192;
        break;
    case XEN_SYSCTL_getdomaininfolist:
        op.u.getdomaininfolist.first_domain = (domid_t)gen_domid(s);
        op.u.getdomaininfolist.max_domains = below(s, 40);
        set_xen_guest_handle(op.u.getdomaininfolist.buffer, (void *)OUT_VA);
        break;
    case XEN_SYSCTL_debug_keys: {
        static const char keys[] = "hqregimv0";
        char key = keys[below(s, sizeof(keys) - 1)];

        put(ARRAY_VA, &key, 1);
        set_xen_guest_handle(op.u.debug_keys.keys, (void *)ARRAY_VA);
        op.u.debug_keys.nr_keys = 1;
        break;
    }
    case XEN_SYSCTL_cpupool_op:
        op.u.cpupool_op.op = below(s, 9);
        op.u.cpupool_op.cpumap.nr_bits = below(s, 70);
        set_xen_guest_handle(op.u.cpupool_op.cpumap.bitmap, (void *)OUT_VA);
        break;
    default:
        break;
    }
    a[0] = ARG(s, op);
}

/* ---- the rest ---- */

static void gen_multicall(struct source *s, uint64_t a[6])
{
    struct multicall_entry e[3] = {0};
    unsigned int n = 1 + below(s, 3);

    for (unsigned int i = 0; i < n; i++) {
        uint64_t args[6] = {0};

        e[i].op = gen_call_number(s, current_vcpu()->domain->is_privileged);
        if (e[i].op == __HYPERVISOR_multicall && chance(s, 240))
            e[i].op = __HYPERVISOR_update_va_mapping;
        if (e[i].op != __HYPERVISOR_multicall)
            gen_call(s, (unsigned int)e[i].op, args);
        for (unsigned int k = 0; k < 6; k++)
            e[i].args[k] = args[k];
    }
    a[0] = at(s, put(guest_va(3), e, sizeof(e)));
    a[1] = chance(s, 250) ? n : take32(s);
}

static void gen_trap_table(struct source *s, uint64_t a[6])
{
    struct trap_info t[3] = {0};

    for (unsigned int i = 0; i < 2; i++) {
        t[i].vector = take8(s);
        t[i].flags = take8(s);
        t[i].cs = FLAT_KERNEL_CS;
        t[i].address = gen_va(s);
    }
    a[0] = at(s, put(guest_va(1), t, sizeof(t)));
}

static void gen_callback_op(struct source *s, uint64_t a[6])
{
    struct callback_register r = {0};

    r.type = (uint16_t)below(s, 9);
    r.flags = (uint16_t)below(s, 3);
    r.address = gen_va(s);
    a[0] = below(s, 3);
    a[1] = ARG(s, r);
}

/* By the kinds in the call's row: U and L are numbers, G an address with something behind it. */
static void gen_plain(struct source *s, const char *kinds, uint64_t a[6])
{
    uint8_t bytes[32];

    random_fill(s, bytes, sizeof(bytes));
    put(guest_va(1), bytes, sizeof(bytes));
    for (unsigned int i = 0; i < 6 && *kinds; kinds++) {
        if (*kinds == 'U')
            a[i++] = chance(s, 200) ? below(s, 32) : take32(s);
        else if (*kinds == 'L')
            a[i++] = gen_any(s);
        else if (*kinds == 'G')
            a[i++] = at(s, guest_va(1));
    }
}

static void (*const generators[64])(struct source *, uint64_t[6]) = {
    [__HYPERVISOR_set_trap_table] = gen_trap_table,
    [__HYPERVISOR_mmu_update] = gen_mmu_update,
    [__HYPERVISOR_set_gdt] = gen_set_gdt,
    [__HYPERVISOR_update_descriptor] = gen_update_descriptor,
    [__HYPERVISOR_memory_op] = gen_memory_op,
    [__HYPERVISOR_multicall] = gen_multicall,
    [__HYPERVISOR_update_va_mapping] = gen_update_va_mapping,
    [__HYPERVISOR_update_va_mapping_otherdomain] = gen_update_va_mapping,
    [__HYPERVISOR_grant_table_op] = gen_grant_table_op,
    [__HYPERVISOR_vcpu_op] = gen_vcpu_op,
    [__HYPERVISOR_mmuext_op] = gen_mmuext_op,
    [__HYPERVISOR_sched_op] = gen_sched_op,
    [__HYPERVISOR_callback_op] = gen_callback_op,
    [__HYPERVISOR_event_channel_op] = gen_event_channel_op,
    [__HYPERVISOR_physdev_op] = gen_physdev_op,
    [__HYPERVISOR_sysctl] = gen_sysctl,
    [__HYPERVISOR_domctl] = gen_domctl,
};

static const struct {
    unsigned int nr;
    bool dom0_only;
    const char *kinds;
} table[] = {
#define HYPERCALL(nr, name, fn, args, who, how) {nr, (who), #args},
#define ANY                                     false
#define DOM0                                    true
#include <hv/hypercall.def>
#undef HYPERCALL
#undef ANY
#undef DOM0
};

void gen_call(struct source *s, unsigned int nr, uint64_t args[6])
{
    memset(args, 0, 6 * sizeof(args[0]));
    if (nr < ARRAY_SIZE(generators) && generators[nr]) {
        generators[nr](s, args);
        return;
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(table); i++)
        if (table[i].nr == nr)
            gen_plain(s, table[i].kinds, args);
}

unsigned int gen_call_number(struct source *s, bool privileged)
{
    static const uint8_t often[] = {
        __HYPERVISOR_mmu_update,        __HYPERVISOR_mmu_update,
        __HYPERVISOR_mmuext_op,         __HYPERVISOR_mmuext_op,
        __HYPERVISOR_update_va_mapping, __HYPERVISOR_grant_table_op,
        __HYPERVISOR_grant_table_op,    __HYPERVISOR_grant_table_op,
        __HYPERVISOR_event_channel_op,  __HYPERVISOR_event_channel_op,
        __HYPERVISOR_memory_op,         __HYPERVISOR_multicall,
    };

    if (privileged && chance(s, 60))
        return chance(s, 200) ? __HYPERVISOR_domctl : __HYPERVISOR_sysctl;
    if (chance(s, 170))
        return often[below(s, sizeof(often))];
    if (chance(s, 250)) {
        unsigned int nr = table[below(s, ARRAY_SIZE(table))].nr;

        /* What mostly ends in a crash for want of a stack is left to the guests: dom0's ends the
         * run. */
        if (!privileged || (nr != __HYPERVISOR_stack_switch && nr != __HYPERVISOR_iret &&
                            nr != __HYPERVISOR_set_callbacks && nr != __HYPERVISOR_callback_op))
            return nr;
    }
    return take8(s) % 64;
}
