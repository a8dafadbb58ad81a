/* SPDX-License-Identifier: Apache-2.0 */
/* What domain 0 finds at its start: start_info, the first vCPU's registers, and the machine it may
 * use. */
#include <hv/arch.h>
#include <hv/dom_build.h>
#include <hv/panic.h>
#include <hv/printk.h>
#include <hv/pv_cpu.h>
#include <hv/string.h>

#define LAST_PORT 0xffffu

/* AMD's HyperTransport range, just below 1 TiB: accesses have side effects, there is nothing to
 * drive. */
#define HT_FIRST_FRAME 0xfd00000ull
#define HT_LAST_FRAME  0xfffffffull

void build_start_info(struct dom_build *b)
{
    struct start_info *si = build_ptr(b, build_pfn(b, b->start_info_va));
    const struct dom0_image *img = b->img;

    memset(si, 0, PAGE_SIZE);
    hv_strlcpy(si->magic, "xen-3.0-x86_64", sizeof(si->magic));
    si->nr_pages = b->nr_pages;
    si->shared_info = mfn_to_maddr(b->d->shared_mfn);
    si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
    si->pt_base = b->pt_va;
    si->nr_pt_frames = b->nr_pt;
    si->mfn_list = b->p2m_va;
    if (b->p2m_tables) {
        si->first_p2m_pfn = b->p2m_pfn;
        si->nr_p2m_frames = b->p2m_frames + b->p2m_tables;
    }
    if (img->initrd_size) {
        si->mod_len = img->initrd_size;
        si->mod_start = b->v_base + (b->initrd_pfn << PAGE_SHIFT);
        if (b->elf.mod_start_pfn) {
            si->mod_start = b->initrd_pfn;
            si->flags |= SIF_MOD_START_PFN;
        }
    }
    if (img->cmdline && hv_strlcpy((char *)si->cmd_line, img->cmdline, sizeof(si->cmd_line)) >=
                            sizeof(si->cmd_line))
        log_warn("Domain 0's command line was cut to %u characters\n", MAX_GUEST_CMDLINE - 1);
    if (img->vga_info && img->vga_info_size <= PAGE_SIZE - sizeof(*si)) {
        si->console.dom0.info_off = sizeof(*si);
        si->console.dom0.info_size = (uint32_t)img->vga_info_size;
        memcpy(si + 1, img->vga_info, img->vga_info_size);
    }
}

void build_first_vcpu(struct dom_build *b, struct vcpu *v)
{
    struct cpu_user_regs *r = &v->pv.regs;

    r->rip = b->elf.entry;
    r->rsp = b->stack_va + PAGE_SIZE;
    r->rsi = b->start_info_va;
    r->cs = FLAT_KERNEL_CS;
    r->ss = FLAT_KERNEL_SS;
    r->ds = r->es = r->fs = r->gs = FLAT_KERNEL_DS;
    r->rflags = RFLAGS_IF | RFLAGS_MBS;
    v->pv.kernel_mode = true;
    v->pv.kernel_ss = r->ss;
    v->pv.kernel_sp = r->rsp;
    /* The kernel unmasks events when it has set its callbacks. */
    v->info->evtchn_upcall_mask = 1;
    v->initialised = true;
    atomic_and(&v->pause_flags, ~(uint32_t)VPF_DOWN);
}

/* All frames that the CPU has address lines for. */
static int permit_frames(struct domain *d)
{
    uint32_t r[4];
    unsigned int bits = 36;
    int rc;

    arch_cpuid(0x80000000, 0, r);
    if (r[0] >= 0x80000008) {
        arch_cpuid(0x80000008, 0, r);
        bits = r[0] & 0xff;
    }
    rc = rangeset_add(&d->iomem, 0, (1ull << (bits - PAGE_SHIFT)) - 1);
    arch_cpuid(0, 0, r);
    if (!rc && r[1] == 0x68747541 && r[3] == 0x69746e65 && r[2] == 0x444d4163) /* AuthenticAMD */
        rc = rangeset_remove(&d->iomem, HT_FIRST_FRAME, HT_LAST_FRAME);
    return rc;
}

/*
 * Everything but what the hypervisor drives itself. Frames of memory are not covered: those need a
 * reference on the frame, which only their owner gives; device frames that are ours are refused by
 * pte_take().
 */
const char *build_permissions(struct domain *d)
{
    unsigned int port = 0;

    if (permit_frames(d) || rangeset_add(&d->irqs, 0, ~0u))
        return "not enough memory for permissions";
    while (port <= LAST_PORT) {
        unsigned int first;

        while (port <= LAST_PORT && arch_port_is_ours(port, 1))
            port++;
        for (first = port; port <= LAST_PORT && !arch_port_is_ours(port, 1);)
            port++;
        if (first < port && rangeset_add(&d->ioports, first, port - 1))
            return "not enough memory for permissions";
    }
    return NULL;
}
