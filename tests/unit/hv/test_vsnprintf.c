/* SPDX-License-Identifier: Apache-2.0 */
/* lib/vsnprintf.c and lib/string.c: the same answers as the C library's, for all the formats we
 * have. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"

int hv_snprintf(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
size_t hv_strlcpy(char *dst, const char *src, size_t size);
void *hv_memcpy(void *dst, const void *src, size_t n);
void *hv_memmove(void *dst, const void *src, size_t n);
void *hv_memset(void *dst, int c, size_t n);
int hv_memcmp(const void *a, const void *b, size_t n);
void *hv_memchr(const void *s, int c, size_t n);
size_t hv_strlen(const char *s);
size_t hv_strnlen(const char *s, size_t max);
int hv_strcmp(const char *a, const char *b);
int hv_strncmp(const char *a, const char *b, size_t n);
char *hv_strchr(const char *s, int c);
char *hv_strrchr(const char *s, int c);
char *hv_strstr(const char *s, const char *what);

#define SAME(...)                                                                                  \
    do {                                                                                           \
        char ours[128], theirs[128];                                                               \
        CU_ASSERT_EQUAL(hv_snprintf(ours, sizeof(ours), __VA_ARGS__),                              \
                        snprintf(theirs, sizeof(theirs), __VA_ARGS__));                            \
        CU_ASSERT_STRING_EQUAL(ours, theirs);                                                      \
    } while (0)

static void integers(void)
{
    SAME("%d %i %u", 0, -1, 4000000000u);
    SAME("%d %d", INT32_MIN, INT32_MAX);
    SAME("%ld %lu %lx", INT64_MIN, UINT64_MAX, 0x123456789abcdeful);
    SAME("%lld %llu", (long long)-5, 5ull);
    SAME("%hhu %hhd %hu %hd", (unsigned char)200, (signed char)-3, (unsigned short)65535,
         (short)-2);
    SAME("%zu %td %jx", (size_t)7, (ptrdiff_t)-8, (uintmax_t)9);
    SAME("%x %X %#x %#X %#x %o %#o", 0xbeefu, 0xbeefu, 0xbeefu, 0xbeefu, 0u, 8u, 8u);
}

static void fields(void)
{
    SAME("[%5d] [%-5d] [%05d] [%+d] [% d]", 42, 42, 42, 42, 42);
    SAME("[%5d] [%-5d] [%05d]", -42, -42, -42);
    SAME("[%8.3d] [%-8.3d] [%.0d] [%.5x]", 7, 7, 0, 0xabu);
    SAME("[%*d] [%-*d] [%*d]", 6, 1, 6, 2, -6, 3);
    SAME("[%016lx] [%#010x]", 0xfeedul, 0x12u);
    SAME("[%.*s] [%.2s] [%5s] [%-5s] [%s]", 3, "abcdef", "xyz", "ab", "cd", "");
    SAME("%c%c%3c%%", 'a', 'b', 'c');
}

static void pointers_and_null(void)
{
    char text[64];

    hv_snprintf(text, sizeof(text), "%p", (void *)0xffff830000001000);
    CU_ASSERT_STRING_EQUAL(text, "0xffff830000001000");
    hv_snprintf(text, sizeof(text), "%s", (const char *)(uintptr_t)(text[0] == 'x'));
    CU_ASSERT_STRING_EQUAL(text, "(null)");
}

/* Never a byte past the end, always a zero, and the length of the whole. */
static void cut_short(void)
{
    char text[8];

    memset(text, '#', sizeof(text));
    CU_ASSERT_EQUAL(hv_snprintf(text, 5, "%s%d", "abcdef", 12345), 11);
    CU_ASSERT_EQUAL(memcmp(text, "abcd\0###", 8), 0);
    CU_ASSERT_EQUAL(hv_snprintf(text, 1, "%d", 77), 2);
    CU_ASSERT_EQUAL(text[0], '\0');
    CU_ASSERT_EQUAL(hv_snprintf(NULL, 0, "%0100d", 1), 100);
}

