/* SPDX-License-Identifier: Apache-2.0 */
/* Intrusive doubly linked list with a sentinel head. */
#pragma once

#include <hv/types.h>

struct list {
    struct list *next, *prev;
};

#define LIST_INIT(name)                                                                            \
    {                                                                                              \
        &(name), &(name)                                                                           \
    }

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}

/* Insert `e` right after `pos` (at the front, when `pos` is the head). */
static inline void list_add(struct list *pos, struct list *e)
{
    e->next = pos->next;
    e->prev = pos;
    pos->next->prev = e;
    pos->next = e;
}

/* Insert `e` right before `pos` (at the back, when `pos` is the head). */
static inline void list_add_tail(struct list *pos, struct list *e)
{
    list_add(pos->prev, e);
}

/* Unlink `e`; it becomes an empty list of its own, so unlinking twice is harmless. */
static inline void list_del(struct list *e)
{
    e->prev->next = e->next;
    e->next->prev = e->prev;
    list_init(e);
}

#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_first(head, type, member)                                                             \
    (list_empty(head) ? NULL : list_entry((head)->next, type, member))

#define list_for_each(var, head, member)                                                           \
    for (var = list_entry((head)->next, __typeof__(*var), member); &var->member != (head);         \
         var = list_entry(var->member.next, __typeof__(*var), member))

/* Like list_for_each, but `var` may be unlinked in the body. */
#define list_for_each_safe(var, tmp, head, member)                                                 \
    for (var = list_entry((head)->next, __typeof__(*var), member),                                 \
        tmp = list_entry(var->member.next, __typeof__(*var), member);                              \
         &var->member != (head);                                                                   \
         var = tmp, tmp = list_entry(tmp->member.next, __typeof__(*var), member))
