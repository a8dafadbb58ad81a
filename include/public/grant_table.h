/* SPDX-License-Identifier: MIT */
/*
 * Grant tables: a domain lets another one map or copy single frames. Version 1 entries; of version
 * 2 only the operation numbers and argument structures exist here, so that tools get a clean
 * refusal.
 */
#pragma once

#include <public/xen.h>

typedef uint32_t grant_ref_t; /* index into a grant table */
DEFINE_XEN_GUEST_HANDLE(grant_ref_t);

/*
 * One entry of the table, which the granting domain writes. Order of making one: domid and frame,
 * barrier, flags. To revoke: swap flags to 0 by compare-and-exchange while neither reading nor
 * writing is set.
 */
struct grant_entry_v1 {
    uint16_t flags; /* GTF_* */
    domid_t domid;  /* who may use it */
    uint32_t frame; /* access: which frame; transfer: pfn offered, then frame received */
};
typedef struct grant_entry_v1 grant_entry_v1_t;

#define GNTTAB_NR_RESERVED_ENTRIES 8 /* entries that the toolstack may fill */
#define GNTTAB_RESERVED_CONSOLE    0
#define GNTTAB_RESERVED_XENSTORE   1

/* Kind of entry: low two bits of flags. */
#define GTF_invalid         (0U << 0) /* unused */
#define GTF_permit_access   (1U << 0) /* domid may map or copy the frame */
#define GTF_accept_transfer (2U << 0) /* domid may give a frame away to us */
#define GTF_transitive      (3U << 0) /* version 2 only */
#define GTF_type_mask       (3U << 0)

/* Further flags of an access entry. */
#define _GTF_readonly 2
#define GTF_readonly  (1U << _GTF_readonly) /* set by the granter: no writing */
#define _GTF_reading  3
#define GTF_reading   (1U << _GTF_reading) /* set by the hypervisor: mapped for reading */
#define _GTF_writing  4
#define GTF_writing   (1U << _GTF_writing) /* set by the hypervisor: mapped for writing */
#define _GTF_PWT      5
#define GTF_PWT       (1U << _GTF_PWT) /* cache attributes of the mapping */
#define _GTF_PCD      6
#define GTF_PCD       (1U << _GTF_PCD)
#define _GTF_PAT      7
#define GTF_PAT       (1U << _GTF_PAT)
#define _GTF_sub_page 8
#define GTF_sub_page  (1U << _GTF_sub_page) /* version 2: part of a page */

/* Further flags of a transfer entry. */
#define _GTF_transfer_committed 2
#define GTF_transfer_committed  (1U << _GTF_transfer_committed) /* cannot be revoked now */
#define _GTF_transfer_completed 3
#define GTF_transfer_completed  (1U << _GTF_transfer_completed) /* frame is valid */

#define GNTTABOP_map_grant_ref     0
#define GNTTABOP_unmap_grant_ref   1
#define GNTTABOP_setup_table       2
#define GNTTABOP_dump_table        3
#define GNTTABOP_transfer          4
#define GNTTABOP_copy              5
#define GNTTABOP_query_size        6
#define GNTTABOP_unmap_and_replace 7
#define GNTTABOP_set_version       8
#define GNTTABOP_get_status_frames 9
#define GNTTABOP_get_version       10
#define GNTTABOP_swap_grant_ref    11
#define GNTTABOP_cache_flush       12

typedef uint32_t grant_handle_t; /* names a mapping until it is undone */

/* Every operation takes an array of these; `status` is out: GNTST_*. */
struct gnttab_map_grant_ref {
    uint64_t
        host_addr;   /* in: virtual address, or machine address of a PTE with GNTMAP_contains_pte */
    uint32_t flags;  /* in: GNTMAP_* */
    grant_ref_t ref; /* in */
    domid_t dom;     /* in: the granting domain */
    int16_t status;  /* out */
    grant_handle_t handle; /* out */
    uint64_t dev_bus_addr; /* out: machine address of the frame */
};
typedef struct gnttab_map_grant_ref gnttab_map_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_map_grant_ref_t);

struct gnttab_unmap_grant_ref {
    uint64_t host_addr;    /* in: as given to map; 0: leave that mapping */
    uint64_t dev_bus_addr; /* in: as map answered; 0: leave that mapping */
    grant_handle_t handle; /* in */
    int16_t status;        /* out */
};
typedef struct gnttab_unmap_grant_ref gnttab_unmap_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_unmap_grant_ref_t);

/* Grow the table to nr_frames pages at least and list them. */
struct gnttab_setup_table {
    domid_t dom;                            /* in */
    uint32_t nr_frames;                     /* in */
    int16_t status;                         /* out */
    XEN_GUEST_HANDLE(xen_pfn_t) frame_list; /* out */
};
typedef struct gnttab_setup_table gnttab_setup_table_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_setup_table_t);

/* Print a table on the hypervisor's console. */
struct gnttab_dump_table {
    domid_t dom;    /* in */
    int16_t status; /* out */
};
typedef struct gnttab_dump_table gnttab_dump_table_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_dump_table_t);

/* Give a frame away, into another domain's transfer entry. */
struct gnttab_transfer {
    xen_pfn_t mfn;   /* in */
    domid_t domid;   /* in: receiver */
    grant_ref_t ref; /* in: its entry */
    int16_t status;  /* out */
};
typedef struct gnttab_transfer gnttab_transfer_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_transfer_t);

