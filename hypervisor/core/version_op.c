/* SPDX-License-Identifier: Apache-2.0 */
/* xen_version: what guests and tools are told about us. The version is that of the ABI we speak. */
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/domain.h>
#include <hv/guest_copy.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/setup.h>
#include <hv/string.h>
#include <hv/vcpu.h>
#include <public/errno.h>
#include <public/version.h>

#define ABI_MAJOR 4
#define ABI_MINOR 17
#define ABI_EXTRA ".0-domus"
/* Kernels look for this word, whatever the version. */
#define CAPABILITIES "xen-3.0-x86_64 "

/* The build may name the source it was made from, and when. */
#ifndef HV_CHANGESET
#define HV_CHANGESET "unknown"
#endif
#ifndef HV_COMPILE_DATE
#define HV_COMPILE_DATE "unknown"
#endif
#ifdef HV_DEBUG
#define HV_VARIANT "debug"
#else
#define HV_VARIANT "release"
#endif

const char *hv_version_text(void)
{
    return "0.1 (Xen ABI 4.17, " HV_VARIANT ", gcc " __VERSION__ ")";
}

/* Text in a buffer of the ABI's fixed size. */
#define ANSWER_TEXT(type, text, arg)                                                               \
    ({                                                                                             \
        type buf_ = {0};                                                                           \
        hv_strlcpy(buf_, (text), sizeof(buf_));                                                    \
        guest_write((arg), buf_, sizeof(buf_));                                                    \
    })

static long answer_compile_info(gva_t arg)
{
    struct xen_compile_info info = {0};

    hv_strlcpy(info.compiler, "gcc " __VERSION__, sizeof(info.compiler));
    hv_strlcpy(info.compile_by, "domus", sizeof(info.compile_by));
    hv_strlcpy(info.compile_domain, "localdomain", sizeof(info.compile_domain));
    hv_strlcpy(info.compile_date, HV_COMPILE_DATE, sizeof(info.compile_date));
    return guest_write(arg, &info, sizeof(info));
}

/* What a 64-bit PV guest of Xen 4.17 is told. */
static uint32_t features(const struct domain *d)
{
    uint32_t f = 1u << XENFEAT_memory_op_vnode_supported | 1u << XENFEAT_mmu_pt_update_preserve_ad |
                 1u << XENFEAT_highmem_assist | 1u << XENFEAT_gnttab_map_avail_bits |
                 1u << XENFEAT_not_direct_mapped;

    if (d->pv.vm_assist & 1u << VMASST_TYPE_pae_extended_cr3)
        f |= 1u << XENFEAT_pae_pgdir_above_4gb;
    if (d->is_privileged)
        f |= 1u << XENFEAT_dom0;
    return f;
}

static long answer_features(const struct domain *d, gva_t arg)
{
    struct xen_feature_info info;

    if (guest_read(&info, arg, sizeof(info)))
        return -XEN_EFAULT;
    if (info.submap_idx >= XENFEAT_NR_SUBMAPS)
        return -XEN_EINVAL;
    info.submap = features(d);
    return guest_write(arg, &info, sizeof(info));
}

/* Without a buffer: the length. Else header with its length, then the bytes. */
static long answer_build_id(gva_t arg)
{
    size_t len;
    const void *id = arch_build_id(&len);
    uint32_t room;

    if (!id)
        return -XEN_ENODATA;
    if (!arg.a)
        return (long)len;
    if (guest_read(&room, arg, sizeof(room)))
        return -XEN_EFAULT;
    if (room == 0)
        return -XEN_EINVAL;
    if (room < len)
        return -XEN_ENOBUFS;
    if (guest_write(gva_add(arg, offsetof(struct xen_build_id, buf)), id, len))
        return -XEN_EFAULT;
    return (long)len;
}

long do_xen_version(unsigned int cmd, gva_t arg)
{
    struct domain *d = current_vcpu()->domain;
    struct xen_platform_parameters params = {.virt_start = HV_VIRT_START};

    switch (cmd) {
    case XENVER_version:
        return ABI_MAJOR << 16 | ABI_MINOR;
    case XENVER_extraversion:
        return ANSWER_TEXT(xen_extraversion_t, ABI_EXTRA, arg);
    case XENVER_compile_info:
        return answer_compile_info(arg);
    case XENVER_capabilities:
        return ANSWER_TEXT(xen_capabilities_info_t, CAPABILITIES, arg);
    case XENVER_changeset:
        return ANSWER_TEXT(xen_changeset_info_t, HV_CHANGESET, arg);
    case XENVER_platform_parameters:
        return guest_write(arg, &params, sizeof(params));
    case XENVER_get_features:
        return answer_features(d, arg);
    case XENVER_pagesize:
        return arg.a ? -XEN_EINVAL : (long)PAGE_SIZE;
    case XENVER_guest_handle:
        return guest_write(arg, d->handle, sizeof(d->handle));
    case XENVER_commandline: /* how the host is set up is no guest's business */
        return ANSWER_TEXT(xen_commandline_t, d->is_privileged ? cmdline_text() : "<denied>", arg);
    case XENVER_build_id:
        return d->is_privileged ? answer_build_id(arg) : -XEN_EPERM;
    default:
        return -XEN_ENOSYS;
    }
}
