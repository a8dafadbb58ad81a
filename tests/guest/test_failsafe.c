/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the hypervisor cannot return to the guest as the frame says, because a selector went bad
 * meanwhile or the address is not canonical, it calls the failsafe callback and does not crash
 * guest or host.
 */
#include "test.h"

static volatile int failsafes, faults;
static volatile uint64_t wanted_rip;
static void *back[5];

static void on_failsafe(struct trap_frame *frame)
{
    failsafes++;
    wanted_rip = frame->rip;
    __builtin_longjmp(back, 1);
}

static void on_fault(struct trap_frame *frame)
{
    (void)frame;
    faults++;
    __builtin_longjmp(back, 1);
}

/* Return into the kernel by a frame that we make up; answers through one of the handlers. */
static void __attribute__((noinline, noclone)) return_to(uint64_t rip, uint16_t cs, uint64_t ss)
{
    static struct trap_frame frame;

    frame = (struct trap_frame){.rip = rip, .cs = cs, .ss = ss, .rflags = RFLAGS_IF};
    frame.rsp = (unsigned long)page_alloc() + PAGE_SIZE;
    failsafes = faults = 0;
    if (__builtin_setjmp(back) == 0)
        trap_return(&frame);
    event_disable();
    page_free((void *)(frame.rsp - PAGE_SIZE));
}

static void land(void)
{
    __builtin_longjmp(back, 1);
}

#define DESC_CODE64 0x00affb000000ffffUL /* 64-bit code, ring 3 */

/* A code segment in the LDT, whose page the hypervisor brings in when the CPU first reads it: that
 * may be the return itself. */
static void check_ldt(void)
{
    uint64_t *ldt = page_alloc();
    struct mmuext_op op = {
        .cmd = MMUEXT_SET_LDT, .arg1.linear_addr = (unsigned long)ldt, .arg2.nr_ents = 8};

    ldt[1] = DESC_CODE64;
    CHECK_EQ(page_protect(ldt), 0);
    CHECK_EQ(hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
    return_to((unsigned long)land, 1 * 8 + 4, FLAT_KERNEL_SS);
    CHECK_EQ(failsafes + faults, 0);
    return_to((unsigned long)land, 2 * 8 + 4, FLAT_KERNEL_SS); /* empty */
    CHECK_EQ(failsafes + faults, 1);
    op.arg1.linear_addr = 0;
    op.arg2.nr_ents = 0;
    CHECK_EQ(hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
    CHECK_EQ(page_unprotect(ldt), 0);
    page_free(ldt);
}

void test_run(void)
{
    trap_set_handler(TRAP_FAILSAFE, on_failsafe);
    trap_set_handler(TRAP_GP, on_fault);
    trap_set_handler(TRAP_PF, on_fault);
    trap_set_handler(TRAP_SS, on_fault);
    trap_set_handler(TRAP_NP, on_fault);
    /* First a good one. */
    return_to((unsigned long)land, FLAT_KERNEL_CS & ~3, FLAT_KERNEL_SS);
    CHECK_EQ(failsafes + faults, 0);
    /* Selectors that do not exist. */
    return_to((unsigned long)land, 0x1230, FLAT_KERNEL_SS);
    CHECK_EQ(failsafes + faults, 1);
    return_to((unsigned long)land, FLAT_KERNEL_CS & ~3, 0x1233);
    CHECK_EQ(failsafes + faults, 1);
    /* An address that is not one. */
    return_to(0x1000800000000000, FLAT_KERNEL_CS & ~3, FLAT_KERNEL_SS);
    CHECK_EQ(failsafes + faults, 1);
    return_to((unsigned long)land, FLAT_KERNEL_CS & ~3, FLAT_KERNEL_SS);
    CHECK_EQ(failsafes + faults, 0);
    check_ldt();
}
