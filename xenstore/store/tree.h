/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The persistent tree of nodes.
 *
 * A tree is named by a pointer to its root, counted. Taking a snapshot is taking a reference: O(1).
 * A change first makes the way from the root down to the changed node its own (a node with one
 * reference is changed in place, a shared one is copied), so a snapshot never sees it. The children
 * of a node form a treap ordered by name with random priorities; each struct node is at once a
 * store node and its place in the treap of its siblings.
 *
 * Invariants (recomputed by invariants.c): every `refs` equals the number of pointers to the object
 * from reachable objects and tree holders; treap order by name and heap order by priority; `count`
 * and `bytes` match the children.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a domain may do with a node: PERM_* or'd. */
#define PERM_NONE  0u
#define PERM_READ  1u
#define PERM_WRITE 2u
#define PERM_OWNER 4u /* only asked for, never listed: the owner's right to change permissions */

struct perm {
    uint32_t domid;
    uint32_t access;
};

/** Name, permissions and value of a node; never changed once made, shared by reference. */
struct content {
    uint32_t refs;
    uint32_t perm_count; /* at least 1; perms[0] names owner and default access */
    uint32_t value_len;
    const char *name;  /* last path component; "" for the root */
    const char *value; /* value_len bytes and a NUL */
    struct perm perms[];
};

struct node {
    uint32_t refs;
    uint32_t priority;         /* of the treap; larger is nearer to the top */
    struct node *left, *right; /* siblings before and after in name order */
    struct node *children;     /* top of the children's treap */
    struct content *content;
    uint64_t children_gen; /* changes whenever a child appears or disappears */
    uint32_t count;        /* children */
    uint32_t bytes;        /* length of their names, each with a NUL */
};

/** New content with one reference. NAME is NUL-terminated; VALUE may be NULL if VALUE_LEN is 0. */
struct content *content_new(const char *name, const struct perm *perms, size_t perm_count,
                            const void *value, size_t value_len);
struct content *content_ref(struct content *c);
void content_unref(struct content *c);

static inline uint32_t content_owner(const struct content *c)
{
    return c->perms[0].domid;
}

/** A tree of one root node. Takes over the reference to C. */
struct node *tree_new(struct content *c);
struct node *tree_ref(struct node *root);

/** Drop a reference to a tree or subtree (NULL is allowed). */
void tree_unref(struct node *root);

/** The node at canonical PATH of LEN bytes, or NULL. Valid until the tree changes. */
struct node *tree_find(struct node *root, const char *path, size_t len);

/** Child NAME of LEN bytes of NODE, or NULL. */
struct node *tree_child(const struct node *node, const char *name, size_t len);

/**
 * Put content C (reference taken over) at PATH: replaces the content of an existing node, or adds a
 * node to its existing parent, whose children_gen becomes GEN.
 */
void tree_put(struct node **root, const char *path, size_t len, struct content *c, uint64_t gen);

/**
 * Take the node at PATH, which exists and is not the root, out of the tree with all below it.
 * Returns the subtree (its reference is the caller's). The parent's children_gen becomes GEN.
 */
struct node *tree_cut(struct node **root, const char *path, size_t len, uint64_t gen);

/** First and next child in name order, by repeated descent: O(log n) each. NULL at the end. */
struct node *tree_first_child(const struct node *node);
struct node *tree_next_child(const struct node *node, const char *after);

/** Seed of the treap priorities (tests and fuzzing: the same run twice). */
void tree_seed(uint64_t seed);
