/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traps of the guest kernel arrive at the handlers it registered, with the right vector, error
 * code, address and registers, with events masked where the table says so, also one inside the
 * handler of another; and the kernel goes on where the handler tells it to.
 */
#include "test.h"

static void do_ud2(void *arg)
{
    (void)arg;
    __asm__ volatile("ud2");
}

static void do_divide(void *arg)
{
    (void)arg;
    __asm__ volatile("xor %%edx, %%edx; mov $1, %%eax; xor %%ecx, %%ecx; div %%ecx"
                     :
                     :
                     : "rax", "rcx", "rdx");
}

static void do_int3(void *arg)
{
    (void)arg;
    __asm__ volatile("int3");
}

/* A selector outside any table; the error code is the selector. */
static void do_bad_selector(void *arg)
{
    (void)arg;
    __asm__ volatile("mov %0, %%es" : : "r"(0x1238));
}

static void do_non_canonical(void *arg)
{
    *(volatile uint64_t *)arg = 0;
}

static void do_hlt_like(void *arg)
{
    (void)arg;
    __asm__ volatile("ltr %w0" : : "r"(0x18));
}

static void do_execute(void *arg)
{
    ((void (*)(void))arg)();
}

static void do_int_kernel_only(void *arg)
{
    (void)arg;
    __asm__ volatile("int $0x81");
}

static void check_vectors(void)
{
    struct trap_caught caught;

    CHECK(trap_catch(do_ud2, NULL, &caught));
    CHECK_EQ(caught.frame.vector, TRAP_UD);
    CHECK_EQ(caught.frame.error_code, 0);
    CHECK(trap_from_kernel(&caught.frame));
    CHECK_EQ(*(const uint16_t *)caught.frame.rip, 0x0b0f);
    CHECK(trap_catch(do_divide, NULL, &caught));
    CHECK_EQ(caught.frame.vector, TRAP_DE);
    CHECK(trap_catch(do_int3, NULL, &caught));
    CHECK_EQ(caught.frame.vector, TRAP_BP);
    CHECK_EQ(((const uint8_t *)caught.frame.rip)[-1], 0xcc); /* after the instruction */
    CHECK(trap_catch(do_bad_selector, NULL, &caught));
    CHECK_EQ(caught.frame.vector, TRAP_GP);
    CHECK_EQ(caught.frame.error_code, 0x1238);
    CHECK(trap_catch(do_non_canonical, (void *)0x1000800000000000, &caught));
    CHECK_EQ(caught.frame.vector, TRAP_GP);
    CHECK_EQ(caught.frame.error_code, 0);
    CHECK(trap_catch(do_hlt_like, NULL, &caught));
    CHECK_EQ(caught.frame.vector, TRAP_GP);
    CHECK(trap_catch(do_int_kernel_only, NULL, &caught));
    CHECK_EQ(caught.frame.vector, TRAP_GP);
}

static void check_page_faults(void)
{
    struct trap_caught caught;
    char *page = page_alloc();

    CHECK_EQ(trap_try_read((void *)0x10008, NULL, &caught), TRAP_PF);
    CHECK_EQ(caught.cr2, 0x10008);
    CHECK_EQ(caught.frame.error_code & 0x1b, 0);
    CHECK_EQ(trap_try_write((void *)0x20010, 0, &caught), TRAP_PF);
    CHECK_EQ(caught.cr2, 0x20010);
    CHECK_EQ(caught.frame.error_code & 0x1b, 2);
    CHECK_EQ(page_protect(page), 0);
    CHECK_EQ(trap_try_write(page + 24, 0, &caught), TRAP_PF);
    CHECK_EQ(caught.cr2, (unsigned long)page + 24);
    CHECK_EQ(caught.frame.error_code & 0x1b, 3);
    CHECK_EQ(page_unprotect(page), 0);
    /* The hypervisor is there, and not for us. */
    CHECK_EQ(trap_try_read((void *)(HYPERVISOR_VIRT_END - PAGE_SIZE), NULL, &caught), TRAP_PF);
    CHECK_EQ(caught.cr2, HYPERVISOR_VIRT_END - PAGE_SIZE);
    CHECK_EQ(trap_try_write((void *)HYPERVISOR_VIRT_START, 0, &caught), TRAP_PF);
    CHECK_EQ(caught.frame.error_code & 3, 3);
    /* No-execute. */
    page[0] = (char)0xc3;
    CHECK_EQ(hypercall_update_va_mapping((unsigned long)page,
                                         make_pte(virt_to_mfn(page), PTE_RW | PTE_NX), UVMF_INVLPG),
             0);
    CHECK(trap_catch(do_execute, page, &caught));
    CHECK_EQ(caught.frame.vector, TRAP_PF);
    CHECK_EQ(caught.frame.error_code & 0x11, 0x11);
    CHECK_EQ(caught.cr2, (unsigned long)page);
    CHECK_EQ(caught.frame.rip, (unsigned long)page);
    CHECK_EQ(page_unprotect(page), 0);
    CHECK(!trap_catch(do_execute, page, &caught));
    page_free(page);
}

