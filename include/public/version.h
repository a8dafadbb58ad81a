/* SPDX-License-Identifier: MIT */
/* xen_version: what hypervisor this is. First argument a XENVER_*, second a buffer unless noted. */
#pragma once

#include <public/features.h>
#include <public/xen.h>

#define XENVER_version 0 /* no buffer; answers major << 16 | minor */

#define XENVER_extraversion 1 /* text after major.minor */
typedef char xen_extraversion_t[16];
#define XEN_EXTRAVERSION_LEN (sizeof(xen_extraversion_t))

#define XENVER_compile_info 2
struct xen_compile_info {
    char compiler[64];
    char compile_by[16];     /* user */
    char compile_domain[32]; /* machine's domain */
    char compile_date[32];
};
typedef struct xen_compile_info xen_compile_info_t;

#define XENVER_capabilities 3 /* guest kinds, separated by blanks: "xen-3.0-x86_64 ..." */
typedef char xen_capabilities_info_t[1024];
#define XEN_CAPABILITIES_INFO_LEN (sizeof(xen_capabilities_info_t))

#define XENVER_changeset 4 /* source revision */
typedef char xen_changeset_info_t[64];
#define XEN_CHANGESET_INFO_LEN (sizeof(xen_changeset_info_t))

#define XENVER_platform_parameters 5
struct xen_platform_parameters {
    xen_ulong_t virt_start; /* first virtual address that belongs to the hypervisor */
};
typedef struct xen_platform_parameters xen_platform_parameters_t;

#define XENVER_get_features 6
struct xen_feature_info {
    unsigned int submap_idx; /* in: which 32-bit word */
    uint32_t submap;         /* out: its bits */
};
typedef struct xen_feature_info xen_feature_info_t;

#define XENVER_pagesize     7 /* no buffer; answers bytes */
#define XENVER_guest_handle 8 /* xen_domain_handle_t of the caller */

#define XENVER_commandline 9 /* the hypervisor's command line */
typedef char xen_commandline_t[1024];

#define XENVER_build_id 10 /* no buffer: answers the length needed; else bytes copied */
struct xen_build_id {
    uint32_t len;                          /* in: room in buf */
    unsigned char buf[XEN_FLEX_ARRAY_DIM]; /* out */
};
typedef struct xen_build_id xen_build_id_t;
