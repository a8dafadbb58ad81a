/* SPDX-License-Identifier: Apache-2.0 */
/* xenstore-ls: the tree below a path, indented by depth or with whole paths. */
#include "cmd/cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_WIDTH 80
#define PERMS_COLUMN  60
#define VALUE_EXTRA                                                                                \
    8 /* characters of ` = "` and of the `\..."` that ends a value cut short, bar one */

struct ls {
    struct xsc_handle *h;
    xsc_txn t;
    const struct cmd_options *o;
    FILE *out;
    size_t width;
};

static int list(struct ls *l, const char *path, size_t depth);

/* Print the permissions of PATH in parentheses. */
static void print_perms(struct ls *l, const char *path)
{
    struct xsc_perm *perms;
    size_t count;

    if (xsc_get_perms(l->h, l->t, path, &perms, &count)) {
        cmd_fail("could not access permissions for %s", path);
        return;
    }
    fputs("  (", l->out);
    for (size_t i = 0; i < count; i++)
        fprintf(l->out, "%s%c%u", i ? "," : "", "nrwb"[perms[i].access & 3], perms[i].domid);
    fputc(')', l->out);
    free(perms);
}

/* Print the value behind a label of USED characters, cut to the width if the label is not a whole
 * path. */
static void print_value(struct ls *l, const char *value, size_t len, size_t used)
{
    size_t text = text_escaped_len(value, len);

    fputs(" = \"", l->out);
    /* Bytes count here, not their escapes: as the command of this name has always done. */
    if (!l->o->full && used + len + VALUE_EXTRA > l->width) {
        size_t room = l->width > used + VALUE_EXTRA ? l->width - used - VALUE_EXTRA : 0;

        text_escape(l->out, value, room, SIZE_MAX);
        fputs("\\...\"", l->out);
        return;
    }
    text_escape(l->out, value, len, SIZE_MAX);
    fputc('"', l->out);
    if (!l->o->perms)
        return;
    fputc(' ', l->out);
    if (l->o->full)
        return;
    /* Dots lead the eye to the column of permissions. */
    for (size_t at = used + text + 6; at < PERMS_COLUMN && at < l->width; at++)
        fputc(at & 1 ? '.' : ' ', l->out);
}

static int list_child(struct ls *l, const char *path, const char *name, size_t depth)
{
    char *value;
    size_t len, used;

    if (l->o->full)
        used = (size_t)fprintf(l->out, "%s", path);
    else
        used = (size_t)fprintf(l->out, "%*s%s", (int)depth, "", name);
    if (xsc_read(l->h, l->t, path, &value, &len)) {
        fputc(':', l->out);
    } else {
        print_value(l, value, len, used);
        free(value);
    }
    if (l->o->perms)
        print_perms(l, path);
    fputc('\n', l->out);
    return list(l, path, depth + 1);
}

static int list(struct ls *l, const char *path, size_t depth)
{
    char **names;
    size_t count;
    int rc = 0;

    if (xsc_directory(l->h, l->t, path, &names, &count)) {
        /* A node that went away meanwhile, or one we may not look into. */
        if (depth && (errno == ENOENT || errno == EACCES))
            return 0;
        return cmd_fail("xs_directory (%s): %s", path, strerror(errno));
    }
    for (size_t i = 0; i < count && !rc; i++) {
        const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
        char *child;

        if (asprintf(&child, "%s%s%s", path, slash, names[i]) < 0) {
            rc = cmd_fail("out of memory");
            break;
        }
        rc = list_child(l, child, names[i], depth);
        free(child);
    }
    free(names);
    return rc;
}

int cmd_ls(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
           FILE *out)
{
    struct ls l = {.h = h, .t = t, .o = o, .out = out, .width = DEFAULT_WIDTH};
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > VALUE_EXTRA)
        l.width = size.ws_col;
    return list(&l, argc ? argv[0] : "/", 0);
}
