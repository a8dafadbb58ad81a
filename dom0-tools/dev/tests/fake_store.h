/* SPDX-License-Identifier: Apache-2.0 */
/* A xenstore in memory that answers the client library's calls, and fakes of the kernel's side. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <xenstore/client.h>

/* Empties the store and forgets hooks, failures, links and loop devices. */
void fake_reset(void);

/* Any non-NULL handle will do. */
#define FAKE_XS ((struct xsc_handle *)1)

void fake_put(const char *path, const char *value);
const char *fake_get(const char *path); /* NULL: no such node */

/* All nodes below `path` as lines "name = value (owner,reader…)", sorted; valid until the next
 * call.
 */
const char *fake_dump(const char *path);

/* Called whenever somebody waits for an event: where the backend's side is played. */
extern void (*fake_backend)(void);

/* The n-th write from now on fails with this errno (0: none). */
extern int fake_write_failure, fake_write_countdown;

/* How many commits are refused with XSC_AGAIN first. */
extern int fake_conflicts;

/* --- kernel --- */

extern int fake_loops;                /* loop descriptors handed out */
extern bool fake_no_loop;             /* attaching fails */
extern char fake_link_log[1024];      /* what was done to links, in order */
extern const char *fake_link_failure; /* name of the link operation that fails */
void fake_add_link(const char *name, bool bridge, int mtu);
