/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control of domains and of the host: one function for each operation of the domctl, sysctl, memory
 * and version interfaces (Xen 4.17: include/public/domctl.h, sysctl.h, memory.h, version.h) that
 * dom0's tools use.
 *
 * Unless said otherwise a function returns 0, or -1 with errno as the hypervisor gave it: ESRCH no
 * such domain, EPERM not privileged, EINVAL refused argument, EACCES interface version differs,
 * ENOMEM, ENOSYS or EOPNOTSUPP not supported. Nothing here keeps state besides the handle. Memory
 * amounts are KiB or pages of 4096 bytes, as each name says.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <domus/hypercall.h>

struct vcpu_guest_context; /* public/arch-x86/xen.h */

#define DOM_ID_NONE           0xffffU /* "no domain id given" */
#define DOM_ID_FIRST_RESERVED 0x7ff0U

/* Why a domain shut down: the ABI's SHUTDOWN_* of sched.h. */
enum dom_shutdown_reason {
    DOM_SHUTDOWN_POWEROFF = 0,
    DOM_SHUTDOWN_REBOOT = 1,
    DOM_SHUTDOWN_SUSPEND = 2,
    DOM_SHUTDOWN_CRASH = 3,
    DOM_SHUTDOWN_WATCHDOG = 4,
    DOM_SHUTDOWN_SOFT_RESET = 5,
};

/* --- life of a domain
 * ------------------------------------------------------------------------------------------- */

/* Parameters of a new PV domain. dom_create_defaults() fills it; change what you need. */
struct dom_create {
    uint32_t domid;              /* wished id, or DOM_ID_NONE: the hypervisor chooses */
    uint8_t uuid[16];            /* domain handle, big-endian as in text */
    uint32_t vcpus;              /* most vcpus it can ever have, >= 1 */
    uint32_t max_evtchn_port;    /* highest usable event channel port */
    int32_t max_grant_frames;    /* -1: the hypervisor's limit */
    int32_t max_maptrack_frames; /* -1: the hypervisor's limit */
    uint32_t cpupool;            /* 0: the default pool */
    bool xenstore_domain;        /* may read everything the store needs */
};

void dom_create_defaults(struct dom_create *params);

/* Creates an empty, paused PV domain and its vcpus' slots (call dom_max_vcpus() next). *domid gets
 * its id. */
int dom_create(struct dom_host *host, const struct dom_create *params, uint32_t *domid);

/* Kills the domain and frees its memory; continues for as long as the hypervisor asks to be called
 * again. */
int dom_destroy(struct dom_host *host, uint32_t domid);

/* Pause counts: as many unpauses as pauses make it run again. */
int dom_pause(struct dom_host *host, uint32_t domid);
int dom_unpause(struct dom_host *host, uint32_t domid);

/* Marks the domain shut down for `reason` without asking it (SCHEDOP_remote_shutdown). */
int dom_shutdown(struct dom_host *host, uint32_t domid, enum dom_shutdown_reason reason);

/* Lets a domain that suspended go on as if the suspend had been cancelled. */
int dom_resume(struct dom_host *host, uint32_t domid);

int dom_set_uuid(struct dom_host *host, uint32_t domid, const uint8_t uuid[16]);
int dom_set_debugging(struct dom_host *host, uint32_t domid, bool on);
int dom_set_time_offset(struct dom_host *host, uint32_t domid, int64_t seconds);

/* Triggers of XEN_DOMCTL_sendtrigger; a PV guest answers only to NMI. */
enum dom_trigger {
    DOM_TRIGGER_NMI = 0,
    DOM_TRIGGER_RESET = 1,
    DOM_TRIGGER_INIT = 2,
    DOM_TRIGGER_POWER = 3,
    DOM_TRIGGER_SLEEP = 4
};
int dom_send_trigger(struct dom_host *host, uint32_t domid, enum dom_trigger trigger,
                     uint32_t vcpu);

/* --- what is known of a domain
 * ---------------------------------------------------------------------------------- */

struct dom_info {
    uint32_t domid;
    uint8_t uuid[16];
    bool dying, hvm, shutdown, paused, blocked, running, debugged, xenstore_domain;
    enum dom_shutdown_reason shutdown_reason; /* valid if shutdown */
    uint64_t pages;                           /* owned now */
    uint64_t max_pages;                       /* may own */
    uint64_t outstanding_pages;               /* claimed, not yet owned */
    uint64_t shared_pages, paged_pages;
    uint64_t shared_info_frame; /* machine frame of its shared_info */
    uint64_t cpu_ns;            /* CPU time used by all vcpus */
    uint32_t vcpus_online;
    uint32_t vcpu_max_id; /* highest vcpu id, ~0: none */
    uint32_t cpupool;
    uint32_t ssid;
};

