/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One way to fail inside libdomus: a line of text for the person, an errno for the program, -1 for
 * the caller. The line always fits DOM_ERROR_MAX and always ends with NUL.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

/* Writes the line to `error` (may be NULL), sets errno to `code`, returns -1. */
int dom_fail(char *error, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "what: " before the line that is already in `error` (may be NULL); errno stays. Returns -1.
 */
int dom_fail_prefix(char *error, const char *what);
