/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls as C functions: answer 0 or more, or a negative XEN_E*. Facts: calling convention in
 * public/xen.h. */
#pragma once

#include <public/callback.h>
#include <public/errno.h>
#include <public/event_channel.h>
#include <public/grant_table.h>
#include <public/memory.h>
#include <public/physdev.h>
#include <public/sched.h>
#include <public/vcpu.h>
#include <public/version.h>
#include <public/xen.h>

/* Any hypercall by number, not through the hypercall page: numbers need not exist. */
static inline long hypercall_raw(unsigned long nr, unsigned long a1, unsigned long a2,
                                 unsigned long a3, unsigned long a4, unsigned long a5)
{
    long ret = (long)nr;
    register unsigned long r10 __asm__("r10") = a4;
    register unsigned long r8 __asm__("r8") = a5;

    __asm__ volatile("syscall"
                     : "+a"(ret), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
                     :
                     : "rcx", "r11", "memory");
    return ret;
}

/* A hypercall of up to five arguments through the hypercall page. */
#define HYPERCALL5(nr, a1, a2, a3, a4, a5)                                                         \
    ({                                                                                             \
        long hc_ret;                                                                               \
        unsigned long hc_1 = (unsigned long)(a1), hc_2 = (unsigned long)(a2);                      \
        unsigned long hc_3 = (unsigned long)(a3);                                                  \
        register unsigned long hc_4 __asm__("r10") = (unsigned long)(a4);                          \
        register unsigned long hc_5 __asm__("r8") = (unsigned long)(a5);                           \
        __asm__ volatile("call hypercall_page + %c[offset]"                                        \
                         : "=a"(hc_ret), "+D"(hc_1), "+S"(hc_2), "+d"(hc_3), "+r"(hc_4),           \
                           "+r"(hc_5)                                                              \
                         : [offset] "i"(XEN_HYPERCALL_ENTRY_BYTES * (nr))                          \
                         : "rcx", "r11", "r9", "memory");                                          \
        hc_ret;                                                                                    \
    })
#define HYPERCALL1(nr, a1)             HYPERCALL5(nr, a1, 0, 0, 0, 0)
#define HYPERCALL2(nr, a1, a2)         HYPERCALL5(nr, a1, a2, 0, 0, 0)
#define HYPERCALL3(nr, a1, a2, a3)     HYPERCALL5(nr, a1, a2, a3, 0, 0)
#define HYPERCALL4(nr, a1, a2, a3, a4) HYPERCALL5(nr, a1, a2, a3, a4, 0)

static inline long hypercall_set_trap_table(const struct trap_info *table)
{
    return HYPERCALL1(__HYPERVISOR_set_trap_table, table);
}

/* done: where to store how many updates were made, or null. dom: whose tables, DOMID_SELF usually.
 */
static inline long hypercall_mmu_update(const struct mmu_update *req, unsigned int count,
                                        unsigned int *done, unsigned int dom)
{
    return HYPERCALL4(__HYPERVISOR_mmu_update, req, count, done, dom);
}

static inline long hypercall_mmuext_op(const struct mmuext_op *op, unsigned int count,
                                       unsigned int *done, unsigned int dom)
{
    return HYPERCALL4(__HYPERVISOR_mmuext_op, op, count, done, dom);
}

static inline long hypercall_set_gdt(const unsigned long *frames, unsigned int entries)
{
    return HYPERCALL2(__HYPERVISOR_set_gdt, frames, entries);
}

static inline long hypercall_update_descriptor(uint64_t maddr, uint64_t desc)
{
    return HYPERCALL2(__HYPERVISOR_update_descriptor, maddr, desc);
}

static inline long hypercall_stack_switch(unsigned long ss, unsigned long sp)
{
    return HYPERCALL2(__HYPERVISOR_stack_switch, ss, sp);
}

static inline long hypercall_set_callbacks(unsigned long event, unsigned long failsafe,
                                           unsigned long syscall)
{
    return HYPERCALL3(__HYPERVISOR_set_callbacks, event, failsafe, syscall);
}

static inline long hypercall_callback_op(unsigned int cmd, const void *arg)
{
    return HYPERCALL2(__HYPERVISOR_callback_op, cmd, arg);
}

static inline long hypercall_fpu_taskswitch(int set)
{
    return HYPERCALL1(__HYPERVISOR_fpu_taskswitch, set);
}

static inline long hypercall_set_debugreg(unsigned int reg, unsigned long value)
{
    return HYPERCALL2(__HYPERVISOR_set_debugreg, reg, value);
}

static inline long hypercall_get_debugreg(unsigned int reg)
{
    return HYPERCALL1(__HYPERVISOR_get_debugreg, reg);
}

static inline long hypercall_memory_op(unsigned int cmd, void *arg)
{
    return HYPERCALL2(__HYPERVISOR_memory_op, cmd, arg);
}

static inline long hypercall_multicall(struct multicall_entry *calls, unsigned int count)
{
    return HYPERCALL2(__HYPERVISOR_multicall, calls, count);
}

/* flags: UVMF_*. */
static inline long hypercall_update_va_mapping(unsigned long va, uint64_t pte, unsigned long flags)
{
    return HYPERCALL3(__HYPERVISOR_update_va_mapping, va, pte, flags);
}

/* when: system time in nanoseconds; 0 stops the timer. */
static inline long hypercall_set_timer_op(uint64_t when)
{
    return HYPERCALL1(__HYPERVISOR_set_timer_op, when);
}

static inline long hypercall_xen_version(unsigned int cmd, void *arg)
{
    return HYPERCALL2(__HYPERVISOR_xen_version, cmd, arg);
}

static inline long hypercall_console_io(unsigned int cmd, unsigned int count, const char *buffer)
{
    return HYPERCALL3(__HYPERVISOR_console_io, cmd, count, buffer);
}

static inline long hypercall_physdev_op(unsigned int cmd, void *arg)
{
    return HYPERCALL2(__HYPERVISOR_physdev_op, cmd, arg);
}

static inline long hypercall_grant_table_op(unsigned int cmd, void *arg, unsigned int count)
{
    return HYPERCALL3(__HYPERVISOR_grant_table_op, cmd, arg, count);
}

static inline long hypercall_vm_assist(unsigned int cmd, unsigned int type)
{
    return HYPERCALL2(__HYPERVISOR_vm_assist, cmd, type);
}

static inline long hypercall_vcpu_op(unsigned int cmd, unsigned int vcpu, void *arg)
{
    return HYPERCALL3(__HYPERVISOR_vcpu_op, cmd, vcpu, arg);
}

/* which: SEGBASE_*. */
static inline long hypercall_set_segment_base(unsigned int which, unsigned long base)
{
    return HYPERCALL2(__HYPERVISOR_set_segment_base, which, base);
}

static inline long hypercall_sched_op(unsigned int cmd, void *arg)
{
    return HYPERCALL2(__HYPERVISOR_sched_op, cmd, arg);
}

static inline long hypercall_event_channel_op(unsigned int cmd, void *arg)
{
    return HYPERCALL2(__HYPERVISOR_event_channel_op, cmd, arg);
}
