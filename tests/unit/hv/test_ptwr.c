/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest kernel's stores into its read-only level-1 tables: done for it, with the registers and
 * flags the instruction would leave; a store that mmu_update would refuse, and everything that is
 * no such store, is not.
 */
#include <string.h>

#include "mm_world.h"

#define CF (1ull << 0)
#define PF (1ull << 2)
#define ZF (1ull << 6)
#define SF (1ull << 7)

#define SLOT(i)     (pt_index(DATA_VA, 1) + (i))
#define ENTRY_VA(i) (TABLE_VA + PAGE_SIZE + SLOT(i) * 8) /* where the guest sees its L1 entry */
#define CODE_VA     (DATA_VA + 14 * PAGE_SIZE)

static struct cpu_user_regs *r;

static uint64_t *entry(unsigned int i)
{
    return &words(world.table[1])[SLOT(i)];
}

/* Run one instruction on the table; rdi holds the address it uses. */
static bool run_at(uint64_t code_va, uint64_t target, const uint8_t *code, size_t len)
{
    CU_ASSERT(host_guest_store(code_va, code, len));
    r = &world.v->pv.regs;
    r->rip = code_va;
    r->rdi = target;
    return pv_ptwr_fault(world.v, target, r);
}
#define RUN(i, ...)                                                                                \
    ({                                                                                             \
        const uint8_t code_[] = {__VA_ARGS__};                                                     \
        bool ok_ = run_at(CODE_VA, ENTRY_VA(i), code_, sizeof(code_));                             \
        CU_ASSERT_EQUAL(r->rip, CODE_VA + (ok_ ? sizeof(code_) : 0));                              \
        ok_;                                                                                       \
    })

static void set_reg(unsigned int n, uint64_t val)
{
    r = &world.v->pv.regs;
    *ptwr_register(r, n) = val;
}

static void plain_store(void)
{
    mfn_t new = frame_of(world.d), old = world.data[3];

    set_reg(0, pte_make(new, RW_BITS));
    CU_ASSERT(RUN(3, 0x48, 0x89, 0x07)); /* mov %rax,(%rdi) */
    CU_ASSERT_EQUAL(*entry(3), pte_make(new, RW_BITS));
    CU_ASSERT_EQUAL(TYPES(new), 1);
    CU_ASSERT_EQUAL(REFS(old), 1);
    CU_ASSERT(RUN(3, 0x48, 0xc7, 0x07, 0, 0, 0, 0)); /* movq $0,(%rdi) */
    CU_ASSERT_EQUAL(*entry(3), 0);
    CU_ASSERT_EQUAL(REFS(new), 1);
}

static void refused_store(void)
{
    uint64_t before = *entry(3);

    set_reg(0, pte_make(world.table[1], RW_BITS));
    CU_ASSERT_FALSE(RUN(3, 0x48, 0x89, 0x07));
    CU_ASSERT_EQUAL(*entry(3), before);
    set_reg(0, pte_make(frame_of(world_other()), RW_BITS));
    CU_ASSERT_FALSE(RUN(3, 0x48, 0x87, 0x07)); /* xchg: the register stays, too */
    CU_ASSERT_EQUAL(*entry(3), before);
    CU_ASSERT_NOT_EQUAL(*ptwr_register(r, 0), before);
}

/* clear_bit(RW) of fork(): a byte-wide AND, here as compilers make it. */
static void write_protect(void)
{
    CU_ASSERT(RUN(3, 0xf0, 0x80, 0x27, 0xfd)); /* lock andb $~2,(%rdi) */
    CU_ASSERT_EQUAL(*entry(3), pte_make(world.data[3], RO_BITS));
    CU_ASSERT_EQUAL(TYPES(world.data[3]), 0);
    CU_ASSERT_EQUAL(REFS(world.data[3]), 2);
    CU_ASSERT(RUN(3, 0xf0, 0x48, 0x0f, 0xba, 0x2f, 0x01)); /* lock btsq $1,(%rdi) */
    CU_ASSERT_EQUAL(r->rflags & CF, 0);
    CU_ASSERT_EQUAL(TYPES(world.data[3]), 1);
    CU_ASSERT(RUN(3, 0xf0, 0x48, 0x0f, 0xba, 0x37, 0x01)); /* lock btrq $1,(%rdi) */
    CU_ASSERT_EQUAL(r->rflags & CF, CF);
    CU_ASSERT_EQUAL(TYPES(world.data[3]), 0);
    CU_ASSERT(RUN(3, 0x48, 0x0f, 0xba, 0x3f, 0x3f)); /* btcq $63,(%rdi): NX */
    CU_ASSERT_EQUAL(*entry(3), pte_make(world.data[3], RO_BITS | PTE_NX));
}

static void exchange(void)
{
    uint64_t before = *entry(3);

    set_reg(0, 0);
    CU_ASSERT(RUN(3, 0x48, 0x87, 0x07)); /* xchg %rax,(%rdi) */
    CU_ASSERT_EQUAL(*ptwr_register(r, 0), before);
    CU_ASSERT_EQUAL(*entry(3), 0);
    set_reg(0, 0x1234); /* does not match */
    set_reg(2, before);
    CU_ASSERT(RUN(3, 0xf0, 0x48, 0x0f, 0xb1, 0x17)); /* lock cmpxchg %rdx,(%rdi) */
    CU_ASSERT_EQUAL(*ptwr_register(r, 0), 0);
    CU_ASSERT_EQUAL(r->rflags & (ZF | CF | SF), 0);
    CU_ASSERT_EQUAL(*entry(3), 0);
    CU_ASSERT(RUN(3, 0xf0, 0x48, 0x0f, 0xb1, 0x17));
    CU_ASSERT_EQUAL(r->rflags & ZF, ZF);
    CU_ASSERT_EQUAL(*entry(3), before);
    set_reg(0, 0); /* 0 - before borrows */
    CU_ASSERT(RUN(3, 0xf0, 0x48, 0x0f, 0xb1, 0x17));
    CU_ASSERT_EQUAL(r->rflags & (ZF | CF), CF);
    CU_ASSERT_EQUAL(*ptwr_register(r, 0), before);
}

