/* SPDX-License-Identifier: Apache-2.0 */
/* Lexer and parser: what is accepted, and the exact words of what is not. */
#include <stdlib.h>
#include <string.h>

#include "cfg/syntax.h"
#include "cfg/tests/tables.h"

static struct cfg_settings settings;
static struct cfg_diag diag;

static int parse(const char *text)
{
    cfg_settings_free(&settings);
    memset(&diag, 0, sizeof(diag));
    return cfg_parse(&settings, "f", text, strlen(text), false, &diag);
}

static const char *text_of(const char *key)
{
    const struct cfg_setting *s = cfg_setting_find(&settings, key);

    return s && !s->value.is_list ? s->value.text : NULL;
}

/* A list as "[a|b|[c]]". */
static char *show(const struct cfg_value *v)
{
    char *out, *more, *item;

    if (!v->is_list)
        return cfg_strdup(v->text);
    out = cfg_strdup("[");
    for (size_t i = 0; i < v->count; i++) {
        item = show(&v->items[i]);
        more = cfg_printf("%s%s%s", out, i ? "|" : "", item);
        free(item);
        free(out);
        out = more;
    }
    more = cfg_printf("%s]", out);
    free(out);
    return more;
}

static void check_list(const char *key, const char *expected)
{
    const struct cfg_setting *s = cfg_setting_find(&settings, key);
    char *shown = s ? show(&s->value) : NULL;

    CHECK_TEXT(shown, expected);
    free(shown);
}

static void check_error(const char *text, const char *error)
{
    CU_ASSERT(parse(text) == -1);
    CHECK_TEXT(diag.error, error);
    cfg_settings_free(&settings);
}

static void strings_and_numbers(void)
{
    CU_ASSERT(parse("a = \"x y\"\nb='it is'\nc = 0x1f # comment\nd=7;e=\"\"\n") == 0);
    CHECK_TEXT(text_of("a"), "x y");
    CHECK_TEXT(text_of("b"), "it is");
    CHECK_TEXT(text_of("c"), "0x1f");
    CHECK_TEXT(text_of("d"), "7");
    CHECK_TEXT(text_of("e"), "");
    cfg_settings_free(&settings);
}

static void no_newline_at_the_end(void)
{
    CU_ASSERT(parse("a=1") == 0);
    CHECK_TEXT(text_of("a"), "1");
    CU_ASSERT(parse("") == 0);
    CU_ASSERT(parse("# only a comment") == 0);
    CU_ASSERT(parse("\r\n\t;;a='1'\r\n") == 0);
    CHECK_TEXT(text_of("a"), "1");
    cfg_settings_free(&settings);
}

static void escapes(void)
{
    CU_ASSERT(parse("a='\\x41\\102\\n\\\\\\'\\\"#'") == 0);
    CHECK_TEXT(text_of("a"), "AB\n\\'\"#");
    cfg_settings_free(&settings);
    check_error("a='\\q'", "f:1: unknown escape after a backslash in a string");
    check_error("a='\\x4'", "f:1: unknown escape after a backslash in a string");
    check_error("a='\\0'", "f:1: unknown escape after a backslash in a string");
}

static void lists(void)
{
    CU_ASSERT(parse("a=[]\nb=['x']\nc=[ 'x', # one\n  2,\n\n 'z',\n]\nd=[['a','b'],'c']") == 0);
    check_list("a", "[]");
    check_list("b", "[x]");
    check_list("c", "[x|2|z]");
    check_list("d", "[[a|b]|c]");
    CU_ASSERT_EQUAL(cfg_setting_find(&settings, "c")->value.items[2].place.line, 6);
    cfg_settings_free(&settings);
}

static void later_assignment_wins(void)
{
    CU_ASSERT(parse("a='1'\nb='2'\na=['3']\n") == 0);
    CU_ASSERT_EQUAL(settings.count, 2);
    check_list("a", "[3]");
    CU_ASSERT_EQUAL(cfg_setting_find(&settings, "a")->place.line, 3);
    cfg_settings_free(&settings);
}

