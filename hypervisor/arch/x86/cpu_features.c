/* SPDX-License-Identifier: Apache-2.0 */
/* What the CPU can do, and switching on what protects us: NX, SMEP, SMAP, UMIP. Facts: Intel SDM
 * vol. 3, ch. 2. */
#include <hv/cmdline.h>
#include <hv/panic.h>
#include <hv/printk.h>
#include <hv/string.h>
#include <arch/x86_cpu.h>
#include <arch/x86_mem.h>

struct cpu_features cpu_features;

static bool opt_smep = true, opt_smap = true, opt_xsave = true;

static int parse_smep(const char *v)
{
    return parse_bool(v, &opt_smep);
}

static int parse_smap(const char *v)
{
    return parse_bool(v, &opt_smap);
}

static int parse_xsave(const char *v)
{
    return parse_bool(v, &opt_xsave);
}

HV_OPTION(smep, "smep", "Use supervisor-mode execution prevention (default yes)", parse_smep);
HV_OPTION(smap, "smap", "Use supervisor-mode access prevention (default yes)", parse_smap);
HV_OPTION(xsave, "xsave", "Use XSAVE and offer it to guests (default yes)", parse_xsave);

/* State components guests may have: x87, SSE, AVX, AVX-512. PKRU, AMX and the rest are not offered.
 */
#define XCR0_OFFERED 0xe7ull

static void detect_xsave(void)
{
    uint32_t r[4];

    cpuid(0xd, 0, r);
    cpu_features.xcr0_mask = (((uint64_t)r[3] << 32) | r[0]) & XCR0_OFFERED;
    cpu_features.xsave_size = 512 + 64;
    for (unsigned int i = 2; i < 63; i++) {
        if (!(cpu_features.xcr0_mask & (1ull << i)))
            continue;
        cpuid(0xd, i, r); /* eax: size, ebx: offset in the standard format */
        cpu_features.xsave_size = MAX(cpu_features.xsave_size, r[0] + r[1]);
    }
    cpuid(0xd, 1, r);
    cpu_features.xsaveopt = r[0] & 1;
}

void cpu_features_detect(void)
{
    uint32_t r[4];
    struct cpu_features *f = &cpu_features;

    cpuid(0, 0, r);
    f->max_leaf = r[0];
    memcpy(f->vendor, &r[1], 4);
    memcpy(f->vendor + 4, &r[3], 4);
    memcpy(f->vendor + 8, &r[2], 4);
    cpuid(1, 0, r);
    f->xsave = (r[2] & (1u << 26)) && opt_xsave && f->max_leaf >= 0xd;
    if (f->max_leaf >= 7) {
        cpuid(7, 0, r);
        f->fsgsbase = r[1] & (1u << 0);
        f->smep = r[1] & (1u << 7);
        f->smap = r[1] & (1u << 20);
        f->umip = r[2] & (1u << 2);
    }
    cpuid(0x80000000, 0, r);
    f->max_ext_leaf = r[0];
    cpuid(0x80000001, 0, r);
    f->nx = r[3] & (1u << 20);
    f->rdtscp = r[3] & (1u << 27);
    if (f->max_ext_leaf >= 0x80000007) {
        cpuid(0x80000007, 0, r);
        f->invariant_tsc = r[3] & (1u << 8);
    }
    f->syscall_cstar =
        !memcmp(f->vendor, "AuthenticAMD", 12) || !memcmp(f->vendor, "HygonGenuine", 12);
    if (f->xsave)
        detect_xsave();
    f->smep_on = f->smep && opt_smep;
    f->smap_on = f->smap && opt_smap;
    f->umip_on = f->umip;
    f->fsgsbase_on = false;
}

struct smap_site {
    uint64_t addr, clac;
};
extern const struct smap_site __start_smap_sites[], __stop_smap_sites[];

/* Put STAC and CLAC where the assembly left room; text is still writable (before pagetable_seal).
 */
static void patch_smap_sites(void)
{
    for (const struct smap_site *s = __start_smap_sites; s < __stop_smap_sites; s++) {
        uint8_t *insn = (uint8_t *)s->addr;

        insn[0] = 0x0f;
        insn[1] = 0x01;
        insn[2] = s->clac ? 0xca : 0xcb;
    }
}

extern char entry_syscall[], entry_cstar[], entry_sysenter[];

void cpu_features_enable(void)
{
    const struct cpu_features *f = &cpu_features;
    static bool patched;
    uint64_t cr4 = read_cr4() | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_DE;

    if (f->smap_on && !patched) {
        patch_smap_sites();
        patched = true;
    }
    if (f->xsave)
        cr4 |= CR4_OSXSAVE;
    if (f->smep_on)
        cr4 |= CR4_SMEP;
    if (f->smap_on)
        cr4 |= CR4_SMAP;
    if (f->umip_on)
        cr4 |= CR4_UMIP;
    write_cr4(cr4);
    /* SYSCALL loads our ring-0 selectors, SYSRET the ABI's flat ring-3 ones (+8: data, +16: 64-bit
     * code). */
    wrmsr(MSR_STAR, ((uint64_t)SEL_RING3_CS32 << 48) | ((uint64_t)SEL_HV_CS << 32));
    wrmsr(MSR_LSTAR, (uint64_t)entry_syscall);
    if (f->syscall_cstar)
        wrmsr(MSR_CSTAR, (uint64_t)entry_cstar);
    /* Cleared on entry: TF IF DF IOPL NT RF AC (and everything else that could bother us). */
    wrmsr(MSR_SFMASK, 0x57f00 | (1u << 18));
    /* Some CPUs have no SYSENTER in long mode; where they refuse the registers, nobody can use it.
     */
    safe_wrmsr(MSR_SYSENTER_CS, SEL_HV_CS);
    safe_wrmsr(MSR_SYSENTER_ESP, 0); /* loaded from GS by the entry code before its first use */
    safe_wrmsr(MSR_SYSENTER_EIP, (uint64_t)entry_sysenter);
    /* The PV ABI's PAT: WB WT UC- UC WC WP UC UC (public/arch-x86). */
    wrmsr(MSR_PAT, 0x050100070406ull);
    if (f->rdtscp)
        wrmsr(MSR_TSC_AUX, 0);
}
