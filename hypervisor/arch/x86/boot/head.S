/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the boot loader (multiboot 1 or 2, 32-bit protected mode, paging off) to 64-bit C at its final address.
 * In:  eax = loader magic, ebx = physical address of the loader's information.
 * Out: boot_main(magic, info) on the boot CPU's stack, first 4 GiB mapped at 0 and at the direct map.
 */
#include <arch/layout.h>

#define PHYS(sym) ((sym) - HV_VIRT_IMAGE)

        .section .multiboot, "ax"
        .align 8
/* Multiboot 1: page-aligned modules, memory map wanted, load addresses given here (bit 16). */
mb1_header:
        .long   0x1badb002
        .long   0x00010003
        .long   -(0x1badb002 + 0x00010003)
        .long   PHYS(mb1_header)
        .long   PHYS(image_start)
        .long   PHYS(load_end)
        .long   PHYS(image_end)
        .long   PHYS(boot_entry)

/* Multiboot 2: ELF load, so only the entry point and module alignment are asked for. */
        .align 8
mb2_header:
        .long   0xe85250d6
        .long   0
        .long   mb2_end - mb2_header
        .long   -(0xe85250d6 + 0 + (mb2_end - mb2_header))
        .short  2, 0                    /* addresses: as in multiboot 1, the file is a 64-bit ELF */
        .long   24
        .long   PHYS(mb2_header)
        .long   PHYS(image_start)
        .long   PHYS(load_end)
        .long   PHYS(image_end)
        .short  3, 0                    /* entry address */
        .long   12
        .long   PHYS(boot_entry)
        .long   0                       /* pad to 8 */
        .short  6, 0                    /* modules page-aligned */
        .long   8
        .short  0, 0
        .long   8
mb2_end:

        .section .text.boot, "ax"
        .code32
        .globl boot_entry
boot_entry:
        cli
        cld
        movl    $PHYS(boot_stack_end), %esp
        movl    %eax, %ebp              /* magic */
        /* CPUID must know long mode. */
        movl    $0x80000000, %eax
        movl    %ebx, %esi
        cpuid
        cmpl    $0x80000001, %eax
        jb      no_long_mode
        movl    $0x80000001, %eax
        cpuid
        btl     $29, %edx
        jnc     no_long_mode
        movl    %edx, %edi              /* bit 20: NX */

        /* 4 x 512 pages of 2 MiB: 0 - 4 GiB. */
        movl    $PHYS(boot_l2), %ebx
        movl    $0x83, %eax             /* present, writable, large */
        xorl    %ecx, %ecx
1:      movl    %eax, (%ebx,%ecx,8)
        movl    $0, 4(%ebx,%ecx,8)
        addl    $0x200000, %eax
        incl    %ecx
        cmpl    $2048, %ecx
        jne     1b
        movl    $PHYS(boot_l3), %ebx
        movl    $PHYS(boot_l2) + 3, %eax
        xorl    %ecx, %ecx
2:      movl    %eax, (%ebx,%ecx,8)
        addl    $0x1000, %eax
        incl    %ecx
        cmpl    $4, %ecx
        jne     2b
        movl    $PHYS(boot_l4), %ebx
        movl    $PHYS(boot_l3) + 3, %eax
        movl    %eax, (%ebx)
        movl    %eax, HV_SLOT_IMAGE * 8(%ebx)
        movl    %eax, HV_SLOT_DIRECT * 8(%ebx)

        movl    %cr4, %eax
        orl     $0x20, %eax             /* PAE */
        movl    %eax, %cr4
        movl    $PHYS(boot_l4), %eax
        movl    %eax, %cr3
        movl    $0xc0000080, %ecx       /* EFER */
        rdmsr
        orl     $0x101, %eax            /* LME, SCE */
        btl     $20, %edi
        jnc     3f
        orl     $0x800, %eax            /* NXE */
3:      wrmsr
        movl    $0x80010033, %eax       /* PG, WP, NE, ET, MP, PE */
        movl    %eax, %cr0
        lgdtl   PHYS(boot_gdt_ptr32)
        ljmpl   $0x08, $PHYS(boot_entry64)

no_long_mode:
        movl    $PHYS(msg_no_long_mode), %esi
        movw    $0x3f8, %dx
4:      lodsb
        testb   %al, %al
        jz      5f
        outb    %al, %dx
        jmp     4b
5:      hlt
        jmp     5b

        .code64
boot_entry64:
        xorl    %eax, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    %eax, %fs
        movl    %eax, %gs
        movabsq $boot_entry_high, %rax
        jmp     *%rax
boot_entry_high:
        leaq    boot_stack_end(%rip), %rsp
        movl    %ebp, %edi
        /* esi already holds the loader's information */
        movl    %esi, %esi
        xorl    %ebp, %ebp
        call    boot_main
        ud2

        .section .rodata
        .align 8
boot_gdt:
        .quad   0
        .quad   0x00af9b000000ffff      /* 64-bit code, ring 0 */
boot_gdt_ptr32:
        .word   15
        .long   PHYS(boot_gdt)
msg_no_long_mode:
        .asciz  "Domus: this CPU has no 64-bit mode\r\n"

        .section .bss.page_aligned, "aw", @nobits
        .align 4096
        .globl boot_l4, boot_l3, boot_l2
boot_l4: .skip 4096
boot_l3: .skip 4096
boot_l2: .skip 4 * 4096
        .globl boot_stack, boot_stack_end
boot_stack: .skip 16384
boot_stack_end:
