/* SPDX-License-Identifier: Apache-2.0 */
/* Client library: nodes, permissions, transactions, and the printf-style helpers. */
#include "client/handle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int xsc_read(struct xsc_handle *h, xsc_txn t, const char *path, char **value, size_t *len)
{
    size_t n;

    if (xsc_talk_string(h, XS_READ, t, path, &n))
        return -1;
    *value = malloc(n + 1);
    if (!*value)
        return -1;
    memcpy(*value, h->payload, n + 1);
    if (len)
        *len = n;
    return 0;
}

int xsc_write(struct xsc_handle *h, xsc_txn t, const char *path, const void *value, size_t len)
{
    struct piece p[] = {{path, strlen(path) + 1}, {value, len}};

    return xsc_talk(h, XS_WRITE, t, p, 2, NULL);
}

int xsc_mkdir(struct xsc_handle *h, xsc_txn t, const char *path)
{
    return xsc_talk_string(h, XS_MKDIR, t, path, NULL);
}

int xsc_rm(struct xsc_handle *h, xsc_txn t, const char *path)
{
    return xsc_talk_string(h, XS_RM, t, path, NULL);
}

/* LEN bytes of strings as array and strings in one allocation. */
static int make_array(const char *text, size_t len, char ***names, size_t *count)
{
    char *copy;
    size_t n = 0;

    for (size_t at = 0; at < len; at += strlen(text + at) + 1)
        n++;
    *names = malloc(n * sizeof(char *) + len + 1);
    if (!*names)
        return -1;
    copy = (char *)(*names + n);
    memcpy(copy, text, len);
    copy[len] = 0;
    *count = n;
    n = 0;
    for (size_t at = 0; at < len; at += strlen(copy + at) + 1)
        (*names)[n++] = copy + at;
    return 0;
}

/* One answer of a list in parts. 1: more follows, 0: that was the last, 2: the list changed
 * meanwhile, -1 error. */
static int directory_part(struct xsc_handle *h, xsc_txn t, const char *path, char gen[32],
                          char **text, size_t *len)
{
    char offset[24];
    size_t n, head, offset_len = (size_t)snprintf(offset, sizeof(offset), "%zu", *len) + 1;
    struct piece p[] = {{path, strlen(path) + 1}, {offset, offset_len}};
    const char *names;
    char *bigger;
    bool last;

    if (xsc_talk(h, XS_DIRECTORY_PART, t, p, 2, &n))
        return -1;
    head = strnlen(h->payload, n) + 1;
    if (head > n || head > 32) {
        errno = EPROTO;
        return -1;
    }
    if (*len && strcmp(gen, h->payload))
        return 2;
    strcpy(gen, h->payload);
    names = h->payload + head;
    n -= head;
    /* An empty name ends the last part. */
    last = n == 1 ? !names[0] : n >= 2 && !names[n - 1] && !names[n - 2];
    if (!n || (n == 1 && !last)) {
        errno = EPROTO;
        return -1;
    }
    n -= last;
    bigger = realloc(*text, *len + n + 1);
    if (!bigger)
        return -1;
    memcpy(bigger + *len, names, n);
    *text = bigger;
    *len += n;
    (*text)[*len] = 0;
    return last ? 0 : 1;
}

static int directory_parts(struct xsc_handle *h, xsc_txn t, const char *path, char ***names,
                           size_t *count)
{
    char gen[32] = "", *text = NULL;
    size_t len = 0;
    int rc;

    do {
        rc = directory_part(h, t, path, gen, &text, &len);
        if (rc == 2)
            len = 0;
    } while (rc > 0);
    if (!rc)
        rc = make_array(text, len, names, count);
    free(text);
    return rc;
}

int xsc_directory(struct xsc_handle *h, xsc_txn t, const char *path, char ***names, size_t *count)
{
    size_t len;

    if (xsc_talk_string(h, XS_DIRECTORY, t, path, &len) == 0)
        return make_array(h->payload, len, names, count);
    return errno == E2BIG ? directory_parts(h, t, path, names, count) : -1;
}

int xsc_exists(struct xsc_handle *h, xsc_txn t, const char *path)
{
    if (xsc_talk_string(h, XS_READ, t, path, NULL) == 0)
        return 1;
    return errno == ENOENT ? 0 : -1;
}

/* "b12" to a permission; false if it is not of that form. */
static bool parse_perm(const char *text, struct xsc_perm *p)
{
    static const char letters[] = "nrwb";
    const char *at = *text ? strchr(letters, *text) : NULL;
    char *end;
    unsigned long id;

    if (!at || text[1] < '0' || text[1] > '9')
        return false;
    id = strtoul(text + 1, &end, 10);
    p->access = (unsigned)(at - letters);
    p->domid = (uint32_t)id;
    return !*end && id <= UINT32_MAX;
}

