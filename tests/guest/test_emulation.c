/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Privileged instructions that PV kernels use and the hypervisor does for them: reads of control
 * registers, TS, CPUID with and without the prefix, the few registers that belong to the guest; and
 * those that it must refuse with #GP, leaving everything as it was.
 */
#include <public/cpuid.h>

#include "test.h"

#define MSR_EFER    0xc0000080
#define MSR_STAR    0xc0000081
#define MSR_LSTAR   0xc0000082
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KGS     0xc0000102
#define MSR_APIC    0x1b
#define MSR_NOWHERE 0x4b564d77

struct msr {
    uint32_t index;
    uint64_t value;
};

static void do_rdmsr(void *arg)
{
    struct msr *msr = arg;
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr->index));
    msr->value = ((uint64_t)high << 32) | low;
}

static void do_wrmsr(void *arg)
{
    struct msr *msr = arg;

    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr->index), "a"((uint32_t)msr->value),
                       "d"((uint32_t)(msr->value >> 32)));
}

static int rdmsr(uint32_t index, uint64_t *value)
{
    struct trap_caught caught;
    struct msr msr = {index, 0};

    if (trap_catch(do_rdmsr, &msr, &caught))
        return (int)caught.frame.vector;
    *value = msr.value;
    return -1;
}

static int wrmsr(uint32_t index, uint64_t value)
{
    struct trap_caught caught;
    struct msr msr = {index, value};

    return trap_catch(do_wrmsr, &msr, &caught) ? (int)caught.frame.vector : -1;
}

static void check_control_registers(void)
{
    uint64_t cr0, cr3, cr4;

    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    CHECK((cr0 & 0x80000001) == 0x80000001); /* protection and paging */
    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    CHECK_EQ(cr3, virt_to_machine((void *)guest_info->pt_base));
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    CHECK(cr4 & 0x20); /* PAE */
    /* TS goes on and off, by instruction and by hypercall. */
    CHECK_EQ(hypercall_fpu_taskswitch(1), 0);
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    CHECK(cr0 & 8);
    __asm__ volatile("clts");
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    CHECK(!(cr0 & 8));
    __asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | 8));
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    CHECK(cr0 & 8);
    CHECK_EQ(hypercall_fpu_taskswitch(0), 0);
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    CHECK(!(cr0 & 8));
    CHECK(!(guest_shared->vcpu_info[0].evtchn_upcall_mask == 0));
}

static void do_cr0_no_paging(void *arg)
{
    __asm__ volatile("mov %0, %%cr0" : : "r"((uint64_t)arg & ~(1UL << 31)));
}

static void do_cr4_no_pae(void *arg)
{
    __asm__ volatile("mov %0, %%cr4" : : "r"((uint64_t)arg));
}

static void do_read_cr8(void *arg)
{
    uint64_t value;

    (void)arg;
    __asm__ volatile("mov %%cr8, %0" : "=r"(value));
}

static void do_lgdt(void *arg)
{
    __asm__ volatile("lgdt (%0)" : : "r"(arg));
}

static void do_lidt(void *arg)
{
    __asm__ volatile("lidt (%0)" : : "r"(arg));
}

static void do_hlt(void *arg)
{
    (void)arg;
    __asm__ volatile("hlt");
}

static void do_iretq(void *arg)
{
    (void)arg;
    __asm__ volatile("push $0; push $0; push $2; push $8; push $0; iretq");
}

static void do_swapgs(void *arg)
{
    (void)arg;
    __asm__ volatile("swapgs");
}

static void do_sysret(void *arg)
{
    (void)arg;
    __asm__ volatile("sysretq");
}

static void check_refused_instructions(void)
{
    struct trap_caught caught;
    uint8_t table[10] = {0};
    uint64_t cr0;

    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    CHECK(trap_catch(do_cr0_no_paging, (void *)cr0, &caught));
    CHECK_EQ(caught.frame.vector, TRAP_GP);
    trap_catch(do_cr4_no_pae, NULL, &caught); /* ignored or refused, but not done: */
    CHECK_EQ(trap_try_read(&cr0, NULL, NULL), -1);
    CHECK(trap_catch(do_read_cr8, NULL, &caught));
    CHECK_EQ(caught.frame.vector, TRAP_GP);
    CHECK(trap_catch(do_lgdt, table, &caught));
    CHECK_EQ(caught.frame.vector, TRAP_GP);
    CHECK(trap_catch(do_lidt, table, &caught));
    CHECK_EQ(caught.frame.vector, TRAP_GP);
    CHECK(trap_catch(do_hlt, NULL, &caught));
    CHECK_EQ(caught.frame.vector, TRAP_GP);
    CHECK(trap_catch(do_swapgs, NULL, &caught));
    CHECK(caught.frame.vector == TRAP_GP || caught.frame.vector == TRAP_UD);
    CHECK(trap_catch(do_sysret, NULL, &caught));
    CHECK(caught.frame.vector == TRAP_GP || caught.frame.vector == TRAP_UD);
    CHECK(trap_catch(do_iretq, NULL, &caught)); /* to ring 0 */
    CHECK_EQ(caught.frame.vector, TRAP_GP);
}

static void cpuid(uint32_t leaf, int prefixed, uint32_t r[4])
{
    if (prefixed)
        __asm__ volatile(XEN_CPUID
                         : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
                         : "a"(leaf), "c"(0));
    else
        __asm__ volatile("cpuid"
                         : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
                         : "a"(leaf), "c"(0));
}

