/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions and interrupts in, guests out.
 *
 * From a guest (ring 3) the CPU pushes its frame straight into current->pv.regs, because TSS.rsp0 points behind
 * regs.ss; the rest of the registers follow there and C runs on the per-CPU stack. From ring 0 (guest copies
 * that fault, the idle loop) the frame lives on the stack it interrupted. GS is the guest's in ring 3 and this
 * CPU's struct percpu in ring 0: one swapgs on the way in and one on the way out.
 */
#include <arch/asm_macros.inc>

        .text

/* 256 stubs of 16 bytes: error code (0 where the CPU gives none), then the vector above it. */
        .align 16
        .globl vector_stubs
vector_stubs:
        .set vector, 0
        .rept 256
        .align 16
        /* vectors with an error code: 8, 10-14, 17, 21, 29, 30 */
        .if !((vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21) || (vector == 29) || (vector == 30))
        pushq   $0
        .endif
        movl    $vector, 4(%rsp)
        .if (vector == 2) || (vector == 8) || (vector == 18) || (vector == 1)
        jmp     entry_ist
        .else
        jmp     entry_common
        .endif
        .set vector, vector + 1
        .endr

/* rsp -> error_code slot of a cpu_user_regs: in current->pv.regs (ring 3) or on this stack (ring 0). */
entry_common:
        subq    $REGS_error_code, %rsp
        SAVE_GPRS
        cld
        ASM_CLAC
        movq    %rsp, %rdi
        testb   $3, REGS_cs(%rsp)
        jz      from_ring0
        swapgs
        movq    %gs:PERCPU_stack, %rsp
        movq    %gs:PERCPU_current, %rax
        movb    $0, VCPU_fast_return(%rax)
        CLEAR_GPRS_BUT_RDI
        call    trap_from_guest
        jmp     exit_to_guest

from_ring0:
        /* Between the last swapgs and iretq of exit_to_guest GS is the guest's already. */
        leaq    guest_iretq(%rip), %rax
        cmpq    %rax, REGS_rip(%rsp)
        je      iretq_faulted
        xorl    %ebp, %ebp
        movq    %rsp, %rbx
        andq    $~15, %rsp
        call    trap_from_hypervisor
        movq    %rbx, %rdi
        movq    %rbx, %rsp
        LOAD_GPRS_BUT_RDI
        movq    REGS_rdi(%rdi), %rdi
        addq    $REGS_rip, %rsp
        iretq

/* The guest's frame could not be loaded: its registers still stand in current->pv.regs. */
iretq_faulted:
        swapgs
        movq    %rsp, %rsi              /* the fault's own frame */
        movq    %gs:PERCPU_current, %rdi
        movq    %gs:PERCPU_stack, %rsp
        movl    REGS_entry_vector(%rsi), %edx
        movl    REGS_error_code(%rsi), %esi
        call    trap_guest_return_failed
        jmp     exit_to_guest

/*
 * NMI, #DF, #MC, #DB have stacks of their own, because they may come where GS or the stack are not ours yet.
 * The top quad of each such stack holds this CPU's struct percpu.
 */
entry_ist:
        subq    $REGS_error_code, %rsp
        SAVE_GPRS
        cld
        ASM_CLAC
        movq    %rsp, %rbx
        testb   $3, REGS_cs(%rsp)
        jz      ist_from_ring0
        /* From a guest: move the frame to where ordinary entries put it and go on as one of them. */
        swapgs
        movq    %gs:PERCPU_current, %rax
        movb    $0, VCPU_fast_return(%rax)
        leaq    VCPU_regs(%rax), %rdi
        movq    %rdi, %rdx
        movq    %rsp, %rsi
        movl    $(REGS_es / 8), %ecx
        rep movsq
        movq    %rdx, %rdi
        movq    %gs:PERCPU_stack, %rsp
        /* The guest may be left by SYSRET, which does not end an NMI's blocking of NMIs: an IRETQ does, here. */
        movq    %rsp, %rax
        pushq   $0
        pushq   %rax
        pushfq
        pushq   $SEL_HV_CS
        leaq    1f(%rip), %rax
        pushq   %rax
        iretq
1:
        CLEAR_GPRS_BUT_RDI
        call    trap_from_guest
        jmp     exit_to_guest
ist_from_ring0:
        movl    $0xc0000101, %ecx       /* GS_BASE */
        rdmsr
        movl    %eax, %r12d
        movl    %edx, %r13d
        movq    REGS_es(%rsp), %rax     /* the quad above the frame: this CPU */
        movq    %rax, %rdx
        shrq    $32, %rdx
        wrmsr
        movq    %rsp, %rdi
        xorl    %ebp, %ebp
        andq    $~15, %rsp
        call    trap_from_hypervisor
        movl    $0xc0000101, %ecx
        movl    %r12d, %eax
        movl    %r13d, %edx
        wrmsr
        movq    %rbx, %rdi
        movq    %rbx, %rsp
        LOAD_GPRS_BUT_RDI
        movq    REGS_rdi(%rdi), %rdi
        addq    $REGS_rip, %rsp
        iretq

