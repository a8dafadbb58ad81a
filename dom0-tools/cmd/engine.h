/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making and ending domains: used by the commands and by the monitor. A failed create leaves
 * nothing behind; a destroy works from any state, also from that of a half-made domain.
 */
#pragma once

#include "cfg/dom_config.h"
#include "cmd/session.h"

/*
 * Everything that can be known to be wrong before a domain exists: the name is free, kernel,
 * ramdisk and disks are there, bridges exist, memory is free. One line in `error`, beginning with
 * FILE:LINE where the configuration came from a file.
 */
int domain_check(struct session *s, const struct dom_config *config, char *error);

/*
 * Completes *config (UUID, MAC addresses), creates and builds the domain with its devices,
 * introduces it to xenstore and leaves it paused. *domid gets its id.
 */
int domain_create(struct session *s, struct dom_config *config, uint32_t *domid, char *error);

/*
 * Kills the domain and removes its devices, nodes and state; what is left of a domain that is gone
 * already is removed as well. 0; or DESTROY_LINGERS with a line in `error`: all is done, but
 * somebody still has pages of it mapped, and it goes when those are unmapped; or -1 with the first
 * thing that went wrong, after having done all that could be done.
 */
#define DESTROY_LINGERS 1
int domain_destroy(struct session *s, uint32_t domid, char *error);

/* The same for a caller that holds the domain's lock (state.h). */
int domain_destroy_locked(struct session *s, uint32_t domid, char *error);

/* Starts the background process that supervises the domain, and waits until it does. */
int monitor_start(uint32_t domid, const char *name, char *error);

/*
 * Supervises the domain, and each one that replaces it, until it ends for good; one line on stderr
 * for each thing that happens. One byte goes to `ready_fd` (-1: none) when it watches. Returns the
 * exit status of the process.
 */
int monitor_run(struct session *s, uint32_t domid, int ready_fd);
