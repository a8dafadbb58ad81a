/* SPDX-License-Identifier: Apache-2.0 */
/* xen_version: what a guest or tool may know of this hypervisor. The version numbers are the
 * ABI's, 4.17. */
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

/* The build defines these (build.mk); a source tree without history is a "release". */
#ifndef DOMUS_VERSION
#define DOMUS_VERSION "0.1"
#endif
#ifndef DOMUS_CHANGESET
#define DOMUS_CHANGESET "unknown"
#endif
#ifndef DOMUS_BUILD_DATE
#define DOMUS_BUILD_DATE "unknown"
#endif
#ifdef HV_DEBUG
#define BUILD_KIND "debug"
#else
#define BUILD_KIND "release"
#endif

const char *hv_version_text(void)
{
    return DOMUS_VERSION " (" BUILD_KIND "), " DOMUS_CHANGESET ", built with gcc " __VERSION__;
}

static long copy_text(gva_t arg, size_t room, const char *text)
{
    char buf[1024] = {0};

    hv_strlcpy(buf, text, room);
    return guest_write(arg, buf, room);
}

static long compile_info(gva_t arg)
{
    struct xen_compile_info info;

    memset(&info, 0, sizeof(info));
    hv_strlcpy(info.compiler, "gcc " __VERSION__, sizeof(info.compiler));
    hv_strlcpy(info.compile_by, "domus", sizeof(info.compile_by));
    hv_strlcpy(info.compile_date, DOMUS_BUILD_DATE, sizeof(info.compile_date));
    return guest_write(arg, &info, sizeof(info));
}

static long features(struct domain *d, gva_t arg)
{
    struct xen_feature_info info;

    if (guest_read(&info, arg, sizeof(info)))
        return -XEN_EFAULT;
    if (info.submap_idx)
        info.submap = 0;
    else
        info.submap = 1u << XENFEAT_memory_op_vnode_supported |
                      1u << XENFEAT_mmu_pt_update_preserve_ad | 1u << XENFEAT_highmem_assist |
                      1u << XENFEAT_gnttab_map_avail_bits | 1u << XENFEAT_pae_pgdir_above_4gb |
                      (d->is_privileged ? 1u << XENFEAT_dom0 : 0);
    return guest_write(arg, &info, sizeof(info));
}

static long platform_parameters(gva_t arg)
{
    struct xen_platform_parameters p = {.virt_start = HV_VIRT_START};

    return guest_write(arg, &p, sizeof(p));
}

/* The linker's note; the answer is its length. */
static long build_id(gva_t arg)
{
    size_t len;
    const void *id = arch_build_id(&len);
    struct xen_build_id head;

    if (!id)
        return -XEN_ENODATA;
    if (!arg.a)
        return (long)len;
    if (guest_read(&head, arg, sizeof(head.len)))
        return -XEN_EFAULT;
    if (!head.len)
        return -XEN_EINVAL;
    if (head.len < len)
        return -XEN_ENOBUFS;
    if (guest_write(gva_add(arg, sizeof(head.len)), id, len))
        return -XEN_EFAULT;
    return (long)len;
}

long do_xen_version(unsigned int cmd, gva_t arg)
{
    struct domain *d = current_vcpu()->domain;

    switch (cmd) {
    case XENVER_version:
        return ABI_MAJOR << 16 | ABI_MINOR;
    case XENVER_extraversion:
        return copy_text(arg, XEN_EXTRAVERSION_LEN, ".0-domus");
    case XENVER_compile_info:
        return compile_info(arg);
    case XENVER_capabilities:
        return copy_text(arg, XEN_CAPABILITIES_INFO_LEN, "xen-3.0-x86_64 ");
    case XENVER_changeset:
        return copy_text(arg, XEN_CHANGESET_INFO_LEN, DOMUS_CHANGESET);
    case XENVER_platform_parameters:
        return platform_parameters(arg);
    case XENVER_get_features:
        return features(d, arg);
    case XENVER_pagesize:
        return arg.a ? -XEN_EINVAL : (long)PAGE_SIZE;
    case XENVER_guest_handle:
        return guest_write(arg, d->handle, sizeof(d->handle));
    case XENVER_commandline:
        return copy_text(arg, sizeof(xen_commandline_t),
                         d->is_privileged ? cmdline_text() : "<denied>");
    case XENVER_build_id:
        return d->is_privileged ? build_id(arg) : -XEN_EPERM;
    default:
        return -XEN_ENOSYS;
    }
}
