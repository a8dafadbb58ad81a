/* SPDX-License-Identifier: Apache-2.0 */
/* Assembly helpers shared by the entry files. */
#include <arch/layout.h>
#include <asm_offsets.h>

/* A place for STAC (0) or CLAC (1): a 3-byte no-op that cpu_features.c patches when the CPU has
 * SMAP. */
.macro SMAP_SITE which 771 :.byte 0x0f, 0x1f, 0x00.pushsection.smap_sites,
    "a".quad 771b.quad \which.popsection
        .endm
#define ASM_STAC SMAP_SITE 0
#define ASM_CLAC SMAP_SITE 1

        /* A fault at `insn` continues at `fixup`. */
        .macro EXTABLE insn,
    fixup.pushsection.extable,
    "a".quad \insn.quad \fixup.popsection
        .endm

        /* Store / load the general registers in the struct cpu_user_regs at \base (a register that
           is not one of them, or rsp). */
        .macro SAVE_GPRS base = % rsp movq % r15,
                         REGS_r15(\base) movq % r14, REGS_r14(\base) movq % r13,
                         REGS_r13(\base) movq % r12, REGS_r12(\base) movq % rbp,
                         REGS_rbp(\base) movq % rbx, REGS_rbx(\base) movq % r11,
                         REGS_r11(\base) movq % r10, REGS_r10(\base) movq % r9,
                         REGS_r9(\base) movq % r8, REGS_r8(\base) movq % rax,
                         REGS_rax(\base) movq % rcx, REGS_rcx(\base) movq % rdx,
                         REGS_rdx(\base) movq % rsi, REGS_rsi(\base) movq % rdi,
                         REGS_rdi(\base)
                             .endm

                             /* All but rdi, which may be the base. */
                             .macro LOAD_GPRS_BUT_RDI base movq REGS_r15(\base),
                         % r15 movq REGS_r14(\base), % r14 movq REGS_r13(\base),
                         % r13 movq REGS_r12(\base), % r12 movq REGS_rbp(\base),
                         % rbp movq REGS_rbx(\base), % rbx movq REGS_r11(\base),
                         % r11 movq REGS_r10(\base), % r10 movq REGS_r9(\base),
                         % r9 movq REGS_r8(\base), % r8 movq REGS_rax(\base),
                         % rax movq REGS_rcx(\base), % rcx movq REGS_rdx(\base),
                         % rdx movq REGS_rsi(\base),
                         %
                             rsi.endm

                                 /* Values that a guest left in registers must not steer speculation
                                    or leak into C: clear what C does not take. */
                                 .macro CLEAR_GPRS_BUT_RDI xorl
                             % eax,
                         % eax xorl % ebx, % ebx xorl % ecx, % ecx xorl % edx, % edx xorl % esi,
                         % esi xorl % ebp, % ebp xorl % r8d, % r8d xorl % r9d, % r9d xorl % r10d,
                         % r10d xorl % r11d, % r11d xorl % r12d, % r12d xorl % r13d,
                         % r13d xorl % r14d, % r14d xorl % r15d, % r15d.endm
