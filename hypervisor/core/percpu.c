/* SPDX-License-Identifier: Apache-2.0 */
/* The table of physical CPUs. The arch fills it as CPUs come up; none ever leaves. */
#include <hv/percpu.h>

struct percpu *percpu_table[MAX_CPUS];
struct cpumask cpu_online;
unsigned int nr_cpus;
