/* SPDX-License-Identifier: MIT */
/* vcpu_op(command, vcpu, argument): life, timers and shared areas of virtual CPUs. */
#pragma once

#include <public/xen.h>

#define VCPUOP_initialise                     0 /* give a vcpu its start state: struct vcpu_guest_context */
#define VCPUOP_up                             1 /* let it run */
#define VCPUOP_down                           2 /* stop it */
#define VCPUOP_is_up                          3 /* answers 0 or 1 */
#define VCPUOP_get_runstate_info              4 /* struct vcpu_runstate_info */
#define VCPUOP_register_runstate_memory_area  5
#define VCPUOP_set_periodic_timer             6 /* own vcpu only; struct vcpu_set_periodic_timer */
#define VCPUOP_stop_periodic_timer            7
#define VCPUOP_set_singleshot_timer           8 /* own vcpu only; struct vcpu_set_singleshot_timer */
#define VCPUOP_stop_singleshot_timer          9
#define VCPUOP_register_vcpu_info             10 /* once for each vcpu; struct vcpu_register_vcpu_info */
#define VCPUOP_send_nmi                       11
#define VCPUOP_get_physid                     12 /* pinned vcpus of dom0; struct vcpu_get_physid */
#define VCPUOP_register_vcpu_time_memory_area 13

/* Where a vcpu's time went. */
struct vcpu_runstate_info {
    int state;                           /* RUNSTATE_* now */
    uint64_t state_entry_time;           /* system time at which it began, in nanoseconds */
#define XEN_RUNSTATE_UPDATE (1ULL << 63) /* set in state_entry_time while the area changes */
    uint64_t time[4];                    /* nanoseconds spent in each state */
};
typedef struct vcpu_runstate_info vcpu_runstate_info_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_runstate_info_t);

#define RUNSTATE_running  0 /* on a CPU */
#define RUNSTATE_runnable 1 /* ready, waiting for a CPU */
#define RUNSTATE_blocked  2 /* waiting for an event */
#define RUNSTATE_offline  3 /* paused or down */

/* Keep a copy of the run state in guest memory, brought up to date whenever the vcpu is scheduled.
 */
struct vcpu_register_runstate_memory_area {
    union {
        XEN_GUEST_HANDLE(vcpu_runstate_info_t) h;
        struct vcpu_runstate_info *v;
        uint64_t p;
    } addr; /* virtual address */
};
typedef struct vcpu_register_runstate_memory_area vcpu_register_runstate_memory_area_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_runstate_memory_area_t);

struct vcpu_set_periodic_timer {
    uint64_t period_ns; /* at least a millisecond */
};
typedef struct vcpu_set_periodic_timer vcpu_set_periodic_timer_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_set_periodic_timer_t);

struct vcpu_set_singleshot_timer {
    uint64_t timeout_abs_ns; /* system time */
    uint32_t flags;          /* VCPU_SSHOTTMR_* */
};
typedef struct vcpu_set_singleshot_timer vcpu_set_singleshot_timer_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_set_singleshot_timer_t);
#define _VCPU_SSHOTTMR_future 0
#define VCPU_SSHOTTMR_future                                                                       \
    (1U << _VCPU_SSHOTTMR_future) /* refuse (-ETIME) a moment in the past */

/* Move vcpu_info out of shared_info. It must not cross a page. */
struct vcpu_register_vcpu_info {
    uint64_t mfn;    /* frame */
    uint32_t offset; /* in bytes */
    uint32_t rsvd;
};
typedef struct vcpu_register_vcpu_info vcpu_register_vcpu_info_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_vcpu_info_t);

struct vcpu_get_physid {
    uint64_t phys_id; /* ACPI id in the high half, APIC id in the low half */
};
typedef struct vcpu_get_physid vcpu_get_physid_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_get_physid_t);
#define xen_vcpu_physid_to_x86_apicid(physid) ((uint32_t)(physid))
#define xen_vcpu_physid_to_x86_acpiid(physid) ((uint32_t)((physid) >> 32))

/* Keep a second copy of the vcpu's clock at this address, readable from user mode. */
struct vcpu_register_time_memory_area {
    union {
        XEN_GUEST_HANDLE(vcpu_time_info_t) h;
        struct vcpu_time_info *v;
        uint64_t p;
    } addr; /* virtual address */
};
typedef struct vcpu_register_time_memory_area vcpu_register_time_memory_area_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_time_memory_area_t);
