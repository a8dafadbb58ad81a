/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second domain for tests that run as dom0: a copy of this very image at the same addresses,
 * started at a C function. It cannot print; it reports through a page that dom0 reads.
 */
#pragma once

#include <public/domctl.h>
#include <public/sysctl.h>

#include "test.h"

#define DOMU_PAGES 512 /* one level-1 table maps them all from VIRT_BASE */

struct domu {
    domid_t id;
    xen_pfn_t frames[DOMU_PAGES]; /* machine frames by pfn */
};

/* What a domain tells dom0, and is told. Lives in the image; each domain has its own copy. */
struct domu_mail {
    volatile uint64_t argument[8];  /* dom0 fills it in before the start */
    volatile uint64_t result[64];   /* the domain's findings */
    volatile uint64_t results_done; /* how many are valid */
};
extern struct domu_mail domu_mail;

/* Run a domctl for a domain; answers the hypercall's answer. */
long domctl(unsigned int cmd, domid_t domain, struct xen_domctl *op);
long sysctl(unsigned int cmd, struct xen_sysctl *op);

/* Create a domain of DOMU_PAGES pages, not built and not started. Answers 0 or a negative XEN_E*.
 */
long domu_create(struct domu *dom);

/*
 * Copy this image into it, build its page tables and its vcpu 0, to start at `entry` with the
 * arguments in its domu_mail. Answers 0 or the first negative XEN_E*.
 */
long domu_build(struct domu *dom, void (*entry)(void), const uint64_t arguments[8]);

/* Let it run until it shuts down; answers SHUTDOWN_*, or -1 after too many yields. */
int domu_run(struct domu *dom);

/* Read its mail. */
void domu_read_mail(struct domu *dom, struct domu_mail *mail);

/* Destroy it; answers the hypercall's answer. */
long domu_destroy(struct domu *dom);

/* Map a frame of a domain into a window page of ours, or give the window back. */
long domu_map(domid_t id, unsigned long mfn, void *window);
long domu_unmap(void *window);

/* In the new domain: traps, shared page, upcalls open, nothing else. Called first by every entry.
 */
void domu_start_here(void);
void domu_report(uint64_t value);
void domu_end(unsigned int reason) __attribute__((noreturn));
