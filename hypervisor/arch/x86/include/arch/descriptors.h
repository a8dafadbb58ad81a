/* SPDX-License-Identifier: Apache-2.0 */
/* GDT, LDT, TSS, IDT of each CPU. */
#pragma once

#include <hv/percpu.h>

/* Load this CPU's tables and set GS. Its struct x86_cpu has gdt and stacks allocated. */
void descriptors_load(struct percpu *p);
/* Is `va` in this CPU's LDT window? *offset: byte within the LDT. */
bool descriptors_ldt_offset(uint64_t va, uint64_t *offset);
