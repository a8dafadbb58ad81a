/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one handle of libdomus and the raw hypercall. Every other call of the library goes through
 * dom_hypercall(), so that argument memory is always locked: the hypervisor never meets a page of
 * ours that is not present.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* An open connection to the hypervisor. Not for use by two threads at once; open one each. */
struct dom_host;

/*
 * Opens /dev/xen/privcmd (and /dev/xen/hypercall for argument memory, where the kernel has it).
 * Returns a handle for dom_close(), or NULL with errno (ENOENT, ENODEV: not running under a
 * hypervisor; EACCES: not root).
 */
struct dom_host *dom_open(void);

/* Releases the handle and all its buffers. NULL is allowed. errno is kept. */
void dom_close(struct dom_host *host);

/*
 * Issues hypercall number `op` (__HYPERVISOR_*) with up to five arguments; unused ones are 0.
 * Pointer arguments must point into memory from dom_buf_alloc(). Returns the hypercall's own result
 * (>= 0), or -1 with errno.
 */
int64_t dom_hypercall(struct dom_host *host, unsigned int op, uint64_t a0, uint64_t a1, uint64_t a2,
                      uint64_t a3, uint64_t a4);

/*
 * Zeroed, page-aligned memory that hypercalls may read and write. Returns NULL with errno. Free it
 * with dom_buf_free(), which takes the same size and keeps errno; NULL is allowed there.
 */
void *dom_buf_alloc(struct dom_host *host, size_t size);
void dom_buf_free(struct dom_host *host, void *buf, size_t size);

/*
 * As dom_buf_alloc(), filled with `size` bytes from `src`; and its counterpart that copies back to
 * `dst` first
 * (`dst` NULL: nothing is copied).
 */
void *dom_buf_in(struct dom_host *host, const void *src, size_t size);
void dom_buf_out(struct dom_host *host, void *buf, void *dst, size_t size);
