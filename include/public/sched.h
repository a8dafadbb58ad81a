/* SPDX-License-Identifier: MIT */
/* sched_op: give up the CPU, wait, shut down. First argument SCHEDOP_*, second its structure if it
 * has one. */
#pragma once

#include <public/event_channel.h>

#define SCHEDOP_yield    0 /* let others run */
#define SCHEDOP_block    1 /* unmask upcalls and sleep until an event */
#define SCHEDOP_shutdown 2 /* stop the domain; struct sched_shutdown */
#define SCHEDOP_poll     3 /* sleep until one of some ports is pending; struct sched_poll */
#define SCHEDOP_remote_shutdown                                                                    \
    4                           /* tools: shut another domain down; struct sched_remote_shutdown */
#define SCHEDOP_shutdown_code 5 /* remember a reason for later; struct sched_shutdown */
#define SCHEDOP_watchdog      6 /* struct sched_watchdog; answers an id when it makes one */
#define SCHEDOP_pin_override                                                                       \
    7 /* dom0: tie this vcpu to a CPU for a while; struct sched_pin_override */

struct sched_shutdown {
    unsigned int reason; /* SHUTDOWN_* */
};
typedef struct sched_shutdown sched_shutdown_t;
DEFINE_XEN_GUEST_HANDLE(sched_shutdown_t);

struct sched_poll {
    XEN_GUEST_HANDLE(evtchn_port_t) ports;
    unsigned int nr_ports; /* at most 128 */
    uint64_t timeout;      /* system time in nanoseconds; 0: none */
};
typedef struct sched_poll sched_poll_t;
DEFINE_XEN_GUEST_HANDLE(sched_poll_t);

struct sched_remote_shutdown {
    domid_t domain_id;
    unsigned int reason; /* SHUTDOWN_* */
};
typedef struct sched_remote_shutdown sched_remote_shutdown_t;
DEFINE_XEN_GUEST_HANDLE(sched_remote_shutdown_t);

struct sched_watchdog {
    uint32_t id;      /* 0: make a new one */
    uint32_t timeout; /* seconds from now; 0: stop it */
};
typedef struct sched_watchdog sched_watchdog_t;
DEFINE_XEN_GUEST_HANDLE(sched_watchdog_t);

struct sched_pin_override {
    int32_t pcpu; /* negative: end the override */
};
typedef struct sched_pin_override sched_pin_override_t;
DEFINE_XEN_GUEST_HANDLE(sched_pin_override_t);

/* Why a domain stopped. */
#define SHUTDOWN_poweroff   0 /* ended by itself: clean up */
#define SHUTDOWN_reboot     1 /* start it again */
#define SHUTDOWN_suspend    2 /* state may be saved now */
#define SHUTDOWN_crash      3 /* it failed */
#define SHUTDOWN_watchdog   4 /* its watchdog ran out */
#define SHUTDOWN_soft_reset 5 /* wants its hypervisor state reset, memory kept */
#define SHUTDOWN_MAX        5
