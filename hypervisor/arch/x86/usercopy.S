/* SPDX-License-Identifier: Apache-2.0 */
/*
 * size_t raw_copy(void *dst, const void *src, size_t len): copy where one side is a guest's address.
 * Returns the bytes not copied; a fault on either side ends the copy (extable).
 * size_t raw_clear(void *dst, size_t len): the same with zeroes.
 */
#include <arch/asm_macros.inc>

        .text
        .globl raw_copy
raw_copy:
        ASM_STAC
        movq    %rdx, %rcx
        shrq    $3, %rcx
        andl    $7, %edx
1:      rep movsq
        movl    %edx, %ecx
2:      rep movsb
3:      movq    %rcx, %rax
        ASM_CLAC
        ret
4:      leaq    (%rdx,%rcx,8), %rcx     /* words left, and the tail */
        jmp     3b
        EXTABLE 1b, 4b
        EXTABLE 2b, 3b

        .globl raw_clear
raw_clear:
        ASM_STAC
        xorl    %eax, %eax
        movq    %rsi, %rcx
        andl    $7, %esi
        shrq    $3, %rcx
1:      rep stosq
        movl    %esi, %ecx
2:      rep stosb
3:      movq    %rcx, %rax
        ASM_CLAC
        ret
4:      leaq    (%rsi,%rcx,8), %rcx
        jmp     3b
        EXTABLE 1b, 4b
        EXTABLE 2b, 3b

/* int safe_rdmsr(uint32_t msr, uint64_t *value), int safe_wrmsr(uint32_t msr, uint64_t value): 0, or -1 on #GP. */
        .globl safe_rdmsr
safe_rdmsr:
        movl    %edi, %ecx
1:      rdmsr
        shlq    $32, %rdx
        orq     %rdx, %rax
        movq    %rax, (%rsi)
        xorl    %eax, %eax
        ret
2:      movl    $-1, %eax
        ret
        EXTABLE 1b, 2b

        .globl safe_wrmsr
safe_wrmsr:
        movl    %edi, %ecx
        movl    %esi, %eax
        movq    %rsi, %rdx
        shrq    $32, %rdx
1:      wrmsr
        xorl    %eax, %eax
        ret
2:      movl    $-1, %eax
        ret
        EXTABLE 1b, 2b

/* int load_selectors(unsigned ds, unsigned es, unsigned fs): 0, or a bit per selector that was refused and is null now. */
        .globl load_selectors
load_selectors:
        xorl    %eax, %eax
1:      movl    %edi, %ds
2:      movl    %esi, %es
3:      movl    %edx, %fs
        ret
4:      orl     $1, %eax
        xorl    %edi, %edi
        jmp     1b
5:      orl     $2, %eax
        xorl    %esi, %esi
        jmp     2b
6:      orl     $4, %eax
        xorl    %edx, %edx
        jmp     3b
        EXTABLE 1b, 4b
        EXTABLE 2b, 5b
        EXTABLE 3b, 6b

/*
 * int load_gs_selector(unsigned gs, uint64_t *base): load the guest's gs; *base: the base its descriptor has.
 * Our own GS base is put back; a refused selector becomes null (returns 8).
 */
        .globl load_gs_selector
load_gs_selector:
        movq    %gs:0, %r8
        xorl    %r9d, %r9d
1:      movl    %edi, %gs
        movl    $0xc0000101, %ecx       /* GS_BASE */
        rdmsr
        shlq    $32, %rdx
        orq     %rdx, %rax
        movq    %rax, (%rsi)
        movq    %r8, %rax
        movq    %r8, %rdx
        shrq    $32, %rdx
        wrmsr
        movl    %r9d, %eax
        ret
2:      movl    $8, %r9d
        xorl    %edi, %edi
        jmp     1b
        EXTABLE 1b, 2b
