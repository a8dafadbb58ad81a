/* SPDX-License-Identifier: Apache-2.0 */
/* Tables, character for character as xl prints them. */
#include <stdlib.h>
#include <string.h>

#include "cmd/format.h"
#include "cmd/tests/tables.h"

static char *text;
static size_t length;

static FILE *begin(void)
{
    free(text);
    text = NULL;
    return open_memstream(&text, &length);
}

static void check(FILE *out, const char *expected)
{
    fclose(out);
    CHECK_TEXT(text, expected);
    free(text);
    text = NULL;
}

static void list(void)
{
    static const struct list_columns plain = {0};
    struct dom_info info = {
        .domid = 3, .pages = 49152, .vcpus_online = 2, .blocked = true, .cpu_ns = 12345678901};
    FILE *out = begin();

    format_list_header(out, &plain);
    format_list_row(out, &plain, "demo", &info);
    info.domid = 12345;
    format_list_row(out, &plain, "a-name-that-is-longer-than-its-column-of-forty", &info);
    check(out, "Name                                        ID   Mem VCPUs\tState\tTime(s)\n"
               "demo                                         3   192     2     -b----      12.3\n"
               "a-name-that-is-longer-than-its-column-of-forty 12345   192     2     -b----      "
               "12.3\n");
}

static void list_more_columns(void)
{
    static const struct list_columns verbose = {.verbose = true}, pool = {.cpupool = true},
                                     context = {.context = true};
    struct dom_info info = {.domid = 3, .pages = 256, .vcpus_online = 1, .uuid = {0xa1, 0xb2}};
    FILE *out = begin();

    format_list_header(out, &verbose);
    format_list_row(out, &verbose, "demo", &info);
    info.shutdown = true;
    info.shutdown_reason = DOM_SHUTDOWN_CRASH;
    format_list_row(out, &verbose, "demo", &info);
    check(out, "Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID"
               "                            Reason-Code\tSecurity Label\n"
               "demo                                         3     1     1     ------       0.0 "
               "a1b20000-0000-0000-0000-000000000000        -                -\n"
               "demo                                         3     1     1     ---sc-       0.0 "
               "a1b20000-0000-0000-0000-000000000000        3                -\n");
    out = begin();
    format_list_header(out, &pool);
    info.shutdown = false;
    format_list_row(out, &pool, "demo", &info);
    format_list_header(out, &context);
    check(out, "Name                                        ID   Mem VCPUs\tState\tTime(s)"
               "         Cpupool\n"
               "demo                                         3     1     1     ------       0.0"
               "          Pool-0\n"
               "Name                                        ID   Mem VCPUs\tState\tTime(s)"
               "   Security Label\n");
}

static void states(void)
{
    static const struct {
        struct dom_info info;
        const char *state;
    } table[] = {
        {{.running = true}, "r-----"},
        {{.blocked = true}, "-b----"},
        {{.paused = true}, "--p---"},
        {{.blocked = true, .paused = true}, "-bp---"},
        {{.shutdown = true, .blocked = true}, "---s--"},
        {{.shutdown = true, .shutdown_reason = DOM_SHUTDOWN_REBOOT}, "---sr-"},
        {{.shutdown = true, .shutdown_reason = DOM_SHUTDOWN_SUSPEND}, "---ss-"},
        {{.shutdown = true, .shutdown_reason = DOM_SHUTDOWN_CRASH}, "---sc-"},
        {{.shutdown = true, .shutdown_reason = DOM_SHUTDOWN_WATCHDOG}, "---sw-"},
        {{.shutdown = true, .shutdown_reason = DOM_SHUTDOWN_SOFT_RESET}, "---sS-"},
        {{.shutdown = true, .shutdown_reason = 9}, "---s?-"},
        {{.dying = true, .blocked = true, .paused = true}, "-----d"},
        {{.dying = true, .shutdown = true, .shutdown_reason = DOM_SHUTDOWN_REBOOT}, "---s-d"},
    };
    char state[7];

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        format_state(&table[i].info, state);
        CHECK_TEXT(state, table[i].state);
    }
}

static void vcpus(void)
{
    static const uint8_t all[1] = {0xff}, some[1] = {0x2d}, none[1] = {0};
    struct dom_vcpu_info v = {.online = true, .running = true, .cpu = 1, .cpu_ns = 9300000000};
    FILE *out = begin();

    format_vcpu_header(out);
    format_vcpu_row(out, "Domain-0", 0, 0, &v, all, some, 8);
    v.online = false;
    format_vcpu_row(out, "demo", 1, 3, &v, none, all, 8);
    check(out, "Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard "
               "/ Soft)\n"
               "Domain-0                             0     0    1   r--       9.3  all / 0,2-3,5\n"
               "demo                                 1     3    -   --p       9.3  none / all\n");
}

static void uptimes(void)
{
    FILE *out = begin();

    format_uptime_header(out);
    format_uptime_row(out, "demo", 3, 59);
    format_uptime_row(out, "demo", 3, 3 * 3600 + 5 * 60 + 7);
    format_uptime_row(out, "demo", 3, 86400 + 60);
    format_uptime_row(out, "demo", 3, 10 * 86400UL + 23 * 3600);
    format_uptime_short(out, "11:22:33", "demo", 3, 86400 * 2 + 61);
    check(out, "Name                                ID Uptime\n"
               "demo                                 3  0:00:59\n"
               "demo                                 3  3:05:07\n"
               "demo                                 3 1 day,  0:01:00\n"
               "demo                                 3 10 days, 23:00:00\n"
               " 11:22:33 up 2 days,  0:01, demo (3)\n");
}

static void info(void)
{
    FILE *out = begin();

    format_info(out, "total_memory", "16378");
    format_info(out, "xen_caps", "a b");
    check(out, "total_memory           : 16378\nxen_caps               : a b\n");
}

static void devices(void)
{
    struct block_row block = {51712, 0, 1, 4, 8, -1, "/local/domain/0/backend/vbd/1/51712"};
    struct network_row net = {0, 0,   4,   "00:16:3e:00:00:21",
                              9, 522, 523, "/local/domain/0/backend/vif/1/0"};
    FILE *out = begin();

    format_block_header(out);
    format_block_row(out, &block);
    format_network_header(out);
    format_network_row(out, &net);
    check(out, "Vdev  BE  handle state evt-ch ring-ref BE-path                       \n"
               "51712 0   1      4     8      -1       /local/domain/0/backend/vbd/1/51712\n"
               "Idx BE Mac Addr.         handle state evt-ch   tx-/rx-ring-ref BE-path            "
               "           \n"
               "0   0  00:16:3e:00:00:21     0     4      9   522/523         "
               "/local/domain/0/backend/vif/1/0\n");
}

static void credit(void)
{
    struct dom_sched_credit p = {256, 50};
    FILE *out = begin();

    format_credit_header(out);
    format_credit_row(out, "demo", 3, &p);
    check(out, "Name                                ID Weight  Cap\n"
               "demo                                 3    256   50\n");
}

const struct test format_tests[] = {
    {"format: list", list},
    {"format: list -v, -c, -Z", list_more_columns},
    {"format: states", states},
    {"format: vcpu-list", vcpus},
    {"format: uptime", uptimes},
    {"format: info", info},
    {"format: block-list, network-list", devices},
    {"format: sched-credit", credit},
    {NULL, NULL},
};
