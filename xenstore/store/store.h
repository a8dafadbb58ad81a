/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store as a whole: the committed tree, who owns how much of it, the quotas, and the lists of
 * connections, domains and watches. No I/O happens below this header: the daemon (or a test) gives
 * a struct store_env for the few things that need the machine, and finds connections with something
 * to send on the `dirty` list.
 */
#pragma once

#include "store/hash.h"
#include "store/list.h"
#include "store/tree.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#define DOMID_LIMIT                                                                                \
    0x7ff0u /* first reserved domain number (DOMID_FIRST_RESERVED in public/xen.h) */

struct conn;
struct domain;
struct store;

/** The quotas; they bind every domain but domain 0. One row per quota: field, name, default,
 * meaning. */
#define STORE_QUOTAS(Q)                                                                            \
    Q(nodes, "nodes", 1000, "nodes a domain may own")                                              \
    Q(watches, "watches", 128, "watches of a domain")                                              \
    Q(transactions, "transactions", 10, "open transactions of a domain")                           \
    Q(transaction_nodes, "transaction-nodes", 1024, "nodes used in one transaction")               \
    Q(value_size, "node-size", 2048, "bytes in the value of a node")                               \
    Q(outstanding, "outstanding", 20, "requests whose watch events others have not read yet")      \
    Q(permissions, "node-permissions", 5, "entries in a node's permission list")                   \
    Q(path_max, "path-max", 3072, "bytes in an absolute path")

struct quotas {
#define STORE_QUOTA_FIELD(field, name, value, text) uint32_t field;
    STORE_QUOTAS(STORE_QUOTA_FIELD)
#undef STORE_QUOTA_FIELD
};

/** What the store needs of the machine. Every function gets the `env_data` of the store. */
struct store_env {
    /** Connect to the ring of a domain just introduced (or introduced anew). 0 or an errno value.
     */
    int (*attach)(void *env_data, struct domain *d);
    /** Let go of the ring and port of a domain; called once for every successful attach. */
    void (*detach)(void *env_data, struct domain *d);
    /** One line for the log, without newline. */
    void (*log)(void *env_data, const char *line);
};

struct store {
    struct node *root;           /* the committed tree */
    uint64_t gen;                /* number of changes made so far; gives children_gen its values */
    uint32_t nodes[DOMID_LIMIT]; /* nodes in the committed tree by owner */
    struct content *introduce;   /* permissions of @introduceDomain */
    struct content *release;     /* permissions of @releaseDomain */
    struct quotas quotas;
    struct list conns;         /* every connection, oldest first */
    struct list domains;       /* every introduced domain, oldest first */
    struct list dirty;         /* connections that have output or may read again */
    struct hash_table watches; /* by path */
    struct hash_table events;  /* queued watch events, by watch and path */
    uint64_t next_conn;        /* serial numbers */
    uint64_t next_watch;
    bool log_requests; /* CONTROL log on */
    const struct store_env *env;
    void *env_data;
};

/** Initialise an empty store: a root owned by domain 0, default quotas. */
void store_init(struct store *s, const struct store_env *env, void *env_data);

/** Drop all connections, domains and nodes. */
void store_fini(struct store *s);

/** printf to the log. */
void store_log(struct store *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Number of a quota by name, for reading and setting; NULL if there is none of that name. */
uint32_t *store_quota(struct store *s, const char *name);

/**
 * Tell the log that DOMID ran into quota NAME, and return ENOSPC. Only a connection's first refusal
 * by each quota is logged, so that a guest cannot flood the log: LOGGED is the connection's bit
 * set.
 */
int store_quota_hit(struct store *s, uint32_t domid, const char *name, uint32_t *logged);

/** The content that holds the permissions of a special name, or NULL if PATH is not special. */
struct content **store_special(struct store *s, const char *path);

/** Recompute every count and reference from nothing; false, with a line in the log, on the first
 * difference. */
bool store_check(struct store *s);
