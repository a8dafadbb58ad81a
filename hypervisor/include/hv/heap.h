/* SPDX-License-Identifier: Apache-2.0 */
/* Small allocations of the hypervisor; zeroed, 16-byte aligned (64 for sizes of 64 and more). */
#pragma once

#include <hv/types.h>

/* NULL when memory is out; any size: above half a page it takes whole pages. */
void *hv_zalloc(size_t size);
/* NULL is allowed. */
void hv_free(void *p);
/* Bytes handed out now, for leak tests. */
size_t hv_heap_used(void);
