/* SPDX-License-Identifier: Apache-2.0 */
/* domus, also installed as xl: global options, then one subcommand. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"

static int unknown(const char *word, bool ambiguous)
{
    fprintf(stderr, "domus: %s subcommand \"%s\"", ambiguous ? "ambiguous" : "unknown", word);
    if (ambiguous) {
        const char *before = ": ";

        for (size_t i = 0; i < cmd_table_size; i++) {
            if (strncmp(cmd_table[i].name, word, strlen(word)))
                continue;
            fprintf(stderr, "%s%s", before, cmd_table[i].name);
            before = ", ";
        }
        fputc('\n', stderr);
    } else {
        fputs(" (see domus help)\n", stderr);
    }
    return 1;
}

/* -1: go on. */
static int read_globals(int argc, char **argv)
{
    int opt;

    opterr = 0;
    while ((opt = getopt(argc, argv, "+vfNtTh")) >= 0) {
        switch (opt) {
        case 'v':
            cmd_globals.verbose = true;
            break;
        case 'N':
            cmd_globals.dry_run = true;
            break;
        case 'f':
        case 't':
        case 'T':
            break; /* xl's: nothing here to force or to overwrite */
        case 'h':
            cmd_print_help();
            return 0;
        default:
            fprintf(stderr, "domus: unknown global option -%c\n", optopt);
            return 1;
        }
    }
    return -1;
}

int main(int argc, char **argv)
{
    const struct cmd_spec *spec;
    bool ambiguous;
    int rc = read_globals(argc, argv);

    if (rc >= 0)
        return rc;
    if (optind == argc) {
        cmd_print_help();
        return 1;
    }
    spec = cmd_lookup(argv[optind], &ambiguous);
    if (!spec)
        return unknown(argv[optind], ambiguous);
    if (cmd_globals.dry_run && !spec->can_dry_run) {
        fprintf(stderr, "domus %s: does not have a dry run (-N)\n", spec->name);
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    argc -= optind;
    argv += optind;
    optind = 0; /* glibc: begin anew, with permutation */
    rc = spec->handler(spec, argc, argv);
    if (fflush(stdout) || ferror(stdout)) {
        perror("domus: standard output");
        return 1;
    }
    return rc;
}
