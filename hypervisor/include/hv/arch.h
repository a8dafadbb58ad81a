/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole contract between the portable hypervisor (core, sched, pv) and a machine. arch/x86
 * implements it on hardware; arch/host implements it in a user-space process for tests, fuzzing and
 * simulation. Nothing else of the machine is visible above this line.
 */
#pragma once

#include <hv/cpumask.h>
#include <hv/types.h>

struct domain;
struct vcpu;

/* ---- memory of the machine ---- */

/* The hypervisor's own mapping of a RAM frame; valid for every frame below frame_table_end(). */
void *arch_frame_ptr(mfn_t m);
/* The frame behind a pointer that arch_frame_ptr() gave. */
mfn_t arch_ptr_frame(const void *p);
/* Fill a frame with zeroes; copy bytes between two frames that are not the same. */
void arch_frame_zero(mfn_t m);
void arch_frame_copy(void *dst, const void *src, size_t len);
/* True when the frame is RAM that the hypervisor manages (not a hole, not MMIO). */
bool arch_frame_is_ram(mfn_t m);

/* ---- guest memory, through the page tables of the current vCPU ---- */

/*
 * Copy between a hypervisor buffer and the current guest's virtual addresses. Return the number of
 * bytes NOT copied (0: success). Never touch the hypervisor's own range. Callers are guest_copy.c
 * only.
 */
size_t arch_copy_from_guest(void *dst, gva_t src, size_t len);
size_t arch_copy_to_guest(gva_t dst, const void *src, size_t len);
size_t arch_clear_guest(gva_t dst, size_t len);
/* The highest machine frame number any guest may be told of (the M2P's size). */
uint64_t arch_max_frame(void);

/* ---- page tables ---- */

/* Make `v`'s page-table root (v->pv.cr3 or cr3_user, by mode) the CPU's. Only for the current vCPU.
 */
void arch_load_root(struct vcpu *v);
/* Write the hypervisor's own entries into a frame that becomes an L4 table of `d`. */
void arch_l4_init(struct domain *d, mfn_t l4);
/* Store a machine-to-phys entry (readable by guests). */
void arch_m2p_set(mfn_t m, uint64_t pfn);
uint64_t arch_m2p_get(mfn_t m);
/* The frames that hold the M2P, for XENMEM_machphys_mfn_list: frame of the i-th 2 MiB, INVALID_MFN
 * past the end. */
mfn_t arch_m2p_frame(unsigned int index);
/* Flush one address (all: gva.a == ~0) on every CPU in `cpus`, wait until done. global: also global
 * entries. */
void arch_tlb_flush(const struct cpumask *cpus, gva_t addr);
/* A clock that ticks at each whole flush; page_alloc stamps freed frames with it. */
uint64_t arch_tlb_clock(void);
/* Flush every CPU of `cpus` that has not flushed wholly since `stamp`. */
void arch_tlb_flush_older(const struct cpumask *cpus, uint64_t stamp);
/* Install the guest's GDT frames (count of v->pv.gdt_ents) / LDT of the current vCPU. */
void arch_load_gdt(struct vcpu *v);
void arch_load_ldt(struct vcpu *v);
/* Write back and invalidate caches, for a guest that owns devices. */
void arch_cache_flush(void);

/* ---- vCPUs ---- */

/* Allocate / free what the machine keeps per vCPU (FPU area …). 0 or -XEN_ENOMEM. */
int arch_vcpu_init(struct vcpu *v);
void arch_vcpu_destroy(struct vcpu *v);
/* Switch this CPU from `prev` to `next` and continue there: never returns to the caller's frame. */
void arch_context_switch(struct vcpu *prev, struct vcpu *next) __noreturn;
/* After v->pv.kernel_mode flipped: exchange the live GS base for the other mode's, load the other
 * root. */
void arch_switch_mode(struct vcpu *v);
/* SEGBASE_GS_USER_SEL: load the guest's gs selector; its descriptor's base goes to
 * v->pv.gs_base_user. */
void arch_load_user_gs(struct vcpu *v, unsigned int selector);
/* The guest's CR0.TS: the next vector instruction raises #NM. */
void arch_set_ts(struct vcpu *v, bool on);
/* Make v->pv.fs_base, or v->pv.gs_base_kernel, that of the CPU: the current vCPU's, in its kernel.
 */
void arch_load_fs_base(struct vcpu *v);
void arch_load_gs_base(struct vcpu *v);
/* Read the live segment bases of the current vCPU back into v->pv. */
void arch_save_segments(struct vcpu *v);
/* Make a debug register of the current vCPU live. */
void arch_load_debugregs(struct vcpu *v);
/* FPU state of a vCPU that is not running, in the ABI's fxsave format
 * (vcpu_guest_context.fpu_ctxt), 512 bytes. */
void arch_fpu_get(struct vcpu *v, void *fxsave);
void arch_fpu_set(struct vcpu *v, const void *fxsave);

/* ---- CPUs ---- */

/* Ask another CPU to look at its softirqs. */
void arch_kick_cpu(unsigned int cpu);
/* One step of waiting in a spin loop: relax the CPU and serve TLB-flush requests made to it. */
void arch_spin_wait(void);
/* Let pending interrupts in for a moment, then tell whether softirqs are pending: the preemption
 * check. */
