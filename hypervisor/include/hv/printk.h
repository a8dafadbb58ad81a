/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor's log: a ring that dom0 reads (sysctl readconsole), and the serial line. */
#pragma once

#include <hv/types.h>

/* Levels, most important first; loglvl= and guest_loglvl= choose what is shown. */
enum log_level { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* One message of the hypervisor itself; the text ends in a newline. */
void hv_log(enum log_level level, const char *fmt, ...) __printf(2, 3);
/* One message about a guest's doing; rate-limited, so that a guest cannot flood the log. */
void guest_log(enum log_level level, const char *fmt, ...) __printf(2, 3);

#define log_err(...)   hv_log(LOG_ERR, __VA_ARGS__)
#define log_warn(...)  hv_log(LOG_WARNING, __VA_ARGS__)
#define log_info(...)  hv_log(LOG_INFO, __VA_ARGS__)
#define log_debug(...) hv_log(LOG_DEBUG, __VA_ARGS__)

/* Raw text to ring and serial line (dom0's console_io output). The arch adds carriage returns. */
void console_write(const char *text, size_t len);
/* dom0's console output: to the serial line, and to the ring when console_to_ring says so. */
void console_write_dom0(const char *text, size_t len);
/* Text of an unprivileged guest's console_io: whole lines, each with "(dN) " before it. */
void console_write_guest(domid_t id, const char *line, size_t len);
/* Is a guest's message of this level shown at all (guest_loglvl=)? */
bool guest_log_enabled(enum log_level level);
/* The same for one message now: counts it against the current domain's rate. */
bool guest_log_allowed(enum log_level level);
/* From now on the console waits for nobody: the panic report must come out. */
void console_panic_mode(void);
/* Give the ring the size of conring_size=, once frames can be allocated. Keeps what was written. */
void console_ring_resize(void);
/*
 * Copy up to `len` bytes of the ring from absolute position *index (clamped to the oldest byte
 * kept) and advance *index. Returns the number of bytes copied. `clear` forgets what was in the
 * ring.
 */
size_t console_ring_read(char *dst, size_t len, uint32_t *index, bool clear);
/* Characters typed on the serial line, for dom0's console_io read. Called by the arch, with no lock
 * held. */
void console_input(char c);
size_t console_input_read(char *dst, size_t len);
