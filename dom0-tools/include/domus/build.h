/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the memory and first vcpu of a PV domain that was created and is paused: kernel, ramdisk,
 * start-of-day pages and page tables, as docs/domain-builder.md describes. On failure the domain is
 * useless; the caller destroys it.
 */
#pragma once

#include <stdint.h>

#include <domus/domctl.h>
#include <domus/kernel.h>

struct dom_build {
    /* in */
    struct dom_host *host;
    uint32_t domid;
    const char *kernel;  /* path, any format of domus/kernel.h */
    const char *ramdisk; /* path, or NULL */
    const char *cmdline; /* or NULL; at most 1023 bytes */
    uint64_t target_kib; /* memory to give it now; a multiple of 4 */
    /*
     * How much RAM its memory map shows, up to which it may grow once dom_set_max_mem() lets it; 0:
     * target_kib. The limit in force at first is target_kib and 1 MiB of slack, as xl has it.
     */
    uint64_t max_kib;
    uint32_t vcpus;                      /* as given to dom_create() */
    uint32_t console_domid, store_domid; /* where consoled and xenstored run; 0: dom0 */

    /* out, on success */
    uint32_t console_evtchn,
        store_evtchn; /* the guest's ports, unbound, for console_domid and store_domid */
    uint64_t console_mfn,
        store_mfn; /* machine frames of the two rings; grants 0 and 1 name them as well */
    uint64_t shared_info_mfn;
};

/*
 * Sets the vcpus and the memory limit, populates the memory, loads everything and leaves the domain
 * paused, ready for xs_introduce and dom_unpause(). 0, or -1 with errno and one line in `error`
 * (DOM_ERROR_MAX bytes).
 */
int dom_build_pv(struct dom_build *build, char *error);
