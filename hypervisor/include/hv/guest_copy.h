/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only door to guest memory. Each byte is read once; what was checked is the local copy. All
 * return 0 or -XEN_EFAULT; a partly done copy is reported as a failure.
 */
#pragma once

#include <hv/types.h>

int __must_check guest_read(void *dst, gva_t src, size_t len);
int __must_check guest_write(gva_t dst, const void *src, size_t len);
int __must_check guest_clear(gva_t dst, size_t len);
/* True when [a, a+len) lies wholly outside the hypervisor's range and is canonical. */
bool guest_range_ok(gva_t a, size_t len);

/* The i-th element of a guest array, handle being an ABI guest handle. */
#define guest_read_elem(dst, handle, i)                                                            \
    guest_read((dst), gva_add(handle_gva(handle), (uint64_t)(i) * sizeof(*(dst))), sizeof(*(dst)))
#define guest_write_elem(handle, i, src)                                                           \
    guest_write(gva_add(handle_gva(handle), (uint64_t)(i) * sizeof(*(src))), (src), sizeof(*(src)))
/* Start of the range no guest may address (x86-64 PV ABI: L4 slots 256 to 271). */
#define HV_VIRT_START 0xffff800000000000ull
#define HV_VIRT_END   0xffff880000000000ull
