/* SPDX-License-Identifier: Apache-2.0 */
/* Guest memory on the host machine: page by page through the TLB model and the current vCPU's
 * tables. */
#include <string.h>
#include <hv/arch.h>
#include <hv/percpu.h>
#include <arch/host.h>
#include "host_internal.h"

enum direction { FROM_GUEST, TO_GUEST, CLEAR };

/* The number of bytes not done. */
static size_t access(uint64_t va, void *buf, size_t len, enum direction dir)
{
    struct vcpu *v = current_vcpu();
    char *p = buf, *guest;

    while (len) {
        size_t n = MIN(len, (size_t)(PAGE_SIZE - (va & ~PAGE_MASK)));

        if (!host_translate(v, va, dir != FROM_GUEST, &guest))
            return len;
        if (dir == FROM_GUEST)
            memcpy(p, guest, n);
        else if (dir == TO_GUEST)
            memcpy(guest, p, n);
        else
            memset(guest, 0, n);
        p = p ? p + n : NULL;
        va += n;
        len -= n;
    }
    return 0;
}

size_t arch_copy_from_guest(void *dst, gva_t src, size_t len)
{
    return access(src.a, dst, len, FROM_GUEST);
}

size_t arch_copy_to_guest(gva_t dst, const void *src, size_t len)
{
    return access(dst.a, (void *)(uintptr_t)src, len, TO_GUEST);
}

size_t arch_clear_guest(gva_t dst, size_t len)
{
    return access(dst.a, NULL, len, CLEAR);
}

bool host_guest_load(uint64_t va, void *dst, size_t len)
{
    return access(va, dst, len, FROM_GUEST) == 0;
}

bool host_guest_store(uint64_t va, const void *src, size_t len)
{
    return access(va, (void *)(uintptr_t)src, len, TO_GUEST) == 0;
}
