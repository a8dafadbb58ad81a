/* SPDX-License-Identifier: Apache-2.0 */
/* What every test file of the hypervisor shares: suites register themselves in main.c's list. */
#pragma once

#include <CUnit/Basic.h>

#include <hv/invariants.h>

#include "world.h"

/* After each test: all invariants, and no stale translation. */
#define CHECK_WORLD()                                                                              \
    do {                                                                                           \
        const char *why_ = invariants_check();                                                     \
                                                                                                   \
        if (!why_)                                                                                 \
            why_ = host_tlb_check();                                                               \
        if (why_)                                                                                  \
            printf("\n    %s:%d: %s\n", __FILE__, __LINE__, why_);                                 \
        CU_ASSERT_PTR_NULL(why_);                                                                  \
    } while (0)

void register_evtchn(void);
void register_irqs(void);
void register_grants(void);
void register_memory(void);
void register_control(void);
void register_stale(void);
