/* SPDX-License-Identifier: Apache-2.0 */
/* Paths: validation, relative names, parents. */
#include "store/path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool good_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '/' || c == '_' || c == '@';
}

bool path_is_special(const char *path)
{
    return !strcmp(path, PATH_INTRODUCE) || !strcmp(path, PATH_RELEASE);
}

/* Non-empty components of allowed characters, separated by single slashes; a leading slash is fine.
 */
static bool well_formed(const char *name)
{
    size_t len = strlen(name);

    if (!strcmp(name, "/"))
        return true;
    if (!len || name[len - 1] == '/')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!good_char(name[i]) || (name[i] == '/' && name[i + 1] == '/'))
            return false;
    }
    return true;
}

int path_canonical(char out[PATH_BUFFER], const char *name, uint32_t domid, bool special)
{
    size_t len = strlen(name);
    int n;

    if (name[0] == '@') {
        if (!special || !path_is_special(name))
            return EINVAL;
        memcpy(out, name, len + 1);
        return 0;
    }
    if (!well_formed(name))
        return EINVAL;
    if (name[0] == '/') {
        if (len > PATH_MAX_ABS)
            return EINVAL;
        memcpy(out, name, len + 1);
        return 0;
    }
    if (len > PATH_MAX_REL)
        return EINVAL;
    n = snprintf(out, PATH_BUFFER, "/local/domain/%u/%s", domid, name);
    return n > 0 && n < PATH_BUFFER ? 0 : EINVAL;
}

size_t path_home_prefix(const char *path, uint32_t domid)
{
    char home[40];
    int n = snprintf(home, sizeof(home), "/local/domain/%u/", domid);

    return strncmp(path, home, (size_t)n) ? 0 : (size_t)n;
}

size_t path_parent_len(const char *path, size_t len)
{
    while (len > 1 && path[len - 1] != '/')
        len--;
    return len > 1 ? len - 1 : 1;
}

const char *path_last(const char *path)
{
    return strrchr(path, '/') + 1;
}
