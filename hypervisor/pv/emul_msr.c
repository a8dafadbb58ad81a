/* SPDX-License-Identifier: Apache-2.0 */
/* Model-specific registers as guests see them. What is not in the two tables raises #GP, which
 * kernels expect. */
#include <hv/arch.h>
#include <hv/printk.h>
#include <hv/pv_cpu.h>

#define MSR_TSC            0x10
#define MSR_APIC_BASE      0x1b
#define MSR_UCODE_REV      0x8b
#define MSR_SYSENTER_FIRST 0x174
#define MSR_SYSENTER_LAST  0x176
#define MSR_MISC_ENABLE    0x1a0
#define MSR_PAT            0x277
#define MSR_EFER           0xc0000080
#define MSR_STAR           0xc0000081
#define MSR_SFMASK         0xc0000084
#define MSR_FS_BASE        0xc0000100
#define MSR_GS_BASE        0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

#define EFER_GUEST_VIEW   0xd01ull /* SCE LME LMA NX: as the CPU runs */
#define APIC_BASE_ENABLED 0xfee00800ull
#define APIC_BASE_BSP     0x100ull

int pv_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    uint64_t now;

    switch (msr) {
    case MSR_FS_BASE:
        arch_save_segments(v);
        *value = v->pv.fs_base;
        return 0;
    case MSR_GS_BASE:
        arch_save_segments(v);
        *value = v->pv.gs_base_kernel;
        return 0;
    case MSR_KERNEL_GS_BASE:
        *value = v->pv.gs_base_user;
        return 0;
    case MSR_EFER:
        if (arch_rdmsr(MSR_EFER, value))
            return -1;
        *value &= EFER_GUEST_VIEW;
        return 0;
    case MSR_TSC:
        *value = arch_read_tsc(&now);
        return 0;
    case MSR_APIC_BASE:
        *value = APIC_BASE_ENABLED | (v->id ? 0 : APIC_BASE_BSP);
        return 0;
    case MSR_MISC_ENABLE:
        return arch_rdmsr(MSR_MISC_ENABLE, value);
    case MSR_PAT:
        return arch_rdmsr(MSR_PAT, value); /* one PAT for all: the ABI's */
    case MSR_UCODE_REV:
    case MSR_SYSENTER_FIRST ... MSR_SYSENTER_LAST:
    case MSR_STAR ... MSR_SFMASK:
        *value = 0;
        return 0;
    default:
        guest_log(LOG_DEBUG, "d%u: read of MSR %#x refused\n", v->domain->id, msr);
        return -1;
    }
}

static int set_base(uint64_t *slot, uint64_t value)
{
    if (!is_canonical(value))
        return -1;
    *slot = value;
    return 0;
}

int pv_wrmsr(struct vcpu *v, uint32_t msr, uint64_t value)
{
    uint64_t have;

    switch (msr) {
    case MSR_FS_BASE:
        if (set_base(&v->pv.fs_base, value))
            return -1;
        arch_load_fs_base(v);
        return 0;
    case MSR_GS_BASE:
        if (set_base(&v->pv.gs_base_kernel, value))
            return -1;
        arch_load_gs_base(v);
        return 0;
    case MSR_KERNEL_GS_BASE:
        return set_base(&v->pv.gs_base_user, value);
    case MSR_PAT:
        /* Writing what is there already is fine; the PAT itself is the same for every guest. */
        return arch_rdmsr(MSR_PAT, &have) || have != value ? -1 : 0;
    case MSR_EFER:
        return arch_rdmsr(MSR_EFER, &have) || ((have ^ value) & EFER_GUEST_VIEW) ? -1 : 0;
    case MSR_UCODE_REV:
    case MSR_MISC_ENABLE:
    case MSR_SYSENTER_FIRST ... MSR_SYSENTER_LAST:
    case MSR_STAR ... MSR_SFMASK:
        return 0; /* entry points are set by callback_op */
    default:
        guest_log(LOG_DEBUG, "d%u: write of MSR %#x = %#lx refused\n", v->domain->id, msr,
                  (unsigned long)value);
        return -1;
    }
}
