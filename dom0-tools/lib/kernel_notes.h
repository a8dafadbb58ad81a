/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Xen notes of a kernel (include/public/elfnote.h). Later notes of a type override earlier
 * ones; unknown types are skipped.
 */
#pragma once

#include <domus/kernel.h>

/* Reads the notes in `size` bytes at `offset` of the image into *info. 0, or -1 with EINVAL and a
 * line in `error`. */
int dom_notes_read(const struct dom_blob *image, uint64_t offset, uint64_t size,
                   struct dom_kernel_info *info, char *error);
