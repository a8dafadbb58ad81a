/* SPDX-License-Identifier: Apache-2.0 */
/* How subcommands are found and their options read; exit statuses of commands against a fake host.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/tests/fake_host.h"
#include "cmd/tests/tables.h"
#include "dev/tests/fake_store.h"

static char said[4096]; /* stdout and stderr of the last command */

/* Runs a command line given as words; returns its exit status. */
static int run(const char *words)
{
    char line[512], path[64], *argv[32], *save = NULL;
    int argc = 0, out = dup(1), err = dup(2), status;
    const struct cmd_spec *spec;
    bool ambiguous;
    FILE *f;

    snprintf(line, sizeof(line), "%s", words);
    for (char *w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save))
        argv[argc++] = w;
    argv[argc] = NULL;
    snprintf(path, sizeof(path), "%s/said", test_folder);
    fflush(stdout);
    f = fopen(path, "w+");
    dup2(fileno(f), 1);
    dup2(fileno(f), 2);
    optind = 0;
    spec = cmd_lookup(argv[0], &ambiguous);
    status = spec ? spec->handler(spec, argc, argv) : -1;
    fflush(stdout);
    fflush(stderr);
    dup2(out, 1);
    dup2(err, 2);
    close(out);
    close(err);
    rewind(f);
    said[fread(said, 1, sizeof(said) - 1, f)] = '\0';
    fclose(f);
    return status;
}

static void expect(const char *words, int status, const char *text)
{
    CU_ASSERT_EQUAL(run(words), status);
    CHECK_TEXT(said, text);
}

static void begin(void)
{
    fake_reset();
    fake_host_reset();
}

static void add_demo(void)
{
    fake_domain_exists = true;
    fake_domain = (struct dom_info){.domid = FAKE_DOMID, .pages = 256, .vcpus_online = 1};
    fake_put("/local/domain/7/name", "demo");
}

static void lookup(void)
{
    bool ambiguous;

    CHECK_TEXT(cmd_lookup("list", &ambiguous)->name, "list");
    CHECK_TEXT(cmd_lookup("li", &ambiguous)->name, "list");
    CHECK_TEXT(cmd_lookup("debug", &ambiguous)->name, "debug-keys");
    CHECK_TEXT(cmd_lookup("cr", &ambiguous)->name, "create");
    CU_ASSERT(!cmd_lookup("nope", &ambiguous) && !ambiguous);
    CU_ASSERT(!cmd_lookup("d", &ambiguous) && ambiguous);
    CU_ASSERT(!cmd_lookup("dom", &ambiguous) && ambiguous);
    /* An exact name wins over longer ones that begin with it. */
    for (size_t i = 0; i < cmd_table_size; i++)
        CU_ASSERT(cmd_lookup(cmd_table[i].name, &ambiguous) == &cmd_table[i]);
}

static void every_command_has_help(void)
{
    for (size_t i = 0; i < cmd_table_size; i++) {
        char line[64];

        snprintf(line, sizeof(line), "%s -h", cmd_table[i].name);
        CU_ASSERT_EQUAL(run(line), 0);
        CU_ASSERT(!strncmp(said, "Usage: domus ", 13));
        snprintf(line, sizeof(line), "%s --nonsense", cmd_table[i].name);
        CU_ASSERT_EQUAL(run(line), 1);
        CU_ASSERT(strstr(said, "unknown option --nonsense") != NULL);
    }
}

static void argument_counts(void)
{
    expect("pause", 1, "domus pause: too few arguments (usage: domus pause <Domain>)\n");
    expect("pause a b", 1, "domus pause: unexpected argument b (usage: domus pause <Domain>)\n");
    expect("list -q", 1, "domus list: unknown option q (usage: domus list [options] [Domain])\n");
    expect(
        "console -e", 1,
        "domus console: missing argument of option e (usage: domus console [options] <Domain>)\n");
    expect("help nope", 1, "domus help: no subcommand \"nope\"\n");
    CU_ASSERT_EQUAL(run("help"), 0);
    CU_ASSERT_EQUAL(run("help create"), 0);
}

static void lists(void)
{
    static const char header[] =
        "Name                                        ID   Mem VCPUs\tState\tTime(s)\n";
    static const char demo[] =
        "demo                                         7     1     1     ------       0.0\n";
    char both[512];

    begin();
    add_demo();
    snprintf(both, sizeof(both), "%s%s", header, demo);
    expect("list demo", 0, both);
    expect("list 7", 0, both);
    CU_ASSERT_EQUAL(run("list"), 0);
    CU_ASSERT(strstr(said, "\nDomain-0  ") && strstr(said, demo));
    expect("list nope", 1, "nope is an invalid domain identifier (rc=-6)\n");
    expect("list 999", 1, "Error: Domain '999' does not exist.\n");
    expect("list 7 8", 1,
           "domus list: unexpected argument 8 (usage: domus list [options] [Domain])\n");
    CU_ASSERT_EQUAL(run("list --long"), 0);
    CU_ASSERT(strstr(said, "\"domid\": 7") && strstr(said, "\"name\": \"demo\""));
}

