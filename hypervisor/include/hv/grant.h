/* SPDX-License-Identifier: Apache-2.0 */
/* Grant tables v1: map, unmap, copy, query. A grant revoked while mapped stays safe. */
#pragma once

#include <hv/types.h>
#include <public/grant_table.h>

struct domain;

int grant_table_init(struct domain *d, unsigned int max_frames,
                     unsigned int max_maptrack); /* 0: defaults */
/* Drop what a dying d has mapped of others. 0 or -XEN_ERESTART. Step of domain_kill. */
int grant_table_release_mappings(struct domain *d);
void grant_table_destroy(struct domain *d);

/* Frame i of the table, growing it when needed (XENMEM_acquire_resource, XENMAPSPACE_grant_table);
 * INVALID_MFN. */
mfn_t grant_table_frame(struct domain *d, unsigned int i);
/* Seed one entry at build time (console, xenstore). */
int grant_table_seed(struct domain *d, grant_ref_t ref, domid_t peer, uint64_t frame);
unsigned int grant_table_nr_frames(const struct domain *d);
unsigned int grant_table_max_frames(const struct domain *d);
/* Entries in use and mappings held, to the log (debug-keys g). */
void grant_dump(struct domain *d);
/* Number of entries in the map-track table in use, for leak checks. */
unsigned int grant_maptrack_used(const struct domain *d);
