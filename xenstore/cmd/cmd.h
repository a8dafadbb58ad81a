/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The xenstore commands: one program, one row per command, called as xenstore-NAME or as `xenstore
 * NAME`. Syntax, output and exit codes are those of the commands of these names that come with Xen:
 * 0 done, 1 refused or misused.
 */
#pragma once

#include "xenstore/client.h"

#include <stdio.h>

/** What the options of a command said. */
struct cmd_options {
    bool prefix;    /* read, list, exists -p: print the path before the value */
    bool raw;       /* read, write -R: no escapes */
    bool full;      /* ls -f: whole paths */
    bool perms;     /* ls -p */
    bool tidy;      /* rm -t: remove parents left empty */
    bool upwards;   /* chmod -u */
    bool recursive; /* chmod -r */
    unsigned count; /* watch -n: events to wait for, 0: no end */
};

struct cmd {
    const char *name;
    const char *options;    /* for getopt */
    const char *usage;      /* behind the program's name */
    int min_args, max_args; /* -1: any number */
    bool transaction;       /* run in one, again on conflict; output is shown once it succeeded */
    /** Do it; 0, or 1 after a message. */
    int (*run)(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
               FILE *out);
};

/** warn()-like message that begins with the program's name; returns 1. */
int cmd_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

int cmd_read(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
             FILE *out);
int cmd_write(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
              FILE *out);
int cmd_rm(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
           FILE *out);
int cmd_exists(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
               FILE *out);
int cmd_list(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
             FILE *out);
int cmd_ls(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
           FILE *out);
int cmd_chmod(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
              FILE *out);
int cmd_watch(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
              FILE *out);
int cmd_control(struct xsc_handle *h, xsc_txn t, const struct cmd_options *o, int argc, char **argv,
                FILE *out);

/* Values as text. */

/** Print LEN bytes with C escapes for what is not printable, LIMIT characters at most. Returns
 * characters printed. */
size_t text_escape(FILE *out, const char *value, size_t len, size_t limit);

/** Number of characters that would be. */
size_t text_escaped_len(const char *value, size_t len);

/** Undo C escapes in place; returns the length. */
size_t text_unescape(char *value);
