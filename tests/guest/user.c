/* SPDX-License-Identifier: Apache-2.0 */
/* User mode for tests: enters by the iret hypercall, comes back by longjmp out of the trap handler.
 */
#include "user.h"

volatile uint64_t *user_data;

static uint8_t *code_page;
static struct trap_frame stopped;
static void *back[5];

static void table_page(void *page)
{
    if (page_protect(page))
        guest_panic("page of a table cannot be made read-only");
}

void user_init(void)
{
    uint64_t *l4 = page_alloc(), *l3 = page_alloc(), *l2 = page_alloc(), *l1 = page_alloc();
    void *stack = page_alloc();
    long rc;

    code_page = page_alloc();
    user_data = page_alloc();
    l1[0] = make_pte(virt_to_mfn(code_page), PTE_RO);
    l1[1] = make_pte(virt_to_mfn(user_data), PTE_RW | PTE_NX);
    l1[2] = make_pte(virt_to_mfn(stack), PTE_RW | PTE_NX);
    l2[USER_CODE >> 21] = make_pte(virt_to_mfn(l1), PTE_TABLE);
    l3[0] = make_pte(virt_to_mfn(l2), PTE_TABLE);
    l4[0] = make_pte(virt_to_mfn(l3), PTE_TABLE);
    table_page(l1);
    table_page(l2);
    table_page(l3);
    table_page(l4);
    rc = table_pin(l4, 4);
    if (rc)
        guest_panic("user root cannot be pinned: error %ld", rc);
    rc = mmuext_mfn(MMUEXT_NEW_USER_BASEPTR, virt_to_mfn(l4));
    if (rc)
        guest_panic("user root cannot be set: error %ld", rc);
}

static void on_stop(struct trap_frame *frame)
{
    stopped = *frame;
    __builtin_longjmp(back, 1);
}

static trap_handler_t *before[TRAP_NR];

static const int stops[] = {TRAP_DE, TRAP_DB, TRAP_BP, TRAP_UD, TRAP_NM,      TRAP_NP,
                            TRAP_SS, TRAP_GP, TRAP_PF, TRAP_AC, TRAP_SYSCALL, TRAP_SOFT};
#define NR_STOPS (sizeof(stops) / sizeof(stops[0]))

const struct trap_frame *__attribute__((noinline, noclone))
user_continue(const struct trap_frame *frame)
{
    static uint8_t kernel_stack[8192] __attribute__((aligned(16)));

    for (unsigned int i = 0; i < NR_STOPS; i++)
        before[i] = trap_set_handler((unsigned int)stops[i], on_stop);
    if (hypercall_stack_switch(FLAT_KERNEL_SS, (unsigned long)kernel_stack + sizeof(kernel_stack)))
        guest_panic("stack_switch failed");
    if (__builtin_setjmp(back) == 0) {
        static struct trap_frame leave;

        leave = *frame;
        trap_return(&leave);
    }
    for (unsigned int i = 0; i < NR_STOPS; i++)
        trap_set_handler((unsigned int)stops[i], before[i]);
    return &stopped;
}

const struct trap_frame *user_run(const void *code, const void *code_end, uint64_t rdi)
{
    struct trap_frame frame = {
        .rip = USER_CODE,
        .cs = FLAT_USER_CS,
        .rflags = RFLAGS_IF,
        .rsp = USER_STACK,
        .ss = FLAT_USER_SS,
        .rdi = rdi,
    };

    memcpy(code_page, code, (size_t)((const char *)code_end - (const char *)code));
    return user_continue(&frame);
}
