/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credit policy. Credit is CPU time in nanoseconds that a vCPU may use: running costs it, and
 * once a period the time of all CPUs is shared out among the domains that want to run, by weight
 * and up to their cap.
 *
 *  BOOST  has credit and has just woken: runs before all others, for a moment
 *  UNDER  has credit
 *  OVER   has used more than its share: runs when nobody above wants to
 *
 * A capped domain's vCPU that is too far in debt is parked (paused) until its debt is paid. Queues
 * are per CPU; a CPU that would idle, or run an OVER vCPU, looks for better ones on the queues of
 * others.
 */
#include <hv/atomic.h>
#include <hv/cmdline.h>
#include <hv/domain.h>
#include <hv/heap.h>
#include <hv/lock.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/sched_policy.h>
#include <hv/time.h>
#include <hv/timer.h>
#include <hv/vcpu.h>
#include <public/errno.h>

enum prio { BOOST, UNDER, OVER, IDLE };

#define BOOST_NS (10 * NS_PER_MS) /* so long a woken vCPU keeps its precedence */
#define RETRY_NS                                                                                   \
    (50 * NS_PER_US) /* an idle CPU found a queue locked or a vCPU not quite off its CPU */

struct credit_cpu {
    struct list queue;      /* by prio, first come first served within one */
    unsigned int nr_queued; /* read by others without the lock */
    enum prio prio;         /* of the current vCPU */
    uint64_t started;       /* when the current vCPU began to run */
};

struct credit_domain {
    struct list link; /* in `domains` */
    struct list vcpus;
    unsigned int weight, cap; /* cap in percent of one CPU; 0: none */
    /* One accounting: */
    unsigned int active; /* vCPUs that take part */
    int64_t most;        /* what it can use at all */
    int64_t share;       /* what it gets; < 0: not settled yet */
};

struct credit_vcpu {
    struct list link;    /* in a queue */
    struct list sibling; /* in its domain */
    struct vcpu *v;
    struct credit_domain *dom;
    int64_t credit;   /* ns */
    uint64_t charged; /* running: paid up to this time */
    enum prio prio;
    bool queued, yielding, parked, active;
    bool used;     /* ran since the last accounting */
    bool no_boost; /* wakes because it was unparked */
};

static uint64_t period_ns = 30 * NS_PER_MS; /* also the longest slice */
static uint64_t ratelimit_ns = NS_PER_MS;   /* shortest run before another takes over */
static struct cpumask idlers;

static struct spinlock lock =
    SPINLOCK_INIT(LOCK_SCHED_POLICY); /* list of domains, their lists of vCPUs */
static struct list domains = LIST_INIT(domains);
static struct timer accounting_timer;
static bool accounting_on;

enum { P_WEIGHT, P_CAP, P_TSLICE_MS, P_RATELIMIT_US };
static const struct sched_param params[] = {
    [P_WEIGHT] = {"weight", "", 1, 65535, 256, PARAM_DOMAIN},
    [P_CAP] = {"cap", "%", 0, 65535, 0, PARAM_DOMAIN},
    [P_TSLICE_MS] = {"tslice_ms", "ms", 1, 1000, 30, PARAM_GLOBAL},
    [P_RATELIMIT_US] = {"ratelimit_us", "us", 0, 500000, 1000, PARAM_GLOBAL},
};

static int parse_param(const char *s, unsigned int param, uint64_t *ns, uint64_t unit)
{
    uint64_t v;

    if (parse_u64(s, &v) || (int64_t)v < params[param].min || (int64_t)v > params[param].max)
        return -1;
    *ns = v * unit;
    return 0;
}

static int parse_tslice(const char *s)
{
    return parse_param(s, P_TSLICE_MS, &period_ns, NS_PER_MS);
}

static int parse_ratelimit(const char *s)
{
    return parse_param(s, P_RATELIMIT_US, &ratelimit_ns, NS_PER_US);
}

HV_OPTION(tslice, "sched_credit_tslice_ms",
          "credit: longest slice and accounting period, 1 to 1000", parse_tslice);
HV_OPTION(ratelimit, "sched_ratelimit_us", "credit: shortest run before preemption, 0 to 500000",
          parse_ratelimit);