/*
 * Leave for the guest: `current`, on an empty per-CPU stack, interrupts off. Work that may change `current`
 * (softirqs) comes first, then what must be put on the guest's stack (bounces, upcalls), again and again until
 * nothing is left.
 */
        .globl exit_to_guest
exit_to_guest:
        movq    %gs:PERCPU_stack, %rsp
        cmpl    $0, %gs:PERCPU_softirq
        jne     exit_work
        movq    %gs:PERCPU_current, %rdi
        cmpb    $0, VCPU_pending_bounce(%rdi)
        jne     exit_work
        cmpb    $0, VCPU_nmi_pending(%rdi)
        jne     exit_work
        movq    VCPU_info(%rdi), %rax
        cmpb    $0, 0(%rax)             /* evtchn_upcall_pending */
        jne     exit_upcall
exit_now:
        cmpb    $0, VCPU_fast_return(%rdi)
        leaq    VCPU_regs(%rdi), %rdi
        jne     exit_sysret
        pushq   REGS_ss(%rdi)
        pushq   REGS_rsp(%rdi)
        pushq   REGS_rflags(%rdi)
        pushq   REGS_cs(%rdi)
        movw    $0, 2(%rsp)             /* the ABI keeps the event mask above cs */
        movl    $0, 4(%rsp)
        pushq   REGS_rip(%rdi)
        LOAD_GPRS_BUT_RDI
        movq    REGS_rdi(%rdi), %rdi
        swapgs
        .globl guest_iretq
guest_iretq:
        iretq

exit_sysret:
        LOAD_GPRS_BUT_RDI
        movq    REGS_rip(%rdi), %rcx
        movq    REGS_rflags(%rdi), %r11
        movq    REGS_rsp(%rdi), %rsp
        movq    REGS_rdi(%rdi), %rdi
        swapgs
        sysretq

exit_upcall:
        cmpb    $0, 1(%rax)             /* evtchn_upcall_mask */
        jne     exit_now
exit_work:
        call    exit_to_guest_work
        jmp     exit_to_guest

/*
 * SYSCALL, from a guest's kernel (a hypercall) or from its user (bounced to the kernel).
 * In: rcx = return rip, r11 = rflags; stack and GS are still the guest's.
 */
        .align 16
        .globl entry_syscall
entry_syscall:
        swapgs
        movq    %rsp, %gs:PERCPU_scratch
        movq    %gs:PERCPU_current, %rsp
        movq    $SEL_RING3_DS, VCPU_regs + REGS_ss(%rsp)
        movq    $SEL_RING3_CS64, VCPU_regs + REGS_cs(%rsp)
syscall_common:
        leaq    VCPU_regs(%rsp), %rsp
        SAVE_GPRS
        movq    %rcx, REGS_rip(%rsp)
        movq    %r11, REGS_rflags(%rsp)
        movq    %gs:PERCPU_scratch, %rax
        movq    %rax, REGS_rsp(%rsp)
        movl    $0, REGS_error_code(%rsp)
        movl    $0x100, REGS_entry_vector(%rsp)
        movq    %rsp, %rdi
        movq    %gs:PERCPU_stack, %rsp
        CLEAR_GPRS_BUT_RDI
        call    syscall_from_guest
        jmp     exit_to_guest

/* SYSCALL from 32-bit guest user code (CPUs that have CSTAR). */
        .align 16
        .globl entry_cstar
entry_cstar:
        swapgs
        movq    %rsp, %gs:PERCPU_scratch
        movq    %gs:PERCPU_current, %rsp
        movq    $SEL_RING3_DS, VCPU_regs + REGS_ss(%rsp)
        movq    $SEL_RING3_CS32, VCPU_regs + REGS_cs(%rsp)
        jmp     syscall_common

/*
 * SYSENTER from 32-bit guest user code. The CPU tells neither where it came from nor clears more than IF and VM,
 * so single-step, nested-task, direction and alignment flags are dropped here before any C runs.
 */
        .align 16
        .globl entry_sysenter
entry_sysenter:
        swapgs
        movq    %gs:PERCPU_current, %rsp
        leaq    VCPU_regs(%rsp), %rsp
        SAVE_GPRS
        movq    $SEL_RING3_DS, REGS_ss(%rsp)
        movq    $SEL_RING3_CS32, REGS_cs(%rsp)
        movq    $0, REGS_rip(%rsp)
        movq    $0, REGS_rsp(%rsp)
        movl    $0, REGS_error_code(%rsp)
        movl    $0x101, REGS_entry_vector(%rsp)
        movq    %rsp, %rdi
        movq    %gs:PERCPU_stack, %rsp
        pushfq
        popq    REGS_rflags(%rdi)
        pushq   $2
        popfq
        CLEAR_GPRS_BUT_RDI
        call    sysenter_from_guest
        jmp     exit_to_guest

/* Switch to another vCPU: forget this C stack. */
        .globl arch_jump_to_guest
arch_jump_to_guest:
        movq    %gs:PERCPU_stack, %rsp
        jmp     exit_to_guest

/* void arch_jump_to(void (*fn)(void)): fn on an empty stack; fn never returns. */
        .globl arch_jump_to
arch_jump_to:
        movq    %gs:PERCPU_stack, %rsp
        xorl    %ebp, %ebp
        call    *%rdi
        ud2
