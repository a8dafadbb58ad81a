/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PV domain builder: the order of the steps, and what each one writes. Layout and page tables
 * are computed elsewhere, without a hypercall; here they meet the hypervisor. Page tables are
 * written last and pinned at once, so that a mistake in them is refused before the domain runs.
 */
#include <domus/build.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <public/features.h>
#include <public/grant_table.h>
#include <public/xen.h>

#include <domus/evtchn.h>
#include <domus/foreign.h>
#include <domus/gnttab.h>

#include "build_layout.h"
#include "build_tables.h"
#include "error.h"
#include "guest_memory.h"
#include "host.h"

/* What no PV domain of ours has; a kernel that requires one of these cannot run. */
#define NEVER_FEATURES                                                                             \
    ((1U << XENFEAT_auto_translated_physmap) | (1U << XENFEAT_supervisor_mode_kernel))

/* Beyond the target, so that page-sized extras (ballooning, grants) do not hit the limit: xl's own
 * figure. */
#define MAX_MEM_SLACK_KIB 1024

#define DR6_DEFAULT 0xffff0ff0UL
#define DR7_DEFAULT 0x400UL
#define RFLAGS_IF   0x200UL

struct state {
    struct dom_build *build;
    struct dom_guest guest;
    struct dom_blob image, ramdisk;
    struct dom_kernel_info kernel;
    struct dom_layout layout;
    char *error;
};

static int fail_errno(struct state *s, const char *what)
{
    int code = errno;

    return dom_fail(s->error, code, "%s: %s", what, strerror(code));
}

static int check_request(struct state *s)
{
    const struct dom_build *b = s->build;

    if (b->target_kib == 0 || b->target_kib % 4)
        return dom_fail(s->error, EINVAL, "memory of %llu KiB is not a positive multiple of 4",
                        (unsigned long long)b->target_kib);
    if (b->max_kib && b->max_kib < b->target_kib)
        return dom_fail(s->error, EINVAL,
                        "maximum memory (%llu KiB) is less than memory (%llu KiB)",
                        (unsigned long long)b->max_kib, (unsigned long long)b->target_kib);
    if (b->cmdline && strlen(b->cmdline) >= MAX_GUEST_CMDLINE)
        return dom_fail(s->error, EINVAL,
                        "kernel command line has %zu bytes, at most %d are allowed",
                        strlen(b->cmdline), MAX_GUEST_CMDLINE - 1);
    if (b->vcpus == 0)
        return dom_fail(s->error, EINVAL, "a domain needs at least one vcpu");
    return 0;
}

static int read_files(struct state *s)
{
    if (dom_kernel_load(s->build->kernel, &s->image, s->error) < 0)
        return -1;
    if (dom_kernel_parse(&s->image, &s->kernel, s->error) < 0)
        return dom_fail_prefix(s->error, s->build->kernel);
    if (s->kernel.features_required & NEVER_FEATURES) {
        dom_fail(s->error, EINVAL,
                 "kernel requires features that PV domains do not have (bits %#x)",
                 s->kernel.features_required & NEVER_FEATURES);
        return dom_fail_prefix(s->error, s->build->kernel);
    }
    if (s->build->ramdisk &&
        dom_blob_read(&s->ramdisk, s->build->ramdisk, DOM_KERNEL_FILE_MAX, s->error) < 0)
        return -1;
    return 0;
}

static int set_limits(struct state *s)
{
    const struct dom_build *b = s->build;
    uint64_t max_kib = b->max_kib ? b->max_kib : b->target_kib;

    if (dom_max_vcpus(b->host, b->domid, b->vcpus) < 0)
        return fail_errno(s, "cannot set the number of vcpus");
    if (dom_set_max_mem(b->host, b->domid, b->target_kib + MAX_MEM_SLACK_KIB) < 0)
        return fail_errno(s, "cannot set the memory limit");
    if (dom_set_ram_map(b->host, b->domid, max_kib) < 0)
        return fail_errno(s, "cannot set the memory map");
    return 0;
}

static int get_memory(struct state *s)
{
    struct dom_guest *g = &s->guest;
    int64_t got;

    g->mfns = malloc(g->pages * sizeof(*g->mfns));
    if (!g->mfns)
        return fail_errno(s, "cannot list the domain's memory");
    got = dom_guest_populate(g);
    if (got < 0)
        return fail_errno(s, "cannot get memory for the domain");
    if ((uint64_t)got < g->pages)
        return dom_fail(s->error, ENOMEM,
                        "the host has only %lld MiB of memory left, the domain needs %llu",
                        (long long)(got / 256), (unsigned long long)(g->pages / 256));
    return 0;
}

