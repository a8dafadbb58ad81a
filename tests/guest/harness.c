/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one guest test and prints its verdict. TEST_NAME comes from the build. */
#include "test.h"

extern const char test_name[];

static unsigned long checks, failures;
static int verdict_given;

static void verdict(const char *word, const char *more)
{
    verdict_given = 1;
    printf("TEST %s: %s%s%s\n", test_name, word, *more ? " " : "", more);
}

void test_check(int ok, const char *file, int line, const char *format, ...)
{
    char text[400];
    va_list args;

    checks++;
    if (ok)
        return;
    failures++;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    printf("%s:%d: %s\n", file, line, text);
}

void test_skip(const char *format, ...)
{
    char text[200];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    verdict("SKIP", text);
    guest_shutdown(SHUTDOWN_poweroff);
}

int test_option(const char *word)
{
    const char *at = (const char *)guest_info->cmd_line;
    size_t len = strlen(word);

    for (; *at; at++)
        if (!strncmp(at, word, len) && (at[len] == ' ' || !at[len]))
            return 1;
    return 0;
}

void guest_panic_hook(const char *what)
{
    if (!verdict_given)
        verdict("ERROR", what);
}

void guest_main(void)
{
    test_run();
    if (failures) {
        printf("%lu of %lu checks failed\n", failures, checks);
        verdict("FAILURE", "");
    } else if (!checks) {
        verdict("ERROR", "no check was made");
    } else {
        printf("%lu checks\n", checks);
        verdict("SUCCESS", "");
    }
}
