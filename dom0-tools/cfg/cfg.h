/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading xl.cfg files and key=value overrides into the domain model.
 *
 * Unknown keys are warned about with the nearest known one; keys that concern only HVM guests are
 * accepted and reported once, in one warning; keys that would give the guest a device that Domus
 * does not have are errors, because silence would be a guest without its device.
 */
#pragma once

#include "cfg/diag.h"
#include "cfg/dom_config.h"
#include "cfg/spec.h"

/*
 * Reads `path` (NULL: only overrides) and then each override, in order, into *config, which
 * dom_config_init() has prepared. `topology` may be NULL. 0, or -1 with the error in `diag`;
 * dom_config_free() is due either way.
 */
int cfg_read(struct dom_config *config, const char *path, char *const overrides[],
             size_t override_count, const struct cfg_topology *topology, struct cfg_diag *diag);

/* The same for a text in memory; `source` names it. */
int cfg_read_text(struct dom_config *config, const char *source, const char *text, size_t length,
                  char *const overrides[], size_t override_count,
                  const struct cfg_topology *topology, struct cfg_diag *diag);
