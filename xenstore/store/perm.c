/* SPDX-License-Identifier: Apache-2.0 */
/* Permission evaluation and the text form of permission entries. */
#include "store/perm.h"

#include "store/store.h"

#include <stdio.h>

static bool is_caller(const struct caller *who, uint32_t domid)
{
    return domid == who->domid || (who->target != NO_TARGET && domid == who->target);
}

unsigned perm_of(const struct caller *who, const struct content *c)
{
    if (who->privileged || is_caller(who, c->perms[0].domid))
        return PERM_READ | PERM_WRITE | PERM_OWNER;
    for (uint32_t i = 1; i < c->perm_count; i++) {
        if (is_caller(who, c->perms[i].domid))
            return c->perms[i].access;
    }
    return c->perms[0].access;
}

size_t perm_format(char *out, const struct perm *p)
{
    static const char letters[] = {'n', 'r', 'w', 'b'};

    return (size_t)snprintf(out, PERM_TEXT, "%c%u", letters[p->access & 3], p->domid);
}

bool perm_parse(const char *text, struct perm *p)
{
    uint32_t id = 0;

    switch (*text++) {
    case 'n':
        p->access = PERM_NONE;
        break;
    case 'r':
        p->access = PERM_READ;
        break;
    case 'w':
        p->access = PERM_WRITE;
        break;
    case 'b':
        p->access = PERM_READ | PERM_WRITE;
        break;
    default:
        return false;
    }
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        id = id * 10 + (uint32_t)(*text - '0');
        if (id >= DOMID_LIMIT)
            return false;
    }
    p->domid = id;
    return true;
}
