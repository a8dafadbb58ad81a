/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The oracle: every count and reference of a store recomputed from nothing and compared with what
 * is held. Runs between requests only. Tests and the fuzzer call it after each step, an
 * administrator by CONTROL check.
 */
#include "store/store.h"

#include "store/alloc.h"
#include "store/conn.h"
#include "store/domain.h"
#include "store/txn.h"
#include "store/watch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* An object met on the walk and how many pointers to it were met. */
struct seen {
    struct hash_link link;
    const void *object;
    uint32_t refs;
};

struct check {
    struct store *s;
    struct hash_table seen;
    bool good;
};

static void complain(struct check *k, const char *what, const char *name, uint64_t held,
                     uint64_t found)
{
    if (k->good)
        store_log(k->s, "inconsistent: %s%s: held %" PRIu64 ", recomputed %" PRIu64, what, name,
                  held, found);
    k->good = false;
}

static void expect(struct check *k, const char *what, const char *name, uint64_t held,
                   uint64_t found)
{
    if (held != found)
        complain(k, what, name, held, found);
}

/* Count one pointer to OBJECT; true when it is met for the first time. */
static bool meet(struct check *k, const void *object)
{
    uint64_t hash = hash_bytes(&object, sizeof(object), 0);
    struct seen *e;

    for (struct hash_link *l = hash_first(&k->seen, hash); l; l = hash_next(l)) {
        e = list_entry(l, struct seen, link);
        if (e->object == object) {
            e->refs++;
            return false;
        }
    }
    e = xalloc(sizeof(*e));
    e->object = object;
    e->refs = 1;
    hash_insert(&k->seen, &e->link, hash);
    return true;
}

static uint32_t met(struct check *k, const void *object)
{
    uint64_t hash = hash_bytes(&object, sizeof(object), 0);

    for (struct hash_link *l = hash_first(&k->seen, hash); l; l = hash_next(l)) {
        struct seen *e = list_entry(l, struct seen, link);

        if (e->object == object)
            return e->refs;
    }
    return 0;
}

static void meet_tree(struct check *k, const struct node *n)
{
    if (!n || !meet(k, n))
        return;
    meet(k, n->content);
    meet_tree(k, n->left);
    meet_tree(k, n->right);
    meet_tree(k, n->children);
}

struct totals {
    uint32_t count, bytes;
};

static void check_shape(struct check *k, const struct node *n);

/* Order, heap property and sizes of a treap whose names lie between LOW and HIGH (NULL: no bound).
 */
static void check_treap(struct check *k, const struct node *n, const char *low, const char *high,
                        struct totals *t)
{
    const char *name;

    if (!n)
        return;
    name = n->content->name;
    if ((low && strcmp(name, low) <= 0) || (high && strcmp(name, high) >= 0))
        complain(k, "order of children at ", name, 0, 1);
    if ((n->left && n->left->priority > n->priority) ||
        (n->right && n->right->priority > n->priority))
        complain(k, "priority at ", name, 0, 1);
    t->count++;
    t->bytes += (uint32_t)strlen(name) + 1;
    check_treap(k, n->left, low, name, t);
    check_treap(k, n->right, name, high, t);
    check_shape(k, n);
}

static void check_shape(struct check *k, const struct node *n)
{
    struct totals t = {0};

    expect(k, "references to node ", n->content->name, n->refs, met(k, n));
    expect(k, "references to content ", n->content->name, n->content->refs, met(k, n->content));
    check_treap(k, n->children, NULL, NULL, &t);
    expect(k, "children of ", n->content->name, n->count, t.count);
    expect(k, "length of children's names of ", n->content->name, n->bytes, t.bytes);
}

static void count_owners(const struct node *n, uint32_t *nodes)
{
    if (!n)
        return;
    nodes[content_owner(n->content)]++;
    count_owners(n->left, nodes);
    count_owners(n->right, nodes);
    count_owners(n->children, nodes);
}

