/* SPDX-License-Identifier: Apache-2.0 */
/* x86: %gs:0 holds the address of this CPU's struct percpu while the hypervisor runs. */
#pragma once

struct percpu;

static inline struct percpu *this_cpu(void)
{
    struct percpu *p;

    __asm__("movq %%gs:0, %0" : "=r"(p));
    return p;
}
