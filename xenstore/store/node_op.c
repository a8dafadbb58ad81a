/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations on nodes, in and outside of transactions: look up and check first, then change; the
 * change cannot fail. Keeps: counts of nodes by owner, the transaction's record of used paths, and
 * events for each change.
 */
#include "store/txn.h"

#include "store/alloc.h"
#include "store/conn.h"
#include "store/path.h"
#include "store/store.h"
#include "store/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct node **root_of(struct scope *sc)
{
    return sc->txn ? &sc->txn->root : &sc->store->root;
}

static struct used *find_used(struct txn *t, const char *path, size_t len, uint64_t hash)
{
    for (struct hash_link *l = hash_first(&t->table, hash); l; l = hash_next(l)) {
        struct used *u = list_entry(l, struct used, link);

        if (u->len == len && !memcmp(u->path, path, len))
            return u;
    }
    return NULL;
}

/* Note in the transaction, if any, that PATH is used. ENOSPC if it used too many. */
static int use(struct scope *sc, const char *path, size_t len, unsigned flags)
{
    struct txn *t = sc->txn;
    struct conn *c = sc->conn;
    struct used *u;
    uint64_t hash;

    if (!t)
        return 0;
    hash = hash_bytes(path, len, 0);
    u = find_used(t, path, len, hash);
    if (!u) {
        if (!c->who.privileged && t->table.count >= sc->store->quotas.transaction_nodes)
            return store_quota_hit(sc->store, c->who.domid, "transaction-nodes", &c->quotas_logged);
        u = xalloc(sizeof(*u) + len + 1);
        memcpy(u->path, path, len);
        u->len = (uint32_t)len;
        list_init(&u->changed);
        hash_insert(&t->table, &u->link, hash);
        list_add_tail(&t->used, &u->order);
    }
    if ((flags & USED_CHANGED) && !(u->flags & USED_CHANGED))
        list_add_tail(&t->changed, &u->changed);
    u->flags |= flags;
    return 0;
}

/* A node of DOMID appeared (1) or disappeared (-1). */
static void account(struct scope *sc, uint32_t domid, int n)
{
    if (!sc->txn)
        sc->store->nodes[domid] += (uint32_t)n;
    else if (domid == sc->conn->who.domid)
        sc->txn->own_nodes += n;
}

/* Length of the nearest existing node at or above PATH[0..LEN). */
static size_t existing(struct scope *sc, const char *path, size_t len)
{
    while (!tree_find(*root_of(sc), path, len))
        len = path_parent_len(path, len);
    return len;
}

/*
 * Find PATH for ACCESS. Where it is missing, its nearest existing ancestor decides
 * whether the caller may know that (ENOENT) or not (EACCES).
 */
static int look_up(struct scope *sc, const char *path, size_t len, unsigned access,
                   struct node **found)
{
    const struct caller *who = &sc->conn->who;
    int rc = use(sc, path, len, USED_CONTENT);
    struct node *n;

    if (rc)
        return rc;
    *found = n = tree_find(*root_of(sc), path, len);
    if (n)
        return perm_allows(who, n->content, access) ? 0 : EACCES;
    n = tree_find(*root_of(sc), path, existing(sc, path, len));
    return perm_allows(who, n->content, access) ? ENOENT : EACCES;
}

int node_get(struct scope *sc, const char *path, unsigned access, const struct node **n)
{
    struct node *found;
    int rc = look_up(sc, path, strlen(path), access, &found);

    *n = found;
    return rc;
}

int node_get_list(struct scope *sc, const char *path, const struct node **n)
{
    int rc = node_get(sc, path, PERM_READ, n);

    return rc ? rc : use(sc, path, strlen(path), USED_CHILDREN);
}

/* Replace the content of an existing node and tell watchers. Takes over C. */
static void change(struct scope *sc, const char *path, size_t len, struct content *c)
{
    struct store *s = sc->store;
    struct content *before = content_ref(tree_find(*root_of(sc), path, len)->content);

    account(sc, content_owner(before), -1);
    account(sc, content_owner(c), 1);
    tree_put(root_of(sc), path, len, c, ++s->gen);
    use(sc, path, len, USED_CONTENT | USED_CHANGED | USED_FIRE_ALL);
    if (!sc->txn)
        watch_fire(s, sc->conn, path, len, false, before, c);
    content_unref(before);
}

/* End of the component of PATH after the node whose path is PATH[0..AT). */
static size_t next_component(const char *path, size_t at, size_t len)
{
    size_t end = at == 1 ? 1 : at + 1;

    while (end < len && path[end] != '/')
        end++;
    return end;
}

/* Room for MORE nodes of the caller? 0 or ENOSPC. */
static int check_node_quota(struct scope *sc, int64_t more)
{
    struct store *s = sc->store;
    struct conn *c = sc->conn;
    int64_t have = s->nodes[c->who.domid] + (sc->txn ? sc->txn->own_nodes : 0);

    if (c->who.privileged || have + more <= s->quotas.nodes)
        return 0;
    return store_quota_hit(s, c->who.domid, "nodes", &c->quotas_logged);
}

