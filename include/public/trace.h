/* SPDX-License-Identifier: MIT */
/*
 * Trace buffers: one ring of records for each CPU, found through struct t_info, emptied by a tool
 * in dom0. A record is a header word, an optional 64-bit TSC, and up to seven 32-bit words.
 */
#pragma once

#include <stdint.h>

#define TRACE_EXTRA_MAX   7
#define TRACE_EXTRA_SHIFT 28

/* Classes of events, for the event mask. */
#define TRC_CLS_SHIFT 16
#define TRC_GEN       0x0001f000 /* general */
#define TRC_SCHED     0x0002f000 /* scheduler */
#define TRC_DOM0OP    0x0004f000 /* control operations */
#define TRC_HVM       0x0008f000
#define TRC_MEM       0x0010f000 /* memory */
#define TRC_PV        0x0020f000 /* PV traps and hypercalls */
#define TRC_SHADOW    0x0040f000
#define TRC_HW        0x0080f000 /* hardware: power, interrupts */
#define TRC_GUEST     0x0800f000 /* written by guests */
#define TRC_ALL       0x0ffff000

/* Fields of the header word. */
#define TRC_HD_TO_EVENT(x)             ((x)&0x0fffffff)
#define TRC_HD_CYCLE_FLAG              (1UL << 31)
#define TRC_HD_INCLUDES_CYCLE_COUNT(x) (!!((x)&TRC_HD_CYCLE_FLAG))
#define TRC_HD_EXTRA(x)                (((x) >> TRACE_EXTRA_SHIFT) & TRACE_EXTRA_MAX)

/* Subclasses. */
#define TRC_SUBCLS_SHIFT   12
#define TRC_SCHED_MIN      0x00021000
#define TRC_SCHED_CLASS    0x00022000
#define TRC_SCHED_VERBOSE  0x00028000
#define TRC_DOM0_DOMOPS    0x00041000
#define TRC_PV_ENTRY       0x00201000
#define TRC_PV_SUBCALL     0x00202000
#define TRC_HW_PM          0x00801000
#define TRC_HW_IRQ         0x00802000
#define TRC_SCHED_ID_BITS  3
#define TRC_SCHED_ID_SHIFT (TRC_SUBCLS_SHIFT - TRC_SCHED_ID_BITS)
#define TRC_SCHED_ID_MASK  (((1UL << TRC_SCHED_ID_BITS) - 1) << TRC_SCHED_ID_SHIFT)
#define TRC_SCHED_EVT_MASK (~(TRC_SCHED_ID_MASK))

/* Policies, as they number their own events. */
#define TRC_SCHED_CSCHED   0
#define TRC_SCHED_CSCHED2  1
#define TRC_SCHED_ARINC653 3
#define TRC_SCHED_RTDS     4
#define TRC_SCHED_SNULL    5

/* General. */
#define TRC_LOST_RECORDS      (TRC_GEN + 1)
#define TRC_TRACE_WRAP_BUFFER (TRC_GEN + 2)
#define TRC_TRACE_CPU_CHANGE  (TRC_GEN + 3)

/* Scheduler. */
#define TRC_SCHED_RUNSTATE_CHANGE  (TRC_SCHED_MIN + 1)
#define TRC_SCHED_CONTINUE_RUNNING (TRC_SCHED_MIN + 2)
#define TRC_SCHED_DOM_ADD          (TRC_SCHED_VERBOSE + 1)
#define TRC_SCHED_DOM_REM          (TRC_SCHED_VERBOSE + 2)
#define TRC_SCHED_SLEEP            (TRC_SCHED_VERBOSE + 3)
#define TRC_SCHED_WAKE             (TRC_SCHED_VERBOSE + 4)
#define TRC_SCHED_YIELD            (TRC_SCHED_VERBOSE + 5)
#define TRC_SCHED_BLOCK            (TRC_SCHED_VERBOSE + 6)
#define TRC_SCHED_SHUTDOWN         (TRC_SCHED_VERBOSE + 7)
#define TRC_SCHED_CTL              (TRC_SCHED_VERBOSE + 8)
#define TRC_SCHED_ADJDOM           (TRC_SCHED_VERBOSE + 9)
#define TRC_SCHED_SWITCH           (TRC_SCHED_VERBOSE + 10)
#define TRC_SCHED_S_TIMER_FN       (TRC_SCHED_VERBOSE + 11)
#define TRC_SCHED_T_TIMER_FN       (TRC_SCHED_VERBOSE + 12)
#define TRC_SCHED_DOM_TIMER_FN     (TRC_SCHED_VERBOSE + 13)
#define TRC_SCHED_SWITCH_INFPREV   (TRC_SCHED_VERBOSE + 14)
#define TRC_SCHED_SWITCH_INFNEXT   (TRC_SCHED_VERBOSE + 15)
#define TRC_SCHED_SHUTDOWN_CODE    (TRC_SCHED_VERBOSE + 16)
#define TRC_SCHED_SWITCH_INFCONT   (TRC_SCHED_VERBOSE + 17)

