/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port I/O of guests. Two gates: the guest's own (virtual IOPL, permission bitmap; refused: #GP in
 * the guest) and the domain's (ports control gave it; refused: reads give all ones, writes vanish).
 */
#include <hv/arch.h>
#include <hv/guest_copy.h>
#include <hv/pv_cpu.h>

#define MAX_STRING_STEPS 512 /* elements of one INS or OUTS between looks at pending work */

/* The guest kernel's bitmap allows all of the ports. */
static bool bitmap_allows(struct vcpu *v, unsigned int port, unsigned int bytes)
{
    uint8_t map[2] = {0xff, 0xff};

    if (guest_read(&map[0], gva_add(v->pv.iobmp, port / 8), 1))
        return false;
    if ((port & 7) + bytes > 8 && guest_read(&map[1], gva_add(v->pv.iobmp, port / 8 + 1), 1))
        return false;
    return !((map[0] | map[1] << 8) & (((1u << bytes) - 1) << (port & 7)));
}

bool pv_port_guest_ok(struct vcpu *v, unsigned int port, unsigned int bytes)
{
    bool user = !v->pv.kernel_mode, ok;

    /* Guest kernels run at virtual ring 1 in the ABI's older view: IOPL 1 is enough for them. */
    if (v->pv.iopl >= (v->pv.kernel_mode ? 1u : 3u))
        return true;
    if (port + bytes > v->pv.iobmp_limit || !v->pv.iobmp.a)
        return false;
    /* The bitmap lies in the kernel's memory, which user tables do not map. */
    if (user)
        pv_toggle_mode(v);
    ok = bitmap_allows(v, port, bytes);
    if (user)
        pv_toggle_mode(v);
    return ok;
}

static bool domain_port_ok(struct vcpu *v, unsigned int port, unsigned int bytes)
{
    return port + bytes <= 0x10000 &&
           rangeset_contains(&v->domain->ioports, port, port + bytes - 1) &&
           !arch_port_is_ours(port, bytes);
}

uint32_t pv_port_in(struct vcpu *v, unsigned int port, unsigned int bytes)
{
    if (domain_port_ok(v, port, bytes))
        return arch_port_in(port, bytes);
    return bytes == 4 ? ~0u : (1u << bytes * 8) - 1;
}

void pv_port_out(struct vcpu *v, unsigned int port, unsigned int bytes, uint32_t value)
{
    if (domain_port_ok(v, port, bytes))
        arch_port_out(port, bytes, value);
}

static void set_result(struct cpu_user_regs *r, unsigned int bytes, uint32_t value)
{
    if (bytes == 4)
        r->rax = value; /* 32-bit results clear the upper half */
    else if (bytes == 2)
        r->rax = (r->rax & ~0xffffull) | (value & 0xffff);
    else
        r->rax = (r->rax & ~0xffull) | (value & 0xff);
}

/* INS (0x6c, 0x6d) and OUTS (0x6e, 0x6f). True when the instruction is complete; false: restart it.
 */
static enum pv_emul string_io(struct vcpu *v, bool out, unsigned int bytes, bool rep,
                              bool *complete)
{
    struct cpu_user_regs *r = &v->pv.regs;
    unsigned int port = r->rdx & 0xffff;
    int64_t step = r->rflags & RFLAGS_DF ? -(int64_t)bytes : (int64_t)bytes;

    for (unsigned int i = 0; i < MAX_STRING_STEPS; i++) {
        uint32_t value = 0;

        if (rep && !r->rcx)
            break;
        if (out) {
            if (guest_read(&value, gva(r->rsi), bytes)) {
                pv_raise_page_fault(v, r->rsi, 0);
                return EMUL_FAULT;
            }
            pv_port_out(v, port, bytes, value);
            r->rsi += (uint64_t)step;
        } else {
            /* The write must succeed before the device is read: reading may have side effects. */
            if (guest_write(gva(r->rdi), &value, bytes)) {
                pv_raise_page_fault(v, r->rdi, PFEC_WRITE);
                return EMUL_FAULT;
            }
            value = pv_port_in(v, port, bytes);
            if (guest_write(gva(r->rdi), &value, bytes)) {
                pv_raise_page_fault(v, r->rdi, PFEC_WRITE);
                return EMUL_FAULT;
            }
            r->rdi += (uint64_t)step;
        }
        if (!rep) {
            *complete = true;
            return EMUL_DONE;
        }
        r->rcx--;
    }
    *complete = !r->rcx;
    return EMUL_DONE;
}

enum pv_emul pv_emul_io_insn(struct vcpu *v, const uint8_t *insn, size_t len, unsigned int op_at,
                             bool rep, bool op16)
{
    struct cpu_user_regs *r = &v->pv.regs;
    uint8_t op = insn[op_at];
    unsigned int bytes = !(op & 1) ? 1 : op16 ? 2 : 4;
    bool immediate = (op & 0xf8) == 0xe0, out = op & 2;
    unsigned int port, end = op_at + 1 + immediate;

    if (end > len)
        return EMUL_UNHANDLED;
    port = immediate ? insn[op_at + 1] : r->rdx & 0xffff;
    if (!pv_port_guest_ok(v, port, bytes))
        return EMUL_UNHANDLED;
    if ((op & 0xf0) == 0x60) {
        bool complete = false;
        enum pv_emul result = string_io(v, out, bytes, rep, &complete);

        if (result == EMUL_DONE && complete)
            r->rip += end;
        return result;
    }
    if (out)
        pv_port_out(v, port, bytes,
                    bytes == 4 ? (uint32_t)r->rax : (uint32_t)r->rax & ((1u << bytes * 8) - 1));
    else
        set_result(r, bytes, pv_port_in(v, port, bytes));
    r->rip += end;
    return EMUL_DONE;
}
