/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a test may do with the host machine: a process that plays a whole computer. There is one
 * thread; the CPUs are switched by the test, and each is either in the hypervisor (when it is
 * this_cpu()) or in its guest.
 */
#pragma once

#include <hv/domain.h>
#include <hv/types.h>
#include <hv/vcpu.h>

struct host_config {
    unsigned int cpus; /* at least 1 */
    uint64_t frames;   /* RAM, in frames */
    bool quiet;        /* console text is kept (host_console_text), not printed */
};

/* Power on: memory, CPUs, scheduler, system domains. Once for each process; tests that need a fresh
 * machine fork. */
void host_boot(const struct host_config *c);

/* ---- CPUs ---- */

/* The test goes on as CPU `cpu`, in whatever guest that CPU runs. */
void host_use_cpu(unsigned int cpu);
/* CPU `cpu` leaves its guest, handles its softirqs (which may switch the guest) and goes back. */
void host_run_cpu(unsigned int cpu);
/* All CPUs, until none has anything pending. */
void host_settle(void);
/* Make `v` current on this CPU at once, whatever the scheduler thinks; for tests of single
 * functions. */
void host_force_current(struct vcpu *v);

/* The hypercall of the current vCPU, restarted until done; the result register. */
long host_hypercall(unsigned int nr, const uint64_t args[6]);
/* One step of it: false when the call was preempted and its instruction is to be executed again. */
bool host_hypercall_step(struct vcpu *v, long *result);
void host_hypercall_begin(struct vcpu *v, unsigned int nr, const uint64_t args[6]);
bool host_hypercall_unfinished(const struct vcpu *v);
/* Decides when arch_poll_interrupts() says "preempt"; NULL: when softirqs are pending only. */
extern bool (*host_preempt_hook)(void);

/* ---- time and devices ---- */

void host_advance(uint64_t ns);        /* move the clock; timers that are due become softirqs */
#define HOST_IRQS        64            /* 0..31: level-triggered lines, above: messages */
#define HOST_MMIO_FRAME  0x10000000ull /* device frames start here: */
#define HOST_MMIO_FRAMES 64
#define HOST_OUR_FRAME   (HOST_MMIO_FRAME + 8) /* one that the hypervisor keeps for itself */
void host_irq_fire(int irq);
/* An interrupt: bound to a domain? Whose, and as what pirq? */
bool host_irq_bound(int irq);
struct domain *host_irq_owner(int irq, unsigned int *pirq);

/* ---- the guest's view ---- */

/* Access by the current vCPU's own instructions, through its page tables. False: page fault. */
bool host_guest_load(uint64_t va, void *dst, size_t len);
bool host_guest_store(uint64_t va, const void *src, size_t len);

/* ---- the TLB model ---- */

/*
 * Every access leaves a translation in the CPU's TLB until it is flushed. NULL, or a text that
 * tells which translation is one too many: its frame was given to someone else, or became a table
 * while writable here, or a table it was found through is not what it was.
 */
const char *host_tlb_check(void);
/* What the CPU would read of tables in use: NULL, or which table or descriptor page has something
 * it must not. */
const char *host_tables_check(void);
unsigned int host_tlb_entries(unsigned int cpu);
void host_tlb_fill(unsigned int cpu, uint64_t va, uint64_t pte, const mfn_t table[4]);
/* Flush counts since boot, for tests of batching. */
extern uint64_t host_tlb_flushes;

/* ---- console and endings ---- */

const char *host_console_text(void); /* the last 64 KiB */
void host_console_clear(void);
/* Called in place of stopping the process when the hypervisor panics or powers off; must not
 * return. */
extern void (*host_on_panic)(void) __noreturn;
extern void (*host_on_shutdown)(unsigned int reason) __noreturn;
/* Run fn in a forked child; true when it panicked with a text that contains `what`. */
bool host_panics(void (*fn)(void), const char *what);
