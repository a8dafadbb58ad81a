/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of xl.cfg files, without any knowledge of keys:
 *
 *     file       = { [ assignment ] ( newline | ";" ) }
 *     assignment = identifier ( "=" | "+=" ) value
 *     value      = string | number | "[" [ value { "," value } [ "," ] ] "]"
 *
 * Strings stand in '…' or "…" with backslash escapes, `#` starts a comment, and newlines are free
 * inside brackets. A later assignment to the same key replaces the earlier one; "+=" appends.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "cfg/diag.h"

#define CFG_NESTING_MAX 8           /* depth of lists in lists */
#define CFG_TEXT_MAX    (1UL << 20) /* bytes of one source */

/* A string or number (`text`), or a list (`items`). */
struct cfg_value {
    bool is_list;
    char *text; /* NULL for a list */
    struct cfg_value *items;
    size_t count;
    struct cfg_place place;
};

struct cfg_setting {
    char *key;
    struct cfg_value value;
    struct cfg_place place;
};

/* All assignments of one or more sources, one entry for each key, in order of first appearance. */
struct cfg_settings {
    struct cfg_setting *list;
    size_t count;
    char **sources; /* names that the places point to */
    size_t source_count;
};

/*
 * Adds the assignments in `text` (`length` bytes) to *settings; `source` names it in messages.
 * With `bare_words`, a value may also be an unquoted word up to the next ";": for assignments on a
 * command line, where the shell has eaten the quotes. 0, or -1 with the error in `diag`; *settings
 * stays valid for cfg_settings_free() either way.
 */
int cfg_parse(struct cfg_settings *settings, const char *source, const char *text, size_t length,
              bool bare_words, struct cfg_diag *diag);

void cfg_settings_free(struct cfg_settings *settings);

/* NULL if the key was never assigned. */
const struct cfg_setting *cfg_setting_find(const struct cfg_settings *settings, const char *key);
