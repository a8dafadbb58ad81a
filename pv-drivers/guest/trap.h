/* SPDX-License-Identifier: Apache-2.0 */
/* Traps and callbacks: one frame for all of them, handlers by number, and a way to try something
 * that faults. */
#pragma once

#include <stdint.h>

#include <public/xen.h>

#define TRAP_DE 0
#define TRAP_DB 1
#define TRAP_BP 3
#define TRAP_OF 4
#define TRAP_UD 6
#define TRAP_NM 7
#define TRAP_NP 11
#define TRAP_SS 12
#define TRAP_GP 13
#define TRAP_PF 14
#define TRAP_AC 17

#define TRAP_SOFT     0x80 /* INT 0x80, open to user mode */
#define TRAP_EVENT    256  /* event upcall */
#define TRAP_FAILSAFE 257  /* failsafe callback; see failsafe_segments */
#define TRAP_SYSCALL  258  /* SYSCALL from user mode */
#define TRAP_NR       259

#define RFLAGS_CF 0x001UL
#define RFLAGS_TF 0x100UL
#define RFLAGS_IF 0x200UL
#define RFLAGS_DF 0x400UL

/* Registers at the moment of a trap, as head.S stacks them. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector;     /* TRAP_* */
    uint64_t error_code; /* 0 where there is none */
    uint64_t rip;
    uint16_t cs; /* RPL 0: came from the guest kernel; 3: from user mode */
    uint16_t cs_pad;
    uint8_t saved_upcall_mask;
    uint8_t mask_pad[3];
    uint64_t rflags, rsp;
    uint64_t ss;
};

/* DS, ES, FS, GS as they were at the last failsafe callback. */
extern uint64_t failsafe_segments[4];

/* A handler changes the frame to change where and how execution goes on. */
typedef void trap_handler_t(struct trap_frame *frame);

/* Install a handler; null: the default, which panics. Answers the one before. */
trap_handler_t *trap_set_handler(unsigned int vector, trap_handler_t *handler);

/* Register traps and callbacks with the hypervisor. Called once at start. */
void trap_init(void);

/* The table that trap_init() registered, ended by an entry of zeros. */
extern struct trap_info trap_table[];

/* Leave for what the frame describes; used to enter user mode. */
void trap_return(const struct trap_frame *frame) __attribute__((noreturn));

/* Was it the kernel that trapped? */
static inline int trap_from_kernel(const struct trap_frame *frame)
{
    return (frame->cs & 3) == 0;
}

/* What trap_catch() caught. */
struct trap_caught {
    int happened;
    struct trap_frame frame;
    unsigned long cr2; /* from vcpu_info, at the time of the trap */
};

/*
 * Call fn(arg). If a trap without a handler of its own happens meanwhile, give up fn, remember the
 * trap in `caught` and answer 1; else 0. Not reentrant.
 */
int trap_catch(void (*fn)(void *arg), void *arg, struct trap_caught *caught);

/* Read or write one 8-byte word, answering the trap vector, or -1 if it went well. */
int trap_try_read(const volatile void *at, uint64_t *value, struct trap_caught *caught);
int trap_try_write(volatile void *at, uint64_t value, struct trap_caught *caught);
