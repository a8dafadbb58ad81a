/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry points of the guest: start of day, traps, event upcall, failsafe and syscall. Every way in builds the
 * same struct trap_frame (trap.h) and calls trap_dispatch(); the only way out is the iret hypercall, which
 * also restores the event mask from the frame's RFLAGS.IF.
 */
#include <public/elfnote.h>
#include <public/xen.h>

.macro elfnote type, body:vararg
    .pushsection .note.Xen, "a", @note
    .balign 4
    .long 4, 9f - 8f, \type
    .asciz "Xen"
8:  \body
9:  .balign 4
    .popsection
.endm

elfnote XEN_ELFNOTE_GUEST_OS, .asciz "domus-guest"
elfnote XEN_ELFNOTE_GUEST_VERSION, .asciz "1"
elfnote XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
elfnote XEN_ELFNOTE_LOADER, .asciz "generic"
elfnote XEN_ELFNOTE_VIRT_BASE, .quad VIRT_BASE
elfnote XEN_ELFNOTE_PADDR_OFFSET, .quad 0
elfnote XEN_ELFNOTE_ENTRY, .quad _start
elfnote XEN_ELFNOTE_HYPERCALL_PAGE, .quad hypercall_page
elfnote XEN_ELFNOTE_HV_START_LOW, .quad __HYPERVISOR_VIRT_START
elfnote XEN_ELFNOTE_FEATURES, .asciz "!writable_page_tables|pae_pgdir_above_4gb"
elfnote XEN_ELFNOTE_SUPPORTED_FEATURES, .long (1 << 0) | (1 << 4) | (1 << 11)
elfnote XEN_ELFNOTE_PAE_MODE, .asciz "yes"
elfnote XEN_ELFNOTE_L1_MFN_VALID, .quad 1, 1

    .section .text.hypercall_page, "ax"
    .balign 4096
    .global hypercall_page
hypercall_page:
    .skip 4096

    .text
    .global _start
_start:
    cld
    mov %rsp, guest_entry_sp(%rip)
    lea guest_stack + GUEST_STACK_BYTES(%rip), %rsp
    xor %ebp, %ebp
    mov %rsi, %rdi
    call guest_start
1:  jmp 1b

/* On entry by the hypervisor: RCX, R11, [error code,] RIP, CS, RFLAGS, RSP, SS on the stack. */
.macro trap_entry vector, has_code
    .balign 16
    pop %rcx
    pop %r11
    .if !\has_code
    push $0
    .endif
    push $\vector
    jmp trap_common
.endm

    .balign 16
    .global trap_entries
trap_entries:
    .set vector, 0
    .rept 32
    .if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21
    trap_entry vector, 1
    .else
    trap_entry vector, 0
    .endif
    .set vector, vector + 1
    .endr
    .balign 16
    .global trap_soft_entry
trap_soft_entry: /* INT 0x80 */
    trap_entry 0x80, 0
    .global event_entry
event_entry:
    trap_entry 256, 0
    .global failsafe_entry
    .balign 16
failsafe_entry: /* DS, ES, FS, GS lie between R11 and RIP */
    pop %rcx
    pop %r11
    popq failsafe_segments(%rip)
    popq failsafe_segments + 8(%rip)
    popq failsafe_segments + 16(%rip)
    popq failsafe_segments + 24(%rip)
    push $0
    push $257
    jmp trap_common
    .global syscall_entry
syscall_entry:
    trap_entry 258, 0
    .global nmi_entry
nmi_entry:
    trap_entry 2, 0

trap_common:
    push %rdi
    push %rsi
    push %rdx
    push %rcx
    push %rax
    push %r8
    push %r9
    push %r10
    push %r11
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, %rdi
    mov %rsp, %rbp
    and $~15, %rsp
    cld
    call trap_dispatch
    mov %rbp, %rdi

/* void trap_return(const struct trap_frame *frame): leave for wherever the frame says. */
    .global trap_return
trap_return:
    mov %rdi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rax
    pop %rcx
    pop %rdx
    pop %rsi
    pop %rdi
    add $16, %rsp
    push $0
    jmp hypercall_page + XEN_HYPERCALL_ENTRY_BYTES * __HYPERVISOR_iret

    .bss
    .balign 4096
    .global guest_stack
guest_stack:
    .skip GUEST_STACK_BYTES

    .section .note.GNU-stack, "", @progbits
