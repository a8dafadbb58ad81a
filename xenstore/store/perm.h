/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may do what. A domain may do all with nodes it owns, what its own entry says where it is
 * listed, else what the first entry grants to everyone. Domain 0 (a privileged caller) may do all.
 * A domain with a target has the target's rights as well. Facts: Xen's docs/misc/xenstore.txt.
 */
#pragma once

#include "store/tree.h"

#include <stddef.h>

#define NO_TARGET UINT32_MAX

/** On whose behalf a request runs. */
struct caller {
    uint32_t domid;
    uint32_t target; /* the domain whose rights are borrowed, or NO_TARGET */
    bool privileged;
};

/** All rights of the caller at a node with content C: PERM_* or'd. */
unsigned perm_of(const struct caller *who, const struct content *c);

/** Does the caller hold all of WANT? */
static inline bool perm_allows(const struct caller *who, const struct content *c, unsigned want)
{
    return (perm_of(who, c) & want) == want;
}

/** Write "r12" or the like; returns the length without the NUL. OUT holds PERM_TEXT bytes. */
#define PERM_TEXT 16
size_t perm_format(char *out, const struct perm *p);

/** Read one such word; false if it is malformed or names no possible domain. */
bool perm_parse(const char *text, struct perm *p);