static int load_kernel(struct state *s)
{
    for (unsigned int i = 0; i < s->kernel.segment_count; i++) {
        const struct dom_kernel_segment *seg = &s->kernel.segments[i];
        uint64_t rest = seg->memory_size - seg->file_size;

        if (dom_guest_write(&s->guest, seg->paddr, s->image.data + seg->offset, seg->file_size) <
                0 ||
            dom_guest_write(&s->guest, seg->paddr + seg->file_size, NULL, rest) < 0)
            return fail_errno(s, "cannot write the kernel");
    }
    if (s->kernel.hypercall_page != DOM_NOTE_UNSET) {
        uint64_t pfn = (s->kernel.hypercall_page - s->kernel.virt_base) / DOM_PAGE;

        if (dom_hypercall_init(s->build->host, s->build->domid, s->guest.mfns[pfn]) < 0)
            return fail_errno(s, "cannot fill the hypercall page");
    }
    return 0;
}

static int write_span(struct state *s, const struct dom_span *span, const void *data, uint64_t size,
                      const char *what)
{
    uint64_t paddr = span->pfn * DOM_PAGE;

    if (dom_guest_write(&s->guest, paddr, data, size) < 0 ||
        dom_guest_write(&s->guest, paddr + size, NULL, span->pages * DOM_PAGE - size) < 0)
        return fail_errno(s, what);
    return 0;
}

static int make_ports(struct state *s)
{
    struct dom_build *b = s->build;
    int64_t store = dom_evtchn_alloc_unbound(b->host, b->domid, b->store_domid);
    int64_t console = dom_evtchn_alloc_unbound(b->host, b->domid, b->console_domid);

    if (store < 0 || console < 0)
        return fail_errno(s, "cannot make the event channels of console and store");
    b->store_evtchn = (uint32_t)store;
    b->console_evtchn = (uint32_t)console;
    b->store_mfn = s->guest.mfns[s->layout.store.pfn];
    b->console_mfn = s->guest.mfns[s->layout.console.pfn];
    return 0;
}

static int seed_grants(struct state *s)
{
    const struct dom_build *b = s->build;
    const struct dom_grant_seed seeds[] = {
        {GNTTAB_RESERVED_CONSOLE, b->console_domid, b->console_mfn},
        {GNTTAB_RESERVED_XENSTORE, b->store_domid, b->store_mfn},
    };

    if (dom_gnttab_seed(b->host, b->domid, seeds, 2) < 0)
        return fail_errno(s, "cannot grant the pages of console and store");
    return 0;
}

