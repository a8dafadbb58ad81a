/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instructions that only ring 0 may execute, found by #GP in a guest kernel that runs in ring 3.
 * The set is what PV kernels really use outside their paravirtual operations; anything else is the
 * guest's own #GP.
 */
#include <hv/arch.h>
#include <hv/atomic.h>
#include <hv/guest_copy.h>
#include <hv/printk.h>
#include <hv/pv_cpu.h>
#include <hv/pv_mm.h>
#include <hv/string.h>
#include <public/errno.h>

#define MAX_INSN 15

#define CR0_PE         0x1ull
#define CR0_MP         0x2ull
#define CR0_ET         0x10ull
#define CR0_NE         0x20ull
#define CR0_TS         0x8ull
#define CR0_WP         0x10000ull
#define CR0_PG         0x80000000ull
#define CR0_GUEST_VIEW (CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG)
#define CR4_PAE        0x20ull
#define CR4_OSXSAVE    (1ull << 18)

struct insn {
    uint8_t byte[MAX_INSN];
    unsigned int len; /* bytes fetched */
    unsigned int op;  /* index of the opcode */
    bool rep, op16;
    uint8_t rex;
};

size_t pv_fetch(uint64_t rip, uint8_t *buf, size_t len)
{
    /* Up to the end of the page first: the next page need not be there. */
    size_t in_page = PAGE_SIZE - (rip & ~PAGE_MASK);

    if (guest_read(buf, gva(rip), MIN(len, in_page)))
        return 0;
    if (len > in_page && guest_read(buf + in_page, gva(rip + in_page), len - in_page))
        return in_page;
    return len;
}

static bool decode_prefixes(struct vcpu *v, struct insn *in)
{
    bool long_mode = v->pv.regs.cs == FLAT_KERNEL_CS || v->pv.kernel_mode;

    memset(in, 0, sizeof(*in));
    in->len = (unsigned int)pv_fetch(v->pv.regs.rip, in->byte, MAX_INSN);
    for (; in->op < in->len; in->op++) {
        switch (in->byte[in->op]) {
        case 0x66:
            in->op16 = true;
            continue;
        case 0xf2:
        case 0xf3:
            in->rep = true;
            continue;
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
        case 0x64:
        case 0x65:
        case 0x67:
        case 0xf0:
            continue;
        }
        break;
    }
    if (long_mode && in->op < in->len && (in->byte[in->op] & 0xf0) == 0x40)
        in->rex = in->byte[in->op++];
    return in->op < in->len;
}

/* General register by its instruction encoding. */
static uint64_t *gpr(struct cpu_user_regs *r, unsigned int nr)
{
    uint64_t *const map[16] = {&r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp,
                               &r->rsi, &r->rdi, &r->r8,  &r->r9,  &r->r10, &r->r11,
                               &r->r12, &r->r13, &r->r14, &r->r15};

    return map[nr & 15];
}

static bool read_cr(struct vcpu *v, unsigned int nr, uint64_t *value)
{
    switch (nr) {
    case 0:
        *value = CR0_GUEST_VIEW | (v->pv.cr0_guest & CR0_TS);
        return true;
    case 2:
        *value = v->info->arch.cr2;
        return true;
    case 3:
        *value = v->pv.cr3;
        return true;
    case 4:
        *value = v->pv.cr4_guest | CR4_PAE | (arch_xcr0_mask() ? CR4_OSXSAVE : 0);
        return true;
    default:
        return false;
    }
}

/* *again: preempted; nothing is changed yet, and the instruction is to be executed again. */
static bool write_cr(struct vcpu *v, unsigned int nr, uint64_t value, bool *again)
{
    int rc;

    switch (nr) {
    case 0:
        if ((value ^ CR0_GUEST_VIEW) & ~CR0_TS) /* all but TS is fixed */
            return false;
        v->pv.cr0_guest = value;
        arch_set_ts(v, value & CR0_TS);
        return true;
    case 2:
        v->info->arch.cr2 = value;
        return true;
    case 3:
        rc = pv_set_kernel_root(v, maddr_to_mfn(value)); /* takes the mm lock itself */
        *again = rc == -XEN_ERESTART;
        return rc == 0 || *again;
    case 4:
        v->pv.cr4_guest = value; /* remembered; what it switches is the hypervisor's choice */
        return true;
    default:
        return false;
    }
}

static void set_pair(struct cpu_user_regs *r, uint64_t v)
{
    r->rax = (uint32_t)v;
    r->rdx = v >> 32;
}

static enum pv_emul emul_xsetbv(struct vcpu *v)
{
    struct cpu_user_regs *r = &v->pv.regs;
    uint64_t value = (uint32_t)r->rax | r->rdx << 32, mask = arch_xcr0_mask();
    uint64_t avx512 = value & 0xe0;

    if ((uint32_t)r->rcx != 0 || !mask || !(value & 1) || (value & ~mask) ||
        ((value & 4) && !(value & 2)) || (avx512 && (avx512 != 0xe0 || !(value & 4))))
        return EMUL_UNHANDLED;
    arch_set_xcr0(v, value);
    return EMUL_DONE;
}

/* Two-byte opcodes, 0f xx; `at` is the index after xx. Sets *end to the instruction's end. */
static enum pv_emul emul_0f(struct vcpu *v, struct insn *in, unsigned int *end)
{
    struct cpu_user_regs *r = &v->pv.regs;
    unsigned int at = in->op + 2;
    bool again = false;
    uint8_t op, modrm;
    uint64_t value;