static struct credit_vcpu *cv_of(const struct vcpu *v)
{
    return v->sched_priv;
}

/* ---- one queue; its lock is held ---- */

static void enqueue(struct credit_cpu *c, struct credit_vcpu *cv)
{
    struct list *pos = &c->queue;

    /* Behind all of its class; one that yields goes behind everybody, once. */
    while (!cv->yielding && pos->prev != &c->queue &&
           list_entry(pos->prev, struct credit_vcpu, link)->prio > cv->prio)
        pos = pos->prev;
    list_add_tail(pos, &cv->link);
    cv->yielding = false;
    cv->queued = true;
    c->nr_queued++;
}

static void dequeue(struct credit_cpu *c, struct credit_vcpu *cv)
{
    list_del(&cv->link);
    cv->queued = false;
    c->nr_queued--;
}

static enum prio by_credit(const struct credit_vcpu *cv)
{
    return cv->credit >= 0 ? UNDER : OVER;
}

/* A running vCPU pays for the time since it last did. */
static void charge(struct credit_vcpu *cv, uint64_t now)
{
    if (now <= cv->charged)
        return;
    cv->credit -= (int64_t)(now - cv->charged);
    cv->charged = now;
    cv->used = true;
}

/* Have an idle CPU come and look, when it may run the vCPU. */
static void call_idler(const struct vcpu *v)
{
    struct cpumask m;
    unsigned int cpu;

    cpumask_and(&m, &idlers, &v->hard_affinity);
    cpu = cpumask_next(&m, 0);
    if (cpu < MAX_CPUS) {
        cpumask_clear(&idlers, cpu); /* the next caller finds another */
        sched_resched(cpu);
    }
}

/* ---- accounting: once a period, with no run-queue lock held ---- */

/* Which vCPUs take part: those that ran, want to run, or have debts to pay. */
static void find_active(struct credit_domain *dom, uint64_t now)
{
    struct credit_vcpu *cv;

    dom->active = 0;
    list_for_each (cv, &dom->vcpus, sibling) {
        unsigned int cpu = sched_lock_vcpu(cv->v);

        if (sched_cpu_current(cpu) == cv->v)
            charge(cv, now);
        cv->active = cv->used || cv->credit < 0 || cv->v->runstate.state <= RUNSTATE_runnable;
        cv->used = false;
        dom->active += cv->active;
        sched_unlock(cpu);
    }
    dom->most = (int64_t)(dom->active * period_ns);
    if (dom->cap)
        dom->most = MIN(dom->most, (int64_t)(dom->cap * period_ns / 100));
    dom->share = dom->active ? -1 : 0;
}

/*
 * Share `total` out by weight. A domain that cannot use its part leaves the rest to the others, so
 * each round settles at least one domain or is the last.
 */
static void share_out(int64_t total)
{
    struct credit_domain *dom;
    bool settled;

    do {
        int64_t left = total;
        uint64_t weights = 0;

        settled = false;
        list_for_each (dom, &domains, link)
            weights += dom->share < 0 ? dom->weight : 0;
        list_for_each (dom, &domains, link) {
            if (dom->share >= 0)
                continue;
            if (total * (int64_t)dom->weight / (int64_t)weights >= dom->most) {
                dom->share = dom->most;
                left -= dom->most;
                settled = true;
            }
        }
        if (!settled) {
            list_for_each (dom, &domains, link)
                if (dom->share < 0)
                    dom->share = total * (int64_t)dom->weight / (int64_t)weights;
        }
        total = MAX(left, (int64_t)0);
    } while (settled);
}

/* A queued vCPU whose class changed takes its new place. */
static void set_prio(unsigned int cpu, struct credit_vcpu *cv, enum prio prio)
{
    struct credit_cpu *c = sched_cpu_priv(cpu);

    if (cv->prio == prio || (cv->prio == BOOST && prio == UNDER))
        return;
    cv->prio = prio;
    if (sched_cpu_current(cpu) == cv->v) {
        c->prio = prio;
        return;
    }
    if (!cv->queued)
        return;
    dequeue(c, cv);
    enqueue(c, cv);
    if (prio < c->prio)
        sched_resched(cpu);
}

enum parking { STAY, PARK, UNPARK };

