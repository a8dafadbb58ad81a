/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of other domains by frame number, mapped into this process (privcmd's MMAPBATCH_V2). Only
 * a privileged domain may. For a PV domain a frame number is the machine frame.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <domus/hypercall.h>

/*
 * Maps `count` frames of `domid` to adjacent addresses; `prot` is PROT_READ, or PROT_READ |
 * PROT_WRITE (which fails for a frame in use as a page table). errs NULL: all or nothing. Else
 * errs[i] gets 0 or a negative errno for frame i, pages that failed must not be touched, and the
 * call fails only if nothing could be tried. Returns NULL with errno.
 */
void *dom_foreign_map(struct dom_host *host, uint32_t domid, int prot, const uint64_t *frames,
                      size_t count, int *errs);

/* Unmaps what dom_foreign_map() returned. NULL is allowed. errno is kept. */
void dom_foreign_unmap(void *address, size_t count);