int xsc_get_perms(struct xsc_handle *h, xsc_txn t, const char *path, struct xsc_perm **perms,
                  size_t *count)
{
    size_t len, n = 0;

    if (xsc_talk_string(h, XS_GET_PERMS, t, path, &len))
        return -1;
    /* The shortest entry, "n0", takes three bytes with its NUL. */
    *perms = calloc(len / 3 + 1, sizeof(**perms));
    if (!*perms)
        return -1;
    for (size_t at = 0; at < len; at += strlen(h->payload + at) + 1) {
        if (n == len / 3 + 1 || !parse_perm(h->payload + at, &(*perms)[n++])) {
            n = 0;
            break;
        }
    }
    if (!n) {
        free(*perms);
        errno = EPROTO;
        return -1;
    }
    *count = n;
    return 0;
}

int xsc_set_perms(struct xsc_handle *h, xsc_txn t, const char *path, const struct xsc_perm *perms,
                  size_t count)
{
    char text[XENSTORE_PAYLOAD_MAX];
    size_t len = 0;
    struct piece p[2] = {{path, strlen(path) + 1}, {text, 0}};

    for (size_t i = 0; i < count; i++) {
        int n = snprintf(text + len, sizeof(text) - len, "%c%u", "nrwb"[perms[i].access & 3],
                         perms[i].domid);

        if (n < 0 || (size_t)n >= sizeof(text) - len) {
            errno = E2BIG;
            return -1;
        }
        len += (size_t)n + 1;
    }
    p[1].len = len;
    return xsc_talk(h, XS_SET_PERMS, t, p, 2, NULL);
}

int xsc_transaction_start(struct xsc_handle *h, xsc_txn *t)
{
    unsigned long id;
    char *end;

    if (xsc_talk_string(h, XS_TRANSACTION_START, XSC_NO_TXN, "", NULL))
        return -1;
    id = strtoul(h->payload, &end, 10);
    if (end == h->payload || *end || !id || id > UINT32_MAX) {
        errno = EPROTO;
        return -1;
    }
    *t = (xsc_txn)id;
    return 0;
}

int xsc_transaction_end(struct xsc_handle *h, xsc_txn t, bool commit)
{
    if (xsc_talk_string(h, XS_TRANSACTION_END, t, commit ? "T" : "F", NULL) == 0)
        return 0;
    return errno == EAGAIN ? XSC_AGAIN : -1;
}

int xsc_writef(struct xsc_handle *h, xsc_txn t, const char *path, const char *fmt, ...)
{
    char value[XENSTORE_PAYLOAD_MAX + 1];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(value, sizeof(value), fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof(value)) {
        errno = E2BIG;
        return -1;
    }
    return xsc_write(h, t, path, value, (size_t)n);
}

/* Format a path; -1 with ENAMETOOLONG if it is longer than any path. */
static int __attribute__((format(printf, 2, 0)))
format_path(char path[XENSTORE_ABS_PATH_MAX + 1], const char *fmt, va_list ap)
{
    int n = vsnprintf(path, XENSTORE_ABS_PATH_MAX + 1, fmt, ap);

    if (n >= 0 && n <= XENSTORE_ABS_PATH_MAX)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

int xsc_readf(struct xsc_handle *h, xsc_txn t, char **value, const char *path_fmt, ...)
{
    char path[XENSTORE_ABS_PATH_MAX + 1];
    va_list ap;
    int rc;

    va_start(ap, path_fmt);
    rc = format_path(path, path_fmt, ap);
    va_end(ap);
    return rc ? rc : xsc_read(h, t, path, value, NULL);
}

int xsc_read_u64f(struct xsc_handle *h, xsc_txn t, uint64_t *value, const char *path_fmt, ...)
{
    char path[XENSTORE_ABS_PATH_MAX + 1], *text, *end;
    va_list ap;
    size_t len;
    int rc;

    va_start(ap, path_fmt);
    rc = format_path(path, path_fmt, ap);
    va_end(ap);
    if (rc || xsc_read(h, t, path, &text, &len))
        return -1;
    errno = 0;
    *value = strtoull(text, &end, 0);
    if (!errno && (text[0] < '0' || text[0] > '9' || end != text + len))
        errno = EINVAL;
    rc = errno ? -1 : 0;
    free(text);
    return rc;
}
