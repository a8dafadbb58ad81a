/* SPDX-License-Identifier: Apache-2.0 */
/* System control operations, between the files that implement them (sysctl*.c). */
#pragma once

#include <hv/types.h>
#include <public/sysctl.h>

/* Handlers see a private copy of the argument. 0, or -XEN_E*. */
#define SYSCTL(name) long sysctl_##name(struct xen_sysctl *op);
#define SYSCTL_NONE(name, error)
#include <hv/sysctl.def>
#undef SYSCTL
#undef SYSCTL_NONE

/* Do what a debug key stands for (sysctl debug_keys, a key typed on the serial line). */
void debug_key(char key);
