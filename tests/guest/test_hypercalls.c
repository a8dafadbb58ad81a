/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plainest hypercalls. A guest asks what it runs on, through the hypercall page and by SYSCALL
 * alike, and gets consistent answers; numbers that nobody defined answer -ENOSYS, whatever their
 * upper bits; a 64-bit number is not cut to 32 bits.
 */
#include "test.h"

static void check_version(void)
{
    long version = hypercall_xen_version(XENVER_version, NULL);
    xen_extraversion_t extra;
    xen_capabilities_info_t *caps = page_alloc();

    CHECK_EQ(version >> 16, 4);
    CHECK_EQ(version & 0xffff, 17);
    CHECK_EQ(hypercall_raw(__HYPERVISOR_xen_version, XENVER_version, 0, 0, 0, 0), version);
    memset(extra, 0xff, sizeof(extra));
    CHECK_EQ(hypercall_xen_version(XENVER_extraversion, extra), 0);
    CHECK(extra[sizeof(extra) - 1] == 0);
    CHECK_EQ(hypercall_xen_version(XENVER_capabilities, caps), 0);
    CHECK(!strncmp(*caps, "xen-3.0-x86_64", 14));
    CHECK_EQ(hypercall_xen_version(XENVER_pagesize, NULL), 4096);
    page_free(caps);
}

static void check_texts(void)
{
    struct xen_compile_info *compile = page_alloc();
    xen_changeset_info_t changeset;
    xen_commandline_t *line = page_alloc();
    xen_domain_handle_t handle;

    memset(compile, 0xff, sizeof(*compile));
    CHECK_EQ(hypercall_xen_version(XENVER_compile_info, compile), 0);
    CHECK(compile->compiler[63] == 0 && compile->compile_date[31] == 0);
    CHECK(compile->compiler[0] != 0);
    memset(changeset, 0xff, sizeof(changeset));
    CHECK_EQ(hypercall_xen_version(XENVER_changeset, changeset), 0);
    CHECK(changeset[63] == 0);
    CHECK_EQ(hypercall_xen_version(XENVER_guest_handle, handle), 0);
    memset(*line, 0xff, sizeof(*line));
    CHECK_EQ(hypercall_xen_version(XENVER_commandline, *line), 0);
    CHECK((*line)[1023] == 0);
    page_free(line);
    page_free(compile);
}

static void check_features(void)
{
    struct xen_feature_info info = {.submap_idx = 0};
    struct xen_platform_parameters params = {0};

    CHECK_EQ(hypercall_xen_version(XENVER_get_features, &info), 0);
    CHECK(info.submap & (1u << XENFEAT_mmu_pt_update_preserve_ad));
    CHECK(info.submap & (1u << XENFEAT_gnttab_map_avail_bits));
    CHECK(!(info.submap & (1u << XENFEAT_auto_translated_physmap)));
    CHECK(!(info.submap & (1u << XENFEAT_writable_page_tables)));
    CHECK_EQ((info.submap >> XENFEAT_dom0) & 1, guest_is_dom0());
    info.submap_idx = XENFEAT_NR_SUBMAPS;
    CHECK_EQ(hypercall_xen_version(XENVER_get_features, &info), -XEN_EINVAL);
    CHECK_EQ(hypercall_xen_version(XENVER_platform_parameters, &params), 0);
    CHECK_EQ(params.virt_start, HYPERVISOR_VIRT_START);
}

static void check_unknown(void)
{
    static const unsigned long numbers[] = {
        11, 38 /* tmem, gone */, 43, 47, 55, 56, 63, 64, 127, 1000, 0xffffffff, 0x100000011, ~0UL};

    for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        CHECK_EQ_AT(hypercall_raw(numbers[i], 0, 0, 0, 0, 0), -XEN_ENOSYS, numbers[i]);
    CHECK_EQ(HYPERCALL1(11, 0), -XEN_ENOSYS);
    CHECK_EQ(hypercall_xen_version(9999, NULL), -XEN_ENOSYS);
    CHECK_EQ(hypercall_raw(__HYPERVISOR_sched_op, 9999, 0, 0, 0, 0), -XEN_ENOSYS);
    CHECK_EQ(hypercall_raw(__HYPERVISOR_event_channel_op, 9999, 0, 0, 0, 0), -XEN_ENOSYS);
    CHECK_EQ(hypercall_raw(__HYPERVISOR_memory_op, 0x3f, 0, 0, 0, 0), -XEN_ENOSYS);
    CHECK_EQ(hypercall_raw(__HYPERVISOR_vcpu_op, 9999, 0, 0, 0, 0), -XEN_ENOSYS);
    CHECK_EQ(hypercall_raw(__HYPERVISOR_physdev_op, 9999, 0, 0, 0, 0), -XEN_ENOSYS);
    CHECK_EQ(hypercall_raw(__HYPERVISOR_vm_assist, 9999, 0, 0, 0, 0), -XEN_ENOSYS);
    CHECK_EQ(hypercall_raw(__HYPERVISOR_console_io, 9999, 0, 0, 0, 0), -XEN_ENOSYS);
}

/* Registers that the convention does not mention survive. */
static void check_registers(void)
{
    unsigned long rbx = 0x1111, r12 = 0x2222, r13 = 0x3333, r14 = 0x4444, r15 = 0x5555;

    __asm__ volatile("mov %0, %%rbx; mov %1, %%r12; mov %2, %%r13; mov %3, %%r14; mov %4, %%r15\n"
                     "mov $17, %%eax; xor %%edi, %%edi; xor %%esi, %%esi; syscall\n"
                     "mov %%rbx, %0; mov %%r12, %1; mov %%r13, %2; mov %%r14, %3; mov %%r15, %4"
                     : "+m"(rbx), "+m"(r12), "+m"(r13), "+m"(r14), "+m"(r15)
                     :
                     : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
                       "r13", "r14", "r15", "memory");
    CHECK_EQ(rbx, 0x1111);
    CHECK_EQ(r12, 0x2222);
    CHECK_EQ(r13, 0x3333);
    CHECK_EQ(r14, 0x4444);
    CHECK_EQ(r15, 0x5555);
}

void test_run(void)
{
    CHECK(!strncmp(guest_info->magic, "xen-3.0-x86_64", 14));
    check_version();
    check_texts();
    check_features();
    check_unknown();
    check_registers();
}
