/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPUID as PV guests see it: the CPU's own answers, less everything that needs ring 0, large pages
 * or state we do not switch. Masks are lists of what is taken away (or, for leaf 7, what is left),
 * with the reason.
 */
#include <hv/arch.h>
#include <hv/pv_cpu.h>
#include <hv/pv_mm.h>
#include <hv/string.h>
#include <public/cpuid.h>

#define BIT(n) (1u << (n))

/* Leaf 1, edx: VME, PSE, MCE, SEP, MTRR, PGE, MCA, PSE36, PN, DS, ACPI, HTT, TM, PBE. */
#define HIDE_1_EDX                                                                                 \
    (BIT(1) | BIT(3) | BIT(7) | BIT(11) | BIT(12) | BIT(13) | BIT(14) | BIT(17) | BIT(18) |        \
     BIT(21) | BIT(22) | BIT(28) | BIT(29) | BIT(31))
/* ecx: DTES64, MONITOR, DS-CPL, VMX, SMX, EIST, TM2, CNXT-ID, SDBG, xTPR, PDCM, PCID, DCA, x2APIC,
 * TSC deadline. */
#define HIDE_1_ECX                                                                                 \
    (BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(6) | BIT(7) | BIT(8) | BIT(10) | BIT(11) | BIT(14) |  \
     BIT(15) | BIT(17) | BIT(18) | BIT(21) | BIT(24))
#define XSAVE_BITS_1_ECX                                                                           \
    (BIT(26) | BIT(27) | BIT(28) | BIT(12) | BIT(29)) /* XSAVE OSXSAVE AVX FMA F16C */
#define HYPERVISOR_BIT BIT(31)

/* Leaf 7: instruction-set extensions only. ebx: BMI1 AVX2 BMI2 ERMS AVX512* RDSEED ADX CLFLUSHOPT
 * CLWB SHA. */
#define KEEP_7_EBX                                                                                 \
    (BIT(3) | BIT(5) | BIT(8) | BIT(9) | BIT(16) | BIT(17) | BIT(18) | BIT(19) | BIT(21) |         \
     BIT(23) | BIT(24) | BIT(28) | BIT(29) | BIT(30) | BIT(31))
/* ecx: AVX512_VBMI VBMI2 GFNI VAES VPCLMUL VNNI BITALG VPOPCNT MOVDIRI MOVDIR64B. */
#define KEEP_7_ECX                                                                                 \
    (BIT(1) | BIT(6) | BIT(8) | BIT(9) | BIT(10) | BIT(11) | BIT(12) | BIT(14) | BIT(27) | BIT(28))
/* edx: AVX512 4VNNIW 4FMAPS, FSRM, VP2INTERSECT, SERIALIZE. */
#define KEEP_7_EDX   (BIT(2) | BIT(3) | BIT(4) | BIT(8) | BIT(14))
#define AVX512_7_EBX (BIT(16) | BIT(17) | BIT(21) | BIT(28) | BIT(30) | BIT(31))

/* 0x80000001 edx: as leaf 1, and 1 GiB pages, RDTSCP. ecx: SVM, ext. APIC space, OSVW, IBS, SKINIT,
 * WDT, LWP, NodeId, TopoExt, perf counters, MWAITX. */
#define HIDE_E1_EDX                                                                                \
    (BIT(1) | BIT(3) | BIT(7) | BIT(12) | BIT(13) | BIT(14) | BIT(17) | BIT(26) | BIT(27))
#define HIDE_E1_ECX                                                                                \
    (BIT(1) | BIT(2) | BIT(3) | BIT(9) | BIT(10) | BIT(12) | BIT(13) | BIT(15) | BIT(19) |         \
     BIT(22) | BIT(23) | BIT(24) | BIT(26) | BIT(27) | BIT(28) | BIT(29))

#define MAX_LEAF     0xdu
#define MAX_EXT_LEAF 0x80000008u

static void xen_leaf(struct vcpu *v, uint32_t leaf, uint32_t sub, uint32_t r[4])
{
    uint32_t mul;
    int8_t shift;
    uint64_t now, tsc;

    memset(r, 0, 16);
    switch (leaf - XEN_CPUID_FIRST_LEAF) {
    case 0:
        r[0] = XEN_CPUID_FIRST_LEAF + 5;
        r[1] = XEN_CPUID_SIGNATURE_EBX;
        r[2] = XEN_CPUID_SIGNATURE_ECX;
        r[3] = XEN_CPUID_SIGNATURE_EDX;
        break;
    case 1:
        r[0] = 4u << 16 | 17u;
        break;
    case 2:
        r[0] = 1;          /* one hypercall page … */
        r[1] = 0x40000000; /* … set by this MSR in other guest types */
        r[2] = XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD;
        break;
    case 3:
        if (sub == 0) {
            r[2] = arch_tsc_khz();
        } else if (sub == 1) {
            arch_tsc_scale(&mul, &shift);
            tsc = arch_read_tsc(&now);
            (void)tsc;
            r[2] = mul;
            r[3] = (uint32_t)(int32_t)shift;
        } else if (sub == 2) {
            r[0] = arch_tsc_khz();
        }
        break;
    case 5:
        r[1] = 52; /* widest machine address a guest may see */
        break;
    }
    (void)v;
}