static void check_cpuid(void)
{
    uint32_t r[4];

    cpuid(XEN_CPUID_LEAF(0), 1, r);
    CHECK(r[0] >= XEN_CPUID_LEAF(2) && r[0] <= XEN_CPUID_LEAF(XEN_CPUID_MAX_NUM_LEAVES));
    CHECK_EQ(r[1], XEN_CPUID_SIGNATURE_EBX);
    CHECK_EQ(r[2], XEN_CPUID_SIGNATURE_ECX);
    CHECK_EQ(r[3], XEN_CPUID_SIGNATURE_EDX);
    cpuid(XEN_CPUID_LEAF(1), 1, r);
    CHECK_EQ(r[0], hypercall_xen_version(XENVER_version, NULL));
    cpuid(0, 1, r);
    CHECK(r[0] >= 1 && r[0] < 0x100);
    cpuid(1, 1, r);
    CHECK(r[3] & (1 << 0));    /* FPU */
    CHECK(r[3] & (1 << 26));   /* SSE2 */
    CHECK(!(r[3] & (1 << 3))); /* PSE: superpages are not for PV */
    CHECK(!(r[2] & (1 << 5))); /* VMX */
    cpuid(0x80000001, 1, r);
    CHECK(r[3] & (1 << 11));    /* SYSCALL */
    CHECK(r[3] & (1 << 29));    /* long mode */
    CHECK(r[3] & (1 << 20));    /* no-execute */
    CHECK(!(r[3] & (1 << 26))); /* no 1 GiB pages */
    CHECK(!(r[2] & (1 << 2)));  /* SVM */
}

static void check_bases(void)
{
    uint64_t value = 0, word = 0x6666, read;

    CHECK_EQ(wrmsr(MSR_FS_BASE, (unsigned long)&word), -1);
    CHECK_EQ(rdmsr(MSR_FS_BASE, &value), -1);
    CHECK_EQ(value, (unsigned long)&word);
    __asm__ volatile("movq %%fs:0, %0" : "=r"(read));
    CHECK_EQ(read, 0x6666);
    CHECK_EQ(wrmsr(MSR_GS_BASE, (unsigned long)&word), -1);
    __asm__ volatile("movq %%gs:0, %0" : "=r"(read));
    CHECK_EQ(read, 0x6666);
    word = 0x7777;
    CHECK_EQ(hypercall_set_segment_base(SEGBASE_FS, 0x123456), 0);
    CHECK_EQ(rdmsr(MSR_FS_BASE, &value), -1);
    CHECK_EQ(value, 0x123456);
    CHECK_EQ(hypercall_set_segment_base(SEGBASE_GS_KERNEL, (unsigned long)&word), 0);
    __asm__ volatile("movq %%gs:0, %0" : "=r"(read));
    CHECK_EQ(read, 0x7777);
    CHECK_EQ(hypercall_set_segment_base(SEGBASE_GS_USER, 0x4444), 0);
    CHECK_EQ(rdmsr(MSR_KGS, &value), -1);
    CHECK_EQ(value, 0x4444);
    CHECK_EQ(hypercall_set_segment_base(SEGBASE_FS, 0x1000800000000000), -XEN_EINVAL);
    CHECK_EQ(hypercall_set_segment_base(99, 0), -XEN_EINVAL);
    CHECK_EQ(wrmsr(MSR_FS_BASE, 0x1000800000000000), TRAP_GP);
}

static void check_msrs(void)
{
    uint64_t value = 0;

    CHECK_EQ(rdmsr(MSR_EFER, &value), -1);
    CHECK((value & 0x501) == 0x501); /* SCE, LME, LMA */
    CHECK_EQ(rdmsr(MSR_NOWHERE, &value), TRAP_GP);
    CHECK_EQ(wrmsr(MSR_NOWHERE, 0), TRAP_GP);
    /* Where SYSCALL goes is the hypervisor's. */
    wrmsr(MSR_LSTAR, 0x1234);
    CHECK_EQ(hypercall_xen_version(XENVER_pagesize, NULL), 4096);
    wrmsr(MSR_EFER, 0);
    CHECK_EQ(hypercall_xen_version(XENVER_pagesize, NULL), 4096);
}

static void do_in(void *arg)
{
    uint8_t value;

    __asm__ volatile("inb %w1, %0" : "=a"(value) : "d"((unsigned int)(unsigned long)arg));
}

/* Ports: the first domain may read harmless ones, nobody those of the hypervisor's own devices. */
static void check_ports(void)
{
    struct trap_caught caught;
    struct physdev_set_iopl iopl = {.iopl = 1};

    CHECK_EQ(hypercall_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0);
    CHECK_EQ(trap_catch(do_in, (void *)0x61, &caught), guest_is_dom0() ? 0 : 1);
    trap_catch(do_in, (void *)0x20, &caught); /* interrupt controller: #GP, or all ones */
    iopl.iopl = 4;
    CHECK_EQ(hypercall_physdev_op(PHYSDEVOP_set_iopl, &iopl), -XEN_EINVAL);
}

void test_run(void)
{
    check_control_registers();
    check_refused_instructions();
    check_cpuid();
    check_bases();
    check_msrs();
    check_ports();
}
