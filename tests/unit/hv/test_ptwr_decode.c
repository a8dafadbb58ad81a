/* SPDX-License-Identifier: Apache-2.0 */
/* The store instructions of kernels, decoded: operation, size, address, operand, length. */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/pv_mm.h>

static struct cpu_user_regs regs;
static struct ptwr_insn in;

#define DECODE(...)                                                                                \
    ({                                                                                             \
        const uint8_t code_[] = {__VA_ARGS__};                                                     \
        memset(&in, 0xee, sizeof(in));                                                             \
        ptwr_decode(code_, sizeof(code_), &regs, &in);                                             \
    })
#define IS(op_, size_, ea_, src_, len_)                                                            \
    do {                                                                                           \
        CU_ASSERT_EQUAL(in.op, op_);                                                               \
        CU_ASSERT_EQUAL(in.size, size_);                                                           \
        CU_ASSERT_EQUAL(in.ea, ea_);                                                               \
        CU_ASSERT_EQUAL(in.src, src_);                                                             \
        CU_ASSERT_EQUAL(in.len, len_);                                                             \
    } while (0)

static void set_regs(void)
{
    for (unsigned int i = 0; i < 16; i++)
        *ptwr_register(&regs, i) = 0x100000ull * (i + 1);
    regs.rip = 0xffffffff81000000;
}

static void register_order(void)
{
    set_regs();
    CU_ASSERT_EQUAL(regs.rax, 0x100000);
    CU_ASSERT_EQUAL(regs.rcx, 0x200000);
    CU_ASSERT_EQUAL(regs.rdx, 0x300000);
    CU_ASSERT_EQUAL(regs.rbx, 0x400000);
    CU_ASSERT_EQUAL(regs.rsp, 0x500000);
    CU_ASSERT_EQUAL(regs.rbp, 0x600000);
    CU_ASSERT_EQUAL(regs.rsi, 0x700000);
    CU_ASSERT_EQUAL(regs.rdi, 0x800000);
    CU_ASSERT_EQUAL(regs.r8, 0x900000);
    CU_ASSERT_EQUAL(regs.r15, 0x1000000);
}

static void moves(void)
{
    set_regs();
    CU_ASSERT(DECODE(0x48, 0x89, 0x07)); /* mov %rax,(%rdi) */
    IS(PTWR_MOV, 8, regs.rdi, regs.rax, 3);
    CU_ASSERT(DECODE(0x4c, 0x89, 0x4b, 0xf8)); /* mov %r9,-8(%rbx) */
    IS(PTWR_MOV, 8, regs.rbx - 8, regs.r9, 4);
    CU_ASSERT(DECODE(0x89, 0x87, 0x00, 0x10, 0x00, 0x00)); /* mov %eax,0x1000(%rdi) */
    IS(PTWR_MOV, 4, regs.rdi + 0x1000, regs.rax, 6);
    CU_ASSERT(DECODE(0x48, 0xc7, 0x07, 0, 0, 0, 0x80)); /* movq $0xffffffff80000000,(%rdi) */
    IS(PTWR_MOV, 8, regs.rdi, 0xffffffff80000000, 7);
    CU_ASSERT(DECODE(0xc6, 0x00, 0x7f)); /* movb $0x7f,(%rax) */
    IS(PTWR_MOV, 1, regs.rax, 0x7f, 3);
}

static void addressing(void)
{
    set_regs();
    CU_ASSERT(DECODE(0x48, 0x89, 0x04, 0xcf)); /* mov %rax,(%rdi,%rcx,8) */
    IS(PTWR_MOV, 8, regs.rdi + 8 * regs.rcx, regs.rax, 4);
    CU_ASSERT(DECODE(0x4b, 0x89, 0x04, 0xe7)); /* mov %rax,(%r15,%r12,8): index 12 exists */
    IS(PTWR_MOV, 8, regs.r15 + 8 * regs.r12, regs.rax, 4);
    CU_ASSERT(DECODE(0x48, 0x89, 0x04, 0x24)); /* mov %rax,(%rsp): no index */
    IS(PTWR_MOV, 8, regs.rsp, regs.rax, 4);
    CU_ASSERT(DECODE(0x49, 0x89, 0x45, 0x00)); /* mov %rax,0(%r13) */
    IS(PTWR_MOV, 8, regs.r13, regs.rax, 4);
    CU_ASSERT(DECODE(0x48, 0x89, 0x04, 0xcd, 0x00, 0x00, 0x00, 0x80)); /* mov %rax,-2G(,%rcx,8) */
    IS(PTWR_MOV, 8, 0xffffffff80000000 + 8 * regs.rcx, regs.rax, 8);
    CU_ASSERT(DECODE(0x48, 0x89, 0x05, 0x10, 0, 0, 0)); /* mov %rax,0x10(%rip) */
    IS(PTWR_MOV, 8, regs.rip + 7 + 0x10, regs.rax, 7);
    CU_ASSERT(DECODE(0x48, 0xc7, 0x05, 0x10, 0, 0, 0, 1, 0, 0,
                     0)); /* movq $1,0x10(%rip): length counts */
    IS(PTWR_MOV, 8, regs.rip + 11 + 0x10, 1, 11);
}

