/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small world on the host machine for tests of the hypervisor: dom0 and two guests, each with
 * memory, page tables of its own and vCPUs, all made through the hypervisor's own interfaces.
 */
#pragma once

#include <arch/host.h>
#include <hv/domain.h>
#include <hv/vcpu.h>
#include <public/domctl.h>

#define WORLD_GUESTS 3
#define WORLD_VCPUS  2
#define GUEST_BASE   0x10000000000ull /* where each guest's pages are mapped, in pfn order */
#define ARG_PAGES    8                /* pfns 0..7: arguments of hypercalls */

struct guest {
    struct domain *d;
    unsigned int pages; /* usable pfns: 0 .. pages - 1 are mapped writable */
    unsigned int
        tables; /* pfns pages .. pages + tables - 1: L1 tables, then L2, L3, L4; mapped read-only */
    uint64_t *p2m; /* machine frame of each pfn */
};

extern struct guest guests[WORLD_GUESTS]; /* [0] is dom0 */
extern struct guest *const g0, *const g1, *const g2;

/* So many of each guest's last usable pages it has and does not map (set before world_boot; the
 * fuzzer's secrets). */
extern unsigned int world_unmapped;

/* Boot and make the guests; all stay paused by control unless `running`. `seed` pages for each
 * guest. */
void world_boot(unsigned int cpus, unsigned int pages, bool running);
/* One more guest; its number or -XEN_E*. */
int world_make_guest(struct guest *g, domid_t id, bool privileged, unsigned int pages);

static inline uint64_t guest_va(unsigned int pfn)
{
    return GUEST_BASE + (uint64_t)pfn * PAGE_SIZE;
}

/* A guest's page as the hypervisor sees it. */
void *guest_page(const struct guest *g, unsigned int pfn);
/* Machine address of the L1 entry that maps `pfn`. */
uint64_t guest_l1e_maddr(const struct guest *g, unsigned int pfn);
uint64_t guest_l1e(const struct guest *g, unsigned int pfn);
mfn_t guest_l4(const struct guest *g);

/* From now on CPU 0 runs vCPU `id` of g. */
void act_as(const struct guest *g, unsigned int id);
/* A hypercall of the current vCPU. */
long call(unsigned int nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3);
/* Hypercalls (command, pointer): `op` goes through the guest's argument page and comes back. */
long call_struct(unsigned int nr, uint64_t cmd, void *op, size_t size);
#define call_op(nr, cmd, op) call_struct((nr), (cmd), (op), sizeof(*(op)))
long call_domctl(struct xen_domctl *op);
/* A place for further arguments of the current guest: pfn 1 + i of its argument pages. */
void *arg_page(unsigned int i);
uint64_t arg_va(unsigned int i);
