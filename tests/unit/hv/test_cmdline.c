/* SPDX-License-Identifier: Apache-2.0 */
/* lib/cmdline.c: words to options, values to numbers, and a report of what was not understood. */
#include <string.h>

#include <arch/host.h>
#include <hv/cmdline.h>
#include <hv/setup.h>

#include "unit.h"

static char seen[64];
static unsigned int calls;
static bool flag;

static int take_text(const char *value)
{
    calls++;
    strncpy(seen, value ? value : "(none)", sizeof(seen) - 1);
    return strcmp(seen, "bad") ? 0 : -1;
}

static int take_flag(const char *value)
{
    return parse_bool(value, &flag);
}

HV_OPTION(t_text, "text", "any text but bad", take_text);
HV_OPTION(t_flag, "flag", "a boolean", take_flag);

static void parse(const char *line)
{
    calls = 0;
    seen[0] = '\0';
    host_console_clear();
    cmdline_parse(line);
    cmdline_report();
}

static bool reported(const char *what)
{
    return strstr(host_console_text(), what) != NULL;
}

static void values(void)
{
    parse("text=a=b,c  flag");
    CU_ASSERT_STRING_EQUAL(seen, "a=b,c");
    CU_ASSERT_TRUE(flag);
    CU_ASSERT_STRING_EQUAL(host_console_text(), "");
    parse("text");
    CU_ASSERT_STRING_EQUAL(seen, "(none)");
    parse("text=");
    CU_ASSERT_STRING_EQUAL(seen, "");
    parse("flag=off");
    CU_ASSERT_FALSE(flag);
    parse("flag no-flag");
    CU_ASSERT_FALSE(flag);
    parse("");
    CU_ASSERT_EQUAL(calls, 0);
}

static void reports(void)
{
    parse("frobnicate=3 text=bad tex flagg no-nothing");
    CU_ASSERT(reported("unknown option 'frobnicate=3'"));
    CU_ASSERT(reported("'text=bad' refused: expected any text but bad"));
    CU_ASSERT(reported("unknown option 'tex'"));
    CU_ASSERT(reported("unknown option 'flagg'"));
    CU_ASSERT(reported("unknown option 'no-nothing'"));
    parse("text=good");
    CU_ASSERT_STRING_EQUAL(host_console_text(), "");
}

static void many_reports(void)
{
    char line[400] = "";

    for (int i = 0; i < 40; i++)
        strcat(line, "x=1 ");
    parse(line);
    CU_ASSERT(reported("and 8 more"));
}

/* Loaders put the image's name first; dom0's options come after "--". */
static void whole_line(void)
{
    parse("/boot/domus.gz text=1");
    CU_ASSERT_STRING_EQUAL(cmdline_text(), "text=1");
    parse("  build/hypervisor/domus   text=2 flag");
    CU_ASSERT_STRING_EQUAL(cmdline_text(), "text=2 flag");
    parse("text=/a/b");
    CU_ASSERT_STRING_EQUAL(seen, "/a/b");
    parse("flag -- text=3 nonsense");
    CU_ASSERT_EQUAL(calls, 0);
    CU_ASSERT_STRING_EQUAL(host_console_text(), "");
}

static void too_long(void)
{
    static char line[3000];

    memset(line, 'y', sizeof(line) - 1);
    parse(line);
    CU_ASSERT_EQUAL(strlen(cmdline_text()), 1023);
    CU_ASSERT(reported("longer than 1023 bytes"));
}

static void numbers(void)
{
    uint64_t v = 7;

    CU_ASSERT(!parse_u64("0", &v) && v == 0);
    CU_ASSERT(!parse_u64("18446744073709551615", &v) && v == UINT64_MAX);
    CU_ASSERT(!parse_u64("0x1fF", &v) && v == 0x1ff);
    v = 7;
    CU_ASSERT(parse_u64("18446744073709551616", &v) && v == 7);
    CU_ASSERT(parse_u64("", &v) && parse_u64("12a", &v) && parse_u64("-1", &v));
    CU_ASSERT(parse_u64("0x", &v) && parse_u64(NULL, &v) && v == 7);
}

static void sizes(void)
{
    uint64_t v = 7;

    CU_ASSERT(!parse_size("512", &v) && v == 512);
    CU_ASSERT(!parse_size("3k", &v) && v == 3072);
    CU_ASSERT(!parse_size("512M", &v) && v == 512ull << 20);
    CU_ASSERT(!parse_size("2G", &v) && v == 2ull << 30);
    CU_ASSERT(!parse_size("1t", &v) && v == 1ull << 40);
    v = 7;
    CU_ASSERT(parse_size("1MB", &v) && parse_size("M", &v) && parse_size("1x", &v));
    CU_ASSERT(parse_size("99999999999G", &v) && v == 7);
}

static void booleans(void)
{
    bool b = false;

    CU_ASSERT(!parse_bool(NULL, &b) && b);
    CU_ASSERT(!parse_bool("off", &b) && !b);
    CU_ASSERT(!parse_bool("yes", &b) && b);
    CU_ASSERT(!parse_bool("0", &b) && !b);
    CU_ASSERT(parse_bool("maybe", &b) && parse_bool("", &b) && !b);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT_TEST(values),   UNIT_TEST(reports), UNIT_TEST(many_reports), UNIT_TEST(whole_line),
        UNIT_TEST(too_long), UNIT_TEST(numbers), UNIT_TEST(sizes),        UNIT_TEST(booleans),
    };
    const struct host_config machine = {.cpus = 1, .frames = 1024, .quiet = true};

    host_boot(&machine);
    return run_unit_tests("cmdline", tests, ARRAY_SIZE(tests));
}