static void exchanges(void)
{
    set_regs();
    CU_ASSERT(DECODE(0x4c, 0x87, 0x00)); /* xchg %r8,(%rax) */
    IS(PTWR_XCHG, 8, regs.rax, regs.r8, 3);
    CU_ASSERT_EQUAL(in.reg, 8);
    CU_ASSERT(DECODE(0xf0, 0x48, 0x0f, 0xb1, 0x17)); /* lock cmpxchg %rdx,(%rdi) */
    IS(PTWR_CMPXCHG, 8, regs.rdi, regs.rdx, 5);
    CU_ASSERT(DECODE(0x3e, 0x48, 0x0f, 0xb1, 0x17)); /* the same on one CPU: lock patched out */
    IS(PTWR_CMPXCHG, 8, regs.rdi, regs.rdx, 5);
}

static void bits_and_logic(void)
{
    set_regs();
    CU_ASSERT(DECODE(0xf0, 0x80, 0x27, 0xfd)); /* lock andb $0xfd,(%rdi): clear_bit(RW) */
    CU_ASSERT_EQUAL(in.src & 0xff, 0xfd);
    IS(PTWR_AND, 1, regs.rdi, in.src, 4);
    CU_ASSERT(DECODE(0xf0, 0x48, 0x0f, 0xba, 0x37, 0x05)); /* lock btrq $5,(%rdi) */
    IS(PTWR_BTR, 8, regs.rdi, 5, 6);
    CU_ASSERT(DECODE(0xf0, 0x48, 0x0f, 0xb3, 0x07)); /* lock btr %rax,(%rdi) */
    IS(PTWR_BTR, 8, regs.rdi + 0x100000 / 8, 0, 5);
    *ptwr_register(&regs, 0) = (uint64_t)-1;   /* bit -1: the word below */
    CU_ASSERT(DECODE(0x48, 0x0f, 0xab, 0x07)); /* bts %rax,(%rdi) */
    IS(PTWR_BTS, 8, regs.rdi - 8, 63, 4);
    CU_ASSERT(DECODE(0x0f, 0xbb, 0x07)); /* btc %eax,(%rdi) */
    IS(PTWR_BTC, 4, regs.rdi - 4, 31, 3);
    CU_ASSERT(DECODE(0x48, 0x83, 0x0f, 0x80)); /* orq $-128,(%rdi) */
    IS(PTWR_OR, 8, regs.rdi, (uint64_t)-128, 4);
    CU_ASSERT(DECODE(0x48, 0x31, 0x0f)); /* xor %rcx,(%rdi) */
    IS(PTWR_XOR, 8, regs.rdi, regs.rcx, 3);
}

static void refused(void)
{
    set_regs();
    CU_ASSERT_FALSE(DECODE(0x48, 0x89, 0xc7));             /* mov %rax,%rdi: no memory */
    CU_ASSERT_FALSE(DECODE(0x48, 0x8b, 0x07));             /* a load */
    CU_ASSERT_FALSE(DECODE(0x66, 0x89, 0x07));             /* 16 bits */
    CU_ASSERT_FALSE(DECODE(0x65, 0x48, 0x89, 0x07));       /* GS base */
    CU_ASSERT_FALSE(DECODE(0xf3, 0x48, 0xab));             /* rep stos */
    CU_ASSERT_FALSE(DECODE(0x48, 0xc7, 0x0f, 0, 0, 0, 0)); /* c7 /1 */
    CU_ASSERT_FALSE(DECODE(0x48, 0x83, 0x07, 0x01));       /* add */
    CU_ASSERT_FALSE(DECODE(0x48, 0x0f, 0xba, 0x27, 0x05)); /* bt only reads */
    CU_ASSERT_FALSE(DECODE(0x0f, 0x11, 0x07));             /* movups */
}

/* Every cut of a long instruction is refused, and nothing past the end is read (sanitizer). */
static void cut_short(void)
{
    static const uint8_t code[] = {0xf0, 0x48, 0xc7, 0x84, 0xcf, 1, 2, 3, 4, 5, 6, 7, 8};

    set_regs();
    for (size_t n = 0; n <= sizeof(code); n++) {
        uint8_t *exact = malloc(n + !n);

        memcpy(exact, code, n);
        CU_ASSERT_EQUAL(ptwr_decode(exact, n, &regs, &in), n == sizeof(code));
        free(exact);
    }
    /* Nothing but prefixes. */
    uint8_t prefixes[40];

    memset(prefixes, 0xf0, sizeof(prefixes));
    CU_ASSERT_FALSE(ptwr_decode(prefixes, sizeof(prefixes), &regs, &in));
}

int main(void)
{
    CU_pSuite s;
    unsigned int run, failed;

    CU_initialize_registry();
    s = CU_add_suite("ptwr_decode", NULL, NULL);
    CU_ADD_TEST(s, register_order);
    CU_ADD_TEST(s, moves);
    CU_ADD_TEST(s, addressing);
    CU_ADD_TEST(s, exchanges);
    CU_ADD_TEST(s, bits_and_logic);
    CU_ADD_TEST(s, refused);
    CU_ADD_TEST(s, cut_short);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    run = CU_get_number_of_tests_run();
    failed = CU_get_number_of_tests_failed();
    CU_cleanup_registry();
    printf("\n%u passed, %u failed, 0 skipped\n", run - failed, failed);
    return failed != 0;
}
