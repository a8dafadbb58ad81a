/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SYSENTER from 32-bit user code. The CPU says neither where it came from nor drops more of the
 * flags than IF, so a single step, a nested-task or an alignment flag of the user must reach
 * neither the hypervisor nor the guest kernel. Without a callback the instruction is a general
 * protection fault.
 */
#include "user.h"

extern char syscall_entry[];

/* Same bytes in 32 and 64-bit mode: mov $0x1234, %eax; sysenter. */
__asm__(".pushsection .rodata\nu_sysenter: mov $0x1234, %eax; .byte 0x0f, 0x34; "
        "ud2\nu_sysenter_end:\n.popsection");
extern const uint8_t u_sysenter[], u_sysenter_end[];
#define SYSENTER_AT (USER_CODE + 5)

static const struct trap_frame *run32(uint64_t rip, uint64_t rflags)
{
    struct trap_frame frame = {.rip = rip,
                               .cs = FLAT_USER_CS32,
                               .rflags = rflags,
                               .rsp = USER_STACK,
                               .ss = FLAT_USER_SS,
                               .rbx = 0x77};

    return user_continue(&frame);
}

void test_run(void)
{
    struct callback_register cb = {.type = CALLBACKTYPE_sysenter,
                                   .address = (unsigned long)syscall_entry};
    const uint64_t nested = 1 << 14, alignment = 1 << 18;
    const struct trap_frame *f;

    user_init();
    user_run(u_sysenter, u_sysenter_end,
             0); /* puts the code in place; what 64-bit mode does is the CPU's choice */
    f = run32(USER_CODE, RFLAGS_IF);
    CHECK_EQ(f->vector, TRAP_GP);
    CHECK_EQ(f->cs & 3, 3);

    CHECK_EQ(hypercall_callback_op(CALLBACKOP_register, &cb), 0);
    f = run32(USER_CODE, RFLAGS_IF);
    CHECK_EQ(f->vector, TRAP_SYSCALL);
    CHECK_EQ(f->rax, 0x1234);
    CHECK_EQ(f->rbx, 0x77);
    CHECK_EQ(f->cs & 3, 3);
    CHECK(f->rflags & RFLAGS_IF);
    f = run32(SYSENTER_AT, RFLAGS_IF | RFLAGS_TF);
    CHECK_EQ(f->vector, TRAP_SYSCALL);
    CHECK_EQ(f->rflags & RFLAGS_TF, 0);
    f = run32(SYSENTER_AT, RFLAGS_IF | alignment | nested | RFLAGS_DF);
    CHECK_EQ(f->vector, TRAP_SYSCALL);
    CHECK_EQ(f->rflags & nested, 0);
}
