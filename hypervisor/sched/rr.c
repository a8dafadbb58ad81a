/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Round robin: one queue per CPU, equal slices, no credit. A vCPU is placed when it wakes, on the
 * CPU with the fewest others; nothing moves later. The smallest complete policy, to read first and
 * to compare others with.
 */
#include <hv/atomic.h>
#include <hv/domain.h>
#include <hv/heap.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/sched_policy.h>
#include <hv/time.h>
#include <hv/vcpu.h>
#include <public/errno.h>

struct rr_cpu {
    struct list queue;
    unsigned int nr; /* queued, and running if not idle; read by others without the lock */
};

struct rr_vcpu {
    struct list link;
    struct vcpu *v;
};

enum { RR_SLICE_US };
static const struct sched_param params[] = {
    [RR_SLICE_US] = {"tslice_us", "us", 100, 1000000, 10000, PARAM_GLOBAL},
};
static uint64_t slice_ns = 10 * NS_PER_MS;

static int rr_init_cpu(unsigned int cpu, void **priv)
{
    struct rr_cpu *c = hv_zalloc(sizeof(*c));

    (void)cpu;
    if (!c)
        return -XEN_ENOMEM;
    list_init(&c->queue);
    *priv = c;
    return 0;
}

static int rr_init_domain(struct domain *d)
{
    (void)d;
    return 0;
}

static void rr_destroy_domain(struct domain *d)
{
    (void)d;
}

static int rr_init_vcpu(struct vcpu *v)
{
    struct rr_vcpu *r = hv_zalloc(sizeof(*r));

    if (!r)
        return -XEN_ENOMEM;
    list_init(&r->link);
    r->v = v;
    v->sched_priv = r;
    return 0;
}

static void rr_destroy_vcpu(struct vcpu *v)
{
    hv_free(v->sched_priv);
    v->sched_priv = NULL;
}

static unsigned int rr_pick_cpu(struct vcpu *v)
{
    unsigned int cpu, best = MAX_CPUS, least = ~0u;

    for_each_cpu(cpu, &v->hard_affinity)
    {
        const struct rr_cpu *c = cpumask_test(&cpu_online, cpu) ? sched_cpu_priv(cpu) : NULL;
        unsigned int nr = c ? read_once(c->nr) : ~0u;

        if (nr < least || (nr == least && cpu == v->processor)) {
            least = nr;
            best = cpu;
        }
    }
    return best < MAX_CPUS ? best : v->processor;
}

static void enqueue(struct rr_cpu *c, struct vcpu *v)
{
    struct rr_vcpu *r = v->sched_priv;

    list_add_tail(&c->queue, &r->link);
    c->nr++;
}

static bool rr_wake(struct vcpu *v, uint64_t now)
{
    (void)now;
    enqueue(sched_cpu_priv(v->processor), v);
    return sched_cpu_current(v->processor)->is_idle;
}

static void rr_sleep(struct vcpu *v, uint64_t now)
{
    struct rr_cpu *c = sched_cpu_priv(v->processor);
    struct rr_vcpu *r = v->sched_priv;

    (void)now;
    list_del(&r->link);
    c->nr--;
}

static void rr_yield(struct vcpu *v)
{
    (void)v; /* it goes to the end of the queue anyway */
}

static struct sched_decision rr_pick_next(unsigned int cpu, struct vcpu *current, bool runnable,
                                          struct vcpu *idle, uint64_t now)
{
    struct rr_cpu *c = sched_cpu_priv(cpu);
    struct rr_vcpu *r;

    (void)now;
    if (!current->is_idle)
        c->nr--;
    if (runnable)
        enqueue(c, current);
    r = list_first(&c->queue, struct rr_vcpu, link);
    if (!r)
        return (struct sched_decision){idle, ~0ull};
    list_del(&r->link); /* it stays in nr while it runs */
    return (struct sched_decision){r->v, slice_ns};
}

static int rr_get_param(struct domain *d, unsigned int param, int64_t *value)
{
    (void)d;
    if (param != RR_SLICE_US)
        return -XEN_EINVAL;
    *value = (int64_t)(slice_ns / NS_PER_US);
    return 0;
}

static int rr_set_param(struct domain *d, unsigned int param, int64_t value)
{
    (void)d;
    if (param != RR_SLICE_US)
        return -XEN_EINVAL;
    slice_ns = (uint64_t)value * NS_PER_US;
    return 0;
}

static void rr_dump(unsigned int cpu)
{
    const struct rr_cpu *c = sched_cpu_priv(cpu);
    const struct rr_vcpu *r;

    list_for_each (r, &c->queue, link)
        log_info("  waits: d%uv%u\n", r->v->domain->id, r->v->id);
}

const struct sched_policy sched_rr = {
    .name = "rr",
    .abi_id = 0x100, /* ours; the ABI has none */
    .params = params,
    .nr_params = ARRAY_SIZE(params),
    .init_cpu = rr_init_cpu,
    .init_domain = rr_init_domain,
    .destroy_domain = rr_destroy_domain,
    .init_vcpu = rr_init_vcpu,
    .destroy_vcpu = rr_destroy_vcpu,
    .pick_cpu = rr_pick_cpu,
    .wake = rr_wake,
    .sleep = rr_sleep,
    .yield = rr_yield,
    .pick_next = rr_pick_next,
    .get_param = rr_get_param,
    .set_param = rr_set_param,
    .dump = rr_dump,
};
