/* SPDX-License-Identifier: Apache-2.0 */
/* Builds a second domain out of this image, as a toolstack would: domctls, foreign mappings, pinned
 * tables. */
#include "domu.h"

#define PFN_TABLES (DOMU_PAGES - 4) /* L1, L2, L3, L4 */

struct domu_mail domu_mail __attribute__((aligned(4096)));

/* The domain's window for its shared page. */
static uint8_t shared_window[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t domu_stack[4 * PAGE_SIZE] __attribute__((aligned(4096)));

long domctl(unsigned int cmd, domid_t domain, struct xen_domctl *op)
{
    op->cmd = cmd;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    op->domain = domain;
    return HYPERCALL1(__HYPERVISOR_domctl, op);
}

long sysctl(unsigned int cmd, struct xen_sysctl *op)
{
    op->cmd = cmd;
    op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return HYPERCALL1(__HYPERVISOR_sysctl, op);
}

static long set_limits(struct domu *dom)
{
    struct xen_domctl op = {0};
    long rc;

    op.u.max_vcpus.max = 1;
    rc = domctl(XEN_DOMCTL_max_vcpus, dom->id, &op);
    if (rc)
        return rc;
    op = (struct xen_domctl){.u.max_mem.max_memkb = DOMU_PAGES * 4};
    return domctl(XEN_DOMCTL_max_mem, dom->id, &op);
}

long domu_create(struct domu *dom)
{
    struct xen_domctl op = {.u.createdomain = {.max_vcpus = 1,
                                               .max_evtchn_port = 1023,
                                               .max_grant_frames = 4,
                                               .max_maptrack_frames = 4,
                                               .grant_opts = 1}};
    struct xen_memory_reservation memory = {.nr_extents = DOMU_PAGES};
    long rc = domctl(XEN_DOMCTL_createdomain, 0, &op);

    if (rc)
        return rc;
    dom->id = op.domain;
    /* max_vcpus is only an affirmation since createdomain took the number: some answer -EINVAL or
     * 0. */
    rc = set_limits(dom);
    if (rc)
        return rc;
    for (unsigned long pfn = 0; pfn < DOMU_PAGES; pfn++)
        dom->frames[pfn] = pfn;
    set_xen_guest_handle(memory.extent_start, dom->frames);
    memory.domid = dom->id;
    rc = hypercall_memory_op(XENMEM_populate_physmap, &memory);
    return rc == DOMU_PAGES ? 0 : rc < 0 ? rc : -XEN_ENOMEM;
}

long domu_map(domid_t id, unsigned long mfn, void *window)
{
    return HYPERCALL4(__HYPERVISOR_update_va_mapping_otherdomain, window, make_pte(mfn, PTE_RW),
                      UVMF_INVLPG | UVMF_ALL, id);
}

long domu_unmap(void *window)
{
    return page_unprotect(window);
}

/* Fill the domain's frame `pfn` from a page of ours. */
static long fill(struct domu *dom, unsigned long pfn, const void *from, void *window)
{
    long rc = domu_map(dom->id, dom->frames[pfn], window);

    if (rc)
        return rc;
    memcpy(window, from, PAGE_SIZE);
    return domu_unmap(window);
}

static long copy_image(struct domu *dom, void *window)
{
    extern char guest_image_end[];
    unsigned long last = virt_to_pfn(guest_image_end);
    long rc = 0;

    if (last > PFN_TABLES)
        return -XEN_E2BIG;
    for (unsigned long pfn = 0x100; pfn < last && !rc; pfn++)
        rc = fill(dom, pfn, pfn_to_virt(pfn), window);
    return rc;
}

static long build_tables(struct domu *dom, unsigned long shared_frame, void *window)
{
    uint64_t *table = page_alloc();
    unsigned long shared_pfn = virt_to_pfn(shared_window);
    long rc;

    for (unsigned long pfn = 0; pfn < DOMU_PAGES; pfn++)
        table[pfn] = make_pte(pfn == shared_pfn ? shared_frame : dom->frames[pfn],
                              pfn >= PFN_TABLES ? PTE_RO : PTE_RW);
    rc = fill(dom, PFN_TABLES, table, window);
    for (int level = 2; level <= 4 && !rc; level++) {
        memset(table, 0, PAGE_SIZE);
        table[(VIRT_BASE >> (PAGE_SHIFT + 9 * (level - 1))) & 511] =
            make_pte(dom->frames[PFN_TABLES + (unsigned long)level - 2], PTE_TABLE);
        rc = fill(dom, PFN_TABLES + (unsigned long)level - 1, table, window);
    }
    page_free(table);
    return rc;
}

static long build_vcpu(struct domu *dom, void (*entry)(void))
{
    struct vcpu_guest_context *ctx;
    struct xen_domctl op = {0};
    char *upper = page_alloc(), *lower = page_alloc();
    long rc;

    if (upper - lower != PAGE_SIZE)
        guest_panic("the allocator gave no two pages in a row");
    ctx = (void *)lower;
    ctx->flags = VGCF_in_kernel | VGCF_online;
    ctx->user_regs.rip = (unsigned long)entry;
    ctx->user_regs.rsp = (unsigned long)domu_stack + sizeof(domu_stack) - 8;
    ctx->user_regs.cs = FLAT_KERNEL_CS;
    ctx->user_regs.ss = FLAT_KERNEL_SS;
    ctx->kernel_ss = FLAT_KERNEL_SS;
    ctx->kernel_sp = ctx->user_regs.rsp;
    ctx->ctrlreg[3] = xen_pfn_to_cr3(dom->frames[PFN_TABLES + 3]);
    set_xen_guest_handle(op.u.vcpucontext.ctxt, ctx);
    rc = domctl(XEN_DOMCTL_setvcpucontext, dom->id, &op);
    page_free(lower);
    page_free(upper);
    return rc;
}

long domu_build(struct domu *dom, void (*entry)(void), const uint64_t arguments[8])
{
    struct xen_domctl op = {0};
    struct mmuext_op pin = {.cmd = MMUEXT_PIN_L4_TABLE};
    void *window = page_alloc(), *mail = page_alloc();
    unsigned long hypercalls;
    extern const char hypercall_page[];
    long rc = domctl(XEN_DOMCTL_getdomaininfo, dom->id, &op);

    if (rc)
        return rc;
    /* For PV the field holds the machine frame. */
    rc = build_tables(dom, op.u.getdomaininfo.shared_info_frame, window);
    if (!rc)
        rc = copy_image(dom, window);
    for (int i = 0; i < 8; i++)
        ((struct domu_mail *)mail)->argument[i] = arguments[i];
    if (!rc)
        rc = fill(dom, virt_to_pfn(&domu_mail), mail, window);
    page_free(mail);
    page_free(window);
    if (rc)
        return rc;
    hypercalls = virt_to_pfn(hypercall_page);
    op = (struct xen_domctl){.u.hypercall_init.gmfn = dom->frames[hypercalls]};
    rc = domctl(XEN_DOMCTL_hypercall_init, dom->id, &op);
    if (rc)
        return rc;
    pin.arg1.mfn = dom->frames[PFN_TABLES + 3];
    rc = hypercall_mmuext_op(&pin, 1, NULL, dom->id);
    return rc ? rc : build_vcpu(dom, entry);
}

int domu_run(struct domu *dom)
{
    struct xen_domctl op = {0};
    uint32_t flags = 0;

    if (domctl(XEN_DOMCTL_unpausedomain, dom->id, &op))
        return -1;
    if (!WAIT_FOR((op = (struct xen_domctl){0},
                   domctl(XEN_DOMCTL_getdomaininfo, dom->id, &op) == 0 &&
                       (flags = op.u.getdomaininfo.flags) & XEN_DOMINF_shutdown),
                  300000))
        return -1;
    return (flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask;
}

void domu_read_mail(struct domu *dom, struct domu_mail *mail)
{
    void *window = page_alloc();

    memset(mail, 0, sizeof(*mail));
    if (!domu_map(dom->id, dom->frames[virt_to_pfn(&domu_mail)], window))
        memcpy(mail, window, sizeof(*mail));
    domu_unmap(window);
    page_free(window);
}

long domu_destroy(struct domu *dom)
{
    struct xen_domctl op = {0};
    long rc;

    /* Destruction is preemptible towards the caller: it may ask to be called again. */
    for (int i = 0; i < 100000; i++) {
        rc = domctl(XEN_DOMCTL_destroydomain, dom->id, &op);
        if (rc != -XEN_ERESTART && rc != -XEN_EAGAIN)
            break;
    }
    return rc;
}

void domu_start_here(void)
{
    guest_shared = (struct shared_info *)shared_window;
    trap_init();
    event_enable();
}

void domu_report(uint64_t value)
{
    domu_mail.result[domu_mail.results_done] = value;
    __atomic_fetch_add(&domu_mail.results_done, 1, __ATOMIC_SEQ_CST);
}

void domu_end(unsigned int reason)
{
    guest_shutdown(reason);
}
