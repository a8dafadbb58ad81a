/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions and the operations on nodes, which are the same in and outside of one.
 *
 * A transaction works on a snapshot. It keeps, for every path it used, what it depends on (the
 * content, the set of children) and whether it changed it. At the end the dependencies are compared
 * between the snapshot and the committed tree: if all are the same, the changed paths are carried
 * over; else the answer is EAGAIN. So two transactions conflict only if one changed what the other
 * read or changed; adding two children to one directory is no conflict unless someone listed it.
 */
#pragma once

#include "store/hash.h"
#include "store/list.h"
#include "store/perm.h"
#include "store/tree.h"

struct store;
struct conn;

#define USED_CONTENT  1u  /* existence, value or permissions mattered */
#define USED_CHILDREN 2u  /* the set of children mattered */
#define USED_CHANGED  4u  /* this path was changed */
#define USED_FIRE_ONE 8u  /* watches exactly on the path are to be told */
#define USED_FIRE_ALL 16u /* and those above it too */

/** One path used in a transaction. */
struct used {
    struct hash_link link;
    struct list order;   /* in txn->used, in order of first use */
    struct list changed; /* in txn->changed, in order of first change */
    unsigned flags;
    uint32_t len;
    char path[];
};

struct txn {
    struct list link; /* in the connection's list */
    uint32_t id;
    struct node *base;       /* the committed tree at the start */
    struct node *root;       /* the tree as this transaction sees it */
    struct hash_table table; /* struct used by path */
    struct list used;
    struct list changed;
    int64_t own_nodes; /* nodes of the connection's domain: gained minus lost */
};

/** Where an operation works: a connection, in transaction T or outside (T is NULL). */
struct scope {
    struct store *store;
    struct conn *conn;
    struct txn *txn;
};

/*
 * Operations. PATH is canonical. Each returns 0 or an errno value; on an error nothing has changed.
 */

/** Find a node the caller has ACCESS to. ENOENT; EACCES where the caller may not know. *N lives
 * until a change. */
int node_get(struct scope *sc, const char *path, unsigned access, const struct node **n);

/** The same, where the list of children will be read. */
int node_get_list(struct scope *sc, const char *path, const struct node **n);

/** Set a value, creating the node and its parents. */
int node_write(struct scope *sc, const char *path, const void *value, size_t len);

/** Create an empty node and its parents if it is not there. */
int node_mkdir(struct scope *sc, const char *path);

/** Remove a node and all below. */
int node_rm(struct scope *sc, const char *path);

/** Replace the permissions. */
int node_set_perms(struct scope *sc, const char *path, const struct perm *perms, size_t count);

/** Start a transaction of CONN; EBUSY-free: the caller checked. ENOSPC at the quota. */
int txn_start(struct store *s, struct conn *conn, struct txn **t);

/** Find an open transaction of CONN, or NULL. */
struct txn *txn_find(struct conn *conn, uint32_t id);

/** Commit T and free it: 0, EAGAIN or ENOSPC. */
int txn_commit(struct store *s, struct conn *conn, struct txn *t);

/** Forget T. */
void txn_abort(struct conn *conn, struct txn *t);

/** Remove all nodes owned by DOMID with all below them, and its entries in other permission lists.
 */
void store_remove_domain_nodes(struct store *s, uint32_t domid);