static void logic_flags(void)
{
    set_reg(1, 0);
    r->rflags = CF | 2;
    CU_ASSERT(RUN(3, 0x48, 0x21, 0x0f)); /* and %rcx,(%rdi) */
    CU_ASSERT_EQUAL(r->rflags, ZF | PF | 2);
    CU_ASSERT_EQUAL(*entry(3), 0);
    CU_ASSERT(RUN(3, 0x48, 0x83, 0x0f, 0x80)); /* orq $-128,(%rdi): not present */
    CU_ASSERT_EQUAL(r->rflags, SF | 2);
    CU_ASSERT_EQUAL(*entry(3), (uint64_t)-128);
}

/* Two halves, as 32-bit stores. */
static void halves(void)
{
    uint64_t val = pte_make(world.data[5], RO_BITS | PTE_NX);
    const uint8_t store[] = {0x89, 0x07}; /* mov %eax,(%rdi) */

    CU_ASSERT(RUN(3, 0xc7, 0x07, 0, 0, 0, 0)); /* movl $0,(%rdi) */
    CU_ASSERT_EQUAL(*entry(3) & 0xffffffff, 0);
    set_reg(0, val >> 32);
    CU_ASSERT(run_at(CODE_VA, ENTRY_VA(3) + 4, store, sizeof(store)));
    set_reg(0, val);
    CU_ASSERT(run_at(CODE_VA, ENTRY_VA(3), store, sizeof(store)));
    CU_ASSERT_EQUAL(*entry(3), val);
    CU_ASSERT_EQUAL(REFS(world.data[5]), 3);
}

static void not_ours(void)
{
    const uint8_t store[] = {0x48, 0x89, 0x07};
    uint64_t before = *entry(3);

    set_reg(0, 0);
    /* Higher tables take hypercalls. */
    CU_ASSERT_FALSE(run_at(CODE_VA, TABLE_VA + 2 * PAGE_SIZE, store, sizeof(store)));
    CU_ASSERT_FALSE(run_at(CODE_VA, TABLE_VA + 4 * PAGE_SIZE, store, sizeof(store)));
    /* Writable memory, unmapped memory, the hypervisor's. */
    CU_ASSERT_FALSE(run_at(CODE_VA, DATA_VA, store, sizeof(store)));
    CU_ASSERT_FALSE(run_at(CODE_VA, 0x7000000000, store, sizeof(store)));
    CU_ASSERT_FALSE(run_at(CODE_VA, HYPERVISOR_VIRT_START, store, sizeof(store)));
    /* Across two entries. */
    CU_ASSERT_FALSE(run_at(CODE_VA, ENTRY_VA(3) + 4, store, sizeof(store)));
    /* Another address than the one that faulted. */
    r->rdi = ENTRY_VA(3);
    CU_ASSERT_FALSE(pv_ptwr_fault(world.v, ENTRY_VA(4), r));
    CU_ASSERT_FALSE(RUN(3, 0xf3, 0x48, 0xab)); /* rep stos */
    world.v->pv.kernel_mode = false;
    CU_ASSERT_FALSE(pv_ptwr_fault(world.v, ENTRY_VA(3), r));
    world.v->pv.kernel_mode = true;
    CU_ASSERT_EQUAL(*entry(3), before);
}

/* An instruction right before an unmapped page, and one that reaches into it. */
static void end_of_code(void)
{
    const uint8_t store[] = {0x48, 0x89, 0x07}, zero[] = {0x48, 0xc7, 0x07, 0, 0, 0, 0};
    uint64_t end = DATA_VA + DATA_PAGES * PAGE_SIZE;

    set_reg(0, 0);
    CU_ASSERT(run_at(end - 3, ENTRY_VA(3), store, 3));
    CU_ASSERT_EQUAL(*entry(3), 0);
    CU_ASSERT(host_guest_store(end - 3, zero, 3));
    r->rip = end - 3;
    CU_ASSERT_FALSE(pv_ptwr_fault(world.v, ENTRY_VA(3), r));
}

/* Device registers that are the hypervisor's: the store is dropped, the guest goes on. */
static void our_device(void)
{
    const uint8_t store[] = {0x89, 0x07};

    CU_ASSERT_EQUAL(rangeset_add(&world.d->iomem, HOST_OUR_FRAME, HOST_OUR_FRAME), 0);
    set_reg(0, pte_make(mfn(HOST_OUR_FRAME), RW_BITS));
    CU_ASSERT(RUN(3, 0x48, 0x89, 0x07));
    CU_ASSERT_EQUAL(*entry(3), pte_make(mfn(HOST_OUR_FRAME), RO_BITS));
    CU_ASSERT(run_at(CODE_VA, DATA_VA + 3 * PAGE_SIZE + 0x14, store, 2));
    CU_ASSERT_EQUAL(r->rip, CODE_VA + 2);
}

int main(void)
{
    static const struct mm_test tests[] = {
        MM_TEST(plain_store), MM_TEST(refused_store), MM_TEST(write_protect),
        MM_TEST(exchange),    MM_TEST(logic_flags),   MM_TEST(halves),
        MM_TEST(not_ours),    MM_TEST(end_of_code),   MM_TEST(our_device),
    };

    return run_mm_tests("ptwr", tests, ARRAY_SIZE(tests));
}