/* Events stay masked on every vcpu until the kernel has set up its entry points. */
static int init_shared_info(struct state *s)
{
    struct dom_build *b = s->build;
    struct shared_info *shared;
    struct dom_info info;

    if (dom_get_info(b->host, b->domid, &info) < 0)
        return fail_errno(s, "cannot find the shared info page");
    b->shared_info_mfn = info.shared_info_frame;
    shared =
        dom_foreign_map(b->host, b->domid, PROT_READ | PROT_WRITE, &b->shared_info_mfn, 1, NULL);
    if (!shared)
        return fail_errno(s, "cannot map the shared info page");
    for (unsigned int i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
        shared->vcpu_info[i].evtchn_upcall_mask = 1;
    dom_foreign_unmap(shared, 1);
    return 0;
}

static int write_start_info(struct state *s)
{
    const struct dom_build *b = s->build;
    const struct dom_layout *l = &s->layout;
    struct start_info si = {
        .magic = "xen-3.0-x86_64",
        .nr_pages = l->total_pages,
        .shared_info = b->shared_info_mfn * DOM_PAGE,
        .flags = SIF_VIRT_P2M_4TOOLS,
        .store_mfn = b->store_mfn,
        .store_evtchn = b->store_evtchn,
        .console.domU = {.mfn = b->console_mfn, .evtchn = b->console_evtchn},
        .pt_base = dom_layout_vaddr(l, dom_tables_root(l)),
        .nr_pt_frames = l->tables.pages,
        .mfn_list = l->p2m_vaddr,
    };

    if (s->ramdisk.size) {
        si.mod_len = s->ramdisk.size;
        si.mod_start = l->ramdisk_mapped ? dom_layout_vaddr(l, l->ramdisk.pfn) : l->ramdisk.pfn;
        if (!l->ramdisk_mapped)
            si.flags |= SIF_MOD_START_PFN;
    }
    if (l->p2m_apart) {
        si.first_p2m_pfn = l->p2m.pfn;
        si.nr_p2m_frames = l->p2m.pages + l->p2m_tables.pages;
    }
    if (b->cmdline)
        memcpy(si.cmd_line, b->cmdline, strlen(b->cmdline) + 1);
    return write_span(s, &l->start_info, &si, sizeof(si), "cannot write the start info page");
}

static int write_tables(struct state *s, const struct dom_span *span)
{
    uint64_t page[512];

    for (uint64_t i = 0; i < span->pages; i++) {
        dom_tables_fill(&s->layout, s->guest.mfns, span->pfn + i, page);
        if (dom_guest_write(&s->guest, (span->pfn + i) * DOM_PAGE, page, sizeof(page)) < 0)
            return fail_errno(s, "cannot write the page tables");
    }
    return 0;
}

static int pin_root(struct state *s)
{
    struct dom_host *host = s->build->host;
    struct mmuext_op op = {
        .cmd = MMUEXT_PIN_L4_TABLE,
        .arg1.mfn = s->guest.mfns[dom_tables_root(&s->layout)],
    };
    void *buf = dom_buf_in(host, &op, sizeof(op));
    int64_t rc;

    if (!buf)
        return fail_errno(s, "cannot pin the page tables");
    rc = dom_hypercall(host, __HYPERVISOR_mmuext_op, (uintptr_t)buf, 1, 0, s->build->domid, 0);
    dom_buf_free(host, buf, sizeof(op));
    return rc < 0 ? fail_errno(s, "the hypervisor refused the page tables") : 0;
}

static int start_vcpu(struct state *s)
{
    const struct dom_layout *l = &s->layout;
    struct vcpu_guest_context *c = calloc(1, sizeof(*c));
    int rc;

    if (!c)
        return fail_errno(s, "cannot set the first vcpu's state");
    c->flags = VGCF_in_kernel | VGCF_online;
    c->user_regs.rip = s->kernel.entry;
    c->user_regs.rsp = dom_layout_vaddr(l, l->stack.pfn + l->stack.pages);
    c->user_regs.rsi = dom_layout_vaddr(l, l->start_info.pfn);
    c->user_regs.rflags = RFLAGS_IF;
    c->user_regs.cs = FLAT_KERNEL_CS;
    c->user_regs.ss = FLAT_KERNEL_SS;
    c->user_regs.ds = c->user_regs.es = c->user_regs.fs = c->user_regs.gs = FLAT_KERNEL_DS;
    c->kernel_ss = c->user_regs.ss;
    c->kernel_sp = c->user_regs.rsp;
    c->ctrlreg[3] = xen_pfn_to_cr3(s->guest.mfns[dom_tables_root(l)]);
    c->debugreg[6] = DR6_DEFAULT;
    c->debugreg[7] = DR7_DEFAULT;
    rc = dom_set_vcpu_context(s->build->host, s->build->domid, 0, c);
    free(c);
    return rc < 0 ? fail_errno(s, "the hypervisor refused the first vcpu's state") : 0;
}

static int write_memory(struct state *s)
{
    const struct dom_layout *l = &s->layout;
    uint64_t list_bytes = l->total_pages * sizeof(uint64_t);

    if (load_kernel(s) < 0)
        return -1;
    if (s->ramdisk.size && write_span(s, &l->ramdisk, s->ramdisk.data, s->ramdisk.size,
                                      "cannot write the ramdisk") < 0)
        return -1;
    if (write_span(s, &l->p2m, s->guest.mfns, list_bytes, "cannot write the frame list") < 0 ||
        write_span(s, &l->store, NULL, 0, "cannot clear the store ring") < 0 ||
        write_span(s, &l->console, NULL, 0, "cannot clear the console ring") < 0 ||
        write_span(s, &l->stack, NULL, 0, "cannot clear the stack") < 0)
        return -1;
    return 0;
}

static int build(struct state *s)
{
    if (check_request(s) < 0 || read_files(s) < 0)
        return -1;
    if (dom_layout_compute(&s->layout, &s->kernel, s->ramdisk.size, s->guest.pages, s->error) < 0)
        return -1;
    if (set_limits(s) < 0 || get_memory(s) < 0 || write_memory(s) < 0)
        return -1;
    if (make_ports(s) < 0 || seed_grants(s) < 0 || init_shared_info(s) < 0 ||
        write_start_info(s) < 0)
        return -1;
    if (write_tables(s, &s->layout.tables) < 0 || write_tables(s, &s->layout.p2m_tables) < 0)
        return -1;
    return pin_root(s) < 0 ? -1 : start_vcpu(s);
}

int dom_build_pv(struct dom_build *request, char *error)
{
    struct state s = {
        .build = request,
        .guest = {.host = request->host, .domid = request->domid, .pages = request->target_kib / 4},
        .error = error,
    };
    int rc = build(&s);
    int saved = errno;

    free(s.guest.mfns);
    dom_blob_free(&s.image);
    dom_blob_free(&s.ramdisk);
    errno = saved;
    return rc;
}
