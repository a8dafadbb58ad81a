/* SPDX-License-Identifier: Apache-2.0 */
/* The persistent tree: snapshots stay as they were whatever is done to the tree, and nothing leaks.
 */
#include "harness.h"

#include "store/path.h"
#include "store/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct perm dom0 = {0, PERM_NONE};

static void put(struct node **root, const char *path, const char *value)
{
    tree_put(root, path, strlen(path),
             content_new(strcmp(path, "/") ? path_last(path) : "", &dom0, 1, value, strlen(value)),
             1);
}

static const char *get(struct node *root, const char *path)
{
    struct node *n = tree_find(root, path, strlen(path));

    return n ? n->content->value : "(none)";
}

static void snapshot_is_frozen(void)
{
    struct node *root = tree_new(content_new("", &dom0, 1, NULL, 0)), *snap;

    put(&root, "/a", "1");
    put(&root, "/a/b", "2");
    put(&root, "/c", "3");
    snap = tree_ref(root);
    put(&root, "/a/b", "changed");
    put(&root, "/a/new", "x");
    tree_unref(tree_cut(&root, "/c", 2, 9));
    CU_ASSERT_STRING_EQUAL(get(snap, "/a/b"), "2");
    CU_ASSERT_STRING_EQUAL(get(snap, "/a/new"), "(none)");
    CU_ASSERT_STRING_EQUAL(get(snap, "/c"), "3");
    CU_ASSERT_STRING_EQUAL(get(root, "/a/b"), "changed");
    CU_ASSERT_STRING_EQUAL(get(root, "/c"), "(none)");
    CU_ASSERT_EQUAL(tree_find(snap, "/a", 2)->count, 1);
    CU_ASSERT_EQUAL(tree_find(root, "/a", 2)->count, 2);
    tree_unref(snap);
    tree_unref(root);
}

static void unshared_nodes_change_in_place(void)
{
    struct node *root = tree_new(content_new("", &dom0, 1, NULL, 0)), *before;

    put(&root, "/a", "1");
    before = tree_find(root, "/a", 2);
    put(&root, "/a", "2");
    CU_ASSERT_PTR_EQUAL(tree_find(root, "/a", 2), before);
    tree_unref(root);
}

/* Many children, inserted and removed in scattered order, against a plain array; snapshots on the
 * way. */
static void many_children(void)
{
    enum { N = 500 };
    static bool model[N], frozen[N];
    struct node *root = tree_new(content_new("", &dom0, 1, NULL, 0)), *snap = NULL;
    unsigned x = 12345, count = 0;

    memset(model, 0, sizeof(model));
    for (int step = 0; step < 5000; step++) {
        char path[16];
        unsigned i;

        x = x * 1103515245 + 12345;
        i = (x >> 8) % N;
        snprintf(path, sizeof(path), "/n%u", i);
        if (model[i])
            tree_unref(tree_cut(&root, path, strlen(path), 1));
        else
            put(&root, path, path);
        model[i] = !model[i];
        if (step == 2500) {
            snap = tree_ref(root);
            memcpy(frozen, model, sizeof(model));
        }
    }
    for (unsigned i = 0; i < N; i++) {
        char path[16];

        snprintf(path, sizeof(path), "/n%u", i);
        CU_ASSERT_EQUAL(tree_find(root, path, strlen(path)) != NULL, model[i]);
        CU_ASSERT_EQUAL(tree_find(snap, path, strlen(path)) != NULL, frozen[i]);
        count += model[i];
    }
    CU_ASSERT_EQUAL(root->count, count);
    for (const struct node *k = tree_first_child(root), *next; k; k = next, count--) {
        next = tree_next_child(root, k->content->name);
        CU_ASSERT(!next || strcmp(k->content->name, next->content->name) < 0);
    }
    CU_ASSERT_EQUAL(count, 0);
    tree_unref(snap);
    tree_unref(root);
}

static void paths(void)
{
    char out[PATH_BUFFER], longest[PATH_MAX_ABS + 3];

    CU_ASSERT_EQUAL(path_canonical(out, "/a/b-c_d@9", 0, false), 0);
    CU_ASSERT_EQUAL(path_canonical(out, "a/b", 12, false), 0);
    CU_ASSERT_STRING_EQUAL(out, "/local/domain/12/a/b");
    CU_ASSERT_NOT_EQUAL(path_canonical(out, "", 0, false), 0);
    CU_ASSERT_NOT_EQUAL(path_canonical(out, "//a", 0, false), 0);
    CU_ASSERT_NOT_EQUAL(path_canonical(out, "/a//b", 0, false), 0);
    CU_ASSERT_NOT_EQUAL(path_canonical(out, "/a/", 0, false), 0);
    CU_ASSERT_NOT_EQUAL(path_canonical(out, "a/", 0, false), 0);
    CU_ASSERT_NOT_EQUAL(path_canonical(out, "/a b", 0, false), 0);
    CU_ASSERT_NOT_EQUAL(path_canonical(out, "/a.b", 0, false), 0);
    CU_ASSERT_NOT_EQUAL(path_canonical(out, "@introduceDomain", 0, false), 0);
    CU_ASSERT_EQUAL(path_canonical(out, "@introduceDomain", 0, true), 0);
    CU_ASSERT_NOT_EQUAL(path_canonical(out, "@other", 0, true), 0);
    memset(longest, 'x', sizeof(longest));
    longest[0] = '/';
    longest[PATH_MAX_ABS] = 0;
    CU_ASSERT_EQUAL(path_canonical(out, longest, 0, false), 0);
    longest[PATH_MAX_ABS] = 'x';
    longest[PATH_MAX_ABS + 1] = 0;
    CU_ASSERT_NOT_EQUAL(path_canonical(out, longest, 0, false), 0);
    longest[0] = 'x';
    longest[PATH_MAX_REL + 1] = 0;
    CU_ASSERT_NOT_EQUAL(path_canonical(out, longest, 0, false), 0);
}

void register_tree(void)
{
    CU_pSuite s = CU_add_suite("tree", NULL, NULL);

    CU_ADD_TEST(s, snapshot_is_frozen);
    CU_ADD_TEST(s, unshared_nodes_change_in_place);
    CU_ADD_TEST(s, many_children);
    CU_ADD_TEST(s, paths);
}
