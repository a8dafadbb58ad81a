/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that must not be mixed up: machine frames, guest addresses, domain ids. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096ul
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define ARRAY_SIZE(a)                   (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define MIN(a, b)                       ((a) < (b) ? (a) : (b))
#define MAX(a, b)                       ((a) > (b) ? (a) : (b))
#define ROUND_UP(x, a)                  (((x) + (a)-1) & ~((__typeof__(x))(a)-1))

#define likely(x)      __builtin_expect(!!(x), 1)
#define unlikely(x)    __builtin_expect(!!(x), 0)
#define __packed       __attribute__((packed))
#define __noreturn     __attribute__((noreturn))
#define __printf(a, b) __attribute__((format(printf, a, b)))
#define __must_check   __attribute__((warn_unused_result))

typedef uint16_t domid_t;

/* A machine frame number: physical address >> PAGE_SHIFT. */
typedef struct {
    uint64_t n;
} mfn_t;

/* A guest virtual address, not yet trusted. Only guest_copy.h turns it into data. */
typedef struct {
    uint64_t a;
} gva_t;

#define INVALID_MFN ((mfn_t){~0ull})

static inline mfn_t mfn(uint64_t n)
{
    return (mfn_t){n};
}

static inline bool mfn_eq(mfn_t a, mfn_t b)
{
    return a.n == b.n;
}

static inline mfn_t mfn_add(mfn_t m, uint64_t i)
{
    return (mfn_t){m.n + i};
}

static inline uint64_t mfn_to_maddr(mfn_t m)
{
    return m.n << PAGE_SHIFT;
}

static inline mfn_t maddr_to_mfn(uint64_t maddr)
{
    return (mfn_t){maddr >> PAGE_SHIFT};
}

static inline gva_t gva(uint64_t a)
{
    return (gva_t){a};
}

static inline gva_t gva_add(gva_t g, uint64_t off)
{
    return (gva_t){g.a + off};
}

/* The address inside an ABI guest handle. */
#define handle_gva(h) gva((uintptr_t)(h).p)
