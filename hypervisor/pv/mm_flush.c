/* SPDX-License-Identifier: Apache-2.0 */
/* TLB flushes that a guest asks for: from its vCPU numbers to the CPUs that may hold its
 * translations. */
#include <hv/arch.h>
#include <hv/guest_copy.h>
#include <hv/percpu.h>
#include <hv/pv_mm.h>
#include <public/errno.h>

static void add_vcpu_cpus(const struct vcpu *v, struct cpumask *out)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(out->bits); i++)
        out->bits[i] |= read_once(v->dirty_cpu.bits[i]);
    if (read_once(v->is_running)) {
        unsigned int cpu = read_once(v->processor);

        out->bits[cpu / 64] |= 1ull << (cpu % 64);
    }
}

int pv_vcpumask_cpus(struct domain *d, gva_t bitmap, struct cpumask *out)
{
    cpumask_zero(out);
    for (unsigned int base = 0; base < d->max_vcpus; base += 64) {
        unsigned int nr = MIN(d->max_vcpus - base, 64u);
        uint64_t word = 0;

        /* The guest's bitmap is as long as its vCPUs need, in bytes. */
        if (guest_read(&word, gva_add(bitmap, base / 8), (nr + 7) / 8))
            return -XEN_EFAULT;
        for (; word; word &= word - 1) {
            unsigned int id = base + (unsigned int)__builtin_ctzll(word);

            if (id < d->max_vcpus && d->vcpu[id])
                add_vcpu_cpus(d->vcpu[id], out);
        }
    }
    return 0;
}

void pv_flush_local(gva_t va)
{
    struct cpumask self;

    cpumask_zero(&self);
    self.bits[this_cpu()->id / 64] = 1ull << (this_cpu()->id % 64);
    arch_tlb_flush(&self, va);
}

void pv_flush_domain(struct domain *d, gva_t va)
{
    arch_tlb_flush(&d->dirty_cpus, va);
}

bool pv_has_devices(const struct domain *d)
{
    return d->is_privileged || !list_empty(&d->iomem.ranges) || !list_empty(&d->ioports.ranges);
}