static void leaf_1(struct vcpu *v, uint32_t r[4])
{
    bool sep;

    r[1] = (r[1] & 0x0000ff00) | v->id * 2 << 24; /* CLFLUSH size; APIC id */
    r[2] = (r[2] & ~HIDE_1_ECX) | HYPERVISOR_BIT;
    sep = r[3] & BIT(11) && arch_has_sysenter();
    r[3] = (r[3] & ~HIDE_1_EDX) | (sep ? BIT(11) : 0);
    if (!arch_xcr0_mask())
        r[2] &= ~XSAVE_BITS_1_ECX;
    else
        r[2] |= BIT(27);
}

static void leaf_7(uint32_t sub, uint32_t r[4])
{
    if (sub == 0) {
        r[0] = 0;
        r[1] &= KEEP_7_EBX;
        r[2] &= KEEP_7_ECX;
        r[3] &= KEEP_7_EDX;
        if (!(arch_xcr0_mask() & 4))
            r[1] &= ~BIT(5);
        if (!(arch_xcr0_mask() & 0x80)) {
            r[1] &= ~AVX512_7_EBX;
            r[2] &= ~(BIT(1) | BIT(6) | BIT(11) | BIT(12) | BIT(14));
        }
    } else {
        memset(r, 0, 16);
    }
}

/* XSAVE: sizes and components for what we offer. */
static void leaf_d(uint32_t sub, uint32_t r[4])
{
    uint64_t mask = arch_xcr0_mask();
    uint32_t size = 512 + 64;

    if (!mask) {
        memset(r, 0, 16);
        return;
    }
    if (sub == 0) {
        for (unsigned int i = 2; i < 32; i++) {
            uint32_t c[4];

            if (!(mask & BIT(i)))
                continue;
            arch_cpuid(0xd, i, c);
            size = MAX(size, c[0] + c[1]);
        }
        r[0] = (uint32_t)mask;
        r[2] = size; /* ebx: the CPU's own answer for the XCR0 that is live */
        r[3] = (uint32_t)(mask >> 32);
    } else if (sub == 1) {
        r[0] &= BIT(0) | BIT(1) | BIT(2); /* XSAVEOPT, XSAVEC, XGETBV 1; no XSAVES */
        r[2] = r[3] = 0;
    } else if (sub >= 32 || !(mask & BIT(sub))) {
        memset(r, 0, 16);
    }
}

static void basic_leaf(struct vcpu *v, uint32_t leaf, uint32_t sub, uint32_t r[4])
{
    switch (leaf) {
    case 0:
        r[0] = MIN(r[0], MAX_LEAF);
        break;
    case 1:
        leaf_1(v, r);
        break;
    case 4:
        r[0] &= 0x3fff; /* cache shape, without core and thread counts */
        break;
    case 7:
        leaf_7(sub, r);
        break;
    case 0xd:
        leaf_d(sub, r);
        break;
    case 2:
        break;
    default:
        memset(r, 0, 16);
    }
}

static void extended_leaf(uint32_t leaf, uint32_t r[4])
{
    switch (leaf) {
    case 0x80000000:
        r[0] = MIN(r[0], MAX_EXT_LEAF);
        break;
    case 0x80000001:
        r[2] &= ~HIDE_E1_ECX;
        r[3] &= ~HIDE_E1_EDX;
        break;
    case 0x80000002 ... 0x80000006:
        break;
    case 0x80000007:
        r[0] = r[1] = r[2] = 0;
        r[3] &= BIT(8); /* invariant TSC */
        break;
    case 0x80000008:
        r[0] &= 0xffff; /* address widths */
        r[1] = r[2] = r[3] = 0;
        break;
    default:
        memset(r, 0, 16);
    }
}

void pv_cpuid(struct vcpu *v, uint32_t leaf, uint32_t sub, uint32_t r[4])
{
    if (leaf >= XEN_CPUID_FIRST_LEAF && leaf < XEN_CPUID_FIRST_LEAF + 0x100) {
        xen_leaf(v, leaf, sub, r);
        return;
    }
    arch_cpuid(leaf, sub, r);
    if (leaf >= 0x80000000)
        extended_leaf(leaf, r);
    else
        basic_leaf(v, leaf, sub, r);
}
