/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few string functions that the hypervisor has, with their usual meaning. The compiler itself
 * calls memcpy, memmove, memset and memcmp. On the host the C library's serve (the sanitizers watch
 * them).
 */
#pragma once

#include <stdarg.h>
#include <hv/types.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *what);

/* Copy with a terminating zero always (size > 0); returns the length of src: >= size means cut
 * short. */
size_t hv_strlcpy(char *dst, const char *src, size_t size);

/*
 * Formatted text: flags "-+ #0", width and precision (also '*'), lengths hh h l ll z t j,
 * conversions d i u x X o c s p %. Returns the length the whole text has; writes at most size bytes
 * with the zero.
 */
int hv_vsnprintf(char *buf, size_t size, const char *fmt, va_list args) __printf(3, 0);
int hv_snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
/* Ours on every arch, so that the log reads the same everywhere. */
#define vsnprintf hv_vsnprintf
#define snprintf  hv_snprintf
