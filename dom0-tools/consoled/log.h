/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's console log: guest-NAME.log, and guest-NAME.log.1 with what came before. Neither grows
 * beyond its cap, whatever a guest prints.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct con_log {
    char path[512];
    int fd; /* -1: not open */
    uint64_t size, cap;
    int error; /* errno of the last failure that was reported, 0: all is well */
};

/*
 * Opens (appends to) the log of the guest `name` in `dir`. Characters that do not belong into a
 * file name become '_'. 0, or -1 with errno; a log that failed to open is tried again at the next
 * write.
 */
int con_log_open(struct con_log *log, const char *dir, const char *name, uint64_t cap);
void con_log_close(struct con_log *log);

/*
 * Appends, rotating first when the cap would be passed. 0; -1 with errno when the bytes could not
 * be kept and this error is new; 1 when it is the same error as before.
 */
int con_log_write(struct con_log *log, const char *bytes, size_t count);

/* Reads the last bytes of both files, at most `room`; returns how many. */
size_t con_log_tail(const struct con_log *log, char *to, size_t room);
