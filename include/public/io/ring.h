/* SPDX-License-Identifier: MIT */
/*
 * Request and response rings in one shared page. The frontend produces requests and consumes
 * responses; the backend the other way round, and answers in the slots that requests came in. All
 * indices run freely and are masked on use; the number of slots is a power of two. What the other
 * side writes is not to be trusted: copy a slot before checking it, and check producer indices with
 * the *_PROD_OVERFLOW macros.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifndef xen_mb
#define xen_mb()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xen_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
#endif

typedef unsigned int RING_IDX;

/* Largest power of two that is not above x (x > 0, 32 bits, constant for a constant x). */
#define XEN_RING_FLOOR2_1(x) (((x)&0x2u) ? 0x2u : ((x)&0x1u))
#define XEN_RING_FLOOR2_2(x) (((x)&0xcu) ? XEN_RING_FLOOR2_1((x) >> 2) << 2 : XEN_RING_FLOOR2_1(x))
#define XEN_RING_FLOOR2_4(x) (((x)&0xf0u) ? XEN_RING_FLOOR2_2((x) >> 4) << 4 : XEN_RING_FLOOR2_2(x))
#define XEN_RING_FLOOR2_8(x)                                                                       \
    (((x)&0xff00u) ? XEN_RING_FLOOR2_4((x) >> 8) << 8 : XEN_RING_FLOOR2_4(x))
#define XEN_RING_FLOOR2(x)                                                                         \
    (((x)&0xffff0000u) ? XEN_RING_FLOOR2_8((x) >> 16) << 16 : XEN_RING_FLOOR2_8(x))

