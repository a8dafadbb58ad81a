/* SPDX-License-Identifier: Apache-2.0 */
/* One domain: a guest, or one of the hypervisor's own owners of memory. */
#pragma once

#include <hv/cpumask.h>
#include <hv/list.h>
#include <hv/lock.h>
#include <hv/pv_state.h>
#include <hv/rangeset.h>
#include <hv/softirq.h>
#include <hv/timer.h>
#include <hv/types.h>
#include <public/xen.h>

#define MAX_DOMAIN_VCPUS     512 /* keeps what is done for all vCPUs at once short */
#define MAX_DOMAIN_WATCHDOGS 2   /* SCHEDOP_watchdog: the ABI's number */

struct vcpu;
struct page;
struct grant_table;
struct evtchn_domain;
struct pirq_domain;

enum domain_dying { DOMAIN_ALIVE, DOMAIN_DYING, DOMAIN_DEAD };

struct domain {
    domid_t id;
    bool is_privileged; /* dom0 */
    bool is_idle;
    uint32_t refs;    /* atomic; the last put frees the structure */
    struct list link; /* in domain_list, ascending id (LOCK_DOMLIST) */
    struct spinlock lock;
    uint8_t handle[16]; /* UUID */
    uint32_t ssidref;
    uint32_t create_flags; /* XEN_DOMCTL_CDF_* */

    /* Life cycle. */
    enum domain_dying dying;
    unsigned int kill_step; /* domain_kill.c: where to go on after preemption */
    bool is_shutting_down, is_shut_down;
    unsigned int shutdown_code; /* SHUTDOWN_*; ~0 none */
    bool paused_by_control;     /* domctl pausedomain */
    uint32_t control_pause_count;
    uint32_t pause_count; /* under `lock`; above 0 each vCPU has one vcpu_pause of ours */
    bool debugging;
    bool crash_reported; /* its registers were put on the console */
    struct {
        struct timer timer;
        bool used;
    } watchdog[MAX_DOMAIN_WATCHDOGS];
    struct tasklet free_task; /* frees the structure with no lock held */

    unsigned int max_vcpus;
    struct vcpu **vcpu; /* max_vcpus entries; NULL: not created */

    /* Memory (LOCK_PAGE_LIST for lists and counts). */
    struct spinlock page_list_lock;
    struct list pages;    /* the guest's own frames */
    struct list hv_pages; /* PGF_HYPERVISOR frames shared with it */
    uint64_t tot_pages, max_pages;
    uint32_t hv_page_count;
    struct spinlock mm_lock;   /* page tables: hv/personality.h */
    struct cpumask dirty_cpus; /* CPUs that run or ran a vCPU since its last full flush */

    struct shared_info *shared; /* one hypervisor page, mapped by the guest */
    mfn_t shared_mfn;
    struct evtchn_domain *evtchn; /* core/evtchn.c */
    struct grant_table *grants;   /* core/grant_table.c */
    struct pirq_domain *pirqs;    /* core/pirq.c */
    uint32_t max_evtchn_port;     /* highest port number allowed; 0: the most the ABI has */
    uint32_t suspend_port;        /* domctl subscribe: signalled when it shuts down; 0: none */
    struct guest_memory_map *memory_map; /* XENMEM_set_memory_map; NULL: none (core/mem_map.c) */
    struct domain_tsc {                  /* domctl settscinfo */
        uint32_t mode, khz, incarnation;
        uint64_t elapsed_ns;
    } tsc;

    /* Machine resources the domain may use: ports, MMIO frames, irqs. */
    struct rangeset ioports, iomem, irqs;

    struct pv_domain pv;
    int64_t wallclock_offset_s;
    uint64_t cpu_time_dead; /* ns used by vCPUs that are gone */
    char *console_line; /* console_op.c: what a guest has written of a line; NULL: nothing yet */
    unsigned int console_len;
    void *sched_priv; /* of the policy */
};

/* System owners: never in the list, never run. */
extern struct domain *dom0;
extern struct domain *domain_io; /* owner of device memory: DOMID_IO */
extern struct domain *domain_idle;
extern struct list domain_list;
extern struct spinlock domain_list_lock;
/* VIRQ_DOM_EXC goes to dom0 when a domain shut down or died. */

struct domain_create_params {
    domid_t id;
    bool privileged;
    uint8_t handle[16];
    uint32_t ssidref, flags;
    unsigned int max_vcpus;
    uint32_t max_evtchn_port;                       /* 0: default */
    uint32_t max_grant_frames, max_maptrack_frames; /* 0: default */
};

/* 0 and *out (in the list, paused by control, one reference for its life), or -XEN_E*. */
int domain_create(const struct domain_create_params *p, struct domain **out);
void domain_init_system(void); /* idle and I/O owners, at boot */

/* Look up and take a reference; NULL when there is none. DOMID_SELF is resolved. */
struct domain *domain_get_by_id(domid_t id);
/* As above, and refuses (NULL) dying domains and, for an unprivileged caller, others than itself.
 */
struct domain *domain_get_target(domid_t id);
bool domain_get(struct domain *d);
void domain_put(struct domain *d);
/* A free domain number at or above `from`, or DOMID_INVALID-range when all are used. */
domid_t domain_free_id(domid_t from);

void domain_pause(struct domain *d); /* waits; not for the current domain */
void domain_pause_nosync(struct domain *d);
void domain_unpause(struct domain *d);
int domain_pause_by_control(struct domain *d);
int domain_unpause_by_control(struct domain *d);

/* The guest asked to stop, or was made to: all vCPUs pause, dom0 gets VIRQ_DOM_EXC. dom0 stops the
 * machine. */
void domain_shutdown(struct domain *d, unsigned int reason);
/* SCHEDOP_shutdown_code: the reason to report when it stops; SHUTDOWN_*. */
void domain_set_shutdown_code(struct domain *d, unsigned int reason);
void domain_resume(struct domain *d);
/* Guest state beyond repair: says why and prints registers once, then shuts down with
 * SHUTDOWN_crash. */
void domain_crash(struct domain *d, const char *fmt, ...) __printf(2, 3);
/* Free what a domain holds, and its life's reference. 0 or -XEN_ERESTART: call again. The caller
 * has a reference. */
int domain_kill(struct domain *d);
/* SCHEDOP_watchdog. id 0: make one. The id (from 1), 0, or -XEN_E*. */
int domain_watchdog(struct domain *d, uint32_t id, uint32_t timeout_s);
void domain_watchdog_stop_all(struct domain *d);

static inline bool domain_is_dying(const struct domain *d)
{
    return __atomic_load_n(&d->dying, __ATOMIC_ACQUIRE) != DOMAIN_ALIVE;
}

#define for_each_vcpu(d, v)                                                                        \
    for (unsigned int v##_i = 0; v##_i < (d)->max_vcpus; v##_i++)                                  \
        if (((v) = (d)->vcpu[v##_i]) != NULL)
