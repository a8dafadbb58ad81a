/* SPDX-License-Identifier: Apache-2.0 */
/* What the compiler calls for and no library gives us here. */
#include <hv/types.h>

int __popcountdi2(int64_t x);

int __popcountdi2(int64_t x)
{
    uint64_t v = (uint64_t)x;
    int n = 0;

    for (; v; v &= v - 1)
        n++;
    return n;
}
