/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writable page tables: a guest kernel that stores into a table it maps read-only faults; the store
 * is done for it, as mmu_update would. Linux does so when fork() write-protects entries, and early
 * at boot.
 */
#include <hv/arch.h>
#include <hv/guest_copy.h>
#include <hv/panic.h>
#include <hv/pv_mm.h>
#include <public/errno.h>

#define FLAG_CF     (1ull << 0)
#define FLAG_PF     (1ull << 2)
#define FLAG_AF     (1ull << 4)
#define FLAG_ZF     (1ull << 6)
#define FLAG_SF     (1ull << 7)
#define FLAG_OF     (1ull << 11)
#define FLAGS_ARITH (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

static uint64_t size_mask(unsigned int size)
{
    return size == 8 ? ~0ull : (1ull << (8 * size)) - 1;
}

static uint64_t result_flags(uint64_t val, unsigned int size)
{
    uint64_t flags = 0;

    if (val == 0)
        flags |= FLAG_ZF;
    if ((val >> (8 * size - 1)) & 1)
        flags |= FLAG_SF;
    if (!__builtin_parityll(val & 0xff))
        flags |= FLAG_PF;
    return flags;
}

/* Flags of a - b. */
static uint64_t compare_flags(uint64_t a, uint64_t b, unsigned int size)
{
    uint64_t diff = (a - b) & size_mask(size);
    uint64_t flags = result_flags(diff, size);

    if (a < b)
        flags |= FLAG_CF;
    if (((a ^ b) & (a ^ diff)) >> (8 * size - 1) & 1)
        flags |= FLAG_OF;
    if ((a ^ b ^ diff) & 0x10)
        flags |= FLAG_AF;
    return flags;
}

struct effect {
    uint64_t val; /* what the word becomes */
    bool write;   /* false: cmpxchg that did not match */
    uint64_t flags, flags_mask;
};

/* What `in` makes of the word `old` (size bytes). */
static struct effect apply(const struct ptwr_insn *in, uint64_t old, uint64_t rax)
{
    uint64_t mask = size_mask(in->size), bit = 1ull << (in->src & 63);
    struct effect r = {.val = in->src & mask, .write = true};

    switch (in->op) {
    case PTWR_MOV:
    case PTWR_XCHG:
        return r;
    case PTWR_CMPXCHG:
        r.flags_mask = FLAGS_ARITH;
        r.flags = compare_flags(rax & mask, old, in->size);
        r.write = (rax & mask) == old;
        return r;
    case PTWR_AND:
        r.val &= old;
        break;
    case PTWR_OR:
        r.val |= old;
        break;
    case PTWR_XOR:
        r.val ^= old;
        break;
    case PTWR_BTS:
    case PTWR_BTR:
    case PTWR_BTC:
        r.val = in->op == PTWR_BTS ? old | bit : in->op == PTWR_BTR ? old & ~bit : old ^ bit;
        r.flags_mask = FLAG_CF;
        r.flags = old & bit ? FLAG_CF : 0;
        return r;
    }
    r.flags_mask = FLAGS_ARITH;
    r.flags = result_flags(r.val, in->size);
    return r;
}

static void set_register(struct cpu_user_regs *regs, unsigned int n, uint64_t val,
                         unsigned int size)
{
    /* A 32-bit result clears the upper half; byte forms never end in a register here. */
    if (size >= 4)
        *ptwr_register(regs, n) = val;
}

/* Do `in` to an entry of a checked table; mm lock held. */
static int emulate(struct domain *d, struct page *table, const struct ptwr_insn *in,
                   struct cpu_user_regs *regs)
{
    unsigned int slot = (in->ea & ~PAGE_MASK) / 8, shift = (in->ea & 7) * 8;
    const uint64_t *e = (uint64_t *)arch_frame_ptr(page_mfn(table)) + slot;
    uint64_t mask = size_mask(in->size), old;
    struct effect r;
    int rc;

    do {
        uint64_t entry = read_once(*e);

        old = (entry >> shift) & mask;
        r = apply(in, old, regs->rax);
        rc = 0;
        if (r.write)
            rc = pt_update(table, slot, (entry & ~(mask << shift)) | (r.val << shift), d, PT_CAS,
                           entry);
    } while (rc == -XEN_EAGAIN); /* the CPU set A or D meanwhile: at most twice */
    if (rc)
        return rc;
    if (in->op == PTWR_XCHG)
        set_register(regs, in->reg, old, in->size);
    if (in->op == PTWR_CMPXCHG && !r.write)
        set_register(regs, 0, old, in->size);
    regs->rflags = (regs->rflags & ~r.flags_mask) | r.flags;
    regs->rip += in->len;
    return 0;
}

enum target { TARGET_NONE, TARGET_TABLE, TARGET_DEVICE };

/* What `va` maps read-only: a level-1 table (*p; higher ones take hypercalls, as the ABI has it), a
 * device frame of the hypervisor's, or nothing that is our business. */
static enum target target_of(struct vcpu *v, uint64_t va, struct page **p)
{
    struct page *l1;
    uint64_t *e = pv_find_l1e(v, va, &l1), pte = e ? read_once(*e) : 0;

    if (!(pte & PTE_P) || (pte & PTE_RW))
        return TARGET_NONE;
    *p = mfn_page(pte_mfn(pte));
    if (*p)
        return pv_table_of(*p, v->domain) == 1 ? TARGET_TABLE : TARGET_NONE;
    return arch_frame_is_ours(pte_mfn(pte)) ? TARGET_DEVICE : TARGET_NONE;
}

/* Bytes of code at rip, as many as can be read: an instruction may end right before an unmapped
 * page. */
static size_t read_code(uint64_t rip, uint8_t code[15])
{
    size_t in_page = PAGE_SIZE - (rip & ~PAGE_MASK);

    if (guest_read(code, gva(rip), 15) == 0)
        return 15;
    if (in_page < 15 && guest_read(code, gva(rip), in_page) == 0)
        return in_page;
    return 0;
}

/* With the instruction at hand, look again under the lock and do it. */
static int store(struct vcpu *v, const struct ptwr_insn *in, struct cpu_user_regs *regs)
{
    struct domain *d = v->domain;
    struct page *table = NULL;
    int rc = -XEN_EINVAL;

    spin_lock(&d->mm_lock);
    switch (target_of(v, in->ea, &table)) {
    case TARGET_TABLE:
        rc = emulate(d, table, in, regs);
        break;
    case TARGET_DEVICE:
        /* Registers we drive ourselves: the guest's write is dropped. */
        regs->rip += in->len;
        rc = 0;
        break;
    case TARGET_NONE:
        break;
    }
    spin_unlock(&d->mm_lock);
    return rc;
}

bool pv_ptwr_fault(struct vcpu *v, uint64_t va, struct cpu_user_regs *regs)
{
    struct domain *d = v->domain;
    struct ptwr_insn in;
    struct page *table;
    enum target target;
    uint8_t code[15];
    int rc;

    if (!v->pv.kernel_mode)
        return false;
    /* Most write faults are not ours: look at the address before the instruction. */
    spin_lock(&d->mm_lock);
    target = target_of(v, va, &table);
    spin_unlock(&d->mm_lock);
    if (target == TARGET_NONE)
        return false;
    if (pv_drain_old_table(v))
        return true;
    if (!ptwr_decode(code, read_code(regs->rip, code), regs, &in) || in.ea != va ||
        (va & 7) + in.size > 8)
        return false;
    rc = store(v, &in, regs);
    /* Preempted: the guest makes the same store again after the interruption. */
    return rc == 0 || rc == -XEN_ERESTART;
}