/* One domain; ESRCH if there is none with this id. */
int dom_get_info(struct dom_host *host, uint32_t domid, struct dom_info *info);

/*
 * Up to `max` domains with ids >= `first`, ascending, into `list`. Returns how many, or -1 with
 * errno.
 */
int dom_list(struct dom_host *host, uint32_t first, struct dom_info *list, unsigned int max);

/* All domains: *list is a malloc()ed array for the caller to free (never NULL on success). Returns
 * how many, or -1. */
int dom_list_all(struct dom_host *host, struct dom_info **list);

/* --- memory
 * ------------------------------------------------------------------------------------------------------
 */

int dom_set_max_mem(struct dom_host *host, uint32_t domid, uint64_t kib);

/*
 * Gives the domain `count` extents of 2^order pages at the pseudo-physical frames in `frames`; the
 * machine frames come back in the same array. Returns how many were given (fewer than count: out of
 * memory), or -1 with errno.
 */
int64_t dom_populate(struct dom_host *host, uint32_t domid, uint64_t *frames, uint64_t count,
                     unsigned int order);

/* Takes pages from the domain; same conventions. */
int64_t dom_depopulate(struct dom_host *host, uint32_t domid, const uint64_t *frames,
                       uint64_t count, unsigned int order);

/* Reserves (claims) free host memory for the domain's further populate calls; 0 pages cancels the
 * claim. */
int dom_claim_pages(struct dom_host *host, uint32_t domid, uint64_t pages);

/* Pages owned now, and the limit; -1 with errno. */
int64_t dom_current_pages(struct dom_host *host, uint32_t domid);
int64_t dom_maximum_pages(struct dom_host *host, uint32_t domid);
int64_t dom_maximum_gpfn(struct dom_host *host, uint32_t domid);

/* Highest machine frame of RAM on this host. */
int64_t dom_maximum_ram_page(struct dom_host *host);

/*
 * Physical memory map of a PV domain as it asks for it (XENMEM_set_memory_map): one RAM range [0,
 * kib KiB). A PV kernel without a map assumes its initial allocation.
 */
int dom_set_ram_map(struct dom_host *host, uint32_t domid, uint64_t kib);

/* Types of `count` machine frames: in, frame numbers; out, XEN_DOMCTL_PFINFO_* in bits 28-31 (save,
 * dump-core). */
int dom_get_frame_types(struct dom_host *host, uint32_t domid, uint64_t *frames, uint64_t count);

/* Fills the page with the hypercall entry stubs (XEN_DOMCTL_hypercall_init). */
int dom_hypercall_init(struct dom_host *host, uint32_t domid, uint64_t mfn);

/* --- vcpus
 * -------------------------------------------------------------------------------------------------------
 */

int dom_max_vcpus(struct dom_host *host, uint32_t domid, uint32_t vcpus);

struct dom_vcpu_info {
    bool online, blocked, running;
    uint64_t cpu_ns;
    uint32_t cpu; /* where it runs or last ran */
};
int dom_get_vcpu_info(struct dom_host *host, uint32_t domid, uint32_t vcpu,
                      struct dom_vcpu_info *info);

/*
 * CPU sets are little-endian bitmaps: CPU n is bit n%8 of byte n/8; `bytes` is the size of each map
 * given. NULL leaves the one (hard or soft) alone. A set call writes the affinity that became
 * effective back into the maps.
 */
int dom_get_affinity(struct dom_host *host, uint32_t domid, uint32_t vcpu, uint8_t *hard,
                     uint8_t *soft, size_t bytes);
int dom_set_affinity(struct dom_host *host, uint32_t domid, uint32_t vcpu, uint8_t *hard,
                     uint8_t *soft, size_t bytes, bool force);

int dom_get_vcpu_context(struct dom_host *host, uint32_t domid, uint32_t vcpu,
                         struct vcpu_guest_context *context);
int dom_set_vcpu_context(struct dom_host *host, uint32_t domid, uint32_t vcpu,
                         const struct vcpu_guest_context *context);

/* --- scheduling
 * --------------------------------------------------------------------------------------------------
 */

