/* SPDX-License-Identifier: Apache-2.0 */
/* Making and ending a store, its log, quotas by name, and the special names' permissions. */
#include "store/store.h"

#include "store/conn.h"
#include "store/domain.h"
#include "store/path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct perm dom0_only = {.domid = 0, .access = PERM_NONE};

static const struct {
    const char *name;
    size_t offset;
    uint32_t value;
} quota_table[] = {
#define QUOTA_ROW(field, text_name, number, text)                                                  \
    {text_name, offsetof(struct quotas, field), number},
    STORE_QUOTAS(QUOTA_ROW)
#undef QUOTA_ROW
};

#define QUOTA_COUNT (sizeof(quota_table) / sizeof(quota_table[0]))

static uint32_t *quota_at(struct store *s, size_t i)
{
    return (uint32_t *)((char *)&s->quotas + quota_table[i].offset);
}

void store_init(struct store *s, const struct store_env *env, void *env_data)
{
    memset(s, 0, sizeof(*s));
    s->env = env;
    s->env_data = env_data;
    list_init(&s->conns);
    list_init(&s->domains);
    list_init(&s->dirty);
    s->root = tree_new(content_new("", &dom0_only, 1, NULL, 0));
    s->nodes[0] = 1;
    s->introduce = content_new(PATH_INTRODUCE, &dom0_only, 1, NULL, 0);
    s->release = content_new(PATH_RELEASE, &dom0_only, 1, NULL, 0);
    s->next_conn = s->next_watch = 1;
    for (size_t i = 0; i < QUOTA_COUNT; i++)
        *quota_at(s, i) = quota_table[i].value;
}

void store_fini(struct store *s)
{
    while (!list_empty(&s->domains)) {
        struct domain *d = list_entry(s->domains.next, struct domain, link);

        list_del(&d->link);
        s->env->detach(s->env_data, d);
        free(d);
    }
    while (!list_empty(&s->conns))
        conn_free(list_entry(s->conns.next, struct conn, link));
    tree_unref(s->root);
    content_unref(s->introduce);
    content_unref(s->release);
    hash_free(&s->watches);
    hash_free(&s->events);
    s->root = NULL;
}

void store_log(struct store *s, const char *fmt, ...)
{
    char line[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    s->env->log(s->env_data, line);
}

uint32_t *store_quota(struct store *s, const char *name)
{
    for (size_t i = 0; i < QUOTA_COUNT; i++) {
        if (!strcmp(name, quota_table[i].name))
            return quota_at(s, i);
    }
    return NULL;
}

int store_quota_hit(struct store *s, uint32_t domid, const char *name, uint32_t *logged)
{
    for (size_t i = 0; i < QUOTA_COUNT; i++) {
        if (strcmp(name, quota_table[i].name) || (*logged & (1u << i)))
            continue;
        *logged |= 1u << i;
        store_log(s, "domain %u reached quota '%s' (%u): request refused", domid, name,
                  *quota_at(s, i));
    }
    return ENOSPC;
}

struct content **store_special(struct store *s, const char *path)
{
    if (!strcmp(path, PATH_INTRODUCE))
        return &s->introduce;
    if (!strcmp(path, PATH_RELEASE))
        return &s->release;
    return NULL;
}