static void not_conversions(void)
{
    char text[32];
    const char *odd = "%y 100%";

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    CU_ASSERT_EQUAL(hv_snprintf(text, sizeof(text), odd, 0), 7);
#pragma GCC diagnostic pop
    CU_ASSERT_STRING_EQUAL(text, "%y 100%");
}

static void copies(void)
{
    unsigned char a[200], b[200], c[200];

    for (size_t off = 0; off < 9; off++) {
        for (size_t n = 0; n < 100; n++) {
            for (size_t i = 0; i < sizeof(a); i++)
                a[i] = (unsigned char)(i * 7 + n);
            memset(b, 0xee, sizeof(b));
            hv_memcpy(b + off, a + 3, n);
            CU_ASSERT(memcmp(b + off, a + 3, n) == 0 && b[off + n] == 0xee);
            memcpy(b, a, sizeof(a));
            memcpy(c, a, sizeof(a));
            hv_memmove(b + 20, b + 20 - 8 + off * 2, n);
            memmove(c + 20, c + 20 - 8 + off * 2, n);
            CU_ASSERT(memcmp(b, c, sizeof(b)) == 0);
            hv_memset(b + off, 0x5a, n);
            memset(c + off, 0x5a, n);
            CU_ASSERT(memcmp(b, c, sizeof(b)) == 0);
        }
    }
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

static void comparing_and_searching(void)
{
    static const char *const words[] = {"",          "a",        "ab",   "abc", "abcdefgh",
                                        "abcdefghi", "abcdefgi", "\xff", "b"};

    for (size_t i = 0; i < 9; i++) {
        CU_ASSERT_EQUAL(hv_strlen(words[i]), strlen(words[i]));
        CU_ASSERT_EQUAL(hv_strnlen(words[i], 3), strnlen(words[i], 3));
        for (size_t j = 0; j < 9; j++) {
            size_t n = strlen(words[i]) + 1 < strlen(words[j]) + 1 ? strlen(words[i]) + 1
                                                                   : strlen(words[j]) + 1;

            CU_ASSERT_EQUAL(sign(hv_strcmp(words[i], words[j])), sign(strcmp(words[i], words[j])));
            CU_ASSERT_EQUAL(sign(hv_strncmp(words[i], words[j], 2)),
                            sign(strncmp(words[i], words[j], 2)));
            CU_ASSERT_EQUAL(sign(hv_memcmp(words[i], words[j], n)),
                            sign(memcmp(words[i], words[j], n)));
            CU_ASSERT_PTR_EQUAL(hv_strstr(words[i], words[j]), strstr(words[i], words[j]));
        }
        CU_ASSERT_PTR_EQUAL(hv_strchr(words[i], 'b'), strchr(words[i], 'b'));
        CU_ASSERT_PTR_EQUAL(hv_strrchr(words[i], 0), strrchr(words[i], 0));
    }
    CU_ASSERT_PTR_NULL(hv_memchr("abc", 'c', 2));
}

static void bounded_copy(void)
{
    char buf[4];

    CU_ASSERT_EQUAL(hv_strlcpy(buf, "abcdef", sizeof(buf)), 6);
    CU_ASSERT_STRING_EQUAL(buf, "abc");
    CU_ASSERT_EQUAL(hv_strlcpy(buf, "ab", sizeof(buf)), 2);
    CU_ASSERT_STRING_EQUAL(buf, "ab");
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT_TEST(integers),
        UNIT_TEST(fields),
        UNIT_TEST(pointers_and_null),
        UNIT_TEST(cut_short),
        UNIT_TEST(not_conversions),
        UNIT_TEST(copies),
        UNIT_TEST(comparing_and_searching),
        UNIT_TEST(bounded_copy),
    };

    return run_unit_tests("vsnprintf", tests, sizeof(tests) / sizeof(tests[0]));
}
