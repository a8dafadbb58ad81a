/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hypervisor says of itself (xen_version). Only the version number must be there; every
 * other part that is refused stays empty.
 */
#include <domus/domctl.h>

#include <string.h>

#include <public/version.h>

#include "host.h"

static int64_t query(struct dom_host *host, unsigned int cmd, void *out, size_t size)
{
    void *buf = dom_buf_in(host, out, size);
    int64_t rc;

    if (!buf)
        return -1;
    rc = dom_hypercall(host, __HYPERVISOR_xen_version, cmd, (uintptr_t)buf, 0, 0, 0);
    dom_buf_out(host, buf, rc < 0 ? NULL : out, size);
    return rc;
}

/* Fields of the ABI may use their last byte; ours end with NUL. */
static void text(char *to, size_t room, const char *from, size_t size)
{
    size_t n = strnlen(from, size);

    if (n >= room)
        n = room - 1;
    memcpy(to, from, n);
    to[n] = '\0';
}

#define QUERY_TEXT(host, cmd, type, field)                                                         \
    do {                                                                                           \
        type raw = {0};                                                                            \
        if (query(host, cmd, raw, sizeof(raw)) >= 0)                                               \
            text(field, sizeof(field), raw, sizeof(raw));                                          \
    } while (0)

int dom_version(struct dom_host *host, struct dom_version *v)
{
    int64_t number = dom_hypercall(host, __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0, 0);
    int64_t page_size = dom_hypercall(host, __HYPERVISOR_xen_version, XENVER_pagesize, 0, 0, 0, 0);
    struct xen_compile_info compile = {0};
    struct xen_platform_parameters platform = {0};
    struct xen_feature_info features = {0};

    if (number < 0)
        return -1;
    memset(v, 0, sizeof(*v));
    v->major = (unsigned int)number >> 16;
    v->minor = (unsigned int)number & 0xffff;
    v->page_size = page_size > 0 ? (uint32_t)page_size : 0;
    QUERY_TEXT(host, XENVER_extraversion, xen_extraversion_t, v->extra);
    QUERY_TEXT(host, XENVER_capabilities, xen_capabilities_info_t, v->capabilities);
    QUERY_TEXT(host, XENVER_changeset, xen_changeset_info_t, v->changeset);
    QUERY_TEXT(host, XENVER_commandline, xen_commandline_t, v->command_line);
    if (query(host, XENVER_compile_info, &compile, sizeof(compile)) >= 0) {
        text(v->compiler, sizeof(v->compiler), compile.compiler, sizeof(compile.compiler));
        text(v->compile_by, sizeof(v->compile_by), compile.compile_by, sizeof(compile.compile_by));
        text(v->compile_domain, sizeof(v->compile_domain), compile.compile_domain,
             sizeof(compile.compile_domain));
        text(v->compile_date, sizeof(v->compile_date), compile.compile_date,
             sizeof(compile.compile_date));
    }
    if (query(host, XENVER_platform_parameters, &platform, sizeof(platform)) >= 0)
        v->virt_start = platform.virt_start;
    if (query(host, XENVER_get_features, &features, sizeof(features)) >= 0)
        v->features = features.submap;
    return 0;
}
