/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shortest trap, upcall and syscall handlers: what is measured is the way there and back. Frames: see
 * pv-drivers/guest/head.S; the iret hypercall wants one word of flags below RIP.
 */
#include <public/xen.h>

#define IRET                hypercall_page + XEN_HYPERCALL_ENTRY_BYTES * __HYPERVISOR_iret
#define IN_SYSCALL          0x100 /* VGCF_in_syscall: RCX and R11 need not survive */
#define SHARED_PENDING      2048  /* struct shared_info, evtchn_pending[0] */
#define VCPU_INFO_BYTES     64
#define VCPU_PENDING_SEL    8

    .text
    .balign 16
    .global bench_entry_bp
bench_entry_bp:
    pop %rcx
    pop %r11
    push $0
    jmp IRET

/* The faulting instruction is three bytes long: go on behind it. */
    .balign 16
    .global bench_entry_pf
bench_entry_pf:
    pop %rcx
    pop %r11
    add $8, %rsp
    addq $3, (%rsp)
    push $0
    jmp IRET

    .balign 16
    .global bench_entry_syscall
bench_entry_syscall:
    pop %rcx
    pop %r11
    push $IN_SYSCALL
    jmp IRET

.macro upcall vcpu
    pop %rcx
    pop %r11
    push %rax
    push %rcx
    mov guest_shared(%rip), %rax
    movb $0, VCPU_INFO_BYTES * \vcpu(%rax)
    movq $0, VCPU_INFO_BYTES * \vcpu + VCPU_PENDING_SEL(%rax)
    mov bench_keep + 8 * \vcpu(%rip), %rcx
    lock andq %rcx, SHARED_PENDING(%rax)
    incq bench_upcalls + 8 * \vcpu(%rip)
    pop %rcx
    pop %rax
    push $0
    jmp IRET
.endm

    .balign 16
    .global bench_entry_event
bench_entry_event:
    upcall 0
    .balign 16
    .global bench_entry_event1
bench_entry_event1:
    upcall 1

    .section .note.GNU-stack, "", @progbits
