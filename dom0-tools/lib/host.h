/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is inside struct dom_host, and the three multiplexed hypercalls as one-liners. Tests put
 * their own `call` here and see every hypercall that the library makes.
 */
#pragma once

#include <public/domctl.h>
#include <public/sysctl.h>

#include <stdbool.h>

#include <domus/hypercall.h>

#define DOM_PAGE      4096UL
#define DOM_PAGE_BITS 12

#define DOM_BUF_CACHE 4

struct dom_host {
    int privcmd; /* -1 in tests */
    int buffers; /* /dev/xen/hypercall, or -1: locked anonymous memory */
    int64_t (*call)(struct dom_host *host, const uint64_t args[6]); /* args[0]: number */
    void *fake;                                                     /* for a test's call */
    void *cache[DOM_BUF_CACHE];                                     /* single pages to use again */
    unsigned int cached;
};

/* Fills in the interface version, calls, copies the answer back into *op. */
int dom_domctl(struct dom_host *host, uint32_t cmd, uint32_t domid, struct xen_domctl *op);
int dom_sysctl(struct dom_host *host, uint32_t cmd, struct xen_sysctl *op);

/* A memory_op with a structure of `size` bytes as argument (in and out). */
int64_t dom_memory_op(struct dom_host *host, unsigned int cmd, void *arg, size_t size);