/* Scheduler ids of the ABI (XEN_SCHEDULER_*). */
enum dom_sched {
    DOM_SCHED_CREDIT = 5,
    DOM_SCHED_CREDIT2 = 6,
    DOM_SCHED_ARINC653 = 7,
    DOM_SCHED_RTDS = 8,
    DOM_SCHED_NULL = 9
};

/* weight 1..65535 (256 is the ordinary share); cap in per cent of one CPU, 0: none. */
struct dom_sched_credit {
    uint16_t weight, cap;
};
/* `sched` is DOM_SCHED_CREDIT or DOM_SCHED_CREDIT2: both have the same two parameters. */
int dom_sched_credit_get(struct dom_host *host, uint32_t domid, enum dom_sched sched,
                         struct dom_sched_credit *params);
int dom_sched_credit_set(struct dom_host *host, uint32_t domid, enum dom_sched sched,
                         const struct dom_sched_credit *params);

/* Per-pool parameters of credit: slice in ms, rate limit in us, migration delay in us (credit
 * only). */
struct dom_sched_credit_pool {
    uint32_t tslice_ms, ratelimit_us, migration_delay_us;
};
int dom_sched_credit_pool_get(struct dom_host *host, uint32_t cpupool,
                              struct dom_sched_credit_pool *params);
int dom_sched_credit_pool_set(struct dom_host *host, uint32_t cpupool,
                              const struct dom_sched_credit_pool *params);

/* Moves the domain into another CPU pool. */
int dom_cpupool_move(struct dom_host *host, uint32_t domid, uint32_t cpupool);

/* --- access to hardware
 * ------------------------------------------------------------------------------------------ */

int dom_permit_iomem(struct dom_host *host, uint32_t domid, uint64_t first_mfn, uint64_t count,
                     bool allow);
int dom_permit_ioports(struct dom_host *host, uint32_t domid, uint32_t first, uint32_t count,
                       bool allow);
int dom_permit_irq(struct dom_host *host, uint32_t domid, uint32_t pirq, bool allow);

/* --- the host
 * ----------------------------------------------------------------------------------------------------
 */

struct dom_physinfo {
    uint32_t threads_per_core, cores_per_socket, cpus, max_cpu_id, nodes, max_node_id, cpu_khz;
    uint32_t capabilities; /* XEN_SYSCTL_PHYSCAP_* */
    uint64_t total_pages, free_pages, scrub_pages, outstanding_pages, max_mfn;
    uint32_t hw_cap[8]; /* CPUID feature words */
};
int dom_physinfo(struct dom_host *host, struct dom_physinfo *info);

/* Idle time in ns of CPUs 0..max-1. Returns how many were filled, or -1. */
int dom_cpu_idle_ns(struct dom_host *host, uint64_t *idle_ns, unsigned int max);

/* Where each CPU sits; ids are ~0 where unknown. Returns how many CPUs (may exceed max; only max
 * are filled), or -1. */
struct dom_cpu_topology {
    uint32_t core, socket, node;
};
int dom_cpu_topology(struct dom_host *host, struct dom_cpu_topology *list, unsigned int max);

int dom_sched_id(struct dom_host *host, enum dom_sched *sched);

/* Name of a scheduler as the command line writes it ("credit"), or "unknown". */
const char *dom_sched_name(enum dom_sched sched);

/*
 * Reads the hypervisor's console ring (xl dmesg). At most `size` bytes into `text`, *used tells how
 * many; no terminator. `index` NULL: from the oldest byte. Else *index is where to go on reading
 * and is advanced, for following the ring. `clear` drops what was read from the ring afterwards.
 */
int dom_read_console(struct dom_host *host, char *text, size_t size, size_t *used, uint32_t *index,
                     bool clear);

/* Whole ring as malloc()ed, NUL-terminated text for the caller to free; *length excludes the NUL.
 */
int dom_read_console_all(struct dom_host *host, char **text, size_t *length, bool clear);

/* As if these keys had been typed at the hypervisor's serial console. */
int dom_debug_keys(struct dom_host *host, const char *keys);

struct dom_version {
    unsigned int major, minor;
    char extra[16];
    char compiler[64], compile_by[17], compile_domain[33], compile_date[33];
    char capabilities[1024];
    char changeset[64];
    uint64_t virt_start; /* lowest address the hypervisor keeps for itself */
    uint32_t page_size;
    char command_line[1024];
    uint32_t features; /* XENFEAT_* bits 0-31 of the calling domain */
};
/* All texts are NUL-terminated; what the hypervisor does not tell stays empty or 0. */
int dom_version(struct dom_host *host, struct dom_version *version);