/* Copy within one page on each side; each side is a grant or a frame of the caller's own. */
#define _GNTCOPY_source_gref 0
#define GNTCOPY_source_gref  (1 << _GNTCOPY_source_gref) /* source.u.ref counts, not gmfn */
#define _GNTCOPY_dest_gref   1
#define GNTCOPY_dest_gref    (1 << _GNTCOPY_dest_gref) /* dest.u.ref counts, not gmfn */
struct gnttab_copy {
    struct gnttab_copy_ptr {
        union {
            grant_ref_t ref;
            xen_pfn_t gmfn;
        } u;
        domid_t domid;
        uint16_t offset; /* bytes into the page */
    } source, dest;      /* in */
    uint16_t len;        /* in: bytes */
    uint16_t flags;      /* in: GNTCOPY_* */
    int16_t status;      /* out */
};
typedef struct gnttab_copy gnttab_copy_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_copy_t);

struct gnttab_query_size {
    domid_t dom;            /* in */
    uint32_t nr_frames;     /* out: pages now */
    uint32_t max_nr_frames; /* out: pages allowed */
    int16_t status;         /* out */
};
typedef struct gnttab_query_size gnttab_query_size_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_query_size_t);

/* Undo a mapping and put another page table entry of the caller's in its place, in one step. */
struct gnttab_unmap_and_replace {
    uint64_t host_addr;    /* in */
    uint64_t new_addr;     /* in: virtual address whose entry moves over */
    grant_handle_t handle; /* in */
    int16_t status;        /* out */
};
typedef struct gnttab_unmap_and_replace gnttab_unmap_and_replace_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_unmap_and_replace_t);

struct gnttab_set_version {
    uint32_t version; /* in: 1 or 2 wanted; out: in force */
};
typedef struct gnttab_set_version gnttab_set_version_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_set_version_t);

struct gnttab_get_status_frames {
    uint32_t nr_frames;                    /* in */
    domid_t dom;                           /* in */
    int16_t status;                        /* out */
    XEN_GUEST_HANDLE(uint64_t) frame_list; /* out */
};
typedef struct gnttab_get_status_frames gnttab_get_status_frames_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_get_status_frames_t);

struct gnttab_get_version {
    domid_t dom; /* in */
    uint16_t pad;
    uint32_t version; /* out */
};
typedef struct gnttab_get_version gnttab_get_version_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_get_version_t);

/* Exchange two entries. */
struct gnttab_swap_grant_ref {
    grant_ref_t ref_a; /* in */
    grant_ref_t ref_b; /* in */
    int16_t status;    /* out */
};
typedef struct gnttab_swap_grant_ref gnttab_swap_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_swap_grant_ref_t);

struct gnttab_cache_flush {
    union {
        uint64_t dev_bus_addr;
        grant_ref_t ref;
    } a;
    uint16_t offset;
    uint16_t length;
#define GNTTAB_CACHE_CLEAN       (1u << 0)
#define GNTTAB_CACHE_INVAL       (1u << 1)
#define GNTTAB_CACHE_SOURCE_GREF (1u << 31)
    uint32_t op; /* GNTTAB_CACHE_* */
};
typedef struct gnttab_cache_flush gnttab_cache_flush_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_cache_flush_t);

/* Flags of map_grant_ref. */
#define _GNTMAP_device_map      0
#define GNTMAP_device_map       (1 << _GNTMAP_device_map) /* for devices: fills dev_bus_addr */
#define _GNTMAP_host_map        1
#define GNTMAP_host_map         (1 << _GNTMAP_host_map) /* for the CPU, at host_addr */
#define _GNTMAP_readonly        2
#define GNTMAP_readonly         (1 << _GNTMAP_readonly)
#define _GNTMAP_application_map 3
#define GNTMAP_application_map  (1 << _GNTMAP_application_map) /* reachable from user mode too */
#define _GNTMAP_contains_pte    4
#define GNTMAP_contains_pte     (1 << _GNTMAP_contains_pte) /* host_addr is the address of a PTE */
#define _GNTMAP_guest_avail0    16
#define GNTMAP_guest_avail_mask                                                                    \
    ((uint32_t)~0 << _GNTMAP_guest_avail0) /* bits for the PTE's free bits */

/* Answers in `status`. */
#define GNTST_okay              (0)
#define GNTST_general_error     (-1)  /* anything not below */
#define GNTST_bad_domain        (-2)  /* no such domain */
#define GNTST_bad_gntref        (-3)  /* reference out of range or not usable */
#define GNTST_bad_handle        (-4)  /* no such mapping */
#define GNTST_bad_virt_addr     (-5)  /* host_addr unusable */
#define GNTST_bad_dev_addr      (-6)  /* dev_bus_addr unusable */
#define GNTST_no_device_space   (-7)  /* I/O MMU or maptrack full */
#define GNTST_permission_denied (-8)  /* not granted to the caller, or not for writing */
#define GNTST_bad_page          (-9)  /* frame unusable */
#define GNTST_bad_copy_arg      (-10) /* copy goes over a page's end */
#define GNTST_address_too_big   (-11) /* frame number out of the receiver's reach */
#define GNTST_eagain            (-12) /* not now; try again */
#define GNTST_no_space          (-13) /* out of space */
