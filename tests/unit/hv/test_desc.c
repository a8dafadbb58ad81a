/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that guests may have, the frames that hold them, and what happens to both. */
#include <hv/hypercall.h>

#include "mm_world.h"

#define DATA3     0x00cff3000000ffffull
#define DATA0     0x00cf92000000ffffull /* ring 0, not accessed */
#define CODE64    0x00affb000000ffffull
#define CALL_GATE 0x0000ec0000e0ffffull
#define INT_GATE  0x0000ee0000e0ffffull
#define TSS       0x0000890000000067ull
#define LDT       0x0000820000000067ull
#define ACCESSED  (1ull << 40)
#define DPL3      (3ull << 45)
#define PRESENT   (1ull << 47)
#define ZERO_TYPE                                                                                  \
    0x0000e00012345678ull /* present, system, type 0: second half of a 16-byte descriptor */

static void single(void)
{
    static const uint64_t refused[] = {CALL_GATE, INT_GATE, TSS, LDT, 0x0000850000000000ull};
    uint64_t d = DATA0;

    CU_ASSERT(pv_descriptor_ok(&d));
    CU_ASSERT_EQUAL(d, DATA0 | DPL3 | ACCESSED);
    d = CODE64;
    CU_ASSERT(pv_descriptor_ok(&d));
    CU_ASSERT_EQUAL(d, CODE64);
    d = 0;
    CU_ASSERT(pv_descriptor_ok(&d));
    CU_ASSERT_EQUAL(d, 0);
    d = ZERO_TYPE;
    CU_ASSERT(pv_descriptor_ok(&d));
    CU_ASSERT_EQUAL(d, ZERO_TYPE);
    for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++) {
        d = refused[i];
        CU_ASSERT_FALSE(pv_descriptor_ok(&d));
        d = refused[i] & ~PRESENT; /* cannot be used, so it may say what it likes */
        CU_ASSERT(pv_descriptor_ok(&d));
        CU_ASSERT_EQUAL(d, refused[i] & ~PRESENT);
    }
}

static void gdt(void)
{
    uint64_t frames[PV_GDT_FRAMES] = {0}, list[2];
    mfn_t a = frame_of(world.d), b = frame_of(world.d);

    words(a)[2] = DATA0;
    words(b)[511] = CODE64;
    list[0] = a.n;
    list[1] = b.n;
    CU_ASSERT_EQUAL(call(__HYPERVISOR_set_gdt, guest_put(0, list, sizeof(list)), 1024, 0, 0), 0);
    CU_ASSERT_EQUAL(words(a)[2], DATA0 | DPL3 | ACCESSED);
    CU_ASSERT_EQUAL(page_type(page_of(b)), PT_SEGDESC);
    CU_ASSERT_EQUAL(TYPES(a), 1);
    world_check();
    /* The same frame once more, alone. */
    frames[0] = b.n;
    CU_ASSERT_EQUAL(pv_set_gdt(world.v, frames, 512), 0);
    CU_ASSERT_EQUAL(TYPES(a), 0);
    CU_ASSERT_EQUAL(TYPES(b), 1);
    /* Refused ones leave the old one in force. */
    words(a)[7] = CALL_GATE;
    frames[1] = a.n;
    CU_ASSERT_EQUAL(pv_set_gdt(world.v, frames, 1024), -XEN_EINVAL);
    frames[1] = world.data[0].n; /* writable */
    CU_ASSERT_EQUAL(pv_set_gdt(world.v, frames, 1024), -XEN_EINVAL);
    frames[1] = world.table[1].n;
    CU_ASSERT_EQUAL(pv_set_gdt(world.v, frames, 1024), -XEN_EINVAL);
    frames[1] = 0xfffffff;
    CU_ASSERT_EQUAL(pv_set_gdt(world.v, frames, 1024), -XEN_EINVAL);
    CU_ASSERT_EQUAL(pv_set_gdt(world.v, frames, FIRST_RESERVED_GDT_ENTRY + 1), -XEN_EINVAL);
    CU_ASSERT_EQUAL(world.v->pv.gdt_ents, 512);
    CU_ASSERT_EQUAL(TYPES(b), 1);
    CU_ASSERT_EQUAL(call(__HYPERVISOR_set_gdt, 0x7000000000, 1, 0, 0), -XEN_EFAULT);
    CU_ASSERT_EQUAL(call(__HYPERVISOR_set_gdt, 0, 0, 0, 0), 0);
    CU_ASSERT_EQUAL(TYPES(b), 0);
}

