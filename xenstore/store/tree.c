/* SPDX-License-Identifier: Apache-2.0 */
/* The persistent tree: copy on write along the changed path, treaps of children. Invariants are
 * stated in tree.h. */
#include "store/tree.h"

#include "store/alloc.h"
#include "store/path.h"

#include <stdlib.h>
#include <string.h>

static uint64_t random_state = 0x9e3779b97f4a7c15;

void tree_seed(uint64_t seed)
{
    random_state = seed | 1;
}

/* Priorities only need to be unknown to guests and well spread: xorshift64* with a secret start. */
static uint32_t random_priority(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * 0x2545f4914f6cdd1d) >> 32);
}

struct content *content_new(const char *name, const struct perm *perms, size_t perm_count,
                            const void *value, size_t value_len)
{
    size_t name_len = strlen(name), perm_size = perm_count * sizeof(*perms);
    struct content *c = xalloc(sizeof(*c) + perm_size + name_len + 1 + value_len + 1);
    char *text = (char *)c->perms + perm_size;

    c->refs = 1;
    c->perm_count = (uint32_t)perm_count;
    c->value_len = (uint32_t)value_len;
    memcpy(c->perms, perms, perm_size);
    memcpy(text, name, name_len);
    c->name = text;
    c->value = text + name_len + 1;
    if (value_len)
        memcpy(text + name_len + 1, value, value_len);
    return c;
}

struct content *content_ref(struct content *c)
{
    c->refs++;
    return c;
}

void content_unref(struct content *c)
{
    if (c && --c->refs == 0)
        free(c);
}

struct node *tree_new(struct content *c)
{
    struct node *n = xalloc(sizeof(*n));

    n->refs = 1;
    n->priority = random_priority();
    n->content = c;
    return n;
}

struct node *tree_ref(struct node *root)
{
    if (root)
        root->refs++;
    return root;
}

void tree_unref(struct node *n)
{
    while (n && --n->refs == 0) {
        struct node *right = n->right;

        tree_unref(n->left);
        tree_unref(n->children);
        content_unref(n->content);
        free(n);
        n = right;
    }
}

/* Make the node that *LINK holds changeable. The holder of LINK must be changeable itself. */
static struct node *own(struct node **link)
{
    struct node *n = *link, *copy;

    if (n->refs == 1)
        return n;
    copy = xalloc(sizeof(*copy));
    *copy = *n;
    copy->refs = 1;
    tree_ref(copy->left);
    tree_ref(copy->right);
    tree_ref(copy->children);
    content_ref(copy->content);
    n->refs--;
    *link = copy;
    return copy;
}

/* Compare name NAME[0..LEN) with that of N, in strcmp order. */
static int compare(const char *name, size_t len, const struct node *n)
{
    int c = strncmp(name, n->content->name, len);

    if (c)
        return c;
    return n->content->name[len] ? -1 : 0;
}

struct node *tree_child(const struct node *node, const char *name, size_t len)
{
    struct node *n = node->children;

    while (n) {
        int c = compare(name, len, n);

        if (!c)
            return n;
        n = c < 0 ? n->left : n->right;
    }
    return NULL;
}

/* Length of the component that starts at PATH[POS]. */
static size_t component(const char *path, size_t pos, size_t len)
{
    size_t end = pos;

    while (end < len && path[end] != '/')
        end++;
    return end - pos;
}

struct node *tree_find(struct node *root, const char *path, size_t len)
{
    size_t pos = 1;

    while (root && pos < len) {
        size_t n = component(path, pos, len);

        root = tree_child(root, path + pos, n);
        pos += n + 1;
    }
    return root;
}

/* The link that holds child NAME (which exists) of changeable PARENT; every node on the way becomes
 * changeable. */
static struct node **own_child(struct node *parent, const char *name, size_t len)
{
    struct node **link = &parent->children;

    for (;;) {
        struct node *n = own(link);
        int c = compare(name, len, n);

        if (!c)
            return link;
        link = c < 0 ? &n->left : &n->right;
    }
}

/* The link that holds the node at PATH (which exists), made changeable with all above it. */
static struct node **own_path(struct node **root, const char *path, size_t len)
{
    struct node **link = root;
    size_t pos = 1;

    own(link);
    while (pos < len) {
        size_t n = component(path, pos, len);

        link = own_child(*link, path + pos, n);
        pos += n + 1;
    }
    return link;
}

/* Divide treap T (taken over) into names before and after NAME. */
static void split(struct node *t, const char *name, size_t len, struct node **before,
                  struct node **after)
{
    while (t) {
        own(&t);
        if (compare(name, len, t) > 0) {
            *before = t;
            before = &t->right;
            t = *before;
        } else {
            *after = t;
            after = &t->left;
            t = *after;
        }
    }
    *before = *after = NULL;
}

/* Join treaps A and B (taken over), all names of A before those of B. */
static void join(struct node **link, struct node *a, struct node *b)
{
    while (a && b) {
        if (a->priority >= b->priority) {
            *link = own(&a);
            link = &a->right;
            a = *link;
        } else {
            *link = own(&b);
            link = &b->left;
            b = *link;
        }
    }
    *link = a ? a : b;
}

static void insert_child(struct node *parent, struct node *fresh)
{
    const char *name = fresh->content->name;
    size_t len = strlen(name);
    struct node **link = &parent->children;

    while (*link && (*link)->priority >= fresh->priority) {
        struct node *n = own(link);

        link = compare(name, len, n) < 0 ? &n->left : &n->right;
    }
    split(*link, name, len, &fresh->left, &fresh->right);
    *link = fresh;
    parent->count++;
    parent->bytes += (uint32_t)len + 1;
}

void tree_put(struct node **root, const char *path, size_t len, struct content *c, uint64_t gen)
{
    struct node *n;

    if (tree_find(*root, path, len)) {
        n = *own_path(root, path, len);
        content_unref(n->content);
        n->content = c;
        return;
    }
    n = *own_path(root, path, path_parent_len(path, len));
    insert_child(n, tree_new(c));
    n->children_gen = gen;
}

struct node *tree_cut(struct node **root, const char *path, size_t len, uint64_t gen)
{
    size_t plen = path_parent_len(path, len), start = plen > 1 ? plen + 1 : 1;
    struct node *parent = *own_path(root, path, plen);
    struct node **link = own_child(parent, path + start, len - start);
    struct node *n = *link;

    join(link, n->left, n->right);
    n->left = n->right = NULL;
    parent->count--;
    parent->bytes -= (uint32_t)(len - start) + 1;
    parent->children_gen = gen;
    return n;
}

struct node *tree_first_child(const struct node *node)
{
    struct node *n = node->children;

    while (n && n->left)
        n = n->left;
    return n;
}

struct node *tree_next_child(const struct node *node, const char *after)
{
    struct node *n = node->children, *best = NULL;
    size_t len = strlen(after);

    while (n) {
        if (compare(after, len, n) < 0) {
            best = n;
            n = n->left;
        } else {
            n = n->right;
        }
    }
    return best;
}
