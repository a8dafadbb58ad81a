/* SPDX-License-Identifier: Apache-2.0 */
/* The PV CPU, between the files of pv/ and the entry code of an arch. All work on the current vCPU.
 */
#pragma once

#include <hv/domain.h>
#include <hv/vcpu.h>
#include <public/callback.h>

/* Exception vectors with a meaning here (architecture manual). */
enum {
    TRAP_DE = 0,
    TRAP_DB = 1,
    TRAP_NMI = 2,
    TRAP_BP = 3,
    TRAP_OF = 4,
    TRAP_UD = 6,
    TRAP_NM = 7,
    TRAP_DF = 8,
    TRAP_TS = 10,
    TRAP_NP = 11,
    TRAP_SS = 12,
    TRAP_GP = 13,
    TRAP_PF = 14,
    TRAP_MF = 16,
    TRAP_AC = 17,
    TRAP_MC = 18,
    TRAP_XM = 19,
};

#define PFEC_PRESENT 1u
#define PFEC_WRITE   2u
#define PFEC_USER    4u
#define PFEC_RSVD    8u
#define PFEC_INSN    16u

#define RFLAGS_CF   (1u << 0)
#define RFLAGS_TF   (1u << 8)
#define RFLAGS_IF   (1u << 9)
#define RFLAGS_DF   (1u << 10)
#define RFLAGS_IOPL (3u << 12)
#define RFLAGS_NT   (1u << 14)
#define RFLAGS_RF   (1u << 16)
#define RFLAGS_VM   (1u << 17)
#define RFLAGS_AC   (1u << 18)
#define RFLAGS_MBS  (1u << 1) /* always one */

static inline bool is_canonical(uint64_t a)
{
    return (uint64_t)((int64_t)(a << 16) >> 16) == a;
}

/* ---- what the entry code calls ---- */

/* An exception in guest code; cr2 only for #PF. Emulates it, or bounces it to the guest's handler.
 */
void pv_exception(struct vcpu *v, unsigned int vector, uint32_t error, uint64_t cr2);
/* SYSCALL by guest user code. `compat`: from 32-bit code. */
void pv_user_syscall(struct vcpu *v, bool compat);
/* SYSENTER by guest user code: where it came from is not known (rip and rsp are 0). */
void pv_user_sysenter(struct vcpu *v);
/* The guest's return frame could not be loaded (bad selector, non-canonical rip …): failsafe
 * callback. */
void pv_return_failed(struct vcpu *v, unsigned int vector, uint32_t error);
/* Deliver what is pending and unmasked: failsafe, NMI, event upcall. On the way out, interrupts
 * off. */
void pv_exit_work(struct vcpu *v);

/* ---- bounces (bounce.c) ---- */

enum pv_bounce_flags {
    BOUNCE_ERROR_CODE = 1,  /* push the error code */
    BOUNCE_MASK_EVENTS = 2, /* enter with events masked */
    BOUNCE_FAILSAFE = 4,    /* push ds, es, fs, gs too */
};
/* Enter the guest kernel at `rip`, with the interrupted state on its stack. A stack that cannot be
 * written crashes the domain. */
void pv_bounce(struct vcpu *v, uint64_t rip, unsigned int flags, uint32_t error);
/* Raise `vector` through the guest's trap table; no handler there crashes the domain. */
void pv_raise(struct vcpu *v, unsigned int vector, uint32_t error);
void pv_raise_page_fault(struct vcpu *v, uint64_t cr2, uint32_t error);
/* Change between guest kernel and guest user: page-table root and GS base. */
void pv_toggle_mode(struct vcpu *v);

/* ---- emulation of privileged instructions ---- */

enum pv_emul { EMUL_DONE, EMUL_UNHANDLED, EMUL_FAULT /* raised already */ };
/* #GP at regs.rip: try it as a privileged instruction. */
enum pv_emul pv_emulate_privileged(struct vcpu *v);
/* #UD at regs.rip: the ABI's forced-emulation prefix before CPUID. */
enum pv_emul pv_emulate_forced(struct vcpu *v);

/* Instruction bytes of the guest: fetch up to `len`, returns how many could be read. */
size_t pv_fetch(uint64_t rip, uint8_t *buf, size_t len);

enum pv_emul pv_emul_io_insn(struct vcpu *v, const uint8_t *insn, size_t len, unsigned int op_at,
                             bool rep, bool op16);
int pv_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value); /* 0, or -1: #GP */
int pv_wrmsr(struct vcpu *v, uint32_t msr, uint64_t value);
void pv_cpuid(struct vcpu *v, uint32_t leaf, uint32_t sub, uint32_t r[4]);
/* Debug registers: value check as the architecture demands; 0 or -XEN_EPERM / -XEN_EINVAL. */
int pv_set_debugreg(struct vcpu *v, unsigned int reg, uint64_t value);
/* Is the port free for this vCPU's code (IOPL, bitmap), and for its domain (control's permission)?
 */
bool pv_port_guest_ok(struct vcpu *v, unsigned int port, unsigned int bytes);
uint32_t pv_port_in(struct vcpu *v, unsigned int port, unsigned int bytes);
void pv_port_out(struct vcpu *v, unsigned int port, unsigned int bytes, uint32_t value);
