/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GDT and LDT. Segments of ring 3 can be installed, loaded and used; a descriptor that would open a
 * gate, a task, a system segment or ring 0 is refused, and its place keeps what it had. A page that
 * holds live descriptors cannot be written.
 */
#include "test.h"

#define DESC_DATA      0x00cff3000000ffffUL /* flat data, ring 3 */
#define DESC_CODE64    0x00affb000000ffffUL /* 64-bit code, ring 3 */
#define DESC_RING0     0x00cf93000000ffffUL /* flat data, ring 0: its DPL is raised */
#define DESC_CALL_GATE 0x0000ec0000e0ffffUL
#define DESC_INT_GATE  0x0000ee0000e0ffffUL
#define DESC_TSS       0x0000890000000067UL
#define DESC_LDT       0x0000820000000067UL

static uint64_t *gdt, *ldt;

static unsigned int load_es(unsigned int selector)
{
    unsigned int back;

    __asm__ volatile("mov %1, %%es; mov %%es, %0; mov %2, %%es"
                     : "=&r"(back)
                     : "r"(selector), "r"(0));
    return back & 0xffff;
}

static void do_load_es(void *arg)
{
    load_es((unsigned int)(unsigned long)arg);
}

static unsigned long limit_of(unsigned int selector)
{
    unsigned long limit = 0;

    __asm__ volatile("lsl %1, %0" : "+r"(limit) : "r"((unsigned long)selector) : "cc");
    return limit;
}

static void check_gdt(void)
{
    unsigned long frame = virt_to_mfn(gdt);
    struct trap_caught caught;

    gdt[2] = DESC_DATA;
    gdt[3] = DESC_CODE64;
    gdt[4] = DESC_DATA & ~(1UL << 47);                     /* not present */
    CHECK_EQ(hypercall_set_gdt(&frame, 512), -XEN_EINVAL); /* the page is writable */
    CHECK_EQ(page_protect(gdt), 0);
    CHECK_EQ(hypercall_set_gdt(&frame, 512), 0);
    CHECK_EQ(page_unprotect(gdt), -XEN_EBUSY);
    CHECK_EQ(load_es(2 * 8 + 3), 2 * 8 + 3);
    CHECK_EQ(limit_of(2 * 8 + 3), 0xffffffff);
    CHECK(trap_catch(do_load_es, (void *)(4 * 8 + 3), &caught));
    CHECK_EQ(caught.frame.vector, TRAP_NP);
    CHECK_EQ(caught.frame.error_code, 4 * 8);
    CHECK(trap_catch(do_load_es, (void *)(5 * 8 + 3), &caught)); /* empty */
    CHECK_EQ(caught.frame.vector, TRAP_GP);
    CHECK_EQ(caught.frame.error_code, 5 * 8);
    CHECK(trap_catch(do_load_es, (void *)(600 * 8 + 3), &caught)); /* past its end */
    CHECK_EQ(caught.frame.vector, TRAP_GP);
}