static void check_owners(struct check *k)
{
    uint32_t *nodes = xalloc(DOMID_LIMIT * sizeof(*nodes));

    count_owners(k->s->root, nodes);
    for (uint32_t i = 0; i < DOMID_LIMIT; i++)
        expect(k, "nodes of a domain", "", k->s->nodes[i], nodes[i]);
    free(nodes);
}

static void check_txn(struct check *k, const struct conn *c, const struct txn *t)
{
    uint32_t *nodes = xalloc(2 * DOMID_LIMIT * sizeof(*nodes));
    size_t used = 0;
    struct list *l;

    check_shape(k, t->root);
    check_shape(k, t->base);
    count_owners(t->base, nodes);
    count_owners(t->root, nodes + DOMID_LIMIT);
    expect(k, "nodes gained in a transaction", "", (uint64_t)t->own_nodes,
           (uint64_t)((int64_t)nodes[DOMID_LIMIT + c->who.domid] - nodes[c->who.domid]));
    free(nodes);
    list_for_each (l, &t->used)
        used++;
    expect(k, "paths used in a transaction", "", t->table.count, used);
}

static size_t length(const struct list *list)
{
    size_t n = 0;
    struct list *l;

    list_for_each (l, list)
        n++;
    return n;
}

/* Counts of one connection; returns its queued events. */
static size_t check_conn(struct check *k, const struct conn *c)
{
    size_t answers = 0, events = 0, of_watches = 0;
    struct list *l;

    list_for_each (l, &c->out) {
        const struct message *m = list_entry(l, struct message, link);
        const struct xsd_sockmsg *header = (const struct xsd_sockmsg *)m->data;

        answers += header->type != XS_WATCH_EVENT;
        events += m->watch != NULL;
        if (m->charge)
            meet(k, m->charge);
    }
    list_for_each (l, &c->watches)
        of_watches += length(&list_entry(l, struct watch, link)->events);
    list_for_each (l, &c->txns)
        check_txn(k, c, list_entry(l, struct txn, link));
    expect(k, "answers of a connection", "", c->replies, answers);
    expect(k, "events by watch", "", of_watches, events);
    expect(k, "watches of a connection", "", c->watch_count, length(&c->watches));
    expect(k, "transactions of a connection", "", c->txn_count, length(&c->txns));
    expect(k, "outstanding of a connection", "", c->outstanding, length(&c->charges));
    return events;
}

static void check_charges(struct check *k, const struct conn *c)
{
    struct list *l;

    list_for_each (l, &c->charges) {
        const struct charge *charge = list_entry(l, struct charge, link);

        expect(k, "events of a charge", "", charge->refs, met(k, charge));
    }
}

static void check_conns(struct check *k)
{
    struct store *s = k->s;
    size_t events = 0, watches = 0;
    struct list *l;

    list_for_each (l, &s->conns) {
        const struct conn *c = list_entry(l, struct conn, link);

        events += check_conn(k, c);
        watches += c->watch_count;
    }
    list_for_each (l, &s->conns)
        check_charges(k, list_entry(l, struct conn, link));
    expect(k, "events queued", "", s->events.count, events);
    expect(k, "watches", "", s->watches.count, watches);
}

bool store_check(struct store *s)
{
    struct check k = {.s = s, .good = true};
    struct list *l, *m;

    meet_tree(&k, s->root);
    list_for_each (l, &s->conns) {
        list_for_each (m, &list_entry(l, struct conn, link)->txns) {
            meet_tree(&k, list_entry(m, struct txn, link)->root);
            meet_tree(&k, list_entry(m, struct txn, link)->base);
        }
    }
    check_shape(&k, s->root);
    check_owners(&k);
    check_conns(&k);
    for (size_t i = 0; i < k.seen.size; i++) {
        while (k.seen.buckets[i]) {
            struct hash_link *first = k.seen.buckets[i];

            k.seen.buckets[i] = first->next;
            free(list_entry(first, struct seen, link));
        }
    }
    hash_free(&k.seen);
    return k.good;
}
