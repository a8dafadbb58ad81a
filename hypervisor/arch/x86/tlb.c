/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLB flushes across CPUs. A request goes into the target's mailbox and an IPI follows; a target
 * that spins for a lock serves its mailbox from arch_spin_wait(), so the one who waits for it may
 * hold that lock. The clock counts whole flushes: a CPU whose `tlb_seen` is past a frame's stamp
 * cannot know the frame any more.
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/percpu.h>
#include <hv/vcpu.h>
#include <arch/lapic.h>
#include <arch/x86_cpu.h>
#include <arch/x86_mem.h>

static uint64_t tlb_clock = 1;

enum { FLUSH_NONE, FLUSH_FILLING, FLUSH_POSTED };

/* All that guests can have there: entries of theirs are never global (pte_stored_form). */
void tlb_flush_local(void)
{
    /* The stamp is read first: entries dropped after it are covered by a later one. */
    write_once(this_cpu()->tlb_seen, atomic_add(&tlb_clock, 1));
    write_cr3(read_cr3());
}

void tlb_flush_global(void)
{
    uint64_t cr4 = read_cr4();

    write_cr4(cr4 & ~CR4_PGE);
    write_cr4(cr4 | CR4_PGE);
}

static void flush_one_or_all(uint64_t addr)
{
    if (addr == ~0ull)
        tlb_flush_local();
    else
        invlpg(addr);
}

void tlb_serve_requests(void)
{
    struct x86_cpu *c = x86_this();

    if (load_acquire(c->flush_request) != FLUSH_POSTED)
        return;
    flush_one_or_all(c->flush_addr);
    store_release(c->flush_request, FLUSH_NONE);
}

/* Post to one other CPU. A mailbox still full is waited for: its owner serves it wherever it spins.
 */
static void post(unsigned int cpu, uint64_t addr)
{
    struct x86_cpu *c = percpu_table[cpu]->arch;

    for (;;) {
        uint32_t none = FLUSH_NONE;

        if (atomic_cas(&c->flush_request, &none, FLUSH_FILLING))
            break;
        arch_spin_wait();
    }
    c->flush_addr = addr;
    store_release(c->flush_request, FLUSH_POSTED);
    lapic_send_ipi(cpu, VECTOR_FLUSH);
}

static void wait_done(unsigned int cpu)
{
    struct x86_cpu *c = percpu_table[cpu]->arch;

    while (load_acquire(c->flush_request) != FLUSH_NONE)
        arch_spin_wait();
}

void arch_tlb_flush(const struct cpumask *cpus, gva_t addr)
{
    unsigned int self = this_cpu()->id, c;
    struct cpumask targets;

    cpumask_and(&targets, cpus, &cpu_online);
    if (nr_cpus > 1) {
        for_each_cpu(c, &targets) if (c != self) post(c, addr.a);
    }
    if (cpumask_test(&targets, self))
        flush_one_or_all(addr.a);
    if (nr_cpus > 1) {
        for_each_cpu(c, &targets) if (c != self) wait_done(c);
    }
}

uint64_t arch_tlb_clock(void)
{
    return read_once(tlb_clock);
}

void arch_tlb_flush_older(const struct cpumask *cpus, uint64_t stamp)
{
    struct cpumask late;
    bool any = false;
    unsigned int c;

    for_each_cpu(c, cpus)
    {
        if (!cpumask_test(&cpu_online, c) || read_once(percpu_table[c]->tlb_seen) > stamp)
            continue;
        /* Seldom: the mask is not touched before it is needed. */
        if (!any)
            cpumask_zero(&late);
        any = true;
        cpumask_set(&late, c);
    }
    if (any)
        arch_tlb_flush(&late, gva(~0ull));
}

void arch_spin_wait(void)
{
    cpu_relax();
    tlb_serve_requests();
}
