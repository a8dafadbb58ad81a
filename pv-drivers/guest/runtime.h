/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's ground: start of day, text output, the end, and memory helpers of C. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <public/xen.h>

#define PAGE_SIZE  4096UL
#define PAGE_SHIFT 12

/* What the builder left; valid from guest_main() on. */
extern struct start_info *guest_info;
/* Our mapping of the page shared with the hypervisor. */
extern struct shared_info *guest_shared;
/* Stack pointer at the entry: end of the builder's last page in use. */
extern unsigned long guest_entry_sp;

/* Is this the first domain, with the hypervisor's own console and the machine's privileges? */
int guest_is_dom0(void);

/* Program above this runtime. Runs with events masked and every trap set; returning shuts down. */
void guest_main(void);

/* Write bytes to the console: the hypervisor's for dom0, the shared ring for others. */
void console_write(const char *text, size_t len);

/* Map and remember the console ring. Called once at start; does nothing for dom0. */
void console_init(void);

/* Formatted text, at most 512 bytes a call. Understands %c %s %d %u %x %p %%, l and ll, width, 0
 * and -. */
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int vsnprintf(char *buffer, size_t room, const char *format, va_list args);

/* Shut the domain down with SHUTDOWN_*. Does not return. */
void guest_shutdown(unsigned int reason) __attribute__((noreturn));

/* Called on the way to a crash, before the shutdown; a program may replace it to say so in its own
 * way. */
void guest_panic_hook(const char *what);

/* Print what went wrong and shut down as crashed. */
void guest_panic(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

void *memset(void *to, int value, size_t len);
void *memcpy(void *to, const void *from, size_t len);
void *memmove(void *to, const void *from, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t len);
