/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths. A canonical path is absolute, made of [A-Za-z0-9-/_@] with no empty component and no
 * trailing slash, at most PATH_MAX_ABS bytes; or one of the special names. Everything below the
 * wire parser handles canonical paths only. Facts: Xen's docs/misc/xenstore.txt; limits in
 * public/io/xs_wire.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATH_MAX_ABS 3072
#define PATH_MAX_REL 2048
#define PATH_BUFFER  (PATH_MAX_ABS + 1)

#define PATH_INTRODUCE "@introduceDomain"
#define PATH_RELEASE   "@releaseDomain"

/** Is this one of the two special names? */
bool path_is_special(const char *path);

/**
 * Make NAME canonical for a caller of domain DOMID: a relative name is taken below
 * /local/domain/DOMID. Returns 0 or EINVAL. Special names are accepted only if SPECIAL.
 */
int path_canonical(char out[PATH_BUFFER], const char *name, uint32_t domid, bool special);

/** Length of the home prefix "/local/domain/DOMID/" if PATH lies below it, else 0. */
size_t path_home_prefix(const char *path, uint32_t domid);

/** Length of the parent of canonical PATH[0..LEN): 1 for "/" itself; LEN must be above 1. */
size_t path_parent_len(const char *path, size_t len);

/** Last component of a canonical path ("" for the root). */
const char *path_last(const char *path);
