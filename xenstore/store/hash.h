/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intrusive hash table, chained, grows by doubling. Guests choose the keys (paths, tokens), so the
 * hash is keyed with a random seed: nobody outside can aim for one bucket.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct hash_link {
    struct hash_link *next;
    uint64_t hash;
};

struct hash_table {
    struct hash_link **buckets; /* NULL until the first insertion */
    size_t size;                /* number of buckets, a power of two */
    size_t count;
};

/** Choose the seed of all tables from the kernel's random numbers. Called once, before any use. */
void hash_seed_random(void);

/** Choose a given seed (tests and fuzzing: the same run twice). */
void hash_seed(uint64_t a, uint64_t b);

/** Hash of LEN bytes; SALT separates uses and joins a second key. */
uint64_t hash_bytes(const void *data, size_t len, uint64_t salt);

/** Hash of a string. */
uint64_t hash_string(const char *s, uint64_t salt);

/** Add LINK under HASH. Equal keys are the caller's business. */
void hash_insert(struct hash_table *t, struct hash_link *link, uint64_t hash);

/** Remove LINK, which is in T. */
void hash_remove(struct hash_table *t, struct hash_link *link);

/** First link with HASH, or NULL. */
struct hash_link *hash_first(const struct hash_table *t, uint64_t hash);

/** Next link after LINK with the same hash, or NULL. */
struct hash_link *hash_next(const struct hash_link *link);

/** Free the bucket array; the entries belong to the caller. */
void hash_free(struct hash_table *t);
