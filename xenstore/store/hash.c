/* SPDX-License-Identifier: Apache-2.0 */
/* Hash table and keyed hash (SipHash with one compression and three finalization rounds). */
#include "store/hash.h"

#include "store/alloc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static uint64_t seed[2] = {0x646f6d7573207873, 0x746f726520736565};

void hash_seed(uint64_t a, uint64_t b)
{
    seed[0] = a;
    seed[1] = b;
}

void hash_seed_random(void)
{
    uint64_t fresh[2];

    if (getrandom(fresh, sizeof(fresh), 0) == (ssize_t)sizeof(fresh))
        hash_seed(fresh[0], fresh[1]);
}

static inline uint64_t rotl(uint64_t x, unsigned n)
{
    return (x << n) | (x >> (64 - n));
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] = rotl(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] = rotl(v[2], 32);
}

uint64_t hash_bytes(const void *data, size_t len, uint64_t salt)
{
    const unsigned char *p = data;
    uint64_t v[4] = {seed[0] ^ salt ^ 0x736f6d6570736575, seed[1] ^ 0x646f72616e646f6d,
                     seed[0] ^ salt ^ 0x6c7967656e657261, seed[1] ^ 0x7465646279746573};
    uint64_t word;
    size_t left = len;

    for (; left >= sizeof(word); left -= sizeof(word), p += sizeof(word)) {
        memcpy(&word, p, sizeof(word));
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = 0;
    memcpy(&word, p, left);
    word |= (uint64_t)len << 56;
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t hash_string(const char *s, uint64_t salt)
{
    return hash_bytes(s, strlen(s), salt);
}

static void grow(struct hash_table *t)
{
    size_t size = t->size ? t->size * 2 : 16;
    struct hash_link **buckets = xalloc(size * sizeof(*buckets));

    for (size_t i = 0; i < t->size; i++) {
        struct hash_link *link = t->buckets[i];

        while (link) {
            struct hash_link *next = link->next, **b = &buckets[link->hash & (size - 1)];

            link->next = *b;
            *b = link;
            link = next;
        }
    }
    free(t->buckets);
    t->buckets = buckets;
    t->size = size;
}

void hash_insert(struct hash_table *t, struct hash_link *link, uint64_t hash)
{
    struct hash_link **b;

    if (t->count >= t->size)
        grow(t);
    b = &t->buckets[hash & (t->size - 1)];
    link->hash = hash;
    link->next = *b;
    *b = link;
    t->count++;
}

void hash_remove(struct hash_table *t, struct hash_link *link)
{
    struct hash_link **b = &t->buckets[link->hash & (t->size - 1)];

    while (*b != link)
        b = &(*b)->next;
    *b = link->next;
    link->next = NULL;
    t->count--;
}

struct hash_link *hash_next(const struct hash_link *link)
{
    struct hash_link *next = link->next;

    while (next && next->hash != link->hash)
        next = next->next;
    return next;
}

struct hash_link *hash_first(const struct hash_table *t, uint64_t hash)
{
    struct hash_link *link;

    if (!t->size)
        return NULL;
    link = t->buckets[hash & (t->size - 1)];
    while (link && link->hash != hash)
        link = link->next;
    return link;
}

void hash_free(struct hash_table *t)
{
    free(t->buckets);
    memset(t, 0, sizeof(*t));
}
