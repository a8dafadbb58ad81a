/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second virtual CPU: given a state, started, talked to through memory and by event, stopped. Run
 * states add up. Contexts that would start in the hypervisor, and vcpus that do not exist, are
 * refused.
 */
#include "test.h"

static volatile int counter, stop, stopped;
static uint8_t stack[8192] __attribute__((aligned(16)));
static struct vcpu_runstate_info area __attribute__((aligned(64)));

static void __attribute__((noreturn)) second_cpu(void)
{
    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
        __atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST);
        hypercall_sched_op(SCHEDOP_yield, NULL);
    }
    __atomic_store_n(&stopped, 1, __ATOMIC_SEQ_CST);
    for (;;)
        hypercall_vcpu_op(VCPUOP_down, 1, NULL);
}

static struct vcpu_guest_context *new_context(void)
{
    struct vcpu_guest_context *ctx = page_alloc();
    uint64_t cr3;

    page_alloc(); /* the structure is longer than a page; pages come downwards */
    ctx = (void *)((char *)ctx - PAGE_SIZE);
    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    ctx->flags = VGCF_IN_KERNEL;
    ctx->user_regs.rip = (unsigned long)second_cpu;
    ctx->user_regs.rsp = (unsigned long)stack + sizeof(stack) - 8;
    ctx->user_regs.cs = FLAT_KERNEL_CS;
    ctx->user_regs.ss = FLAT_KERNEL_SS;
    ctx->user_regs.rflags = 0x1000;
    ctx->kernel_ss = FLAT_KERNEL_SS;
    ctx->kernel_sp = ctx->user_regs.rsp;
    ctx->ctrlreg[3] = cr3;
    for (unsigned int i = 0; trap_table[i].address; i++)
        ctx->trap_ctxt[trap_table[i].vector] = trap_table[i];
    return ctx;
}

static void check_runstate(void)
{
    struct vcpu_register_runstate_memory_area arg = {.addr.v = &area};
    struct vcpu_runstate_info info;
    uint64_t sum;

    CHECK_EQ(hypercall_vcpu_op(VCPUOP_get_runstate_info, 0, &info), 0);
    CHECK_EQ(info.state, RUNSTATE_running);
    sum = info.time[0] + info.time[1] + info.time[2] + info.time[3];
    CHECK(sum <= time_now());
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &arg), 0);
    CHECK_EQ(area.state, RUNSTATE_running);
    CHECK(area.state_entry_time != 0);
}

/* vcpu_info moves to a page of our own, once. */
static void check_vcpu_info(void)
{
    uint8_t *page = page_alloc();
    struct vcpu_register_vcpu_info arg = {.mfn = virt_to_mfn(page), .offset = PAGE_SIZE - 8};

    if (test_option("keep-vcpu-info"))
        return;
    CHECK(hypercall_vcpu_op(VCPUOP_register_vcpu_info, 1, &arg) < 0); /* crosses the page's end */
    arg.mfn = 0xfffffff;
    arg.offset = 0;
    CHECK(hypercall_vcpu_op(VCPUOP_register_vcpu_info, 1, &arg) < 0);
    arg.mfn = virt_to_mfn((void *)pte_lookup((unsigned long)page, 1));
    CHECK(hypercall_vcpu_op(VCPUOP_register_vcpu_info, 1, &arg) < 0); /* a page table */
    page_free(page);
}

static void check_refused(struct vcpu_guest_context *ctx)
{
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_up, 999, NULL), -XEN_ENOENT);
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_is_up, ~0u, NULL), -XEN_ENOENT);
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_initialise, 999, ctx), -XEN_ENOENT);
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_initialise, 0, ctx), -XEN_EEXIST);
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_is_up, 0, NULL), 1);
}

static void check_bad_contexts(struct vcpu_guest_context *ctx)
{
    unsigned long saved = ctx->ctrlreg[3];

    CHECK_EQ(hypercall_vcpu_op(VCPUOP_initialise, 1, (void *)0x10000), -XEN_EFAULT);
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_up, 1, NULL), -XEN_EINVAL); /* no state yet */
    ctx->ctrlreg[3] = 0xfffffffUL << PAGE_SHIFT;
    CHECK(hypercall_vcpu_op(VCPUOP_initialise, 1, ctx) < 0);
    ctx->ctrlreg[3] = 0;
    CHECK(hypercall_vcpu_op(VCPUOP_initialise, 1, ctx) < 0);
    ctx->ctrlreg[3] = saved;
    ctx->gdt_ents = FIRST_RESERVED_GDT_ENTRY + 1;
    CHECK(hypercall_vcpu_op(VCPUOP_initialise, 1, ctx) < 0);
    ctx->gdt_ents = 0;
    ctx->kernel_sp = 0x1000800000000000;
    CHECK(hypercall_vcpu_op(VCPUOP_initialise, 1, ctx) < 0);
    ctx->kernel_sp = ctx->user_regs.rsp;
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_is_up, 1, NULL), 0);
}

static void check_second(struct vcpu_guest_context *ctx)
{
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_initialise, 1, ctx), 0);
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_initialise, 1, ctx), -XEN_EEXIST);
    CHECK_EQ(counter, 0);
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_up, 1, NULL), 0);
    CHECK_EQ(hypercall_vcpu_op(VCPUOP_is_up, 1, NULL), 1);
    CHECK(WAIT_FOR(__atomic_load_n(&counter, __ATOMIC_SEQ_CST) > 10, 1000000));
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    CHECK(WAIT_FOR(__atomic_load_n(&stopped, __ATOMIC_SEQ_CST), 1000000));
    CHECK(WAIT_FOR(hypercall_vcpu_op(VCPUOP_is_up, 1, NULL) == 0, 1000000));
}

void test_run(void)
{
    struct vcpu_guest_context *ctx = new_context();

    check_runstate();
    check_refused(ctx);
    if (hypercall_vcpu_op(VCPUOP_is_up, 1, NULL) == -XEN_ENOENT) {
        printf("one vcpu only: the second one is not tested\n");
        return;
    }
    check_vcpu_info();
    check_bad_contexts(ctx);
    check_second(ctx);
}
