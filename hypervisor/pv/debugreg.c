/* SPDX-License-Identifier: Apache-2.0 */
/* Debug registers: a guest may watch its own memory, never the hypervisor's, and never set general
 * detect. */
#include <hv/arch.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/pv_cpu.h>
#include <public/errno.h>

#define DR6_FIXED    0xffff0ff0ull
#define DR6_WRITABLE 0xe00full
#define DR7_RESERVED (0xdc00ull | 0xffffffff00000000ull)
#define DR7_FIXED    0x400ull
#define DR7_GD       0x2000ull

static int set_dr7(struct vcpu *v, uint64_t value)
{
    value = (value & ~(DR7_RESERVED | DR7_GD)) | DR7_FIXED;
    for (unsigned int i = 0; i < 4; i++) {
        /* I/O breakpoints need CR4.DE handling that the ABI does not give to guests. */
        if ((value >> (i * 2) & 3) && (value >> (16 + i * 4) & 3) == 2)
            return -XEN_EPERM;
    }
    v->pv.debugreg[7] = value;
    return 0;
}

int pv_set_debugreg(struct vcpu *v, unsigned int reg, uint64_t value)
{
    int rc = 0;

    switch (reg) {
    case 0 ... 3:
        if (!is_canonical(value) || (value >= HV_VIRT_START && value < HV_VIRT_END))
            return -XEN_EPERM;
        v->pv.debugreg[reg] = value;
        break;
    case 6:
        v->pv.debugreg[6] = (value & DR6_WRITABLE) | DR6_FIXED;
        break;
    case 7:
        rc = set_dr7(v, value);
        break;
    default:
        return -XEN_ENODEV;
    }
    if (!rc && v == current_vcpu())
        arch_load_debugregs(v);
    return rc;
}

long do_set_debugreg(unsigned int reg, uint64_t value)
{
    return pv_set_debugreg(current_vcpu(), reg, value);
}

long do_get_debugreg(unsigned int reg)
{
    struct vcpu *v = current_vcpu();

    if (reg > 7 || reg == 4 || reg == 5)
        return -XEN_EINVAL;
    if (reg == 6)
        return (long)(v->pv.debugreg[6] | DR6_FIXED);
    if (reg == 7)
        return (long)(v->pv.debugreg[7] | DR7_FIXED);
    return (long)v->pv.debugreg[reg];
}
