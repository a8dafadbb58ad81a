/* SPDX-License-Identifier: Apache-2.0 */
/* One step of a fuzzed run: some CPU's guest does something, then the hypervisor does what is
 * pending. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include <hv/evtchn_port.h>
#include <hv/hypercall.h>
#include <hv/invariants.h>
#include <hv/percpu.h>
#include <hv/pirq.h>
#include <hv/pv_cpu.h>
#include <hv/pv_mm.h>
#include <hv/softirq.h>
#include <public/errno.h>

struct fuzz_stats *stats;
static bool tracing;
static uint64_t preempt_bits;

/* Long calls are interrupted as the step's bits say. */
static bool preempt(void)
{
    preempt_bits = preempt_bits >> 1 | preempt_bits << 63;
    return preempt_bits & 1;
}

static void say(const char *what, uint64_t a, uint64_t b)
{
    struct vcpu *v = current_vcpu();

    if (tracing)
        printf("  cpu%u d%uv%u: %s %#lx %#lx\n", this_cpu()->id, v->domain->id, v->id, what,
               (unsigned long)a, (unsigned long)b);
}

/* The command of a call that has one: its first argument, or the first word behind it. */
static unsigned int command_of(unsigned int nr, uint64_t first)
{
    uint32_t word = 0;

    if (nr == __HYPERVISOR_domctl || nr == __HYPERVISOR_sysctl || nr == __HYPERVISOR_mmuext_op)
        (void)host_guest_load(first, &word, sizeof(word));
    else
        word = (uint32_t)first;
    return word & 63;
}

static void count(unsigned int nr, unsigned int command, long rc)
{
    if (rc >= 0) {
        stats->call[nr & 63].ok++;
        stats->command[nr & 63][command].ok++;
    } else {
        stats->call[nr & 63].refused++;
        stats->command[nr & 63][command].refused++;
    }
}

static void hypercall(struct source *s, struct vcpu *v)
{
    unsigned int nr, command;
    uint64_t a[6];
    long rc;

    if (!host_hypercall_unfinished(v)) {
        nr = gen_call_number(s, v->domain->is_privileged);
        gen_call(s, nr, a);
        host_hypercall_begin(v, nr, a);
    }
    nr = (unsigned int)v->pv.regs.rax;
    command = command_of(nr, v->pv.regs.rdi);
    if (tracing)
        printf("  cpu%u d%uv%u: %s(%#lx, %#lx, %#lx, %#lx)", this_cpu()->id, v->domain->id, v->id,
               hypercall_name(nr) ? hypercall_name(nr) : "?", (unsigned long)v->pv.regs.rdi,
               (unsigned long)v->pv.regs.rsi, (unsigned long)v->pv.regs.rdx,
               (unsigned long)v->pv.regs.r10);
    fflush(stdout);
    if (host_hypercall_step(v, &rc)) {
        count(nr, command, rc);
        if (tracing)
            printf(" = %ld\n", rc);
    } else if (tracing) {
        printf(" preempted\n");
    }
}

static void store(struct source *s)
{
    uint64_t va = gen_va(s) & ~7ull, val = gen_pte(s);

    say(host_guest_store(va, &val, 8) ? "store" : "store faults", va, val);
}

static void load(struct source *s)
{
    uint64_t va = gen_va(s) & ~7ull, val = 0;

    say(host_guest_load(va, &val, 8) ? "load" : "load faults", va, val);
}

/* A kernel writes to a table it maps read-only: movq %rax, (%rdi), or lock cmpxchg. */
static void table_write_fault(struct source *s, struct vcpu *v)
{
    static const uint8_t mov[] = {0x48, 0x89, 0x07}, cmpxchg[] = {0xf0, 0x48, 0x0f, 0xb1, 0x37};
    const struct guest *g = guest_of(v->domain);
    struct cpu_user_regs saved = v->pv.regs;
    bool plain = chance(s, 200);

    if (!g || host_hypercall_unfinished(v))
        return;
    (void)host_guest_store(guest_va(5), plain ? mov : cmpxchg,
                           plain ? sizeof(mov) : sizeof(cmpxchg));
    v->pv.regs.rip = guest_va(5);
    v->pv.regs.rdi = guest_va(g->pages + below(s, g->tables)) + take16(s) % 512 * 8;
    v->pv.regs.rax = gen_pte(s);
    v->pv.regs.rsi = gen_pte(s);
    if (!plain)
        (void)host_guest_load(v->pv.regs.rdi, &v->pv.regs.rax, 8);
    say("table write", v->pv.regs.rdi, v->pv.regs.rax);
    pv_exception(v, TRAP_PF, PFEC_PRESENT | PFEC_WRITE | PFEC_USER, v->pv.regs.rdi);
    if (v->pv.regs.rip != guest_va(5) && chance(s, 128))
        v->pv.regs = saved;
}

