/* SPDX-License-Identifier: Apache-2.0 */
/* Errors travel as words. This is the list of those the protocol knows, for both ends of the wire.
 */
#pragma once

#include <stddef.h>

/** The word for an errno value; "EINVAL" for one the protocol has no word for. */
const char *wire_error_name(int error);

/** The errno value for a word of LEN bytes (a NUL ends it too); EINVAL for one not known. */
int wire_error_number(const char *word, size_t len);