static void names(void)
{
    begin();
    add_demo();
    expect("domid demo", 0, "7\n");
    expect("domname 7", 0, "demo\n");
    expect("domname 0", 0, "Domain-0\n");
    expect("domid nope", 1,
           "Can't get domid of domain name 'nope', maybe this domain does not exist.\n");
    expect("domname 9", 1,
           "Can't get domain name of domain id '9', maybe this domain does not exist.\n");
    expect("domname x", 1, "Invalid domain id.\n\n");
    expect("rename demo other", 0, "");
    CHECK_TEXT(fake_get("/local/domain/7/name"), "other");
    expect("rename other Domain-0", 1, "the name \"Domain-0\" is taken by domain 0\n");
    expect("rename other 12", 1,
           "domus rename: \"12\" is not a name (1 to 200 characters, no '/', not only digits)\n");
}

static void pauses(void)
{
    begin();
    add_demo();
    expect("pause demo", 0, "");
    expect("unpause 7", 0, "");
    CHECK_TEXT(fake_host_log, "list pause unpause");
    expect("pause 8", 1, "Error: Domain '8' does not exist.\n");
    expect("unpause nope", 1, "nope is an invalid domain identifier (rc=-6)\n");
}

static void shutdowns(void)
{
    begin();
    add_demo();
    expect("shutdown demo", 0, "Shutting down domain 7\n");
    CHECK_TEXT(fake_get("/local/domain/7/control/shutdown"), "poweroff");
    expect("reboot 7", 0, "Rebooting domain 7\n");
    CHECK_TEXT(fake_get("/local/domain/7/control/shutdown"), "reboot");
    fake_domain.shutdown = true;
    fake_domain.shutdown_reason = DOM_SHUTDOWN_REBOOT;
    expect("shutdown demo -w", 0,
           "Shutting down domain 7\nWaiting for 1 domains\n"
           "Domain 7 has been shut down, reason code 1\n");
    expect("shutdown -a", 0, "Shutting down domain 7\n");
    expect("shutdown", 1, "You must specify -a or a domain id.\n\n");
    expect("shutdown 0", 1, "domain 0 is this machine itself: use poweroff(8)\n");
    expect("shutdown 9", 1, "Error: Domain '9' does not exist.\n");
    fake_put("/local/domain/7/control/feature-reboot", "0");
    expect("reboot demo", 1, "Rebooting domain 7\ndomain 7 says that it cannot reboot\n");
}

static void memory(void)
{
    begin();
    add_demo();
    fake_put("/local/domain/7/memory/static-max", "262144");
    expect("mem-set demo 128", 0, "");
    CHECK_TEXT(fake_get("/local/domain/7/memory/target"), "131072");
    expect("mem-set demo 65536k", 0, "");
    CHECK_TEXT(fake_get("/local/domain/7/memory/target"), "65536");
    expect("mem-set demo 1g", 1, "1024 MiB is above the domain's maxmem of 256 MiB\n");
    expect("mem-set demo x", 1,
           "domus mem-set: \"x\" is not an amount, expected MiB or a number "
           "with b, k, m, g or t\n");
    CHECK_TEXT(fake_get("/local/domain/7/memory/target"), "65536");
}

static void others(void)
{
    begin();
    add_demo();
    expect("sysrq demo c", 0, "");
    CHECK_TEXT(fake_get("/local/domain/7/control/sysrq"), "c");
    expect("sysrq demo cc", 1, "domus sysrq: expected one letter, found \"cc\"\n");
    expect("destroy 0", 1, "Not destroying domain 0; use -f to force.\n");
    expect("destroy 9", 1, "Error: Domain '9' does not exist.\n");
    expect("destroy demo", 0, "");
    CU_ASSERT(!fake_domain_exists && !fake_get("/local/domain/7"));
    expect("why demo", 1,
           "no domain of the name \"demo\" has ended by itself since this host started\n");
    expect("sched-credit -s", 0,
           "Cpupool Pool-0: tslice=30ms ratelimit=1000us migration-delay=0us\n");
    expect("sched-credit -w 5", 1, "domus sched-credit: -w and -c need a domain (-d)\n");
    expect("sched-credit -d x -w 0", 1,
           "domus sched-credit: weight: expected a number from 1 to "
           "65535, found \"0\"\n");
    expect("info nonsense", 1, "domus info: no key \"nonsense\"\n");
    expect("info free_memory", 0, "1024\n");
    expect("create", 1,
           "domus create: no configuration (usage: domus create <ConfigFile> [options] "
           "[key=value ...])\n");
    expect("create a b", 1, "domus create: unexpected argument \"b\", expected key=value\n");
    expect("create /nonexistent", 1,
           "Parsing config from /nonexistent\n"
           "/nonexistent: cannot open: No such file or directory\n");
}

const struct test command_tests[] = {
    {"command: lookup and prefixes", lookup},
    {"command: every one has help and refuses nonsense", every_command_has_help},
    {"command: numbers of arguments", argument_counts},
    {"command: list", lists},
    {"command: domid, domname, rename", names},
    {"command: pause, unpause", pauses},
    {"command: shutdown, reboot", shutdowns},
    {"command: mem-set", memory},
    {"command: others", others},
    {NULL, NULL},
};
