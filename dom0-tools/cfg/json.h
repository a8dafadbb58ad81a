/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The domain model as JSON, with the key names of libxl's domain configuration, so that programs
 * which read `list -l` and `create --dryrun` find what they look for; and back, for the copy that
 * is kept of every running domain.
 */
#pragma once

#include <stddef.h>
#include <yajl/yajl_gen.h>

#include "cfg/diag.h"
#include "cfg/dom_config.h"

/* Writes the model as one JSON object into an open generator. */
void cfg_json_gen(yajl_gen gen, const struct dom_config *config);

/* The model as text with a final newline, malloc()ed for the caller to free. */
char *cfg_json_text(const struct dom_config *config);

/*
 * Reads what cfg_json_text() wrote into *config, which dom_config_init() has prepared. Unknown keys
 * are skipped. `source` names the text in messages. 0, or -1 with the error in `diag`.
 */
int cfg_json_read(struct dom_config *config, const char *source, const char *text,
                  struct cfg_diag *diag);

/* --- pieces for writers of further JSON --- */

/* A generator that writes indented text, for yajl_gen_free(). */
yajl_gen cfg_json_new(void);
void cfg_json_string(yajl_gen gen, const char *text);
void cfg_json_key_string(yajl_gen gen, const char *key, const char *text); /* NULL: nothing */
void cfg_json_key_int(yajl_gen gen, const char *key, long long value);
