/* SPDX-License-Identifier: Apache-2.0 */
/* A user mode for tests: an address space with code, a stack and data, and a way in and out. */
#pragma once

#include "test.h"

#define USER_CODE  0x400000UL /* one page, executable */
#define USER_DATA  0x401000UL /* one page, writable */
#define USER_STACK 0x403000UL /* end of one page */

/* The data page as the kernel sees it. */
extern volatile uint64_t *user_data;

/* Build the tables, pin the root and make it the user root. Adds the mapping to the kernel's root
 * too. */
void user_init(void);

/*
 * Copy code to user mode and run it at USER_CODE with the given RDI, until it does a syscall, INT
 * 0x80 or another trap; answers the frame at that moment. IF is set.
 */
const struct trap_frame *user_run(const void *code, const void *code_end, uint64_t rdi);

/* Go on where the last user_run() or user_continue() stopped, with the frame given. */
const struct trap_frame *user_continue(const struct trap_frame *frame);
