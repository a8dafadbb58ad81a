/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A domain's xenstore nodes besides its devices: /local/domain/N and /vm/UUID, as guests and tools
 * expect them (Xen's docs/misc/xenstore-paths). The guest owns and may write only what it reports
 * by; everything else is dom0's and readable to it.
 */
#pragma once

#include "cfg/dom_config.h"
#include "cmd/session.h"

/* Creates the nodes of a new domain, in one transaction. */
int nodes_create(struct session *s, uint32_t domid, const struct dom_config *config, char *error);

/* Adds what is known after the build: console and store rings. */
int nodes_set_rings(struct session *s, uint32_t domid, uint64_t console_mfn, uint32_t console_port,
                    uint64_t store_mfn, uint32_t store_port, char *error);

/* Changes the name, here and in /vm. */
int nodes_rename(struct session *s, uint32_t domid, const char *name, char *error);

/* Removes all nodes of the domain; what is not there is no error. */
int nodes_remove(struct session *s, uint32_t domid, char *error);