static void update(void)
{
    mfn_t a = frame_of(world.d);
    uint64_t frames[PV_GDT_FRAMES] = {a.n};

    CU_ASSERT_EQUAL(pv_set_gdt(world.v, frames, 512), 0);
    CU_ASSERT_EQUAL(call(__HYPERVISOR_update_descriptor, mfn_to_maddr(a) + 16, DATA3, 0, 0), 0);
    CU_ASSERT_EQUAL(words(a)[2], DATA3);
    CU_ASSERT_EQUAL(call(__HYPERVISOR_update_descriptor, mfn_to_maddr(a) + 16, INT_GATE, 0, 0),
                    -XEN_EINVAL);
    CU_ASSERT_EQUAL(call(__HYPERVISOR_update_descriptor, mfn_to_maddr(a) + 20, DATA3, 0, 0),
                    -XEN_EINVAL);
    CU_ASSERT_EQUAL(words(a)[2], DATA3);
    /* A page that is no descriptor page yet; a table; somebody else's. */
    CU_ASSERT_EQUAL(call(__HYPERVISOR_update_descriptor, mfn_to_maddr(world.data[4]), DATA3, 0, 0),
                    0);
    CU_ASSERT_EQUAL(words(world.data[4])[0], DATA3);
    CU_ASSERT_EQUAL(call(__HYPERVISOR_update_descriptor, mfn_to_maddr(world.table[1]), DATA3, 0, 0),
                    -XEN_EINVAL);
    CU_ASSERT_EQUAL(
        call(__HYPERVISOR_update_descriptor, mfn_to_maddr(frame_of(world_other())), DATA3, 0, 0),
        -XEN_EINVAL);
}

/* The guest's page `i`, read-only as an LDT must be. */
static uint64_t ldt_page(unsigned int i)
{
    uint64_t va = DATA_VA + i * PAGE_SIZE;

    CU_ASSERT_EQUAL(
        call(__HYPERVISOR_update_va_mapping, va, pte_make(world.data[i], RO_BITS), UVMF_INVLPG, 0),
        0);
    return va;
}

static void ldt(void)
{
    uint64_t va;

    words(world.data[8])[0] = DATA0;
    words(world.data[9])[1] = INT_GATE;
    va = ldt_page(8);
    ldt_page(9);
    CU_ASSERT_FALSE(pv_ldt_fault(world.v, 0)); /* no LDT */
    CU_ASSERT_EQUAL(pv_set_ldt(world.v, va, 3 * 512), 0);
    CU_ASSERT_EQUAL(TYPES(world.data[8]), 0); /* on use only */
    CU_ASSERT(pv_ldt_fault(world.v, 8));
    CU_ASSERT_EQUAL(TYPES(world.data[8]), 1);
    CU_ASSERT_EQUAL(words(world.data[8])[0], DATA0 | DPL3 | ACCESSED);
    CU_ASSERT_FALSE(pv_ldt_fault(world.v, 8)); /* it is there: a fault on it is the guest's */
    CU_ASSERT_FALSE(pv_ldt_fault(world.v, PAGE_SIZE));     /* a gate in it */
    CU_ASSERT_FALSE(pv_ldt_fault(world.v, 2 * PAGE_SIZE)); /* writable */
    CU_ASSERT_FALSE(pv_ldt_fault(world.v, 3 * PAGE_SIZE)); /* past its end */
    CU_ASSERT_EQUAL(TYPES(world.data[9]), 0);
    /* The LDT is the kernel's, also while user code runs. */
    world.v->pv.kernel_mode = false;
    words(world.data[9])[1] = DATA3;
    CU_ASSERT(pv_ldt_fault(world.v, PAGE_SIZE));
    world.v->pv.kernel_mode = true;
    world_check();
    CU_ASSERT_EQUAL(pv_set_ldt(world.v, 0, 0), 0);
    CU_ASSERT_EQUAL(TYPES(world.data[8]), 0);
    CU_ASSERT_EQUAL(TYPES(world.data[9]), 0);
    CU_ASSERT_EQUAL(pv_set_ldt(world.v, va + 8, 8), -XEN_EINVAL);
    CU_ASSERT_EQUAL(pv_set_ldt(world.v, va, 8193), -XEN_EINVAL);
    CU_ASSERT_EQUAL(pv_set_ldt(world.v, HYPERVISOR_VIRT_START, 8), -XEN_EINVAL);
}

/* A domain that dies with GDT and LDT in use gives all back (world_end). */
static void dies_with_tables(void)
{
    uint64_t frames[PV_GDT_FRAMES] = {frame_of(world.d).n};

    CU_ASSERT_EQUAL(pv_set_gdt(world.v, frames, 512), 0);
    CU_ASSERT_EQUAL(pv_set_ldt(world.v, ldt_page(8), 512), 0);
    CU_ASSERT(pv_ldt_fault(world.v, 0));
}

int main(void)
{
    static const struct mm_test tests[] = {
        MM_TEST(single), MM_TEST(gdt), MM_TEST(update), MM_TEST(ldt), MM_TEST(dies_with_tables),
    };

    return run_mm_tests("desc", tests, ARRAY_SIZE(tests));
}
