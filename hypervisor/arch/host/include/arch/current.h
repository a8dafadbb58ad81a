/* SPDX-License-Identifier: Apache-2.0 */
/* Host: the CPU a test plays is a thread-local pointer. */
#pragma once

struct percpu;
extern __thread struct percpu *host_this_cpu;

static inline struct percpu *this_cpu(void)
{
    return host_this_cpu;
}
