/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU on this CPU: FPU area, segment state, page-table root, and the switch from one to another.
 */
#include <hv/arch.h>
#include <hv/heap.h>
#include <hv/page_alloc.h>
#include <hv/panic.h>
#include <hv/personality.h>
#include <hv/pv_cpu.h>
#include <hv/sched.h>
#include <hv/string.h>
#include <public/errno.h>
#include <arch/fpu.h>
#include <arch/traps.h>
#include <arch/x86_cpu.h>
#include <arch/x86_mem.h>

int arch_vcpu_init(struct vcpu *v)
{
    if (v->is_idle)
        return 0;
    v->arch = fpu_area_alloc();
    return v->arch ? 0 : -XEN_ENOMEM;
}

void arch_vcpu_destroy(struct vcpu *v)
{
    hv_free(v->arch);
    v->arch = NULL;
}

/* ---- segments: while we run, the guest's GS base is in KERNEL_GS_BASE ---- */

static uint64_t *live_gs_slot(struct vcpu *v)
{
    return v->pv.kernel_mode ? &v->pv.gs_base_kernel : &v->pv.gs_base_user;
}

void arch_save_segments(struct vcpu *v)
{
    struct cpu_user_regs *r = &v->pv.regs;
    uint16_t ds, es, fs, gs;

    __asm__ volatile("movw %%ds, %0; movw %%es, %1; movw %%fs, %2; movw %%gs, %3"
                     : "=m"(ds), "=m"(es), "=m"(fs), "=m"(gs));
    r->ds = ds;
    r->es = es;
    r->fs = fs;
    r->gs = gs;
    v->pv.fs_base = rdmsr(MSR_FS_BASE);
    *live_gs_slot(v) = rdmsr(MSR_KERNEL_GS_BASE);
}

void arch_load_fs_base(struct vcpu *v)
{
    wrmsr(MSR_FS_BASE, v->pv.fs_base);
}

void arch_load_gs_base(struct vcpu *v)
{
    wrmsr(MSR_KERNEL_GS_BASE, *live_gs_slot(v));
}

static void load_segments(struct vcpu *v)
{
    const struct cpu_user_regs *r = &v->pv.regs;
    uint64_t unused;
    int refused = load_selectors(r->ds, r->es, r->fs);

    refused |= load_gs_selector(r->gs, &unused);
    arch_load_fs_base(v);
    arch_load_gs_base(v);
    if (refused && v->initialised)
        v->pv.pending_bounce = true; /* failsafe callback: the selectors named are gone */
}

void arch_switch_mode(struct vcpu *v)
{
    /* kernel_mode is the new mode already: the live base belongs to the other one. */
    uint64_t live = rdmsr(MSR_KERNEL_GS_BASE);

    if (v->pv.kernel_mode) {
        v->pv.gs_base_user = live;
        wrmsr(MSR_KERNEL_GS_BASE, v->pv.gs_base_kernel);
    } else {
        v->pv.gs_base_kernel = live;
        wrmsr(MSR_KERNEL_GS_BASE, v->pv.gs_base_user);
    }
    arch_load_root(v);
}

void arch_load_user_gs(struct vcpu *v, unsigned int selector)
{
    uint64_t base = 0;

    /* A null selector leaves the base alone on some CPUs: that would be the one of ours. */
    if (load_gs_selector(selector, &base) || selector < 4)
        base = 0;
    v->pv.gs_base_user = base;
}

void arch_load_root(struct vcpu *v)
{
    uint64_t root = v->pv.kernel_mode ? v->pv.cr3 : v->pv.cr3_user;

    write_cr3(root ? root : hv_root());
}

void arch_load_debugregs(struct vcpu *v)
{
    const uint64_t *d = v->pv.debugreg;

    write_dr0(d[0]);
    write_dr1(d[1]);
    write_dr2(d[2]);
    write_dr3(d[3]);
    write_dr6(d[6] | 0xffff0ff0);
    write_dr7(d[7] | 0x400);
}

void arch_set_ts(struct vcpu *v, bool on)
{
    (void)v;
    if (on)
        write_cr0(read_cr0() | CR0_TS);
    else
        clts();
}

/* ---- the switch ---- */

static void save_guest(struct vcpu *v)
{
    clts();
    fpu_save(v);
    arch_save_segments(v);
    if (v->pv.debugreg[7] & 0xff)
        write_dr7(0x400);
}

static void load_guest(struct vcpu *v)
{
    struct percpu *p = this_cpu();
    struct x86_cpu *c = p->arch;

    c->tss.rsp0 = (uint64_t)&v->pv.regs.es; /* the CPU pushes its frame into v->pv.regs */
    arch_load_root(v);
    arch_load_gdt(v);
    arch_load_ldt(v);
    load_segments(v);
    fpu_load(v);
    if (v->pv.cr0_guest & CR0_TS)
        arch_set_ts(v, true);
    if (v->pv.debugreg[7] & 0xff)
        arch_load_debugregs(v);
    v->pv.fast_return = false;
}

static void left_cpu(struct vcpu *prev, struct vcpu *next, unsigned int cpu)
{
    if (prev != next)
        cpumask_clear(&prev->dirty_cpu, cpu);
    if (prev->domain != next->domain)
        cpumask_clear(&prev->domain->dirty_cpus, cpu);
}

void arch_context_switch(struct vcpu *prev, struct vcpu *next)
{
    struct percpu *p = this_cpu();

    if (!prev->is_idle)
        save_guest(prev);
    p->current = next;
    /* Loading the next root drops every translation of the previous domain: guests have no global
     * entries. */
    if (next->is_idle) {
        write_cr3(hv_root()); /* a dead guest's tables must not stay loaded */
        __asm__ volatile("lldt %w0" : : "r"(0));
        left_cpu(prev, next, p->id);
        sched_switch_done(prev);
        arch_jump_to(sched_idle_loop);
    }
    cpumask_set(&next->dirty_cpu, p->id);
    cpumask_set(&next->domain->dirty_cpus, p->id);
    load_guest(next);
    left_cpu(prev, next, p->id);
    sched_switch_done(prev);
    pv_update_time(next);
    vcpu_update_runstate_area(next);
    arch_jump_to_guest();
}

/* ---- guest memory ---- */

size_t arch_copy_from_guest(void *dst, gva_t src, size_t len)
{
    return raw_copy(dst, (const void *)src.a, len);
}

size_t arch_copy_to_guest(gva_t dst, const void *src, size_t len)
{
    return raw_copy((void *)dst.a, src, len);
}

size_t arch_clear_guest(gva_t dst, size_t len)
{
    return raw_clear((void *)dst.a, len);
}