/* Create PATH, which is missing and whose nearest ancestor grants writing, and the parents it
 * lacks. */
static int create(struct scope *sc, const char *path, size_t len, const void *value,
                  size_t value_len)
{
    struct store *s = sc->store;
    size_t top = existing(sc, path, len), at;
    struct content *above = tree_find(*root_of(sc), path, top)->content, *c = NULL;
    int64_t count = 0;
    int rc = use(sc, path, top, USED_CONTENT);

    for (at = top; !rc && at < len; count++) {
        at = next_component(path, at, len);
        rc = use(sc, path, at, USED_CONTENT);
    }
    if (!rc)
        rc = check_node_quota(sc, count);
    if (rc)
        return rc;

    content_ref(above);
    for (at = top; at < len;) {
        char name[PATH_BUFFER];
        size_t start = at == 1 ? 1 : at + 1;

        at = next_component(path, at, len);
        memcpy(name, path + start, at - start);
        name[at - start] = 0;
        c = content_new(name, above->perms, above->perm_count, at == len ? value : NULL,
                        at == len ? value_len : 0);
        /* An unprivileged domain owns what it creates, whoever owns the place. */
        if (!sc->conn->who.privileged)
            c->perms[0].domid = sc->conn->who.domid;
        account(sc, content_owner(c), 1);
        tree_put(root_of(sc), path, at, c, ++s->gen);
        use(sc, path, at, USED_CHANGED | (at == len ? USED_FIRE_ALL : 0));
    }
    content_unref(above);
    if (!sc->txn)
        watch_fire(s, sc->conn, path, len, false, NULL, c);
    return 0;
}

int node_write(struct scope *sc, const char *path, const void *value, size_t len)
{
    struct conn *conn = sc->conn;
    size_t path_len = strlen(path);
    struct node *n;
    struct content *c;
    int rc;

    if (!conn->who.privileged && len > sc->store->quotas.value_size)
        return store_quota_hit(sc->store, conn->who.domid, "node-size", &conn->quotas_logged);
    rc = look_up(sc, path, path_len, PERM_WRITE, &n);
    if (rc == ENOENT)
        return create(sc, path, path_len, value, len);
    if (rc)
        return rc;
    c = content_new(n->content->name, n->content->perms, n->content->perm_count, value, len);
    change(sc, path, path_len, c);
    return 0;
}

int node_mkdir(struct scope *sc, const char *path)
{
    size_t len = strlen(path);
    struct node *n;
    int rc = look_up(sc, path, len, PERM_WRITE, &n);

    return rc == ENOENT ? create(sc, path, len, NULL, 0) : rc;
}

/* Walking a subtree bottom-up: children before their parent, siblings by name. */
struct walk {
    struct scope *sc;
    int (*visit)(struct walk *w, const struct content *c, size_t len);
    size_t top; /* length of the path where the walk started */
    char path[PATH_BUFFER];
};

static int walk_node(struct walk *w, const struct node *n, size_t len);

static int walk_siblings(struct walk *w, const struct node *n, size_t len)
{
    size_t start = len == 1 ? 1 : len + 1, name_len;
    int rc;

    if (!n)
        return 0;
    rc = walk_siblings(w, n->left, len);
    if (rc)
        return rc;
    name_len = strlen(n->content->name);
    w->path[start - 1] = '/';
    memcpy(w->path + start, n->content->name, name_len);
    rc = walk_node(w, n, start + name_len);
    return rc ? rc : walk_siblings(w, n->right, len);
}

static int walk_node(struct walk *w, const struct node *n, size_t len)
{
    int rc = walk_siblings(w, n->children, len);

    w->path[len] = 0;
    return rc ? rc : w->visit(w, n->content, len);
}

static int visit_use(struct walk *w, const struct content *c, size_t len)
{
    (void)c;
    return use(w->sc, w->path, len, USED_CONTENT | USED_CHILDREN);
}

static int visit_removed(struct walk *w, const struct content *c, size_t len)
{
    account(w->sc, content_owner(c), -1);
    use(w->sc, w->path, len, USED_CHANGED | (len == w->top ? USED_FIRE_ALL : USED_FIRE_ONE));
    if (!w->sc->txn)
        watch_fire(w->sc->store, w->sc->conn, w->path, len, len != w->top, c, NULL);
    return 0;
}

/* Remove PATH, which exists. */
static int remove_subtree(struct scope *sc, const char *path, size_t len)
{
    struct walk w = {.sc = sc, .visit = visit_use, .top = len};
    struct node *n;
    int rc = 0;

    memcpy(w.path, path, len);
    if (sc->txn)
        rc = walk_node(&w, tree_find(*root_of(sc), path, len), len);
    if (rc)
        return rc;
    n = tree_cut(root_of(sc), path, len, ++sc->store->gen);
    w.visit = visit_removed;
    walk_node(&w, n, len);
    tree_unref(n);
    return 0;
}

