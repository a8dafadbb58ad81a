/* SPDX-License-Identifier: Apache-2.0 */
/* The store: a small table of paths. A transaction works on the table itself and keeps a copy for
 * the case that it is undone. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dev/tests/fake_store.h"

#define NODES_MAX 256
#define TEXT_MAX  256

struct node {
    char path[TEXT_MAX], value[TEXT_MAX];
    struct xsc_perm perms[4];
    size_t perm_count;
};

static struct node table[NODES_MAX], backup[NODES_MAX];
static size_t count, backup_count;

void (*fake_backend)(void);
int fake_write_failure, fake_write_countdown, fake_conflicts;

static struct node *find(const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(table[i].path, path))
            return &table[i];
    return NULL;
}

static void put_perms(struct node *n, const struct node *parent)
{
    n->perm_count = parent ? parent->perm_count : 1;
    if (parent)
        memcpy(n->perms, parent->perms, sizeof(n->perms));
    else
        n->perms[0] = (struct xsc_perm){0, XSC_PERM_NONE};
}

static struct node *make(const char *path)
{
    struct node *n = find(path), *parent = NULL;
    char above[TEXT_MAX], *slash;

    if (n)
        return n;
    snprintf(above, sizeof(above), "%s", path);
    slash = strrchr(above, '/');
    if (slash && slash != above) {
        *slash = '\0';
        parent = make(above);
    }
    if (count == NODES_MAX)
        abort();
    n = &table[count++];
    memset(n, 0, sizeof(*n));
    snprintf(n->path, sizeof(n->path), "%s", path);
    put_perms(n, parent);
    return n;
}

void fake_put(const char *path, const char *value)
{
    snprintf(make(path)->value, TEXT_MAX, "%s", value);
}

const char *fake_get(const char *path)
{
    struct node *n = find(path);

    return n ? n->value : NULL;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct node *)a)->path, ((const struct node *)b)->path);
}

const char *fake_dump(const char *path)
{
    static char out[16384];
    size_t length = strlen(path), used = 0;

    qsort(table, count, sizeof(table[0]), by_path);
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const struct node *n = &table[i];

        if (strncmp(n->path, path, length) || n->path[length] != '/')
            continue;
        used += snprintf(out + used, sizeof(out) - used, "%s = %s", n->path + length + 1, n->value);
        for (size_t p = 0; p < n->perm_count; p++)
            used += snprintf(out + used, sizeof(out) - used, "%s%c%u", p ? "," : " (",
                             "nrwb"[n->perms[p].access], n -> perms[p].domid);
        used += snprintf(out + used, sizeof(out) - used, ")\n");
    }
    return out;
}

/* --- the client library's calls --- */

static int failure(void)
{
    if (fake_write_failure == 0 || --fake_write_countdown > 0)
        return 0;
    errno = fake_write_failure;
    fake_write_failure = 0;
    return -1;
}

int xsc_transaction_start(struct xsc_handle *h, xsc_txn *t)
{
    (void)h;
    memcpy(backup, table, sizeof(table));
    backup_count = count;
    *t = 7;
    return 0;
}

int xsc_transaction_end(struct xsc_handle *h, xsc_txn t, bool commit)
{
    (void)h;
    (void)t;
    if (commit && fake_conflicts == 0)
        return 0;
    memcpy(table, backup, sizeof(table));
    count = backup_count;
    if (!commit)
        return 0;
    fake_conflicts--;
    return XSC_AGAIN;
}

int xsc_write(struct xsc_handle *h, xsc_txn t, const char *path, const void *value, size_t len)
{
    struct node *n;

    (void)h;
    (void)t;
    if (failure())
        return -1;
    n = make(path);
    snprintf(n->value, sizeof(n->value), "%.*s", (int)len, (const char *)value);
    return 0;
}

int xsc_mkdir(struct xsc_handle *h, xsc_txn t, const char *path)
{
    (void)h;
    (void)t;
    make(path);
    return 0;
}