bool arch_poll_interrupts(void);
/* Idle: wait for an interrupt unless a softirq is pending. */
void arch_idle(void);

/* ---- time ---- */

/* Nanoseconds since boot, monotonic, the same on every CPU. */
uint64_t arch_now_ns(void);
/* Raise SOFTIRQ_TIMER on this CPU at `deadline` (ns since boot); ~0: never. */
void arch_set_timer(uint64_t deadline);
/* The machine's wall clock: nanoseconds since 1970 at boot-time 0. */
uint64_t arch_wallclock_at_boot(void);

/* ---- interrupts of devices ---- */

/* Bind a hardware interrupt to pirq_fire(d, pirq). Used by core/pirq.c. 0 or -errno. */
int arch_irq_bind(struct domain *d, unsigned int pirq, int irq, bool shareable);
void arch_irq_unbind(struct domain *d, int irq);
/* The guest has handled a level-triggered interrupt. */
void arch_irq_eoi(struct domain *d, int irq);
/* Does a guest have to tell of each end of interrupt (level-triggered)? */
bool arch_irq_needs_eoi(int irq);

/* ---- the CPU and devices, for pv/'s emulation ---- */

void arch_cpuid(uint32_t leaf, uint32_t sub, uint32_t r[4]);
/* Does SYSENTER from 32-bit code work while the CPU runs in 64-bit mode? */
bool arch_has_sysenter(void);
/* 0, or -1 when the CPU raises #GP. */
int arch_rdmsr(uint32_t msr, uint64_t *value);
/* XCR0 bits a guest may set; 0: no XSAVE. Bytes of the save area for all of them. */
uint64_t arch_xcr0_mask(void);
void arch_set_xcr0(struct vcpu *v, uint64_t value);
uint32_t arch_port_in(unsigned int port, unsigned int bytes);
void arch_port_out(unsigned int port, unsigned int bytes, uint32_t value);
/* The port must not reach any guest (it would disturb the hypervisor itself). */
bool arch_port_is_ours(unsigned int port, unsigned int bytes);
/* The frame holds device registers that are the hypervisor's alone (LAPIC, IO-APIC, MSI-X tables).
 */
bool arch_frame_is_ours(mfn_t m);
/* How TSC ticks become ns: ((tsc << shift) * mul) >> 32 (shift may be negative); offset in ns for
 * tsc = `tsc_base`. */
void arch_tsc_scale(uint32_t *mul, int8_t *shift);
uint64_t arch_read_tsc(uint64_t *now); /* a TSC value and the system time that belongs to it */
uint32_t arch_tsc_khz(void);
/* GSIs, IO-APIC registers as dom0 may ask for them (PHYSDEVOP_apic_read/write). */
unsigned int arch_nr_gsis(void);
int arch_gsi_setup(unsigned int gsi, bool level, bool active_low);
int arch_ioapic_read(uint64_t base, uint32_t reg, uint32_t *value);
int arch_ioapic_write(uint64_t base, uint32_t reg, uint32_t value);
/* A PCI function's MSI (entry < 0) or MSI-X entry: allocate an irq and program the function. irq >=
 * 0 or -XEN_E*. */
int arch_msi_setup(unsigned int seg, unsigned int bus, unsigned int devfn, int entry,
                   uint64_t table_base, unsigned int count, int irq_out[32]);
void arch_msi_free(int irq);
/* Restore a function's MSI programming after dom0 reset it (PHYSDEVOP_restore_msi). */
int arch_msi_restore(unsigned int seg, unsigned int bus, unsigned int devfn);
/* Do the ACPI tables name this memory-mapped PCI configuration window? */
bool arch_pci_window_known(uint64_t addr, unsigned int seg, unsigned int first, unsigned int last);
/* ACPI sleep: write the PM1 control blocks (val_a, val_b as ACPI's AML gave them). Returns only on
 * failure. */
int arch_acpi_sleep(unsigned int state, uint32_t val_a, uint32_t val_b);
/* The machine's memory map, as E820 rows. Returns the number of rows copied. */
struct hv_e820 {
    uint64_t addr, size;
    uint32_t type;
};
unsigned int arch_e820(struct hv_e820 *out, unsigned int max);
/* Facts of the machine for sysctl physinfo: cores and threads per package; apic id of a CPU. */
void arch_topology(unsigned int cpu, unsigned int *package, unsigned int *core,
                   unsigned int *thread);
uint32_t arch_apic_id(unsigned int cpu);

/* The build id of this image and its length in bytes; NULL: none. */
const void *arch_build_id(size_t *len);

/* ---- console, end of the world ---- */

void arch_console_write(const char *text, size_t len);
/* Power actions; reason is SHUTDOWN_poweroff, SHUTDOWN_reboot … of public/sched.h. */
void arch_machine_shutdown(unsigned int reason) __noreturn;
/* Stop everything after the panic text was written. */
void arch_panic_stop(void) __noreturn;
/* The return address chain of this CPU, to the log. */
void arch_dump_stack(void);
