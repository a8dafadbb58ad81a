/* SPDX-License-Identifier: Apache-2.0 */
/* Atomic words, as thin names over the compiler's builtins (no assembly, every arch). */
#pragma once

#include <hv/types.h>

/* One load / one store of a word that another CPU or a guest may change at any time. */
#define read_once(x)        __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define write_once(x, v)    __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#define load_acquire(x)     __atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define store_release(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELEASE)

#define atomic_add(p, v)  __atomic_add_fetch((p), (v), __ATOMIC_SEQ_CST) /* new value */
#define atomic_sub(p, v)  __atomic_sub_fetch((p), (v), __ATOMIC_SEQ_CST) /* new value */
#define atomic_or(p, v)   __atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST)  /* old value */
#define atomic_and(p, v)  __atomic_fetch_and((p), (v), __ATOMIC_SEQ_CST) /* old value */
#define atomic_xchg(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
/* True when *p was *expect and is now v; else *expect holds what was seen. */
#define atomic_cas(p, expect, v)                                                                   \
    __atomic_compare_exchange_n((p), (expect), (v), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#define mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)

/* Bits in arrays of 64-bit words; the word may be shared with a guest. Return: old bit. */
static inline bool atomic_test_and_set_bit(uint64_t *w, unsigned int bit)
{
    return (atomic_or(&w[bit / 64], 1ull << (bit % 64)) >> (bit % 64)) & 1;
}

static inline bool atomic_test_and_clear_bit(uint64_t *w, unsigned int bit)
{
    return (atomic_and(&w[bit / 64], ~(1ull << (bit % 64))) >> (bit % 64)) & 1;
}

static inline bool test_bit(const uint64_t *w, unsigned int bit)
{
    return (read_once(w[bit / 64]) >> (bit % 64)) & 1;
}