static void check_update(void)
{
    static const uint64_t refused[] = {DESC_INT_GATE, DESC_TSS, DESC_LDT};
    long rc;

    for (unsigned int i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        CHECK_EQ_AT(hypercall_update_descriptor(virt_to_machine(&gdt[6]), refused[i]), -XEN_EINVAL,
                    i);
        CHECK_EQ_AT(gdt[6], 0, i);
    }
    /* A call gate is refused, or made unusable from ring 3 so that its use can be emulated. */
    rc = hypercall_update_descriptor(virt_to_machine(&gdt[6]), DESC_CALL_GATE);
    CHECK((rc == -XEN_EINVAL && gdt[6] == 0) || (rc == 0 && ((gdt[6] >> 45) & 3) == 0));
    CHECK_EQ(hypercall_update_descriptor(virt_to_machine(&gdt[6]), DESC_DATA), 0);
    CHECK_EQ(gdt[6] & ~(1UL << 40), DESC_DATA & ~(1UL << 40));
    CHECK_EQ(load_es(6 * 8 + 3), 6 * 8 + 3);
    CHECK_EQ(hypercall_update_descriptor(virt_to_machine(&gdt[6]), 0), 0);
    CHECK_EQ(gdt[6], 0);
    CHECK_EQ(hypercall_update_descriptor(virt_to_machine(&gdt[6]) | 4, DESC_DATA), -XEN_EINVAL);
    CHECK_EQ(hypercall_update_descriptor(0xfffffffUL << PAGE_SHIFT, DESC_DATA), -XEN_EINVAL);
    /* Ring 0 becomes ring 3, never stays. */
    CHECK_EQ(hypercall_update_descriptor(virt_to_machine(&gdt[7]), DESC_RING0), 0);
    CHECK_EQ((gdt[7] >> 45) & 3, 3);
    CHECK_EQ(hypercall_update_descriptor(virt_to_machine(&gdt[7]), 0), 0);
}

static void check_gdt_refused(void)
{
    unsigned long frames[16] = {0xfffffff};
    uint64_t *bad = page_alloc();

    CHECK_EQ(hypercall_set_gdt(frames, 512), -XEN_EINVAL);
    CHECK_EQ(hypercall_set_gdt(frames, FIRST_RESERVED_GDT_ENTRY + 1), -XEN_EINVAL);
    bad[9] = DESC_INT_GATE;
    frames[0] = virt_to_mfn(bad);
    CHECK_EQ(page_protect(bad), 0);
    CHECK_EQ(hypercall_set_gdt(frames, 512), -XEN_EINVAL);
    CHECK_EQ(page_unprotect(bad), 0);
    CHECK_EQ(load_es(2 * 8 + 3), 2 * 8 + 3); /* the old one is in force still */
    page_free(bad);
}

static long set_ldt(void *at, unsigned int entries)
{
    struct mmuext_op op = {
        .cmd = MMUEXT_SET_LDT, .arg1.linear_addr = (unsigned long)at, .arg2.nr_ents = entries};

    return hypercall_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static void check_ldt(void)
{
    struct trap_caught caught;

    ldt[1] = DESC_DATA;
    CHECK_EQ(page_protect(ldt), 0);
    CHECK_EQ(set_ldt(ldt, 8), 0);
    CHECK_EQ(load_es(1 * 8 + 7), 1 * 8 + 7); /* table bit and RPL 3 */
    CHECK(trap_catch(do_load_es, (void *)(2 * 8 + 7), &caught));
    CHECK_EQ(caught.frame.vector, TRAP_GP);
    CHECK_EQ(caught.frame.error_code, 2 * 8 + 4);
    CHECK(trap_catch(do_load_es, (void *)(9 * 8 + 7), &caught)); /* past its end */
    CHECK_EQ(caught.frame.vector, TRAP_GP);
    CHECK_EQ(page_unprotect(ldt), -XEN_EBUSY);
    CHECK_EQ(set_ldt((char *)ldt + 8, 8), -XEN_EINVAL); /* not at a page's start */
    CHECK_EQ(set_ldt(ldt, 8193), -XEN_EINVAL);
    CHECK_EQ(set_ldt(NULL, 0), 0);
    CHECK(trap_catch(do_load_es, (void *)(1 * 8 + 7), &caught));
    CHECK_EQ(caught.frame.vector, TRAP_GP);
    CHECK_EQ(page_unprotect(ldt), 0);
}

static void check_release(void)
{
    CHECK_EQ(hypercall_set_gdt(NULL, 0), 0);
    CHECK_EQ(page_unprotect(gdt), 0);
    gdt[2] = 1;
}

void test_run(void)
{
    gdt = page_alloc();
    ldt = page_alloc();
    check_gdt();
    check_update();
    check_gdt_refused();
    check_ldt();
    check_release();
}
