/* SPDX-License-Identifier: MIT */
/*
 * memory_op: a domain's memory reservation and its maps. Operations that take lists of extents may
 * stop early: they answer the number of extents done.
 */
#pragma once

#include <public/physdev.h>
#include <public/xen.h>

#define XENMEM_increase_reservation 0  /* obtain frames; xen_memory_reservation */
#define XENMEM_decrease_reservation 1  /* give frames back; xen_memory_reservation */
#define XENMEM_maximum_ram_page     2  /* answers the highest machine frame + 1; no argument */
#define XENMEM_current_reservation  3  /* answers pages; xen_memory_domain */
#define XENMEM_maximum_reservation  4  /* answers pages; xen_memory_domain */
#define XENMEM_machphys_mfn_list    5  /* xen_machphys_mfn_list */
#define XENMEM_populate_physmap     6  /* obtain frames for given pfns; xen_memory_reservation */
#define XENMEM_add_to_physmap       7  /* translated guests; xen_add_to_physmap */
#define XENMEM_memory_map           9  /* caller's e820; xen_memory_map */
#define XENMEM_machine_memory_map   10 /* the machine's e820, privileged; xen_memory_map */
#define XENMEM_exchange             11 /* trade frames; xen_memory_exchange */
#define XENMEM_machphys_mapping                                                                    \
    12 /* where the machine-to-physical table is; xen_machphys_mapping */
#define XENMEM_set_memory_map           13 /* set a domain's e820; xen_foreign_memory_map */
#define XENMEM_maximum_gpfn             14 /* answers the highest pfn; xen_memory_domain */
#define XENMEM_remove_from_physmap      15 /* translated guests; xen_remove_from_physmap */
#define XENMEM_set_pod_target           16
#define XENMEM_get_pod_target           17
#define XENMEM_get_sharing_freed_pages  18
#define XENMEM_get_sharing_shared_pages 19
#define XENMEM_paging_op                20
#define XENMEM_access_op                21
#define XENMEM_sharing_op               22
#define XENMEM_add_to_physmap_batch     23
#define XENMEM_claim_pages                                                                         \
    24 /* set memory aside for a domain being built; xen_memory_reservation */
#define XENMEM_machphys_compat_mfn_list   25
#define XENMEM_get_vnumainfo              26
#define XENMEM_reserved_device_memory_map 27
#define XENMEM_acquire_resource           28

/* mem_flags: address width in bits 0-7, NUMA node + 1 in bits 8-15, then these. */
#define XENMEMF_address_bits(x)     (x)
#define XENMEMF_get_address_bits(x) ((x)&0xffu)
#define XENMEMF_node(x)             (((x) + 1) << 8)
#define XENMEMF_get_node(x)         ((((x) >> 8) - 1) & 0xffu)
#define XENMEMF_populate_on_demand  (1 << 16)
#define XENMEMF_exact_node_request  (1 << 17) /* that node or none */
#define XENMEMF_exact_node(n)       (XENMEMF_node(n) | XENMEMF_exact_node_request)
#define XENMEMF_vnode               (1 << 18) /* the node is a virtual one */

struct xen_memory_reservation {
    /*
     * In: frames to give back, or pfns to populate. Out: frames obtained. One entry for each
     * extent.
     */
    XEN_GUEST_HANDLE(xen_pfn_t) extent_start;
    xen_ulong_t nr_extents;
    unsigned int extent_order; /* log2 of pages in an extent */
    unsigned int mem_flags;    /* XENMEMF_* */
    domid_t domid;
};
typedef struct xen_memory_reservation xen_memory_reservation_t;
DEFINE_XEN_GUEST_HANDLE(xen_memory_reservation_t);

/* Pages given and pages taken are the same in number. */
struct xen_memory_exchange {
    struct xen_memory_reservation in;  /* frames given back */
    struct xen_memory_reservation out; /* extent_start: pfns going in, frames coming out */
    xen_ulong_t nr_exchanged;          /* in: 0; out: extents of `in` done */
};
typedef struct xen_memory_exchange xen_memory_exchange_t;
DEFINE_XEN_GUEST_HANDLE(xen_memory_exchange_t);

struct xen_memory_domain {
    domid_t domid;
};
typedef struct xen_memory_domain xen_memory_domain_t;
DEFINE_XEN_GUEST_HANDLE(xen_memory_domain_t);

/* Frames that hold the machine-to-physical table, one for each 2 MiB. */
struct xen_machphys_mfn_list {
    unsigned int max_extents;                 /* in: room in the list */
    XEN_GUEST_HANDLE(xen_pfn_t) extent_start; /* out */
    unsigned int nr_extents;                  /* out */
};
typedef struct xen_machphys_mfn_list xen_machphys_mfn_list_t;
DEFINE_XEN_GUEST_HANDLE(xen_machphys_mfn_list_t);

struct xen_machphys_mapping {
    xen_ulong_t v_start, v_end; /* out: virtual addresses */
    xen_ulong_t max_mfn;        /* out: last frame it covers */
};
typedef struct xen_machphys_mapping xen_machphys_mapping_t;
DEFINE_XEN_GUEST_HANDLE(xen_machphys_mapping_t);

/* What add_to_physmap maps. */
#define XENMAPSPACE_shared_info  0
#define XENMAPSPACE_grant_table  1
#define XENMAPSPACE_gmfn         2
#define XENMAPSPACE_gmfn_range   3
#define XENMAPSPACE_gmfn_foreign 4
#define XENMAPSPACE_dev_mmio     5
struct xen_add_to_physmap {
    domid_t domid;
    uint16_t size;      /* pages, for gmfn_range */
    unsigned int space; /* XENMAPSPACE_* */
#define XENMAPIDX_grant_table_status 0x80000000
    xen_ulong_t idx; /* index into the source */
    xen_pfn_t gpfn;  /* where it goes */
};
typedef struct xen_add_to_physmap xen_add_to_physmap_t;
DEFINE_XEN_GUEST_HANDLE(xen_add_to_physmap_t);

