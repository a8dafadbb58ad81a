/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the host machine. */
#pragma once

#include <hv/types.h>

struct vcpu;

extern bool host_console_quiet;
void host_cpus_init(unsigned int cpus);
/* Drop all translations of a CPU (a root was loaded). */
void host_tlb_drop(unsigned int cpu);
/* A translation of the current vCPU: from the TLB or by a walk. false: fault. *ptr: the byte at va.
 */
bool host_translate(struct vcpu *v, uint64_t va, bool write, char **ptr);