static int depth, deepest;
static uint8_t mask_inside, mask_saved;

/* Skip the UD2, after making two more of it on the way. */
static void on_ud(struct trap_frame *frame)
{
    mask_inside = guest_shared->vcpu_info[0].evtchn_upcall_mask;
    mask_saved = frame->saved_upcall_mask;
    if (++depth > deepest)
        deepest = depth;
    if (depth < 3)
        do_ud2(NULL);
    depth--;
    frame->rip += 2;
    frame->rax = 0x600d;
}

static void check_nested(void)
{
    unsigned long rax = 0, rbx = 0x1234567812345678;

    trap_set_handler(TRAP_UD, on_ud);
    __asm__ volatile("ud2" : "+a"(rax), "+b"(rbx) : : "memory");
    CHECK_EQ(rax, 0x600d);
    CHECK_EQ(rbx, 0x1234567812345678);
    CHECK_EQ(deepest, 3);
    trap_set_handler(TRAP_UD, NULL);
}

/* The table's flag masks events on entry; the return restores what was before. */
static void check_mask(void)
{
    depth = 2;
    trap_set_handler(TRAP_UD, on_ud);
    event_enable();
    do_ud2(NULL);
    CHECK_EQ(mask_inside, 1);
    CHECK_EQ(mask_saved, 0);
    CHECK_EQ(guest_shared->vcpu_info[0].evtchn_upcall_mask, 0);
    event_disable();
    do_ud2(NULL);
    CHECK_EQ(mask_saved, 1);
    CHECK_EQ(guest_shared->vcpu_info[0].evtchn_upcall_mask, 1);
    /* Without the flag the mask stays as it is. */
    for (struct trap_info *info = trap_table; info->address; info++)
        if (info->vector == TRAP_UD)
            info->flags = 0;
    CHECK_EQ(hypercall_set_trap_table(trap_table), 0);
    event_enable();
    do_ud2(NULL);
    CHECK_EQ(mask_inside, 0);
    event_disable();
    trap_set_handler(TRAP_UD, NULL);
}

/* One single-step trap after each instruction. */
static volatile int steps;

static void on_debug(struct trap_frame *frame)
{
    if (++steps == 3)
        frame->rflags &= ~RFLAGS_TF;
}

static void check_single_step(void)
{
    trap_set_handler(TRAP_DB, on_debug);
    __asm__ volatile("pushfq; orq %0, (%%rsp); popfq; nop; nop; nop; nop"
                     :
                     : "i"(RFLAGS_TF)
                     : "memory", "cc");
    CHECK_EQ(steps, 3);
    trap_set_handler(TRAP_DB, NULL);
}

/* set_trap_table: handlers in the hypervisor or nowhere. */
static void check_bad_table(void)
{
    struct trap_info bad[2] = {
        {.vector = TRAP_UD, .cs = FLAT_KERNEL_CS, .address = 0x0000900000000000}};

    CHECK_EQ(hypercall_set_trap_table(bad), -XEN_EINVAL);
    CHECK_EQ(hypercall_set_trap_table(trap_table), 0);
}

void test_run(void)
{
    check_vectors();
    check_page_faults();
    check_nested();
    check_mask();
    check_single_step();
    check_bad_table();
}
