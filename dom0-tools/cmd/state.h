/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of running domains outside of xenstore, below /run/domus: one lock for each domain,
 * so that create, destroy and the monitor never work on the same one at once; its configuration as
 * JSON, so that a reboot and `list -l` know it; and how domains of a name ended, for `why`.
 */
#pragma once

#include <stdint.h>

#include "cfg/dom_config.h"

#define STATE_DIR "/run/domus"
#define LOG_DIR   "/var/log/domus"

/* Other folder for tests; NULL: STATE_DIR. */
extern const char *state_dir;

/*
 * Takes the domain's lock, waiting up to 60 s for another process that works on it. Returns a
 * descriptor for state_unlock(), or -1 with `error`. The lock ends with the process at the latest.
 */
int state_lock(uint32_t domid, char *error);
void state_unlock(int lock);

/* One lock for all of create's checks of names and memory. */
int state_lock_all(char *error);

int state_save_config(uint32_t domid, const struct dom_config *config, char *error);

/* Into *config, which dom_config_init() has prepared. -1 with `error`; errno ENOENT: none is kept.
 */
int state_load_config(uint32_t domid, struct dom_config *config, char *error);

/* Forgets all that is kept of the domain. */
void state_forget(uint32_t domid);

/* Notes how a domain ended, as one line of text; and reads the last note. NULL: there is none. */
void state_note_end(const char *name, const char *line);
char *state_last_end(const char *name);
