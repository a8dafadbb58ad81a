/* SPDX-License-Identifier: Apache-2.0 */
/* A hypervisor that has dom0 and at most one more domain, for tests of what the engine undoes. */
#pragma once

#include <domus/domctl.h>
#include <stdbool.h>

#define FAKE_DOMID 7

extern bool fake_domain_exists, fake_introduced;
extern struct dom_info fake_domain;
extern uint64_t fake_free_pages;

/* The n-th call that can fail from now on does, with EIO; 0: none. fake_calls counts them. */
extern int fake_call_countdown, fake_calls;

/* What was asked of the hypervisor, one word for each call. */
extern char fake_host_log[2048];

void fake_host_reset(void);
