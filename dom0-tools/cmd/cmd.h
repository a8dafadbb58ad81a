/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: one row for each subcommand, and what their handlers share. Exit status is 0
 * for success and 1 for any failure, as xl has it.
 */
#pragma once

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

struct cmd_spec {
    const char *name;
    int (*handler)(const struct cmd_spec *spec, int argc, char **argv);
    int min_args, max_args; /* without options; max -1: any number */
    bool can_dry_run;       /* obeys the global option -N */
    const char *usage;      /* what follows the name */
    const char *help;       /* one line */
    const char *options;    /* lines, or NULL */
};

extern const struct cmd_spec cmd_table[];
extern const size_t cmd_table_size;

/* Given before the subcommand. */
struct cmd_globals {
    bool dry_run, verbose;
};
extern struct cmd_globals cmd_globals;

/*
 * The row for `word`: an exact name, else the only name that begins with it. NULL: unknown, or
 * ambiguous (*ambiguous tells).
 */
const struct cmd_spec *cmd_lookup(const char *word, bool *ambiguous);

/* --- options of a subcommand: anywhere among its arguments --- */

#define CMD_OPT_END  (-1)
#define CMD_OPT_STOP (-2)

/*
 * Next option as getopt_long() gives it, CMD_OPT_END when they are through and the number of
 * arguments is right, or CMD_OPT_STOP: help was printed, or an error reported; return *status.
 */
int cmd_opt(int argc, char **argv, const char *shorts, const struct option *longs,
            const struct cmd_spec *spec, int *status);

/* For subcommands without options of their own: true if the handler is to go on. */
bool cmd_no_options(int argc, char **argv, const struct cmd_spec *spec, int *status);

void cmd_print_usage(const struct cmd_spec *spec);
void cmd_print_help(void);

/* Handlers, each in its own file. */
int cmd_console(const struct cmd_spec *spec, int argc, char **argv);
int cmd_create(const struct cmd_spec *spec, int argc, char **argv);
int cmd_debug_keys(const struct cmd_spec *spec, int argc, char **argv);
int cmd_destroy(const struct cmd_spec *spec, int argc, char **argv);
int cmd_dmesg(const struct cmd_spec *spec, int argc, char **argv);
int cmd_domid(const struct cmd_spec *spec, int argc, char **argv);
int cmd_domname(const struct cmd_spec *spec, int argc, char **argv);
int cmd_help(const struct cmd_spec *spec, int argc, char **argv);
int cmd_info(const struct cmd_spec *spec, int argc, char **argv);
int cmd_list(const struct cmd_spec *spec, int argc, char **argv);
int cmd_mem_set(const struct cmd_spec *spec, int argc, char **argv);
int cmd_monitor(const struct cmd_spec *spec, int argc, char **argv);
int cmd_pause(const struct cmd_spec *spec, int argc, char **argv);
int cmd_unpause(const struct cmd_spec *spec, int argc, char **argv);
int cmd_reboot(const struct cmd_spec *spec, int argc, char **argv);
int cmd_rename(const struct cmd_spec *spec, int argc, char **argv);
int cmd_sched_credit(const struct cmd_spec *spec, int argc, char **argv);
int cmd_shutdown(const struct cmd_spec *spec, int argc, char **argv);
int cmd_sysrq(const struct cmd_spec *spec, int argc, char **argv);
int cmd_uptime(const struct cmd_spec *spec, int argc, char **argv);
int cmd_vcpu_list(const struct cmd_spec *spec, int argc, char **argv);
int cmd_block_list(const struct cmd_spec *spec, int argc, char **argv);
int cmd_network_list(const struct cmd_spec *spec, int argc, char **argv);
int cmd_why(const struct cmd_spec *spec, int argc, char **argv);

/* Connects the terminal to the guest's console until it ends or the escape key is typed (for
 * create -c). Returns an exit status. */
int console_attach(unsigned int domid, char escape, int wait_ms);
