/* SPDX-License-Identifier: Apache-2.0 */
/* Making the world (world.h). A guest's last pages are its tables; all its pages are mapped, tables
 * read-only. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/arch.h>
#include <hv/hypercall.h>
#include <hv/page_alloc.h>
#include <hv/percpu.h>
#include <hv/personality.h>
#include <hv/pv_mm.h>
#include <public/errno.h>

struct guest guests[WORLD_GUESTS];
unsigned int world_unmapped;
struct guest *const g0 = &guests[0], *const g1 = &guests[1], *const g2 = &guests[2];

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "world: %s\n", what);
    exit(2);
}

void *guest_page(const struct guest *g, unsigned int pfn)
{
    return arch_frame_ptr(mfn(g->p2m[pfn]));
}

static unsigned int l1_pfn(const struct guest *g, unsigned int pfn)
{
    return g->pages + pfn / PTE_ENTRIES;
}

uint64_t guest_l1e_maddr(const struct guest *g, unsigned int pfn)
{
    return g->p2m[l1_pfn(g, pfn)] * PAGE_SIZE + pfn % PTE_ENTRIES * 8;
}

uint64_t guest_l1e(const struct guest *g, unsigned int pfn)
{
    return ((uint64_t *)guest_page(g, l1_pfn(g, pfn)))[pfn % PTE_ENTRIES];
}

mfn_t guest_l4(const struct guest *g)
{
    return mfn(g->p2m[g->pages + g->tables - 1]);
}

static void build_tables(struct guest *g)
{
    const uint64_t flags = PTE_P | PTE_RW | PTE_US | PTE_A;
    unsigned int l2 = g->pages + g->tables - 3, l3 = l2 + 1, l4 = l2 + 2, all = l4 + 1;

    for (unsigned int pfn = 0; pfn < all; pfn++) {
        uint64_t *l1 = guest_page(g, l1_pfn(g, pfn));

        if (pfn >= g->pages - world_unmapped && pfn < g->pages)
            continue;
        l1[pfn % PTE_ENTRIES] =
            pte_make(mfn(g->p2m[pfn]), pfn < g->pages ? flags | PTE_D : flags & ~PTE_RW);
    }
    for (unsigned int pfn = 0; pfn < all; pfn += PTE_ENTRIES)
        ((uint64_t *)guest_page(g, l2))[pfn / PTE_ENTRIES] =
            pte_make(mfn(g->p2m[l1_pfn(g, pfn)]), flags);
    ((uint64_t *)guest_page(g, l3))[pt_index(GUEST_BASE, 3)] = pte_make(mfn(g->p2m[l2]), flags);
    ((uint64_t *)guest_page(g, l4))[pt_index(GUEST_BASE, 4)] = pte_make(mfn(g->p2m[l3]), flags);
}

static void start_vcpus(struct guest *g)
{
    struct vcpu_guest_context *c = calloc(1, sizeof(*c));

    must(c, "memory");
    c->flags = VGCF_in_kernel | VGCF_online;
    c->user_regs.cs = FLAT_KERNEL_CS;
    c->user_regs.ss = FLAT_KERNEL_SS;
    c->user_regs.rip = GUEST_BASE;
    c->user_regs.rsp = guest_va(1);
    c->kernel_sp = guest_va(1);
    c->kernel_ss = FLAT_KERNEL_SS;
    c->event_callback_eip = GUEST_BASE;
    c->failsafe_callback_eip = GUEST_BASE;
    c->syscall_callback_eip = GUEST_BASE;
    for (unsigned int i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++)
        c->trap_ctxt[i] =
            (struct trap_info){.vector = (uint8_t)i, .cs = FLAT_KERNEL_CS, .address = guest_va(6)};
    c->ctrlreg[3] = mfn_to_maddr(guest_l4(g));
    for (unsigned int i = 0; i < WORLD_VCPUS; i++) {
        struct vcpu *v = vcpu_create(g->d, i);

        must(v != NULL, "vcpu_create");
        must(pv_context_set(v, c) == 0, "pv_context_set");
        v->initialised = true;
        atomic_and(&v->pause_flags, ~(uint32_t)VPF_DOWN);
    }
    free(c);
}

int world_make_guest(struct guest *g, domid_t id, bool privileged, unsigned int pages)
{
    struct domain_create_params p = {.id = id, .privileged = privileged, .max_vcpus = WORLD_VCPUS};
    unsigned int all;
    int rc = domain_create(&p, &g->d);

    if (rc)
        return rc;
    g->pages = pages;
    g->tables = (pages + 8) / PTE_ENTRIES + 1 + 3;
    all = g->pages + g->tables;
    g->d->max_pages = all + pages;
    g->p2m = calloc(all, sizeof(*g->p2m));
    must(g->p2m, "memory");
    for (unsigned int pfn = 0; pfn < all; pfn++) {
        struct page *page = page_alloc_domain(g->d, 0, 0);

        must(page != NULL, "no frame for a guest");
        g->p2m[pfn] = page_mfn(page).n;
        arch_m2p_set(page_mfn(page), pfn);
    }
    build_tables(g);
    start_vcpus(g);
    if (privileged) {
        must(!rangeset_add(&g->d->iomem, HOST_MMIO_FRAME, HOST_MMIO_FRAME + HOST_MMIO_FRAMES - 1) &&
                 !rangeset_add(&g->d->ioports, 0, 65535) &&
                 !rangeset_add(&g->d->irqs, 0, HOST_IRQS - 1),
             "rangeset_add");
    }
    return 0;
}

void world_boot(unsigned int cpus, unsigned int pages, bool running)
{
    struct host_config c = {.cpus = cpus, .frames = 16384, .quiet = true};

    host_boot(&c);
    for (unsigned int i = 0; i < WORLD_GUESTS; i++)
        must(world_make_guest(&guests[i], (domid_t)i, i == 0, pages) == 0, "domain_create");
    if (running) {
        for (unsigned int i = 0; i < WORLD_GUESTS; i++)
            domain_unpause_by_control(guests[i].d);
    }
    host_settle();
}

void act_as(const struct guest *g, unsigned int id)
{
    host_use_cpu(0);
    host_force_current(g->d->vcpu[id]);
}

long call(unsigned int nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
    const uint64_t args[6] = {a0, a1, a2, a3};

    return host_hypercall(nr, args);
}

static const struct guest *self(void)
{
    for (unsigned int i = 0; i < WORLD_GUESTS; i++)
        if (guests[i].d == current_vcpu()->domain)
            return &guests[i];
    must(false, "the current vCPU is of no guest of the world");
    return NULL;
}

void *arg_page(unsigned int i)
{
    return guest_page(self(), 1 + i);
}

uint64_t arg_va(unsigned int i)
{
    return guest_va(1 + i);
}

long call_struct(unsigned int nr, uint64_t cmd, void *op, size_t size)
{
    const struct guest *g = self();
    long rc;

    memcpy(guest_page(g, 0), op, size);
    rc = call(nr, cmd, guest_va(0), 1, 0);
    memcpy(op, guest_page(g, 0), size);
    return rc;
}

long call_domctl(struct xen_domctl *op)
{
    const struct guest *g = self();
    long rc;

    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    memcpy(guest_page(g, 0), op, sizeof(*op));
    rc = call(__HYPERVISOR_domctl, guest_va(0), 0, 0, 0);
    memcpy(op, guest_page(g, 0), sizeof(*op));
    return rc;
}
