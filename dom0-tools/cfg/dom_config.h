/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one internal model of a domain: what xl.cfg files, stored JSON and, in time, libvirt XML are
 * read into, and what create, list -l and the monitor work from. All pointers are owned, malloc()ed
 * or NULL.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CFG_CPUS_MAX 4096 /* highest CPU number + 1 that an affinity can name */

/* What to do with a domain that ended. */
enum dom_action {
    DOM_ACTION_DESTROY,
    DOM_ACTION_RESTART,
    DOM_ACTION_RENAME_RESTART,
    DOM_ACTION_PRESERVE,
    DOM_ACTION_COREDUMP_DESTROY,
    DOM_ACTION_COREDUMP_RESTART,
    DOM_ACTION_SOFT_RESET,
    DOM_ACTION_COUNT
};

/* Name as the configuration writes it ("rename-restart"), and back; -1: no such action. */
const char *dom_action_name(enum dom_action action);
int dom_action_parse(const char *name);

enum dom_disk_format {
    DOM_DISK_RAW,
    DOM_DISK_QCOW,
    DOM_DISK_QCOW2,
    DOM_DISK_VHD,
    DOM_DISK_QED,
    DOM_DISK_FORMAT_COUNT
};
const char *dom_disk_format_name(enum dom_disk_format format);
int dom_disk_format_parse(const char *name);

struct dom_disk {
    char *target; /* path of a block device or file; NULL: an empty drive */
    enum dom_disk_format format;
    char *vdev; /* "xvda": never NULL after parsing */
    bool readwrite, cdrom, direct_io_safe, discard, trusted;
    char *backendtype;     /* as given, or NULL */
    char *backend_domname; /* NULL: dom0 */
    char *script;
    char *where; /* "FILE:LINE" for messages, or NULL */
};

struct dom_nic {
    bool has_mac;
    uint8_t mac[6];
    int devid; /* -1: not chosen yet */
    int mtu;   /* 0: not given */
    char *bridge, *ip, *script, *ifname, *gatewaydev, *model;
    char *backend_domname;            /* NULL: dom0 */
    uint64_t rate_bytes_per_interval; /* 0: no limit */
    uint32_t rate_interval_usecs;
    bool trusted;
    char *where;
};

/* Bit n%8 of bits[n/8]: CPU n, the layout that libdomus takes. */
struct dom_cpu_set {
    uint8_t bits[CFG_CPUS_MAX / 8];
};

/* Affinity of vcpus 0..count-1; further vcpus may run anywhere. */
struct dom_affinity {
    struct dom_cpu_set *sets;
    unsigned int count;
    bool same_for_all; /* one set, for every vcpu */
};

/* Where a key was assigned, so that later checks can name the line. */
struct dom_origin {
    char *key, *where;
};

struct dom_config {
    char *name;
    uint8_t uuid[16];
    bool has_uuid;
    char *pool;
    char *type; /* "pv" */

    char *kernel, *ramdisk, *cmdline;
    uint64_t memory_kib, max_kib;
    unsigned int vcpus, max_vcpus;
    struct dom_affinity hard, soft;
    unsigned int cpu_weight, cap; /* weight 0: the scheduler's default */
    bool has_cap;
    unsigned int max_event_channels;               /* 0: default */
    int32_t max_grant_frames, max_maptrack_frames; /* -1: default */
    bool localtime, nomigrate;
    int rtc_timeoffset;

    enum dom_action on_poweroff, on_reboot, on_watchdog, on_crash, on_soft_reset;

    struct dom_disk *disks;
    size_t disk_count;
    struct dom_nic *nics;
    size_t nic_count;

    char *source; /* file the configuration came from, for messages */
    struct dom_origin *origins;
    size_t origin_count;
};

/* Everything at its default; then dom_config_free() is due. */
void dom_config_init(struct dom_config *config);
void dom_config_free(struct dom_config *config);

/* Appends one with its defaults and returns it; valid until the next append. */
struct dom_disk *dom_config_add_disk(struct dom_config *config);
struct dom_nic *dom_config_add_nic(struct dom_config *config);

/* "FILE:LINE" of the key's assignment, the file alone if unknown, never NULL. */
const char *dom_config_where(const struct dom_config *config, const char *key);
void dom_config_set_where(struct dom_config *config, const char *key, const char *where);

/* --- CPU sets --- */

static inline void dom_cpu_set_put(struct dom_cpu_set *set, unsigned int cpu, bool on)
{
    if (on)
        set->bits[cpu / 8] |= 1U << (cpu % 8);
    else
        set->bits[cpu / 8] &= ~(1U << (cpu % 8));
}

static inline bool dom_cpu_set_has(const struct dom_cpu_set *set, unsigned int cpu)
{
    return (set->bits[cpu / 8] >> (cpu % 8)) & 1;
}

/* The set that vcpu `vcpu` was given, or NULL: any CPU. */
const struct dom_cpu_set *dom_affinity_of(const struct dom_affinity *affinity, unsigned int vcpu);
