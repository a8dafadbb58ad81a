/* SPDX-License-Identifier: Apache-2.0 */
/* Time units, and the wall clock. */
#pragma once

#include <hv/arch.h>

#define NS_PER_SEC 1000000000ull
#define NS_PER_MS  1000000ull
#define NS_PER_US  1000ull

struct domain;

static inline uint64_t now_ns(void)
{
    return arch_now_ns();
}

/* Set the wall clock (dom0's XENPF_settime): `wall_ns` since 1970 at system time `system_ns`.
 * Updates every domain. */
void wallclock_set(uint64_t wall_ns, uint64_t system_ns);
/* Nanoseconds since 1970 at system time 0. */
uint64_t wallclock_base(void);
/* Write the wall clock to one domain's shared_info (version protocol of public/xen.h). */
void wallclock_update(struct domain *d);
