/* SPDX-License-Identifier: Apache-2.0 */
/* Circular doubly linked list, intrusive. An element is on at most one list per link; an unlinked
 * link points to itself. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev;
};

#define list_entry(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/** Walk LIST with cursor POS (a struct list *). The list must not change under it. */
#define list_for_each(pos, list) for (pos = (list)->next; pos != (list); pos = pos->next)

/** Like list_for_each(), but POS may be removed; TMP is a second cursor. */
#define list_for_each_safe(pos, tmp, list)                                                         \
    for (pos = (list)->next, tmp = pos->next; pos != (list); pos = tmp, tmp = pos->next)

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}

static inline void list_add_tail(struct list *l, struct list *item)
{
    item->prev = l->prev;
    item->next = l;
    l->prev->next = item;
    l->prev = item;
}

static inline void list_del(struct list *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    list_init(item);
}