int xsc_set_perms(struct xsc_handle *h, xsc_txn t, const char *path, const struct xsc_perm *perms,
                  size_t n)
{
    struct node *node = find(path);

    (void)h;
    (void)t;
    if (!node) {
        errno = ENOENT;
        return -1;
    }
    memcpy(node->perms, perms, n * sizeof(*perms));
    node->perm_count = n;
    return 0;
}

int xsc_rm(struct xsc_handle *h, xsc_txn t, const char *path)
{
    size_t length = strlen(path), kept = 0;

    (void)h;
    (void)t;
    for (size_t i = 0; i < count; i++) {
        bool below = !strncmp(table[i].path, path, length) &&
                     (table[i].path[length] == '/' || table[i].path[length] == '\0');

        if (!below)
            table[kept++] = table[i];
    }
    count = kept;
    return 0;
}

int xsc_exists(struct xsc_handle *h, xsc_txn t, const char *path)
{
    (void)h;
    (void)t;
    return find(path) != NULL;
}

int xsc_directory(struct xsc_handle *h, xsc_txn t, const char *path, char ***names, size_t *n)
{
    size_t length = strlen(path);
    char **list, *text;

    (void)h;
    (void)t;
    if (!find(path)) {
        errno = ENOENT;
        return -1;
    }
    /* One allocation, as the library has it: pointers, then the strings. */
    list = malloc(NODES_MAX * (sizeof(char *) + TEXT_MAX));
    text = (char *)(list + NODES_MAX);
    *n = 0;
    for (size_t i = 0; i < count; i++) {
        const char *rest = table[i].path + length + 1;

        if (strncmp(table[i].path, path, length) || table[i].path[length] != '/' ||
            strchr(rest, '/'))
            continue;
        list[*n] = strcpy(text + *n * TEXT_MAX, rest);
        (*n)++;
    }
    *names = list;
    return 0;
}

int xsc_readf(struct xsc_handle *h, xsc_txn t, char **value, const char *path_fmt, ...)
{
    char path[TEXT_MAX];
    va_list args;

    (void)h;
    (void)t;
    va_start(args, path_fmt);
    vsnprintf(path, sizeof(path), path_fmt, args);
    va_end(args);
    if (!find(path)) {
        errno = ENOENT;
        return -1;
    }
    *value = strdup(find(path)->value);
    return 0;
}

int xsc_read_u64f(struct xsc_handle *h, xsc_txn t, uint64_t *value, const char *path_fmt, ...)
{
    char path[TEXT_MAX], *end;
    va_list args;

    (void)h;
    (void)t;
    va_start(args, path_fmt);
    vsnprintf(path, sizeof(path), path_fmt, args);
    va_end(args);
    if (!find(path)) {
        errno = ENOENT;
        return -1;
    }
    *value = strtoull(find(path)->value, &end, 0);
    errno = EINVAL;
    return *end || end == find(path)->value ? -1 : 0;
}

int xsc_watch(struct xsc_handle *h, const char *path, const char *token)
{
    (void)h;
    (void)path;
    (void)token;
    return 0;
}

int xsc_unwatch(struct xsc_handle *h, const char *path, const char *token)
{
    return xsc_watch(h, path, token);
}

int xsc_wait_event(struct xsc_handle *h, int timeout_ms, struct xsc_event *ev)
{
    (void)h;
    (void)timeout_ms;
    (void)ev;
    if (fake_backend)
        fake_backend();
    errno = ETIMEDOUT;
    return -1;
}

void xsc_event_free(struct xsc_event *ev)
{
    (void)ev;
}

void fake_reset(void)
{
    count = 0;
    fake_backend = NULL;
    fake_write_failure = fake_write_countdown = fake_conflicts = 0;
    fake_loops = 0;
    fake_no_loop = false;
    fake_link_log[0] = '\0';
    fake_link_failure = NULL;
    fake_add_link(NULL, false, 0);
}
