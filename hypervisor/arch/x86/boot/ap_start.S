/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start-up code of the other CPUs. smp.c copies it to a page below 1 MiB, fills in the words at its end and sends
 * STARTUP. Real mode goes straight to long mode on the boot page tables, then to ap_main() on the CPU's own stack.
 */
        .section .rodata
        .align 16
        .code16
        .globl ap_start, ap_start_end, ap_start_root, ap_start_stack, ap_start_entry, ap_start_percpu
ap_start:
        cli
        cld
        movw    %cs, %ax
        movw    %ax, %ds
        xorl    %ebx, %ebx
        movw    %ax, %bx
        shll    $4, %ebx                /* where this page is */
        /* The GDT pointer and the far jump need linear addresses. */
        leal    (ap_gdt - ap_start)(%ebx), %eax
        movl    %eax, (ap_gdt_ptr - ap_start + 2)
        leal    (ap_long - ap_start)(%ebx), %eax
        movl    %eax, (ap_far - ap_start)
        lgdtl   (ap_gdt_ptr - ap_start)
        movl    %cr4, %eax
        orl     $0x20, %eax
        movl    %eax, %cr4
        movl    (ap_start_root - ap_start), %eax
        movl    %eax, %cr3
        movl    $0xc0000080, %ecx
        movl    $0x901, %eax            /* SCE LME NXE: smp.c starts nobody on a CPU without NX */
        xorl    %edx, %edx
        wrmsr
        movl    $0x80010033, %eax
        movl    %eax, %cr0
        ljmpl   *(ap_far - ap_start)

        .code64
ap_long:
        xorl    %eax, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    %eax, %fs
        movl    %eax, %gs
        movq    ap_start_stack(%rip), %rsp
        movq    ap_start_percpu(%rip), %rdi
        movq    ap_start_entry(%rip), %rax
        xorl    %ebp, %ebp
        call    *%rax
        ud2

        .align 8
ap_gdt: .quad   0
        .quad   0x00af9b000000ffff
ap_gdt_ptr:
        .word   15
        .long   0
ap_far: .long   0
        .word   8
        .align 8
ap_start_root:   .quad 0
ap_start_stack:  .quad 0
ap_start_entry:  .quad 0
ap_start_percpu: .quad 0
ap_start_end:
