/* SPDX-License-Identifier: Apache-2.0 */
/* FPU and vector state, switched eagerly: lazy switching leaks it where XSAVE does not honour
 * CR0.TS. */
#pragma once

struct vcpu;

void *fpu_area_alloc(void);
void fpu_save(struct vcpu *v);
void fpu_load(struct vcpu *v);
