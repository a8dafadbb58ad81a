/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel with a user program. The iret hypercall enters user mode with the registers asked for;
 * syscall, INT 0x80, faults and breakpoints come back to the kernel on its own stack, marked as
 * from user mode; the user's address space does not hold the kernel, and user mode may not make
 * hypercalls.
 */
#include "user.h"

#define USER_PROGRAM(name, text)                                                                   \
    __asm__(".pushsection .rodata\n" #name ":\n" text "\n" #name "_end:\n.popsection");            \
    extern const uint8_t name[], name##_end[]

USER_PROGRAM(u_syscall, "mov $0x1111, %ebx; mov $0x2222, %eax; lea 1(%rdi), %rdx; syscall; ud2");
USER_PROGRAM(u_int80, "mov $0x3333, %eax; int $0x80; ud2");
USER_PROGRAM(u_store, "mov %rdi, 0x401000; mov 0x401008, %rax; syscall");
USER_PROGRAM(u_read, "mov (%rdi), %rax; syscall");
USER_PROGRAM(u_write, "mov %rdi, 0x400000; syscall");
USER_PROGRAM(u_ud, "ud2");
USER_PROGRAM(u_div, "xor %ecx, %ecx; xor %edx, %edx; div %ecx");
USER_PROGRAM(u_bp, "int3; mov $5, %eax; syscall");
USER_PROGRAM(u_gp, "hlt");
USER_PROGRAM(u_cli, "cli; syscall");
USER_PROGRAM(u_int_closed, "int $0x20");
USER_PROGRAM(u_io, "mov $0x80, %edx; in %dx, %al; syscall");
USER_PROGRAM(u_flags, "pushfq; pop %rax; syscall");
USER_PROGRAM(u_stack, "push $0x77; pop %rax; mov %rsp, %rbx; syscall");
USER_PROGRAM(u_step, "pushfq; orq $0x100, (%rsp); popfq; nop; nop");
USER_PROGRAM(u_cs, "mov %cs, %eax; mov %ss, %ebx; syscall");

#define RUN(name, rdi) user_run(name, name##_end, rdi)

static void check_entry(void)
{
    const struct trap_frame *f = RUN(u_syscall, 0x4444);

    CHECK_EQ(f->vector, TRAP_SYSCALL);
    CHECK_EQ(f->rax, 0x2222);
    CHECK_EQ(f->rbx, 0x1111);
    CHECK_EQ(f->rdx, 0x4445);
    CHECK_EQ(f->rip, USER_CODE + (unsigned long)(u_syscall_end - u_syscall) - 2);
    CHECK_EQ(f->rsp, USER_STACK);
    CHECK_EQ(f->cs & 3, 3);
    CHECK(f->rflags & RFLAGS_IF);
    f = RUN(u_int80, 0);
    CHECK_EQ(f->vector, TRAP_SOFT);
    CHECK_EQ(f->rax, 0x3333);
    CHECK_EQ(f->cs, FLAT_USER_CS);
    CHECK_EQ(f->ss, FLAT_USER_SS);
    CHECK_EQ(f->rip, USER_CODE + 7);
    f = RUN(u_stack, 0);
    CHECK_EQ(f->rax, 0x77);
    CHECK_EQ(f->rbx, USER_STACK);
    f = RUN(u_cs, 0);
    CHECK_EQ(f->rax & 3, 3);
    CHECK_EQ(f->rax, FLAT_USER_CS);
    CHECK_EQ(f->rbx, FLAT_USER_SS);
    f = RUN(u_flags, 0);
    CHECK(f->rax & RFLAGS_IF);
    CHECK_EQ(f->rax & 0x3000, 0); /* IOPL */
}

static void check_memory(void)
{
    const struct trap_frame *f;
    const uint64_t kernel_word = (unsigned long)&user_data;

    user_data[1] = 0x9999;
    f = RUN(u_store, 0x8888);
    CHECK_EQ(f->vector, TRAP_SYSCALL);
    CHECK_EQ(f->rax, 0x9999);
    CHECK_EQ(user_data[0], 0x8888);
    /* The kernel is not there. */
    f = RUN(u_read, kernel_word);
    CHECK_EQ(f->vector, TRAP_PF);
    CHECK_EQ(guest_shared->vcpu_info[0].arch.cr2, kernel_word);
    CHECK_EQ(f->error_code & 0x1f, 4); /* user, read, not present */
    f = RUN(u_read, HYPERVISOR_VIRT_END - PAGE_SIZE);
    CHECK_EQ(f->vector, TRAP_PF);
    CHECK_EQ(f->error_code & 6, 4);
    f = RUN(u_write, 0);
    CHECK_EQ(f->vector, TRAP_PF);
    CHECK_EQ(guest_shared->vcpu_info[0].arch.cr2, USER_CODE);
    CHECK_EQ(f->error_code & 0x1f, 7); /* user, write, present */
    f = RUN(u_read, 0x1000800000000000);
    CHECK_EQ(f->vector, TRAP_GP);
    CHECK_EQ(f->error_code, 0);
}

static void check_faults(void)
{
    const struct trap_frame *f = RUN(u_ud, 0);
    struct trap_frame go;

    CHECK_EQ(f->vector, TRAP_UD);
    CHECK_EQ(f->rip, USER_CODE);
    CHECK_EQ(f->cs & 3, 3);
    CHECK_EQ(RUN(u_div, 0)->vector, TRAP_DE);
    CHECK_EQ(RUN(u_gp, 0)->vector, TRAP_GP);
    f = RUN(u_cli, 0);
    CHECK_EQ(f->vector, TRAP_GP);
    CHECK_EQ(f->error_code, 0);
    f = RUN(u_io, 0);
    CHECK_EQ(f->vector, TRAP_GP);
    f = RUN(u_step, 0);
    CHECK_EQ(f->vector, TRAP_DB);
    f = RUN(u_bp, 0);
    CHECK_EQ(f->vector, TRAP_BP);
    CHECK_EQ(f->rip, USER_CODE + 1);
    go = *f;
    f = user_continue(&go);
    CHECK_EQ(f->vector, TRAP_SYSCALL);
    CHECK_EQ(f->rax, 5);
    /* A vector that user mode may not raise. QEMU 7.2 reports the error code 16N+2. */
    f = RUN(u_int_closed, 0);
    CHECK_EQ(f->vector, TRAP_GP);
    CHECK(f->error_code == 0x20 * 8 + 2 || f->error_code == 0x20 * 16 + 2);
}

/* Ports that the kernel's bitmap frees for user mode, which cannot see the bitmap itself. */
static void check_ports(void)
{
    struct physdev_set_iobitmap op = {.nr_ports = 0x400};
    uint8_t *bitmap = page_alloc();

    memset(bitmap, 0xff, 0x400 / 8);
    set_xen_guest_handle(op.bitmap, bitmap);
    CHECK_EQ(hypercall_physdev_op(PHYSDEVOP_set_iobitmap, &op), 0);
    CHECK_EQ(RUN(u_io, 0)->vector, TRAP_GP);
    bitmap[0x80 / 8] = 0xfe;
    CHECK_EQ(RUN(u_io, 0)->vector, TRAP_SYSCALL);
    op.nr_ports = 0x80;
    CHECK_EQ(hypercall_physdev_op(PHYSDEVOP_set_iobitmap, &op), 0);
    CHECK_EQ(RUN(u_io, 0)->vector, TRAP_GP);
    op.nr_ports = 0;
    CHECK_EQ(hypercall_physdev_op(PHYSDEVOP_set_iobitmap, &op), 0);
    page_free(bitmap);
}

/* An iret frame that tries for more: flags it may not have, ring 0, the hypervisor's address. */
static void check_bad_return(void)
{
    struct trap_frame frame = {.rip = USER_CODE,
                               .cs = FLAT_USER_CS,
                               .rsp = USER_STACK,
                               .ss = FLAT_USER_SS,
                               .rflags = RFLAGS_IF | 0x3000 | (1 << 14) | (1 << 17)};
    const struct trap_frame *f;

    RUN(u_flags, 0); /* leaves the code there */
    f = user_continue(&frame);
    CHECK_EQ(f->vector, TRAP_SYSCALL);
    CHECK_EQ(f->rax & 0x3000, 0);
    CHECK_EQ(f->rax & (1 << 17), 0);
    CHECK(f->rax & RFLAGS_IF);
    frame.rflags = 0; /* user mode cannot run with interrupts off */
    f = user_continue(&frame);
    CHECK(f->rax & RFLAGS_IF);
    frame.rip = HYPERVISOR_VIRT_END - PAGE_SIZE;
    f = user_continue(&frame);
    CHECK_EQ(f->vector, TRAP_PF);
    CHECK_EQ(f->cs & 3, 3);
}

void test_run(void)
{
    user_init();
    check_entry();
    check_memory();
    check_faults();
    check_ports();
    check_bad_return();
}
