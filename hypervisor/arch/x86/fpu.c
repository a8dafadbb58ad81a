/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FPU and vector state of a vCPU: one save area in the standard XSAVE format (FXSAVE where there is
 * no XSAVE), saved and loaded at every switch. All components we offer are saved whatever the
 * guest's XCR0 says, so that nothing of one guest is left for the next.
 */
#include <hv/arch.h>
#include <hv/heap.h>
#include <hv/string.h>
#include <hv/vcpu.h>
#include <arch/fpu.h>
#include <arch/x86_cpu.h>

#define MXCSR_DEFAULT 0x1f80
#define FCW_DEFAULT   0x37f

static void set_initial(uint8_t *area)
{
    *(uint16_t *)area = FCW_DEFAULT;
    *(uint32_t *)(area + 24) = MXCSR_DEFAULT;
    /* An XSAVE header of zero means: every component in its initial state, but MXCSR as given. */
}

void *fpu_area_alloc(void)
{
    uint8_t *area = hv_zalloc(cpu_features.xsave ? cpu_features.xsave_size : 512);

    if (area)
        set_initial(area);
    return area;
}

void fpu_save(struct vcpu *v)
{
    uint64_t mask = cpu_features.xcr0_mask;

    if (cpu_features.xsave) {
        xsetbv(0, mask);
        __asm__ volatile("xsave64 (%0)"
                         :
                         : "r"(v->arch), "a"((uint32_t)mask), "d"((uint32_t)(mask >> 32))
                         : "memory");
    } else {
        __asm__ volatile("fxsave64 (%0)" : : "r"(v->arch) : "memory");
    }
}

void fpu_load(struct vcpu *v)
{
    uint64_t mask = cpu_features.xcr0_mask;

    if (cpu_features.xsave) {
        xsetbv(0, mask);
        __asm__ volatile("xrstor64 (%0)"
                         :
                         : "r"(v->arch), "a"((uint32_t)mask), "d"((uint32_t)(mask >> 32))
                         : "memory");
        xsetbv(0, v->pv.xcr0 ? v->pv.xcr0 : 1);
    } else {
        __asm__ volatile("fxrstor64 (%0)" : : "r"(v->arch) : "memory");
    }
}

uint64_t arch_xcr0_mask(void)
{
    return cpu_features.xsave ? cpu_features.xcr0_mask : 0;
}

void arch_set_xcr0(struct vcpu *v, uint64_t value)
{
    v->pv.xcr0 = value;
    xsetbv(0, value);
}

void arch_fpu_get(struct vcpu *v, void *fxsave)
{
    memcpy(fxsave, v->arch, 512);
}

void arch_fpu_set(struct vcpu *v, const void *fxsave)
{
    uint8_t *area = v->arch;

    memcpy(area, fxsave, 512);
    /* Reserved MXCSR bits would make the load fault. */
    *(uint32_t *)(area + 24) &= 0xffff;
    if (!*(const uint32_t *)((const uint8_t *)fxsave + 24) && !*(const uint16_t *)fxsave)
        set_initial(area);
    if (cpu_features.xsave)
        *(uint64_t *)(area + 512) = 3; /* x87 and SSE are present in the area */
}