/* Credit one vCPU with its part of the domain's share. */
static enum parking pay(struct credit_domain *dom, struct credit_vcpu *cv)
{
    int64_t part = cv->active ? dom->share / dom->active : 0;
    int64_t limit = cv->active ? (int64_t)period_ns : (int64_t)period_ns / 2;
    unsigned int cpu = sched_lock_vcpu(cv->v);
    enum parking what = STAY;

    cv->credit = MIN(cv->credit + part, limit);
    if (dom->cap && cv->credit < -part && !cv->parked)
        what = PARK;
    else if (cv->parked && (cv->credit >= 0 || !dom->cap))
        what = UNPARK;
    cv->credit = MAX(cv->credit, -(int64_t)period_ns);
    set_prio(cpu, cv, by_credit(cv));
    if (what != STAY) {
        cv->parked = what == PARK;
        cv->no_boost = what == UNPARK;
    }
    sched_unlock(cpu);
    return what;
}

static void account(void *arg)
{
    struct credit_domain *dom;
    struct credit_vcpu *cv;
    uint64_t now = now_ns();
    bool any = false;

    (void)arg;
    /* Before looking: whoever wakes from here on starts the timer itself. */
    store_release(accounting_on, false);
    mb();
    spin_lock(&lock);
    list_for_each (dom, &domains, link) {
        find_active(dom, now);
        any = any || dom->active;
    }
    share_out((int64_t)(nr_cpus * period_ns));
    list_for_each (dom, &domains, link) {
        list_for_each (cv, &dom->vcpus, sibling) {
            enum parking what = pay(dom, cv);

            if (what == PARK)
                vcpu_pause_nosync(cv->v);
            else if (what == UNPARK)
                vcpu_unpause(cv->v);
        }
    }
    spin_unlock(&lock);
    if (any && !atomic_xchg(&accounting_on, true))
        timer_set(&accounting_timer, now + period_ns);
}

/* ---- set-up ---- */

static int credit_init_cpu(unsigned int cpu, void **priv)
{
    struct credit_cpu *c = hv_zalloc(sizeof(*c));

    if (!c)
        return -XEN_ENOMEM;
    list_init(&c->queue);
    c->prio = IDLE;
    *priv = c;
    if (!accounting_timer.fn)
        timer_init(&accounting_timer, cpu, account, NULL);
    cpumask_set(&idlers, cpu);
    return 0;
}

static int credit_init_domain(struct domain *d)
{
    struct credit_domain *dom = hv_zalloc(sizeof(*dom));

    if (!dom)
        return -XEN_ENOMEM;
    dom->weight = (unsigned int)params[P_WEIGHT].def;
    list_init(&dom->vcpus);
    d->sched_priv = dom;
    spin_lock(&lock);
    list_add_tail(&domains, &dom->link);
    spin_unlock(&lock);
    return 0;
}

static void credit_destroy_domain(struct domain *d)
{
    struct credit_domain *dom = d->sched_priv;

    spin_lock(&lock);
    list_del(&dom->link);
    spin_unlock(&lock);
    hv_free(dom);
    d->sched_priv = NULL;
}

static int credit_init_vcpu(struct vcpu *v)
{
    struct credit_vcpu *cv = hv_zalloc(sizeof(*cv));

    if (!cv)
        return -XEN_ENOMEM;
    list_init(&cv->link);
    cv->v = v;
    cv->dom = v->domain->sched_priv;
    cv->prio = UNDER;
    v->sched_priv = cv;
    spin_lock(&lock);
    list_add_tail(&cv->dom->vcpus, &cv->sibling);
    spin_unlock(&lock);
    return 0;
}

static void credit_destroy_vcpu(struct vcpu *v)
{
    struct credit_vcpu *cv = cv_of(v);

    spin_lock(&lock);
    list_del(&cv->sibling);
    spin_unlock(&lock);
    hv_free(cv);
    v->sched_priv = NULL;
}

/* ---- placing ---- */

static unsigned int load_of(unsigned int cpu)
{
    const struct credit_cpu *c = sched_cpu_priv(cpu);

    return c ? read_once(c->nr_queued) + (read_once(c->prio) != IDLE) : ~0u;
}