int node_rm(struct scope *sc, const char *path)
{
    size_t len = strlen(path), parent;
    struct node *n;
    int rc;

    if (len == 1)
        return EINVAL;
    rc = look_up(sc, path, len, PERM_WRITE, &n);
    if (!rc)
        return remove_subtree(sc, path, len);
    if (rc != ENOENT)
        return rc;
    /* Nothing to remove is fine where the parent exists. */
    parent = path_parent_len(path, len);
    rc = use(sc, path, parent, USED_CONTENT);
    if (rc)
        return rc;
    return tree_find(*root_of(sc), path, parent) ? 0 : ENOENT;
}

/* May the caller turn the permissions of BEFORE into these? */
static int check_perms(struct scope *sc, const struct content *before, const struct perm *perms,
                       size_t count)
{
    struct conn *c = sc->conn;

    if (!count)
        return EINVAL;
    if (c->who.privileged)
        return 0;
    if (count > sc->store->quotas.permissions)
        return store_quota_hit(sc->store, c->who.domid, "node-permissions", &c->quotas_logged);
    /* Giving a node away would charge its cost to somebody else. */
    return perms[0].domid == content_owner(before) ? 0 : EPERM;
}

int node_set_perms(struct scope *sc, const char *path, const struct perm *perms, size_t count)
{
    struct content **special = store_special(sc->store, path), *c;
    size_t len = strlen(path);
    struct node *n;
    int rc;

    if (special) {
        if (!perm_allows(&sc->conn->who, *special, PERM_OWNER))
            return EACCES;
        rc = check_perms(sc, *special, perms, count);
        if (rc)
            return rc;
        content_unref(*special);
        *special = content_new(path, perms, count, NULL, 0);
        return 0;
    }
    rc = look_up(sc, path, len, PERM_OWNER, &n);
    if (!rc)
        rc = check_perms(sc, n->content, perms, count);
    if (rc)
        return rc;
    c = content_new(n->content->name, perms, count, n->content->value, n->content->value_len);
    change(sc, path, len, c);
    return 0;
}

/* What the death of a domain leaves to do, found in one walk: paths, each with a NUL, one after the
 * other. */
struct doomed {
    struct walk w; /* first member: the visitor gets it */
    uint32_t domid;
    char *text;
    size_t len, room;
};

static bool is_listed(const struct content *c, uint32_t domid)
{
    for (uint32_t i = 0; i < c->perm_count; i++) {
        if (c->perms[i].domid == domid)
            return true;
    }
    return false;
}

static int visit_doomed(struct walk *w, const struct content *c, size_t len)
{
    struct doomed *d = list_entry(w, struct doomed, w);

    if (!is_listed(c, d->domid))
        return 0;
    if (d->len + len + 1 > d->room) {
        d->room = (d->len + len + 1) * 2;
        d->text = xrealloc(d->text, d->room);
    }
    memcpy(d->text + d->len, w->path, len + 1);
    d->len += len + 1;
    return 0;
}

/* C without the entries of DOMID; an owner of that number becomes domain 0. A new reference. */
static struct content *without(struct content *c, uint32_t domid)
{
    struct perm *perms = xalloc(c->perm_count * sizeof(*perms));
    size_t count = 1;
    struct content *fresh;

    perms[0] = c->perms[0];
    if (perms[0].domid == domid)
        perms[0].domid = 0;
    for (uint32_t i = 1; i < c->perm_count; i++) {
        if (c->perms[i].domid != domid)
            perms[count++] = c->perms[i];
    }
    fresh = content_new(c->name, perms, count, c->value, c->value_len);
    free(perms);
    return fresh;
}

static void purge(struct scope *sc, const char *path, uint32_t domid)
{
    size_t len = strlen(path);
    struct node *n = tree_find(sc->store->root, path, len);

    if (!n)
        return;
    if (content_owner(n->content) == domid && len > 1) {
        remove_subtree(sc, path, len);
    } else {
        struct content *fresh = without(n->content, domid);

        account(sc, content_owner(n->content), -1);
        account(sc, content_owner(fresh), 1);
        tree_put(&sc->store->root, path, len, fresh, ++sc->store->gen);
    }
}

void store_remove_domain_nodes(struct store *s, uint32_t domid)
{
    struct content **special[] = {&s->introduce, &s->release};
    struct scope sc = {.store = s};
    struct doomed *d = xalloc(sizeof(*d));

    d->w.sc = &sc;
    d->w.visit = visit_doomed;
    d->w.top = 1;
    d->w.path[0] = '/';
    d->domid = domid;
    walk_node(&d->w, s->root, 1);
    for (size_t at = 0; at < d->len; at += strlen(d->text + at) + 1)
        purge(&sc, d->text + at, domid);
    free(d->text);
    free(d);
    for (size_t i = 0; i < 2; i++) {
        struct content *old = *special[i];

        *special[i] = without(old, domid);
        content_unref(old);
    }
}