struct xen_add_to_physmap_batch {
    domid_t domid;
    uint16_t space; /* XENMAPSPACE_* */
    uint16_t size;  /* entries in the lists */
    union xen_add_to_physmap_batch_extra {
        domid_t foreign_domid;
        uint16_t res0; /* others: 0 */
    } u;
    XEN_GUEST_HANDLE(xen_ulong_t) idxs;
    XEN_GUEST_HANDLE(xen_pfn_t) gpfns;
    XEN_GUEST_HANDLE(int) errs; /* out: error of each entry */
};
typedef struct xen_add_to_physmap_batch xen_add_to_physmap_batch_t;
DEFINE_XEN_GUEST_HANDLE(xen_add_to_physmap_batch_t);

struct xen_remove_from_physmap {
    domid_t domid;
    xen_pfn_t gpfn;
};
typedef struct xen_remove_from_physmap xen_remove_from_physmap_t;
DEFINE_XEN_GUEST_HANDLE(xen_remove_from_physmap_t);

/* Memory maps are arrays of 20-byte e820 entries: address, size (64 bits each), type (32 bits). */
struct xen_memory_map {
    unsigned int nr_entries;       /* in: room; out: entries */
    XEN_GUEST_HANDLE(void) buffer; /* out; null: only count */
};
typedef struct xen_memory_map xen_memory_map_t;
DEFINE_XEN_GUEST_HANDLE(xen_memory_map_t);

struct xen_foreign_memory_map {
    domid_t domid;
    struct xen_memory_map map; /* in */
};
typedef struct xen_foreign_memory_map xen_foreign_memory_map_t;
DEFINE_XEN_GUEST_HANDLE(xen_foreign_memory_map_t);

struct xen_pod_target {
    uint64_t target_pages;    /* in */
    uint64_t tot_pages;       /* out */
    uint64_t pod_cache_pages; /* out */
    uint64_t pod_entries;     /* out */
    domid_t domid;            /* in */
};
typedef struct xen_pod_target xen_pod_target_t;
DEFINE_XEN_GUEST_HANDLE(xen_pod_target_t);

/* Memory that devices keep for themselves behind an I/O MMU. */
struct xen_reserved_device_memory {
    xen_pfn_t start_pfn;
    xen_ulong_t nr_pages;
};
typedef struct xen_reserved_device_memory xen_reserved_device_memory_t;
DEFINE_XEN_GUEST_HANDLE(xen_reserved_device_memory_t);

struct xen_reserved_device_memory_map {
#define XENMEM_RDM_ALL 1
    uint32_t flags;          /* in: XENMEM_RDM_ALL or one device */
    unsigned int nr_entries; /* in: room; out: entries */
    XEN_GUEST_HANDLE(xen_reserved_device_memory_t) buffer;
    union {
        physdev_pci_device_t pci;
    } dev; /* in */
};
typedef struct xen_reserved_device_memory_map xen_reserved_device_memory_map_t;
DEFINE_XEN_GUEST_HANDLE(xen_reserved_device_memory_map_t);

/* Map pages that the hypervisor keeps for a domain; tools use it to fill a new guest's grant table.
 */
struct xen_mem_acquire_resource {
    domid_t domid; /* in */
    uint16_t type; /* in: XENMEM_resource_* */
#define XENMEM_resource_ioreq_server 0
#define XENMEM_resource_grant_table  1
#define XENMEM_resource_vmtrace_buf  2
    uint32_t id; /* in: depends on the type */
#define XENMEM_resource_grant_table_id_shared 0
#define XENMEM_resource_grant_table_id_status 1
    uint32_t nr_frames; /* in: wanted; 0 and a null list: out: size of the resource */
    uint32_t pad;       /* 0 */
    uint64_t frame;     /* in: first frame within the resource */
#define XENMEM_resource_ioreq_server_frame_bufioreq 0
#define XENMEM_resource_ioreq_server_frame_ioreq(n) (1 + (n))
    XEN_GUEST_HANDLE(xen_pfn_t) frame_list; /* PV caller: out: machine frames */
};
typedef struct xen_mem_acquire_resource xen_mem_acquire_resource_t;
DEFINE_XEN_GUEST_HANDLE(xen_mem_acquire_resource_t);

/* Virtual NUMA. */
struct xen_vmemrange {
    uint64_t start, end; /* guest physical bytes */
    unsigned int flags;  /* 0 */
    unsigned int nid;    /* virtual node */
};
typedef struct xen_vmemrange xen_vmemrange_t;
DEFINE_XEN_GUEST_HANDLE(xen_vmemrange_t);

struct xen_vnuma_topology_info {
    domid_t domid; /* in */
    uint16_t pad;
    unsigned int nr_vnodes; /* in: room; out: in use */
    unsigned int nr_vcpus;
    unsigned int nr_vmemranges;
    union {
        XEN_GUEST_HANDLE(uint) h;
        uint64_t pad;
    } vdistance; /* out: nr_vnodes squared distances */
    union {
        XEN_GUEST_HANDLE(uint) h;
        uint64_t pad;
    } vcpu_to_vnode; /* out */
    union {
        XEN_GUEST_HANDLE(xen_vmemrange_t) h;
        uint64_t pad;
    } vmemrange; /* out */
};
typedef struct xen_vnuma_topology_info xen_vnuma_topology_info_t;
DEFINE_XEN_GUEST_HANDLE(xen_vnuma_topology_info_t);
