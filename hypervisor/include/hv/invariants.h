/* SPDX-License-Identifier: Apache-2.0 */
/* The invariants of frames, events and grants, computed from nothing and compared with what is
 * kept. */
#pragma once

#include <hv/types.h>

/*
 * NULL when all hold, else a text that names the first violation. Nothing else may run meanwhile:
 * call it with all other vCPUs paused and between hypercalls (tests), or through the debug key,
 * which pauses them.
 */
const char *invariants_check(void);
/* Give back the memory that a check keeps for the next one. */
void invariants_release(void);
/* The debug key: stop every other vCPU, check, log the verdict. */
void invariants_report(void);

/* The parts (invariants_frames.c, invariants_links.c); each NULL or a text. */
const char *invariants_frames(void);
const char *invariants_events(void);
const char *invariants_grants(void);
const char *invariants_references(void);
