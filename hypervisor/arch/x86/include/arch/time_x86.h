/* SPDX-License-Identifier: Apache-2.0 */
/* Busy waiting at boot. */
#pragma once

#include <hv/types.h>

void time_delay_ns(uint64_t ns);
