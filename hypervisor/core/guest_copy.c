/* SPDX-License-Identifier: Apache-2.0 */
/* Guest memory: range check here, the access itself is the arch's. */
#include <hv/arch.h>
#include <hv/guest_copy.h>
#include <public/errno.h>

bool guest_range_ok(gva_t a, size_t len)
{
    uint64_t end = a.a + len;

    if (end < a.a)
        return false;
    /* Wholly in the lower canonical half, or wholly above our own range. */
    return end <= 1ull << 47 || a.a >= HV_VIRT_END;
}

int guest_read(void *dst, gva_t src, size_t len)
{
    if (!guest_range_ok(src, len) || arch_copy_from_guest(dst, src, len))
        return -XEN_EFAULT;
    /* What the caller checks is the copy: the compiler must not read the guest's words again. */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    return 0;
}

int guest_write(gva_t dst, const void *src, size_t len)
{
    if (!guest_range_ok(dst, len) || arch_copy_to_guest(dst, src, len))
        return -XEN_EFAULT;
    return 0;
}

int guest_clear(gva_t dst, size_t len)
{
    if (!guest_range_ok(dst, len) || arch_clear_guest(dst, len))
        return -XEN_EFAULT;
    return 0;
}
