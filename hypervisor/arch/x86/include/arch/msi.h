/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <hv/types.h>

/* Does the frame hold an MSI-X table that we program? */
bool msi_owns_frame(uint64_t frame);