/* An idle CPU of the mask, best the one it was on; MAX_CPUS when there is none. */
static unsigned int idle_cpu(const struct vcpu *v, const struct cpumask *mask)
{
    struct cpumask m;

    cpumask_and(&m, mask, &idlers);
    return cpumask_test(&m, v->processor) ? v->processor : cpumask_next(&m, 0);
}

static unsigned int credit_pick_cpu(struct vcpu *v)
{
    struct cpumask may, likes;
    unsigned int cpu, best, least;

    cpumask_and(&may, &v->hard_affinity, &cpu_online);
    cpumask_and(&likes, &may, &v->soft_affinity);
    if (cpumask_empty(&likes))
        likes = may;
    cpu = idle_cpu(v, &likes);
    if (cpu == MAX_CPUS)
        cpu = idle_cpu(v, &may);
    if (cpu < MAX_CPUS)
        return cpu;
    best = cpumask_test(&likes, v->processor) ? v->processor : cpumask_next(&likes, 0);
    if (best == MAX_CPUS)
        return v->processor;
    least = load_of(best);
    for_each_cpu(cpu, &likes)
    {
        if (load_of(cpu) < least) {
            least = load_of(cpu);
            best = cpu;
        }
    }
    return best;
}

static bool credit_wake(struct vcpu *v, uint64_t now)
{
    struct credit_cpu *c = sched_cpu_priv(v->processor);
    struct credit_vcpu *cv = cv_of(v);

    cv->prio = by_credit(cv);
    if (cv->prio == UNDER && !cv->no_boost)
        cv->prio = BOOST;
    cv->no_boost = false;
    enqueue(c, cv);
    if (!atomic_xchg(&accounting_on, true))
        timer_set(&accounting_timer, now + period_ns);
    if (cv->prio < c->prio) {
        cpumask_clear(&idlers, v->processor);
        return true;
    }
    call_idler(v);
    return false;
}

static void credit_sleep(struct vcpu *v, uint64_t now)
{
    (void)now;
    if (cv_of(v)->queued)
        dequeue(sched_cpu_priv(v->processor), cv_of(v));
}

static void credit_yield(struct vcpu *v)
{
    cv_of(v)->yielding = true;
}

/* ---- choosing ---- */

/* The first of another CPU's queue that is better than `than` and may run here. */
static struct credit_vcpu *steal_from(unsigned int other, unsigned int cpu, enum prio than,
                                      bool *again)
{
    struct credit_cpu *c = sched_cpu_priv(other);
    struct credit_vcpu *cv, *found = NULL;

    if (!c || !read_once(c->nr_queued))
        return NULL;
    if (!sched_trylock(other)) {
        *again = true;
        return NULL;
    }
    list_for_each (cv, &c->queue, link) {
        if (cv->prio >= than)
            break;
        if (!cpumask_test(&cv->v->hard_affinity, cpu) ||
            (than != IDLE && !cpumask_test(&cv->v->soft_affinity, cpu)))
            continue;
        if (load_acquire(cv->v->is_running)) { /* its registers are still being saved */
            *again = true;
            continue;
        }
        found = cv;
        dequeue(c, cv);
        write_once(cv->v->processor, cpu);
        break;
    }
    sched_unlock(other);
    return found;
}

static struct credit_vcpu *steal(unsigned int cpu, enum prio than, bool *again)
{
    unsigned int n, other = cpu;

    for (n = 1; n < nr_cpus; n++) {
        struct credit_vcpu *cv;

        other = cpumask_next(&cpu_online, other + 1);
        if (other == MAX_CPUS)
            other = cpumask_next(&cpu_online, 0);
        cv = other != cpu ? steal_from(other, cpu, than, again) : NULL;
        if (cv)
            return cv;
    }
    return NULL;
}

/* Must the current vCPU go on because it has just begun? */
static bool too_early(const struct credit_cpu *c, const struct credit_vcpu *cur, uint64_t now)
{
    return !cur->yielding && c->nr_queued && now - c->started < ratelimit_ns;
}

static struct sched_decision run_idle(struct credit_cpu *c, unsigned int cpu, struct vcpu *idle,
                                      bool again)
{
    c->prio = IDLE;
    cpumask_set(&idlers, cpu);
    return (struct sched_decision){idle, again ? RETRY_NS : ~0ull};
}

