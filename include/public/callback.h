/* SPDX-License-Identifier: MIT */
/* callback_op: the addresses at which the hypervisor enters a guest kernel. */
#pragma once

#include <public/xen.h>

#define CALLBACKTYPE_event               0 /* event upcall */
#define CALLBACKTYPE_failsafe            1 /* a segment or the return frame was bad */
#define CALLBACKTYPE_syscall             2 /* SYSCALL from 64-bit user mode */
#define CALLBACKTYPE_sysenter_deprecated 3
#define CALLBACKTYPE_nmi                 4 /* non-maskable interrupt */
#define CALLBACKTYPE_sysenter            5 /* SYSENTER from 32-bit user mode */
#define CALLBACKTYPE_syscall32           7 /* SYSCALL from 32-bit user mode */

#define _CALLBACKF_mask_events 0
#define CALLBACKF_mask_events  (1U << _CALLBACKF_mask_events) /* enter with events masked */

#define CALLBACKOP_register 0
struct callback_register {
    uint16_t type;  /* CALLBACKTYPE_* */
    uint16_t flags; /* CALLBACKF_* */
    xen_callback_t address;
};
typedef struct callback_register callback_register_t;
DEFINE_XEN_GUEST_HANDLE(callback_register_t);

#define CALLBACKOP_unregister 1 /* not every type can be */
struct callback_unregister {
    uint16_t type;
    uint16_t _unused;
};
typedef struct callback_unregister callback_unregister_t;
DEFINE_XEN_GUEST_HANDLE(callback_unregister_t);