    if (at > in->len)
        return EMUL_UNHANDLED;
    op = in->byte[in->op + 1];
    modrm = at < in->len ? in->byte[at] : 0;
    *end = at;
    switch (op) {
    case 0x01: /* xsetbv: 0f 01 d1 */
        *end = at + 1;
        return modrm == 0xd1 ? emul_xsetbv(v) : EMUL_UNHANDLED;
    case 0x06: /* clts */
        v->pv.cr0_guest &= ~CR0_TS;
        arch_set_ts(v, false);
        return EMUL_DONE;
    case 0x08: /* invd */
    case 0x09: /* wbinvd */
        if (v->domain->is_privileged)
            arch_cache_flush();
        return EMUL_DONE;
    case 0x20: /* mov from cr */
        *end = at + 1;
        if (!read_cr(v, (modrm >> 3 & 7) | ((in->rex & 4) << 1), &value))
            return EMUL_UNHANDLED;
        *gpr(r, (modrm & 7) | ((in->rex & 1) << 3)) = value;
        return EMUL_DONE;
    case 0x21: /* mov from dr */
        *end = at + 1;
        *gpr(r, (modrm & 7) | ((in->rex & 1) << 3)) = v->pv.debugreg[modrm >> 3 & 7];
        return EMUL_DONE;
    case 0x22: /* mov to cr */
        if (!write_cr(v, (modrm >> 3 & 7) | ((in->rex & 4) << 1),
                      *gpr(r, (modrm & 7) | ((in->rex & 1) << 3)), &again))
            return EMUL_UNHANDLED;
        *end = again ? 0 : at + 1;
        return EMUL_DONE;
    case 0x23: /* mov to dr */
        *end = at + 1;
        return pv_set_debugreg(v, modrm >> 3 & 7, *gpr(r, (modrm & 7) | ((in->rex & 1) << 3)))
                   ? EMUL_UNHANDLED
                   : EMUL_DONE;
    case 0x30: /* wrmsr */
        return pv_wrmsr(v, (uint32_t)r->rcx, (uint32_t)r->rax | r->rdx << 32) ? EMUL_UNHANDLED
                                                                              : EMUL_DONE;
    case 0x31: /* rdtsc */
        set_pair(r, arch_read_tsc(&value));
        return EMUL_DONE;
    case 0x32: /* rdmsr */
        if (pv_rdmsr(v, (uint32_t)r->rcx, &value))
            return EMUL_UNHANDLED;
        set_pair(r, value);
        return EMUL_DONE;
    case 0xa2: { /* cpuid, on CPUs that make it fault */
        uint32_t out[4];

        pv_cpuid(v, (uint32_t)r->rax, (uint32_t)r->rcx, out);
        r->rax = out[0];
        r->rbx = out[1];
        r->rcx = out[2];
        r->rdx = out[3];
        return EMUL_DONE;
    }
    default:
        return EMUL_UNHANDLED;
    }
}

static enum pv_emul emul_one_byte(struct vcpu *v, struct insn *in, unsigned int *end)
{
    *end = in->op + 1;
    switch (in->byte[in->op]) {
    case 0xfa: /* cli */
    case 0xfb: /* sti */
        /* Below its virtual IOPL a guest's cli and sti do nothing; events are masked through
         * vcpu_info. */
        return v->pv.kernel_mode && v->pv.iopl >= 1 ? EMUL_DONE : EMUL_UNHANDLED;
    default:
        return EMUL_UNHANDLED;
    }
}

static bool is_io(uint8_t op)
{
    return (op >= 0x6c && op <= 0x6f) || (op >= 0xe4 && op <= 0xe7) || (op >= 0xec && op <= 0xef);
}

enum pv_emul pv_emulate_privileged(struct vcpu *v)
{
    enum pv_emul result;
    unsigned int end = 0;
    struct insn in;

    if (!decode_prefixes(v, &in))
        return EMUL_UNHANDLED;
    if (is_io(in.byte[in.op]))
        return pv_emul_io_insn(v, in.byte, in.len, in.op, in.rep, in.op16);
    if (!v->pv.kernel_mode)
        return EMUL_UNHANDLED;
    if (in.byte[in.op] == 0x0f)
        result = emul_0f(v, &in, &end);
    else
        result = emul_one_byte(v, &in, &end);
    if (result == EMUL_DONE)
        v->pv.regs.rip += end;
    return result;
}

/* ud2a; "xen"; cpuid: the ABI's way to ask the hypervisor's CPUID where the instruction does not
 * fault. */
enum pv_emul pv_emulate_forced(struct vcpu *v)
{
    static const uint8_t forced[7] = {0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2};
    struct cpu_user_regs *r = &v->pv.regs;
    uint8_t insn[7];
    uint32_t out[4];

    if (pv_fetch(r->rip, insn, sizeof(insn)) != sizeof(insn) ||
        memcmp(insn, forced, sizeof(forced)))
        return EMUL_UNHANDLED;
    pv_cpuid(v, (uint32_t)r->rax, (uint32_t)r->rcx, out);
    r->rax = out[0];
    r->rbx = out[1];
    r->rcx = out[2];
    r->rdx = out[3];
    r->rip += sizeof(forced);
    return EMUL_DONE;
}
