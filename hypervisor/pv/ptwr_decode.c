/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few store instructions that compilers and kernels use on page-table entries, in 64-bit code.
 * Anything else (other sizes, segment bases, string instructions) is not decoded: the guest then
 * gets its page fault.
 */
#include <hv/pv_mm.h>

#define REX_W 8
#define REX_R 4
#define REX_X 2
#define REX_B 1

struct cursor {
    const uint8_t *code;
    size_t len, at;
    bool short_read;
};

static uint64_t take(struct cursor *c, unsigned int bytes)
{
    uint64_t val = 0;

    if (c->len - c->at < bytes) {
        c->short_read = true;
        return 0;
    }
    for (unsigned int i = 0; i < bytes; i++)
        val |= (uint64_t)c->code[c->at++] << (8 * i);
    return val;
}

static uint64_t take_signed(struct cursor *c, unsigned int bytes)
{
    uint64_t val = take(c, bytes);
    unsigned int unused = 64 - 8 * bytes;

    return (uint64_t)((int64_t)(val << unused) >> unused);
}

uint64_t *ptwr_register(struct cpu_user_regs *regs, unsigned int n)
{
    static const uint8_t offset[16] = {
        offsetof(struct cpu_user_regs, rax), offsetof(struct cpu_user_regs, rcx),
        offsetof(struct cpu_user_regs, rdx), offsetof(struct cpu_user_regs, rbx),
        offsetof(struct cpu_user_regs, rsp), offsetof(struct cpu_user_regs, rbp),
        offsetof(struct cpu_user_regs, rsi), offsetof(struct cpu_user_regs, rdi),
        offsetof(struct cpu_user_regs, r8),  offsetof(struct cpu_user_regs, r9),
        offsetof(struct cpu_user_regs, r10), offsetof(struct cpu_user_regs, r11),
        offsetof(struct cpu_user_regs, r12), offsetof(struct cpu_user_regs, r13),
        offsetof(struct cpu_user_regs, r14), offsetof(struct cpu_user_regs, r15)};

    return (uint64_t *)((char *)regs + offset[n & 15]);
}

static uint64_t reg_value(const struct cpu_user_regs *regs, unsigned int n)
{
    return *ptwr_register((struct cpu_user_regs *)(uintptr_t)regs, n);
}

struct modrm {
    unsigned int reg; /* the register operand, or the opcode extension in its low three bits */
    uint64_t ea;
    bool rip_relative; /* `ea` still lacks the address of the next instruction */
};

static uint64_t take_sib(struct cursor *c, const struct cpu_user_regs *regs, unsigned int rex,
                         unsigned int mod)
{
    unsigned int sib = (unsigned int)take(c, 1);
    unsigned int base = sib & 7, index = ((sib >> 3) & 7) | (rex & REX_X ? 8 : 0);
    uint64_t ea = 0;

    if (base == 5 && mod == 0)
        ea = take_signed(c, 4);
    else
        ea = reg_value(regs, base | (rex & REX_B ? 8 : 0));
    if (index != 4)
        ea += reg_value(regs, index) << (sib >> 6);
    return ea;
}

/* false: the operand is a register. */
static bool take_modrm(struct cursor *c, const struct cpu_user_regs *regs, unsigned int rex,
                       struct modrm *m)
{
    unsigned int byte = (unsigned int)take(c, 1), mod = byte >> 6, rm = byte & 7;

    m->reg = ((byte >> 3) & 7) | (rex & REX_R ? 8 : 0);
    m->rip_relative = mod == 0 && rm == 5;
    if (mod == 3)
        return false;
    if (m->rip_relative)
        m->ea = take_signed(c, 4);
    else if (rm == 4)
        m->ea = take_sib(c, regs, rex, mod);
    else
        m->ea = reg_value(regs, rm | (rex & REX_B ? 8 : 0));
    if (mod == 1)
        m->ea += take_signed(c, 1);
    else if (mod == 2)
        m->ea += take_signed(c, 4);
    return true;
}

