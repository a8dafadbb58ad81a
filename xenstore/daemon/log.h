/* SPDX-License-Identifier: Apache-2.0 */
/* Where the daemon's lines go: the trace file if one is named, else stderr in the foreground, else
 * the system log. */
#pragma once

#include <stdbool.h>

/** Choose the place. TRACE may be NULL. 0, or -1 with a message on stderr. */
int log_open(const char *trace, bool foreground);
void log_line(const char *line);
void log_close(void);

/** Open the trace file anew (after rotation). */
void log_reopen(void);