static void additions(void)
{
    CU_ASSERT(parse("a='x'\na+='y'\nb=['1']\nb+=['2','3']\nb+='4'\nc+='new'\nd='s'\nd+=['t']") ==
              0);
    CHECK_TEXT(text_of("a"), "xy");
    check_list("b", "[1|2|3|4]");
    CHECK_TEXT(text_of("c"), "new");
    check_list("d", "[s|t]");
    cfg_settings_free(&settings);
}

static void errors(void)
{
    check_error("a", "f:1: a: expected '=' or '+=', found end of file");
    check_error("a=\n", "f:1: a: expected a quoted string, a number or '[', found end of line");
    check_error("\n\na = foo\n",
                "f:3: a: expected a quoted string, a number or '[', found a word without quotes");
    check_error("a='1' 'b'", "f:1: a: expected end of line or ';' after the value, found a value");
    check_error("a='1\nb='2'", "f:1: string is not closed on its line");
    check_error("a=['1' '2']", "f:1: a: expected ',' or ']' in the list, found a value");
    check_error("a=['1',\n",
                "f:2: a: expected a quoted string, a number or '[', found end of file");
    check_error("a=[,]", "f:1: a: expected a quoted string, a number or '[', found ','");
    check_error("='1'", "f:1: expected a key, found '='");
    check_error("3='1'", "f:1: expected a key, found a value");
    check_error("a=(1)", "f:1: unexpected character '(' (strings need quotes; this is not Python)");
    check_error("a=-1", "f:1: unexpected character '-' (strings need quotes; this is not Python)");
    check_error("a=1\n\x01", "f:2: unexpected byte 0x01");
    check_error("a=[[[[[[[[[1]]]]]]]]]", "f:1: a: lists are nested deeper than 8");
}

static void a_byte_of_zero(void)
{
    memset(&diag, 0, sizeof(diag));
    CU_ASSERT(cfg_parse(&settings, "f", "a=1\n\0b=2", 8, false, &diag) == -1);
    CHECK_TEXT(diag.error, "f:2: unexpected byte 0x00");
    cfg_settings_free(&settings);
}

static void bare_words(void)
{
    memset(&diag, 0, sizeof(diag));
    CU_ASSERT(cfg_parse(&settings, "c", "name=demo2;kernel=/boot/x y", 27, true, &diag) == 0);
    CHECK_TEXT(text_of("name"), "demo2");
    CHECK_TEXT(text_of("kernel"), "/boot/x y");
    CU_ASSERT(cfg_parse(&settings, "c", "name=\"q\";l=['a']", 16, true, &diag) == 0);
    CHECK_TEXT(text_of("name"), "q");
    check_list("l", "[a]");
    CU_ASSERT_EQUAL(settings.source_count, 2);
    cfg_settings_free(&settings);
}

static void only_the_first_error(void)
{
    struct cfg_place place = {"f", 9};

    check_error("a='\\q' (", "f:1: unknown escape after a backslash in a string");
    cfg_fail(&diag, place, "k", "later");
    CHECK_TEXT(diag.error, "f:1: unknown escape after a backslash in a string");
}

static void too_large(void)
{
    char *text = cfg_alloc(CFG_TEXT_MAX + 2);

    memset(text, '\n', CFG_TEXT_MAX + 1);
    check_error(text, "f: larger than 1048576 bytes");
    free(text);
}

const struct test syntax_tests[] = {
    {"syntax: strings and numbers", strings_and_numbers},
    {"syntax: no newline at the end", no_newline_at_the_end},
    {"syntax: escapes", escapes},
    {"syntax: lists", lists},
    {"syntax: a later assignment wins", later_assignment_wins},
    {"syntax: += appends", additions},
    {"syntax: errors say line, key and what was expected", errors},
    {"syntax: a byte of zero", a_byte_of_zero},
    {"syntax: bare words on a command line", bare_words},
    {"syntax: only the first error is kept", only_the_first_error},
    {"syntax: a source that is too large", too_large},
    {NULL, NULL},
};