/* A bit number in a register reaches beyond the addressed word, in both directions. */
static void bit_from_register(struct ptwr_insn *out, struct modrm *m, uint64_t bit)
{
    unsigned int shift = out->size == 8 ? 6 : 5;
    int64_t number = out->size == 8 ? (int64_t)bit : (int32_t)bit;

    m->ea += (uint64_t)((number >> shift) * (int64_t)out->size);
    out->src = (uint64_t)number & (8 * out->size - 1);
}

/* Opcode extension -> operation, for the groups that take an immediate. */
static bool group_op(unsigned int opcode, unsigned int ext, enum ptwr_op *op)
{
    static const enum ptwr_op bit_ops[] = {PTWR_BTS, PTWR_BTR, PTWR_BTC};

    ext &= 7;
    switch (opcode) {
    case 0xc6:
    case 0xc7:
        *op = PTWR_MOV;
        return ext == 0;
    case 0x0fba:
        if (ext < 5)
            return false;
        *op = bit_ops[ext - 5];
        return true;
    default: /* 80, 81, 83 */
        *op = ext == 1 ? PTWR_OR : ext == 4 ? PTWR_AND : PTWR_XOR;
        return ext == 1 || ext == 4 || ext == 6;
    }
}

static bool decode_immediate(struct cursor *c, unsigned int opcode, const struct modrm *m,
                             struct ptwr_insn *out)
{
    bool wide_imm = opcode == 0x81 || opcode == 0xc7;

    if (!group_op(opcode, m->reg, &out->op))
        return false;
    if (opcode == 0x80 || opcode == 0xc6)
        out->size = 1;
    out->src = take_signed(c, wide_imm ? 4 : 1);
    if (opcode == 0x0fba)
        out->src &= 8 * out->size - 1;
    return true;
}

static bool decode_register(unsigned int opcode, const struct cpu_user_regs *regs, struct modrm *m,
                            struct ptwr_insn *out)
{
    out->src = reg_value(regs, m->reg);
    out->reg = m->reg;
    switch (opcode) {
    case 0x09:
        out->op = PTWR_OR;
        return true;
    case 0x21:
        out->op = PTWR_AND;
        return true;
    case 0x31:
        out->op = PTWR_XOR;
        return true;
    case 0x87:
        out->op = PTWR_XCHG;
        return true;
    case 0x89:
        out->op = PTWR_MOV;
        return true;
    case 0x0fb1:
        out->op = PTWR_CMPXCHG;
        return true;
    case 0x0fab:
        out->op = PTWR_BTS;
        break;
    case 0x0fb3:
        out->op = PTWR_BTR;
        break;
    case 0x0fbb:
        out->op = PTWR_BTC;
        break;
    default:
        return false;
    }
    bit_from_register(out, m, out->src);
    return true;
}

static bool has_immediate(unsigned int opcode)
{
    return opcode == 0x80 || opcode == 0x81 || opcode == 0x83 || opcode == 0xc6 || opcode == 0xc7 ||
           opcode == 0x0fba;
}

/* Prefixes that change nothing here: LOCK, and the segments that have no base in 64-bit mode. */
static bool is_idle_prefix(unsigned int byte)
{
    return byte == 0xf0 || byte == 0x2e || byte == 0x36 || byte == 0x3e || byte == 0x26;
}

bool ptwr_decode(const uint8_t *code, size_t len, const struct cpu_user_regs *regs,
                 struct ptwr_insn *out)
{
    struct cursor c = {.code = code, .len = MIN(len, (size_t)15)};
    unsigned int rex = 0, opcode;
    struct modrm m;

    do
        opcode = (unsigned int)take(&c, 1);
    while (is_idle_prefix(opcode));
    if ((opcode & 0xf0) == 0x40) {
        rex = opcode & 15;
        opcode = (unsigned int)take(&c, 1);
    }
    if (opcode == 0x0f)
        opcode = 0x0f00 | (unsigned int)take(&c, 1);
    out->size = rex & REX_W ? 8 : 4;
    if (!take_modrm(&c, regs, rex, &m))
        return false;
    if (has_immediate(opcode)) {
        if (!decode_immediate(&c, opcode, &m, out))
            return false;
    } else if (!decode_register(opcode, regs, &m, out)) {
        return false;
    }
    out->len = (unsigned int)c.at;
    out->ea = m.ea + (m.rip_relative ? regs->rip + out->len : 0);
    return !c.short_read;
}
