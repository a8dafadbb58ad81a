/* SPDX-License-Identifier: Apache-2.0 */
/* Finding subcommands and reading their options. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"

struct cmd_globals cmd_globals;

const struct cmd_spec *cmd_lookup(const char *word, bool *ambiguous)
{
    const struct cmd_spec *found = NULL;

    *ambiguous = false;
    for (size_t i = 0; i < cmd_table_size; i++) {
        if (!strcmp(cmd_table[i].name, word))
            return &cmd_table[i];
    }
    for (size_t i = 0; i < cmd_table_size; i++) {
        if (strncmp(cmd_table[i].name, word, strlen(word)))
            continue;
        *ambiguous = *ambiguous || found;
        found = &cmd_table[i];
    }
    return *ambiguous ? NULL : found;
}

void cmd_print_usage(const struct cmd_spec *spec)
{
    printf("Usage: domus [-vfNtT] %s %s\n\n%s.\n", spec->name, spec->usage, spec->help);
    if (spec->options)
        printf("\nOptions:\n\n%s", spec->options);
}

void cmd_print_help(void)
{
    printf("Usage: domus [-vfNtT] <subcommand> [args]\n\n"
           "domus full list of subcommands:\n\n");
    for (size_t i = 0; i < cmd_table_size; i++)
        printf(" %-19s %s\n", cmd_table[i].name, cmd_table[i].help);
}

static int wrong(const struct cmd_spec *spec, const char *what, const char *which)
{
    fprintf(stderr, "domus %s: %s%s%s (usage: domus %s %s)\n", spec->name, what, *which ? " " : "",
            which, spec->name, spec->usage);
    return 1;
}

/* A copy of the caller's long options with --help at its end. */
static const struct option *with_help(const struct option *longs)
{
    enum { MAX = 16 };
    static struct option all[MAX + 2];
    size_t n = 0;

    for (; longs && longs[n].name && n < MAX; n++)
        all[n] = longs[n];
    all[n] = (struct option){"help", no_argument, NULL, 'h'};
    all[n + 1] = (struct option){0};
    return all;
}

int cmd_opt(int argc, char **argv, const char *shorts, const struct option *longs,
            const struct cmd_spec *spec, int *status)
{
    char with_h[64], name[2] = "";
    int opt, count;

    /* ':' first: a missing argument is told from an unknown option, and getopt says nothing. */
    snprintf(with_h, sizeof(with_h), ":h%s", shorts);
    opterr = 0;
    opt = getopt_long(argc, argv, with_h, with_help(longs), NULL);
    name[0] = optopt;
    *status = 1;
    switch (opt) {
    case 'h':
        cmd_print_usage(spec);
        *status = 0;
        return CMD_OPT_STOP;
    case '?':
        wrong(spec, "unknown option", optopt ? name : argv[optind - 1]);
        return CMD_OPT_STOP;
    case ':':
        wrong(spec, "missing argument of option", optopt ? name : argv[optind - 1]);
        return CMD_OPT_STOP;
    case -1:
        break;
    default:
        return opt;
    }
    count = argc - optind;
    if (count < spec->min_args) {
        wrong(spec, "too few arguments", "");
        return CMD_OPT_STOP;
    }
    if (spec->max_args >= 0 && count > spec->max_args) {
        wrong(spec, "unexpected argument", argv[optind + spec->max_args]);
        return CMD_OPT_STOP;
    }
    return CMD_OPT_END;
}

bool cmd_no_options(int argc, char **argv, const struct cmd_spec *spec, int *status)
{
    return cmd_opt(argc, argv, "", NULL, spec, status) == CMD_OPT_END;
}

int cmd_help(const struct cmd_spec *spec, int argc, char **argv)
{
    static const struct option longs[] = {{"long", no_argument, NULL, 'l'}, {0}};
    const struct cmd_spec *about;
    bool ambiguous;
    int opt, status;

    while ((opt = cmd_opt(argc, argv, "l", longs, spec, &status)) >= 0)
        ;
    if (opt == CMD_OPT_STOP)
        return status;
    if (optind == argc) {
        cmd_print_help();
        return 0;
    }
    about = cmd_lookup(argv[optind], &ambiguous);
    if (!about) {
        fprintf(stderr, "domus help: no subcommand \"%s\"\n", argv[optind]);
        return 1;
    }
    cmd_print_usage(about);
    return 0;
}
