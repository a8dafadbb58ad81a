/* SPDX-License-Identifier: Apache-2.0 */
/* Small things start.c asks of the others. */
#pragma once

#include <hv/types.h>

struct dom0_image;

/* "0.1 (debug)", built when and with what. */
const char *hv_version_text(void);
/* Log unknown and refused options found by cmdline_parse(), once there is a console. */
void cmdline_report(void);
/* Fill in what dom0_mem=, dom0_max_vcpus= ask for (defaults: all memory but a reserve, one vCPU per
 * CPU). */
void dom0_params(struct dom0_image *img);
/* noreboot: after a crash of dom0 or of ours the machine stays as it is. */
extern bool opt_noreboot;