static void exception(struct source *s, struct vcpu *v)
{
    static const uint8_t vectors[] = {0, 1, 3, 4, 6, 7, 10, 11, 12, 13, 14, 16, 17, 19};
    unsigned int vector = vectors[below(s, sizeof(vectors))];
    uint8_t code[8];

    if (host_hypercall_unfinished(v))
        return;
    for (unsigned int i = 0; i < sizeof(code); i++)
        code[i] = take8(s);
    (void)host_guest_store(guest_va(5), code, sizeof(code));
    v->pv.regs.rip = guest_va(5);
    v->pv.regs.rdi = gen_va(s);
    v->pv.regs.rax = v->pv.regs.rcx = gen_any(s);
    say("exception", vector, v->pv.regs.rdi);
    pv_exception(v, vector, take16(s) & 0x1f, gen_va(s));
}

static void lone_ldt_fault(struct source *s, struct vcpu *v)
{
    say("LDT fault", 0, 0);
    (void)pv_ldt_fault(v, (uint64_t)below(s, 3) << PAGE_SHIFT);
}

static void guest_step(struct source *s, struct vcpu *v)
{
    unsigned int what = below(s, 32);

    if (host_hypercall_unfinished(v) || what < 14)
        hypercall(s, v);
    else if (what < 20)
        say(fuzz_recipe(s), 0, 0);
    else if (what < 24)
        store(s);
    else if (what < 26)
        load(s);
    else if (what < 29)
        table_write_fault(s, v);
    else if (what < 30)
        lone_ldt_fault(s, v);
    else if (v->domain->is_privileged && chance(s, 200))
        load(s);
    else if (v->pv.kernel_mode || chance(s, 128))
        exception(s, v);
    else
        pv_user_syscall(v, false);
}

static void outside_step(struct source *s)
{
    if (chance(s, 128)) {
        host_irq_fire(10 + (int)below(s, 24));
        return;
    }
    host_advance((uint64_t)take16(s) * 1000);
}

/* The way out to the guest. */
static void leave(unsigned int cpu)
{
    struct vcpu *v;

    host_run_cpu(cpu);
    v = current_vcpu();
    if (!v->is_idle && !host_hypercall_unfinished(v))
        pv_exit_work(v);
    host_run_cpu(cpu);
}

void fuzz_step(const uint8_t bytes[STEP_BYTES], bool trace)
{
    struct source s;
    unsigned int cpu;
    struct vcpu *v;

    source_init(&s, bytes);
    cpu = below(&s, nr_cpus);

    tracing = trace;
    preempt_bits = (uint64_t)take16(&s) * 0x0001000100010001ull & 0x5511aa0055110044ull;
    host_preempt_hook = preempt;
    host_use_cpu(cpu);
    leave(cpu);
    v = current_vcpu();
    stats->steps++;
    stats->idle += v->is_idle;
    if (v->is_idle || chance(&s, 12))
        outside_step(&s);
    else
        guest_step(&s, v);
    leave(cpu);
    for (unsigned int c = 0; c < nr_cpus; c++)
        host_run_cpu(c);
}

/* Each interrupt that the machine delivers goes to a port that stands for it. */
static const char *check_irqs(void)
{
    for (int irq = 0; irq < HOST_IRQS; irq++) {
        unsigned int pirq;
        struct domain *d = host_irq_owner(irq, &pirq);
        bool found = false;

        if (!d)
            continue;
        for (evtchn_port_t port = 1; !found && port < EVTCHN_2L_NR_CHANNELS; port++) {
            const struct evtchn *chn = evtchn_lookup(d, port);

            found = chn && chn->state == EVTCHNSTAT_pirq && chn->pirq == pirq;
        }
        if (!found || pirq_to_irq(d, pirq) != irq)
            return "an interrupt is bound, and no port stands for it";
    }
    return NULL;
}

const char *fuzz_oracle(void)
{
    const char *why = host_tlb_check();

    if (!why)
        why = host_tables_check();
    if (!why)
        why = invariants_check();
    if (!why)
        why = secrets_check();
    if (!why)
        why = check_irqs();
    for (unsigned int c = 0; !why && c < nr_cpus; c++)
        if (percpu_table[c]->held_ranks)
            why = "a lock is still held";
    return why;
}

/* The end of all guests but dom0, whatever state they are in. */
void fuzz_end(void)
{
    for (unsigned int i = 1; i < WORLD_GUESTS; i++) {
        struct domain *d = live_domain(i);

        for (unsigned int c = 0; c < nr_cpus; c++) {
            host_use_cpu(c);
            if (d != guests[0].d && current_vcpu()->domain != d) {
                while (domain_kill(d) == -XEN_ERESTART)
                    ;
                break;
            }
        }
    }
    host_settle();
}
