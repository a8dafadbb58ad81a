/* SPDX-License-Identifier: Apache-2.0 */
/* xenstore-read, -write, -rm, -exists, -list, -chmod, -watch, -control. */
#include "cmd/cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int cmd_read(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
             FILE *out)
{
    for (int i = 0; i < argc; i++) {
        char *value;
        size_t len;

        if (xsc_read(h, t, argv[i], &value, &len))
            return cmd_fail("couldn't read path %s", argv[i]);
        if (o->prefix)
            fprintf(out, "%s: ", argv[i]);
        if (o->raw)
            fwrite(value, 1, len, out);
        else
            text_escape(out, value, len, SIZE_MAX);
        if (!o->raw)
            fputc('\n', out);
        free(value);
    }
    return 0;
}

int cmd_write(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
              FILE *out)
{
    (void)out;
    for (int i = 0; i + 1 < argc; i += 2) {
        char *value = strdup(argv[i + 1]);
        size_t len;
        int rc;

        if (!value)
            return cmd_fail("out of memory");
        len = o->raw ? strlen(value) : text_unescape(value);
        rc = xsc_write(h, t, argv[i], value, len);
        free(value);
        if (rc)
            return cmd_fail("could not write path %s", argv[i]);
    }
    return 0;
}

/* Cut the last component off. False if only the root is left. */
static bool to_parent(char *path)
{
    char *slash = strrchr(path, '/');

    if (!slash || slash == path)
        return false;
    *slash = 0;
    return true;
}

static bool is_empty(struct xsc_handle *h, xsc_txn t, const char *path)
{
    char **names, *value;
    size_t count, len;

    if (xsc_read(h, t, path, &value, &len))
        return false;
    free(value);
    if (len || xsc_directory(h, t, path, &names, &count))
        return false;
    free(names);
    return count == 0;
}

int cmd_rm(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
           FILE *out)
{
    (void)out;
    for (int i = 0; i < argc; i++) {
        char *path = argv[i];
        char *up;

        if (xsc_rm(h, t, path))
            return cmd_fail("could not remove path %s", path);
        if (!o->tidy)
            continue;
        up = strdup(path);
        while (up && to_parent(up) && is_empty(h, t, up)) {
            if (xsc_rm(h, t, up)) {
                cmd_fail("could not remove path %s", up);
                free(up);
                return 1;
            }
        }
        free(up);
    }
    return 0;
}

int cmd_exists(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
               FILE *out)
{
    (void)o;
    (void)out;
    for (int i = 0; i < argc; i++) {
        if (xsc_exists(h, t, argv[i]) != 1)
            return 1;
    }
    return 0;
}

int cmd_list(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
             FILE *out)
{
    for (int i = 0; i < argc; i++) {
        char **names;
        size_t count;

        if (xsc_directory(h, t, argv[i], &names, &count))
            return cmd_fail("could not list path %s", argv[i]);
        for (size_t k = 0; k < count; k++) {
            if (o->prefix)
                fprintf(out, "%s/%s\n", strcmp(argv[i], "/") ? argv[i] : "", names[k]);
            else
                fprintf(out, "%s\n", names[k]);
        }
        free(names);
    }
    return 0;
}

/* "r12" to a permission. */
static bool parse_perm(const char *text, struct xsc_perm *p)
{
    const char *letters = "nrwb", *at = *text ? strchr(letters, *text) : NULL;
    char *end;

    if (!at || text[1] < '0' || text[1] > '9')
        return false;
    p->access = (unsigned)(at - letters);
    p->domid = (uint32_t)strtoul(text + 1, &end, 10);
    return !*end;
}

struct chmod {
    struct xsc_handle *h;
    xsc_txn t;
    const struct xsc_perm *perms;
    size_t count;
};

static int chmod_one(const struct chmod *c, const char *path)
{
    if (xsc_set_perms(c->h, c->t, path, c->perms, c->count))
        return cmd_fail("Error occurred setting permissions on '%s': %s", path, strerror(errno));
    return 0;
}

static int chmod_below(const struct chmod *c, const char *path)
{
    char **names;
    size_t count;
    int rc = 0;

    if (xsc_directory(c->h, c->t, path, &names, &count))
        return cmd_fail("could not list path %s", path);
    for (size_t i = 0; i < count && !rc; i++) {
        char *child;

        if (asprintf(&child, "%s/%s", strcmp(path, "/") ? path : "", names[i]) < 0) {
            rc = cmd_fail("out of memory");
            break;
        }
        rc = chmod_one(c, child);
        if (!rc)
            rc = chmod_below(c, child);
        free(child);
    }
    free(names);
    return rc;
}

int cmd_chmod(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
              FILE *out)
{
    struct xsc_perm *perms = calloc((size_t)argc, sizeof(*perms));
    struct chmod c = {.h = h, .t = t, .perms = perms, .count = (size_t)argc - 1};
    char *up = strdup(argv[0]);
    int rc = 0;

    (void)out;
    if (!perms || !up)
        rc = cmd_fail("out of memory");
    for (int i = 1; i < argc && !rc; i++) {
        if (!parse_perm(argv[i], &perms[i - 1]))
            rc = cmd_fail("Invalid permission specification: '%s'", argv[i]);
    }
    if (!rc)
        rc = chmod_one(&c, argv[0]);
    while (!rc && o->upwards && to_parent(up))
        rc = chmod_one(&c, up);
    if (!rc && o->recursive)
        rc = chmod_below(&c, argv[0]);
    free(up);
    free(perms);
    return rc;
}

int cmd_watch(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
              FILE *out)
{
    (void)t;
    for (int i = 0; i < argc; i++) {
        if (xsc_watch(h, argv[i], argv[i]))
            return cmd_fail("Unable to add watch on %s: %s", argv[i], strerror(errno));
    }
    for (unsigned seen = 0; !o->count || seen < o->count; seen++) {
        struct xsc_event ev;

        if (xsc_wait_event(h, -1, &ev))
            return cmd_fail("waiting for events: %s", strerror(errno));
        fprintf(out, "%s\n", ev.path);
        fflush(out);
        xsc_event_free(&ev);
    }
    return 0;
}

int cmd_control(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
                FILE *out)
{
    char *answer;

    (void)t;
    (void)o;
    if (xsc_control(h, (const char *const *)argv, (size_t)argc, &answer))
        return cmd_fail("Command not executed: %s", strerror(errno));
    fprintf(out, "%s\n", answer);
    free(answer);
    return 0;
}
