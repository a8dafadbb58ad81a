/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small grammars inside strings of a configuration: disks, network interfaces, CPU lists. Each
 * is also used by itself on command lines (block-attach, network-attach, vcpu-pin).
 *
 * Functions return 0, or -1 with the error in `diag`, at `place` and about `key`.
 */
#pragma once

#include "cfg/diag.h"
#include "cfg/dom_config.h"

/* What CPU lists with node numbers need to know of the host: node of each CPU (~0: unknown). */
struct cfg_topology {
    const unsigned int *node_of_cpu;
    unsigned int cpus;
};

/*
 * Reads one disk: `target,format,vdev,access` and `name=value` in any mix, or with a deprecated
 * `phy:`, `file:`, `tap:aio:` … prefix `target,vdev,access`. *disk comes with its defaults.
 */
int cfg_disk_spec(struct dom_disk *disk, const char *spec, struct cfg_place place, const char *key,
                  struct cfg_diag *diag);

/* Reads one network interface, `name=value` pairs. *nic comes with its defaults. */
int cfg_vif_spec(struct dom_nic *nic, const char *spec, struct cfg_place place, const char *key,
                 struct cfg_diag *diag);

/*
 * Reads "0-3,^1,node:1" or "all" into a set; terms apply from left to right. `topology` NULL: node
 * terms are refused. *all tells that every CPU is meant.
 */
int cfg_cpu_list(struct dom_cpu_set *set, bool *all, const char *list,
                 const struct cfg_topology *topology, struct cfg_place place, const char *key,
                 struct cfg_diag *diag);

/* "RATE/s[@INTERVAL]" of a vif, e.g. "10Mb/s@50ms". */
int cfg_rate(struct dom_nic *nic, const char *text, struct cfg_place place, const char *key,
             struct cfg_diag *diag);

/* Strict numbers: the whole text, in C's notation, between low and high. False: it is not. */
bool cfg_number(const char *text, long long low, long long high, long long *value);

/* Next field of a comma-separated text: cuts it off, without blanks around it. NULL: no more. */
char *cfg_next_field(char **rest);