/* Slots in `bytes` bytes: of ring type `name` (a constant), or of the ring at `s`. */
#define __CONST_RING_SIZE(name, bytes)                                                             \
    (XEN_RING_FLOOR2((unsigned int)(((bytes)-offsetof(struct name##_sring, ring)) /                \
                                    sizeof(((struct name##_sring *)0)->ring[0]))))
#define __RING_SIZE(s, bytes)                                                                      \
    (XEN_RING_FLOOR2(                                                                              \
        (unsigned int)(((bytes) - (size_t)((const char *)(s)->ring - (const char *)(s))) /         \
                       sizeof((s)->ring[0]))))

/* Define the types of a ring: union NAME_sring_entry, struct NAME_sring, NAME_front_ring,
 * NAME_back_ring. */
#define DEFINE_RING_TYPES(name, req_t, rsp_t)                                                      \
    union name##_sring_entry {                                                                     \
        req_t req;                                                                                 \
        rsp_t rsp;                                                                                 \
    };                                                                                             \
    struct name##_sring { /* shared */                                                             \
        RING_IDX req_prod, req_event;                                                              \
        RING_IDX rsp_prod, rsp_event;                                                              \
        union {                                                                                    \
            struct {                                                                               \
                uint8_t smartpoll_active;                                                          \
            } netif;                                                                               \
            struct {                                                                               \
                uint8_t msg;                                                                       \
            } tapif_user;                                                                          \
            uint8_t pvt_pad[4];                                                                    \
        } pvt;                                                                                     \
        uint8_t __pad[44];                                                                         \
        union name##_sring_entry ring[1]; /* as many as fit */                                     \
    };                                                                                             \
    struct name##_front_ring { /* private to the frontend */                                       \
        RING_IDX req_prod_pvt;                                                                     \
        RING_IDX rsp_cons;                                                                         \
        unsigned int nr_ents;                                                                      \
        struct name##_sring *sring;                                                                \
    };                                                                                             \
    struct name##_back_ring { /* private to the backend */                                         \
        RING_IDX rsp_prod_pvt;                                                                     \
        RING_IDX req_cons;                                                                         \
        unsigned int nr_ents;                                                                      \
        struct name##_sring *sring;                                                                \
    };                                                                                             \
    typedef struct name##_sring name##_sring_t;                                                    \
    typedef struct name##_front_ring name##_front_ring_t;                                          \
    typedef struct name##_back_ring name##_back_ring_t

/* Make the shared part of an empty ring: both sides want to hear of the first message. */
#define SHARED_RING_INIT(s)                                                                        \
    do {                                                                                           \
        (s)->req_prod = (s)->rsp_prod = 0;                                                         \
        (s)->req_event = (s)->rsp_event = 1;                                                       \
        __builtin_memset((s)->pvt.pvt_pad, 0, sizeof((s)->pvt.pvt_pad));                           \
        __builtin_memset((s)->__pad, 0, sizeof((s)->__pad));                                       \
    } while (0)

/* Begin at index i of a ring of `bytes` bytes; _INIT begins at 0. */
#define FRONT_RING_ATTACH(r, s, i, bytes)                                                          \
    do {                                                                                           \
        (r)->req_prod_pvt = (i);                                                                   \
        (r)->rsp_cons = (i);                                                                       \
        (r)->nr_ents = __RING_SIZE(s, bytes);                                                      \
        (r)->sring = (s);                                                                          \
    } while (0)
#define FRONT_RING_INIT(r, s, bytes) FRONT_RING_ATTACH(r, s, 0, bytes)
#define XEN_FRONT_RING_INIT(r, s, bytes)                                                           \
    do {                                                                                           \
        SHARED_RING_INIT(s);                                                                       \
        FRONT_RING_INIT(r, s, bytes);                                                              \
    } while (0)
#define BACK_RING_ATTACH(r, s, i, bytes)                                                           \
    do {                                                                                           \
        (r)->rsp_prod_pvt = (i);                                                                   \
        (r)->req_cons = (i);                                                                       \
        (r)->nr_ents = __RING_SIZE(s, bytes);                                                      \
        (r)->sring = (s);                                                                          \
    } while (0)
#define BACK_RING_INIT(r, s, bytes) BACK_RING_ATTACH(r, s, 0, bytes)

#define RING_SIZE(r) ((r)->nr_ents)

/* Frontend: slots free for requests. */
#define RING_FREE_REQUESTS(r) (RING_SIZE(r) - ((r)->req_prod_pvt - (r)->rsp_cons))
#define RING_FULL(r)          (RING_FREE_REQUESTS(r) == 0)

/* How many messages wait. The backend's figure never passes the slots that could hold one. */
#define XEN_RING_NR_UNCONSUMED_RESPONSES(r) ((r)->sring->rsp_prod - (r)->rsp_cons)
#define XEN_RING_NR_UNCONSUMED_REQUESTS(r)                                                         \
    ({                                                                                             \
        unsigned int xr_waiting = (r)->sring->req_prod - (r)->req_cons;                            \
        unsigned int xr_room = RING_SIZE(r) - ((r)->req_cons - (r)->rsp_prod_pvt);                 \
        xr_waiting < xr_room ? xr_waiting : xr_room;                                               \
    })
#define RING_HAS_UNCONSUMED_RESPONSES(r) XEN_RING_NR_UNCONSUMED_RESPONSES(r)
#define RING_HAS_UNCONSUMED_REQUESTS(r)  XEN_RING_NR_UNCONSUMED_REQUESTS(r)

/* The slot at an index, in shared memory. */
#define RING_GET_REQUEST(r, idx)  (&((r)->sring->ring[((idx) & (RING_SIZE(r) - 1))].req))
#define RING_GET_RESPONSE(r, idx) (&((r)->sring->ring[((idx) & (RING_SIZE(r) - 1))].rsp))

/* A private copy of it, read once: check the copy, never the slot. */
#define RING_COPY_REQUEST(r, idx, dest)                                                            \
    do {                                                                                           \
        *(dest) = *(volatile __typeof__(dest))RING_GET_REQUEST(r, idx);                            \
    } while (0)
#define RING_COPY_RESPONSE(r, idx, dest)                                                           \
    do {                                                                                           \
        *(dest) = *(volatile __typeof__(dest))RING_GET_RESPONSE(r, idx);                           \
    } while (0)

/* Is a consumer index, or the other side's producer index, impossible? */
#define RING_REQUEST_CONS_OVERFLOW(r, cons)  (((cons) - (r)->rsp_prod_pvt) >= RING_SIZE(r))
#define RING_REQUEST_PROD_OVERFLOW(r, prod)  (((prod) - (r)->rsp_prod_pvt) > RING_SIZE(r))
#define RING_RESPONSE_PROD_OVERFLOW(r, prod) (((prod) - (r)->rsp_cons) > RING_SIZE(r))

/* Publish what was written. */
#define RING_PUSH_REQUESTS(r)                                                                      \
    do {                                                                                           \
        xen_wmb();                                                                                 \
        (r)->sring->req_prod = (r)->req_prod_pvt;                                                  \
    } while (0)
#define RING_PUSH_RESPONSES(r)                                                                     \
    do {                                                                                           \
        xen_wmb();                                                                                 \
        (r)->sring->rsp_prod = (r)->rsp_prod_pvt;                                                  \
    } while (0)

/* The same, and answer in `notify` whether the other side asked to be woken for any of it. */
#define RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(r, notify)                                             \
    do {                                                                                           \
        RING_IDX xr_old = (r)->sring->req_prod;                                                    \
        RING_IDX xr_new = (r)->req_prod_pvt;                                                       \
        xen_wmb();                                                                                 \
        (r)->sring->req_prod = xr_new;                                                             \
        xen_mb();                                                                                  \
        (notify) = (RING_IDX)(xr_new - (r)->sring->req_event) < (RING_IDX)(xr_new - xr_old);       \
    } while (0)
#define RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(r, notify)                                            \
    do {                                                                                           \
        RING_IDX xr_old = (r)->sring->rsp_prod;                                                    \
        RING_IDX xr_new = (r)->rsp_prod_pvt;                                                       \
        xen_wmb();                                                                                 \
        (r)->sring->rsp_prod = xr_new;                                                             \
        xen_mb();                                                                                  \
        (notify) = (RING_IDX)(xr_new - (r)->sring->rsp_event) < (RING_IDX)(xr_new - xr_old);       \
    } while (0)

/* Before sleeping: anything left? If not, ask to be woken by the next message, and look once more.
 */
#define RING_FINAL_CHECK_FOR_REQUESTS(r, work)                                                     \
    do {                                                                                           \
        (work) = RING_HAS_UNCONSUMED_REQUESTS(r);                                                  \
        if (work)                                                                                  \
            break;                                                                                 \
        (r)->sring->req_event = (r)->req_cons + 1;                                                 \
        xen_mb();                                                                                  \
        (work) = RING_HAS_UNCONSUMED_REQUESTS(r);                                                  \
    } while (0)
#define RING_FINAL_CHECK_FOR_RESPONSES(r, work)                                                    \
    do {                                                                                           \
        (work) = RING_HAS_UNCONSUMED_RESPONSES(r);                                                 \
        if (work)                                                                                  \
            break;                                                                                 \
        (r)->sring->rsp_event = (r)->rsp_cons + 1;                                                 \
        xen_mb();                                                                                  \
        (work) = RING_HAS_UNCONSUMED_RESPONSES(r);                                                 \
    } while (0)
