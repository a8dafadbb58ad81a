/* SPDX-License-Identifier: Apache-2.0 */
/* Checked memory allocation: every function returns memory or ends the process with a message. */
#include "store/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *p, size_t size)
{
    if (!p) {
        fprintf(stderr, "xenstored: the host is out of memory (%zu bytes wanted)\n", size);
        abort();
    }
    return p;
}

void *xalloc(size_t size)
{
    return checked(calloc(1, size ? size : 1), size);
}

void *xrealloc(void *p, size_t size)
{
    return checked(realloc(p, size ? size : 1), size);
}

char *xmemdup0(const void *p, size_t len)
{
    char *copy = xalloc(len + 1);

    if (len)
        memcpy(copy, p, len);
    return copy;
}

char *xstrdup(const char *s)
{
    return xmemdup0(s, strlen(s));
}