/* Control operations, memory. */
#define TRC_DOM0_DOM_ADD             (TRC_DOM0_DOMOPS + 1)
#define TRC_DOM0_DOM_REM             (TRC_DOM0_DOMOPS + 2)
#define TRC_MEM_PAGE_GRANT_MAP       (TRC_MEM + 1)
#define TRC_MEM_PAGE_GRANT_UNMAP     (TRC_MEM + 2)
#define TRC_MEM_PAGE_GRANT_TRANSFER  (TRC_MEM + 3)
#define TRC_MEM_DECREASE_RESERVATION (TRC_MEM + 5)

/* PV. */
#define TRC_PV_HYPERCALL              (TRC_PV_ENTRY + 1)
#define TRC_PV_TRAP                   (TRC_PV_ENTRY + 3)
#define TRC_PV_PAGE_FAULT             (TRC_PV_ENTRY + 4)
#define TRC_PV_FORCED_INVALID_OP      (TRC_PV_ENTRY + 5)
#define TRC_PV_EMULATE_PRIVOP         (TRC_PV_ENTRY + 6)
#define TRC_PV_EMULATE_4GB            (TRC_PV_ENTRY + 7)
#define TRC_PV_MATH_STATE_RESTORE     (TRC_PV_ENTRY + 8)
#define TRC_PV_PAGING_FIXUP           (TRC_PV_ENTRY + 9)
#define TRC_PV_GDT_LDT_MAPPING_FAULT  (TRC_PV_ENTRY + 10)
#define TRC_PV_PTWR_EMULATION         (TRC_PV_ENTRY + 11)
#define TRC_PV_PTWR_EMULATION_PAE     (TRC_PV_ENTRY + 12)
#define TRC_PV_HYPERCALL_V2           (TRC_PV_ENTRY + 13)
#define TRC_PV_HYPERCALL_SUBCALL      (TRC_PV_SUBCALL + 14)
#define TRC_PV_HYPERCALL_V2_ARG_32(i) (0x1 << (20 + 2 * (i)))
#define TRC_PV_HYPERCALL_V2_ARG_64(i) (0x2 << (20 + 2 * (i)))
#define TRC_PV_HYPERCALL_V2_ARG_MASK  (0xfff00000)
#define TRC_64_FLAG                   (0x100) /* record holds 64-bit addresses */

/* Hardware. */
#define TRC_PM_FREQ_CHANGE      (TRC_HW_PM + 0x01)
#define TRC_PM_IDLE_ENTRY       (TRC_HW_PM + 0x02)
#define TRC_PM_IDLE_EXIT        (TRC_HW_PM + 0x03)
#define TRC_HW_IRQ_BIND_VECTOR  (TRC_HW_IRQ + 0x3)
#define TRC_HW_IRQ_CLEAR_VECTOR (TRC_HW_IRQ + 0x4)
#define TRC_HW_IRQ_HANDLED      (TRC_HW_IRQ + 0x8)

/* One record. */
struct t_rec {
    uint32_t event : 28;
    uint32_t extra_u32 : 3;       /* words that follow */
    uint32_t cycles_included : 1; /* a TSC stands before them */
    union {
        struct {
            uint32_t cycles_lo, cycles_hi;
            uint32_t extra_u32[7];
        } cycles;
        struct {
            uint32_t extra_u32[7];
        } nocycles;
    } u;
};

/* Head of a CPU's buffer: byte offsets, modulo twice the size of the data. */
struct t_buf {
    uint32_t cons; /* moved by the tool */
    uint32_t prod; /* moved by the hypervisor */
    /* records follow */
};

/* Where the buffers are: a list of frames for each CPU, in units of 32-bit words from the start of
 * this. */
struct t_info {
    uint16_t tbuf_size;    /* pages for each CPU */
    uint16_t mfn_offset[]; /* by CPU */
};