static struct sched_decision credit_pick_next(unsigned int cpu, struct vcpu *current, bool runnable,
                                              struct vcpu *idle, uint64_t now)
{
    struct credit_cpu *c = sched_cpu_priv(cpu);
    struct credit_vcpu *cur = current->is_idle ? NULL : cv_of(current), *next;
    bool again = false;

    if (cur) {
        charge(cur, now);
        if (runnable && too_early(c, cur, now))
            return (struct sched_decision){current, c->started + ratelimit_ns - now};
        if (cur->prio != BOOST || now - c->started >= BOOST_NS)
            cur->prio = by_credit(cur);
        if (runnable)
            enqueue(c, cur);
        cur->yielding = false;
    }
    next = list_first(&c->queue, struct credit_vcpu, link);
    if (!next || next->prio == OVER) {
        struct credit_vcpu *better = steal(cpu, next ? OVER : IDLE, &again);

        if (!better && !next)
            return run_idle(c, cpu, idle, again);
        if (better)
            next = better;
    }
    if (next->queued) /* a stolen one is not */
        dequeue(c, next);
    cpumask_clear(&idlers, cpu);
    if (next != cur)
        c->started = now;
    next->charged = now;
    c->prio = next->prio;
    if (!list_empty(&c->queue))
        call_idler(list_first(&c->queue, struct credit_vcpu, link)->v);
    return (struct sched_decision){next->v,
                                   next->prio == BOOST ? MIN(BOOST_NS, period_ns) : period_ns};
}

/* ---- parameters ---- */

static int credit_get_param(struct domain *d, unsigned int param, int64_t *value)
{
    const struct credit_domain *dom = d ? d->sched_priv : NULL;

    if (param <= P_CAP && !dom)
        return -XEN_EINVAL;
    switch (param) {
    case P_WEIGHT:
        *value = dom->weight;
        return 0;
    case P_CAP:
        *value = dom->cap;
        return 0;
    case P_TSLICE_MS:
        *value = (int64_t)(period_ns / NS_PER_MS);
        return 0;
    case P_RATELIMIT_US:
        *value = (int64_t)(ratelimit_ns / NS_PER_US);
        return 0;
    default:
        return -XEN_EINVAL;
    }
}

static int credit_set_param(struct domain *d, unsigned int param, int64_t value)
{
    struct credit_domain *dom = d ? d->sched_priv : NULL;

    if (param >= ARRAY_SIZE(params) || value < params[param].min || value > params[param].max ||
        (param <= P_CAP && !dom))
        return -XEN_EINVAL;
    spin_lock(&lock);
    switch (param) {
    case P_WEIGHT:
        dom->weight = (unsigned int)value;
        break;
    case P_CAP:
        dom->cap = (unsigned int)value;
        break;
    case P_TSLICE_MS:
        period_ns = (uint64_t)value * NS_PER_MS;
        break;
    case P_RATELIMIT_US:
        ratelimit_ns = (uint64_t)value * NS_PER_US;
        break;
    }
    spin_unlock(&lock);
    return 0;
}

static void credit_dump(unsigned int cpu)
{
    static const char *const names[] = {"boost", "under", "over"};
    const struct credit_cpu *c = sched_cpu_priv(cpu);
    const struct credit_vcpu *cv;

    list_for_each (cv, &c->queue, link)
        log_info("  waits: d%uv%u %s, credit %lld us\n", cv->v->domain->id, cv->v->id,
                 names[cv->prio], (long long)(cv->credit / (int64_t)NS_PER_US));
}

const struct sched_policy sched_credit = {
    .name = "credit",
    .abi_id = 5, /* XEN_SCHEDULER_CREDIT */
    .params = params,
    .nr_params = ARRAY_SIZE(params),
    .init_cpu = credit_init_cpu,
    .init_domain = credit_init_domain,
    .destroy_domain = credit_destroy_domain,
    .init_vcpu = credit_init_vcpu,
    .destroy_vcpu = credit_destroy_vcpu,
    .pick_cpu = credit_pick_cpu,
    .wake = credit_wake,
    .sleep = credit_sleep,
    .yield = credit_yield,
    .pick_next = credit_pick_next,
    .get_param = credit_get_param,
    .set_param = credit_set_param,
    .dump = credit_dump,
};
