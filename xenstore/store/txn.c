/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions: start, conflict check, commit. A commit either carries over every changed path or
 * none; between the check and the last change nothing else runs.
 */
#include "store/txn.h"

#include "store/alloc.h"
#include "store/conn.h"
#include "store/store.h"
#include "store/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int txn_start(struct store *s, struct conn *conn, struct txn **out)
{
    struct txn *t;

    if (!conn->who.privileged && conn->txn_count >= s->quotas.transactions)
        return store_quota_hit(s, conn->who.domid, "transactions", &conn->quotas_logged);
    t = xalloc(sizeof(*t));
    do {
        t->id = conn->next_txn++;
    } while (!t->id || txn_find(conn, t->id));
    t->base = tree_ref(s->root);
    t->root = tree_ref(s->root);
    list_init(&t->used);
    list_init(&t->changed);
    list_add_tail(&conn->txns, &t->link);
    conn->txn_count++;
    *out = t;
    return 0;
}

struct txn *txn_find(struct conn *conn, uint32_t id)
{
    struct list *l;

    list_for_each (l, &conn->txns) {
        struct txn *t = list_entry(l, struct txn, link);

        if (t->id == id)
            return t;
    }
    return NULL;
}

void txn_abort(struct conn *conn, struct txn *t)
{
    struct list *l, *tmp;

    list_for_each_safe (l, tmp, &t->used)
        free(list_entry(l, struct used, order));
    hash_free(&t->table);
    tree_unref(t->base);
    tree_unref(t->root);
    list_del(&t->link);
    conn->txn_count--;
    free(t);
}

static struct content *content_at(struct node *root, const struct used *u)
{
    struct node *n = tree_find(root, u->path, u->len);

    return n ? n->content : NULL;
}

/* Is what the transaction depends on still as it was at its start? Shared contents are the same
 * object. */
static bool unchanged(struct store *s, const struct txn *t)
{
    const struct list *l;

    if (s->root == t->base)
        return true;
    list_for_each (l, &t->used) {
        const struct used *u = list_entry(l, struct used, order);
        struct node *then = tree_find(t->base, u->path, u->len);
        struct node *now = tree_find(s->root, u->path, u->len);

        if (!then != !now)
            return false;
        if (!then)
            continue;
        if ((u->flags & USED_CONTENT) && then->content != now->content)
            return false;
        if ((u->flags & USED_CHILDREN) && then->children_gen != now->children_gen)
            return false;
    }
    return true;
}

/* Would the commit push the caller over its quota, counted on the tree as it is now? */
static int check_quota(struct store *s, struct conn *conn, const struct txn *t)
{
    int64_t total = s->nodes[conn->who.domid] + t->own_nodes;

    if (conn->who.privileged || t->own_nodes <= 0 || total <= s->quotas.nodes)
        return 0;
    return store_quota_hit(s, conn->who.domid, "nodes", &conn->quotas_logged);
}

/* Make the committed tree show at U's path what the transaction's tree shows there. */
static void carry_over(struct store *s, struct txn *t, const struct used *u)
{
    struct content *c = content_at(t->root, u);

    if (c)
        tree_put(&s->root, u->path, u->len, content_ref(c), ++s->gen);
    else if (tree_find(s->root, u->path, u->len))
        tree_unref(tree_cut(&s->root, u->path, u->len, ++s->gen));
}

/*
 * Others committed since the start, but nothing we used: replay path by path. The order of first
 * change will do: a path that exists at the end has a parent that was made before it, or that was
 * there at the start and so still is.
 */
static void merge(struct store *s, struct txn *t)
{
    struct list *l;

    list_for_each (l, &t->changed)
        carry_over(s, t, list_entry(l, struct used, changed));
}

/* Counts and events for every changed path. The base tree still has the old contents. */
static void publish(struct store *s, struct conn *conn, struct txn *t)
{
    struct list *l;

    list_for_each (l, &t->changed) {
        struct used *u = list_entry(l, struct used, changed);
        struct content *before = content_at(t->base, u), *after = content_at(t->root, u);

        if (before)
            s->nodes[content_owner(before)]--;
        if (after)
            s->nodes[content_owner(after)]++;
    }
    list_for_each (l, &t->changed) {
        struct used *u = list_entry(l, struct used, changed);
        struct content *before = content_at(t->base, u), *after = content_at(t->root, u);

        if ((u->flags & (USED_FIRE_ONE | USED_FIRE_ALL)) && (before || after))
            watch_fire(s, conn, u->path, u->len, !(u->flags & USED_FIRE_ALL), before, after);
    }
}

int txn_commit(struct store *s, struct conn *conn, struct txn *t)
{
    int rc = unchanged(s, t) ? check_quota(s, conn, t) : EAGAIN;

    if (!rc && !list_empty(&t->changed)) {
        if (s->root == t->base) {
            tree_unref(s->root);
            s->root = tree_ref(t->root);
        } else {
            merge(s, t);
        }
        publish(s, conn, t);
    }
    txn_abort(conn, t);
    return rc;
}
