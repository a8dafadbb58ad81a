/* SPDX-License-Identifier: Apache-2.0 */
/* Watches: registration and the search for those a change concerns. Order of events is by
 * registration serial. */
#include "store/watch.h"

#include "store/alloc.h"
#include "store/conn.h"
#include "store/path.h"
#include "store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct watch *find(struct conn *conn, const char *path, const char *token)
{
    uint64_t hash = hash_string(path, 0);

    for (struct hash_link *l = hash_first(&conn->store->watches, hash); l; l = hash_next(l)) {
        struct watch *w = list_entry(l, struct watch, by_path);

        if (w->conn == conn && !strcmp(w->path, path) && !strcmp(w->token, token))
            return w;
    }
    return NULL;
}

int watch_add(struct conn *conn, const char *path, bool relative, const char *token,
              struct watch **out)
{
    struct store *s = conn->store;
    struct watch *w;

    if (find(conn, path, token))
        return EEXIST;
    if (!conn->who.privileged && conn->watch_count >= s->quotas.watches)
        return store_quota_hit(s, conn->who.domid, "watches", &conn->quotas_logged);
    w = xalloc(sizeof(*w));
    w->conn = conn;
    w->serial = s->next_watch++;
    w->path = xstrdup(path);
    w->token = xstrdup(token);
    w->home = relative ? path_home_prefix(path, conn->who.domid) : 0;
    list_init(&w->events);
    list_add_tail(&conn->watches, &w->link);
    hash_insert(&s->watches, &w->by_path, hash_string(path, 0));
    conn->watch_count++;
    *out = w;
    return 0;
}

void watch_fire_first(struct watch *w)
{
    conn_event(w->conn, w, w->path + w->home, NULL);
}

static void destroy(struct watch *w)
{
    while (!list_empty(&w->events))
        conn_drop_event(list_entry(w->events.next, struct message, of_watch));
    list_del(&w->link);
    hash_remove(&w->conn->store->watches, &w->by_path);
    w->conn->watch_count--;
    free(w->path);
    free(w->token);
    free(w);
}

int watch_remove(struct conn *conn, const char *path, const char *token)
{
    struct watch *w = find(conn, path, token);

    if (!w)
        return ENOENT;
    destroy(w);
    return 0;
}

void watch_remove_all(struct conn *conn)
{
    while (!list_empty(&conn->watches))
        destroy(list_entry(conn->watches.next, struct watch, link));
}

/* Watches found for one change. */
struct found {
    struct watch **list;
    size_t count, room;
};

/* Add those watches on PATH[0..LEN) whose connection may read BEFORE or AFTER. */
static void collect(struct store *s, struct found *f, const char *path, size_t len,
                    const struct content *before, const struct content *after)
{
    for (struct hash_link *l = hash_first(&s->watches, hash_bytes(path, len, 0)); l;
         l = hash_next(l)) {
        struct watch *w = list_entry(l, struct watch, by_path);
        const struct caller *who = &w->conn->who;

        if (strncmp(w->path, path, len) || w->path[len])
            continue;
        if (!(before && perm_allows(who, before, PERM_READ)) &&
            !(after && perm_allows(who, after, PERM_READ)))
            continue;
        if (f->count == f->room) {
            f->room = f->room ? f->room * 2 : 16;
            f->list = xrealloc(f->list, f->room * sizeof(struct watch *));
        }
        f->list[f->count++] = w;
    }
}

static int by_serial(const void *a, const void *b)
{
    const struct watch *const *x = a, *const *y = b;

    return (*x)->serial < (*y)->serial ? -1 : (*x)->serial > (*y)->serial;
}

static void queue_all(struct found *f, struct conn *cause, const char *path)
{
    if (f->count > 1)
        qsort(f->list, f->count, sizeof(struct watch *), by_serial);
    for (size_t i = 0; i < f->count; i++)
        conn_event(f->list[i]->conn, f->list[i], path + f->list[i]->home, cause);
    free(f->list);
}

void watch_fire(struct store *s, struct conn *cause, const char *path, size_t len, bool exact,
                const struct content *before, const struct content *after)
{
    struct found f = {0};

    if (!s->watches.count)
        return;
    collect(s, &f, path, len, before, after);
    for (size_t up = len; !exact && up > 1;) {
        up = path_parent_len(path, up);
        collect(s, &f, path, up, before, after);
    }
    queue_all(&f, cause, path);
}

void watch_fire_special(struct store *s, struct conn *cause, const char *path)
{
    struct found f = {0};

    collect(s, &f, path, strlen(path), *store_special(s, path), NULL);
    queue_all(&f, cause, path);
}
