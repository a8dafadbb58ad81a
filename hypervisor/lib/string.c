/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory and string functions without a C library. Word-sized loops, no assembly and no vector
 * registers (those are the guest's). On the host the functions are renamed hv_*, so that tests can
 * reach them while everything else uses the C library's instrumented ones.
 */
#include <hv/string.h>

#ifdef HV_HOST
#define STRING_FN(name) hv_##name
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
#else
#define STRING_FN(name) name
#endif

/* The compiler must not turn these loops into calls of the functions they are. */
#define NO_IDIOM __attribute__((optimize("no-tree-loop-distribute-patterns")))

/* A word at any address, that may overlay anything. */
typedef uint64_t __attribute__((aligned(1), may_alias)) word_t;

NO_IDIOM void *STRING_FN(memcpy)(void *dst, const void *src, size_t n)
{
    char *d = dst;
    const char *s = src;

    for (; n >= 32; n -= 32, d += 32, s += 32) {
        word_t a = *(const word_t *)s, b = *(const word_t *)(s + 8);
        word_t c = *(const word_t *)(s + 16), e = *(const word_t *)(s + 24);

        *(word_t *)d = a;
        *(word_t *)(d + 8) = b;
        *(word_t *)(d + 16) = c;
        *(word_t *)(d + 24) = e;
    }
    for (; n >= 8; n -= 8, d += 8, s += 8)
        *(word_t *)d = *(const word_t *)s;
    while (n--)
        *d++ = *s++;
    return dst;
}

NO_IDIOM void *STRING_FN(memmove)(void *dst, const void *src, size_t n)
{
    char *d = dst;
    const char *s = src;

    /* Forward is right unless the destination starts inside the source. */
    if ((uintptr_t)d - (uintptr_t)s >= n)
        return STRING_FN(memcpy)(dst, src, n);
    for (; n >= 8; n -= 8)
        *(word_t *)(d + n - 8) = *(const word_t *)(s + n - 8);
    while (n--)
        d[n] = s[n];
    return dst;
}

NO_IDIOM void *STRING_FN(memset)(void *dst, int c, size_t n)
{
    char *d = dst;
    uint64_t w = 0x0101010101010101ull * (unsigned char)c;

    for (; n >= 32; n -= 32, d += 32) {
        *(word_t *)d = w;
        *(word_t *)(d + 8) = w;
        *(word_t *)(d + 16) = w;
        *(word_t *)(d + 24) = w;
    }
    for (; n >= 8; n -= 8, d += 8)
        *(word_t *)d = w;
    while (n--)
        *d++ = (char)c;
    return dst;
}

NO_IDIOM int STRING_FN(memcmp)(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;

    for (; n >= 8 && *(const word_t *)x == *(const word_t *)y; n -= 8, x += 8, y += 8)
        ;
    for (; n; n--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

void *STRING_FN(memchr)(const void *s, int c, size_t n)
{
    for (const unsigned char *p = s; n; n--, p++)
        if (*p == (unsigned char)c)
            return (void *)(uintptr_t)p;
    return NULL;
}

NO_IDIOM size_t STRING_FN(strlen)(const char *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    return n;
}

NO_IDIOM size_t STRING_FN(strnlen)(const char *s, size_t max)
{
    size_t n = 0;

    while (n < max && s[n])
        n++;
    return n;
}

int STRING_FN(strcmp)(const char *a, const char *b)
{
    for (; *a && *a == *b; a++, b++)
        ;
    return (unsigned char)*a - (unsigned char)*b;
}

int STRING_FN(strncmp)(const char *a, const char *b, size_t n)
{
    for (; n; n--, a++, b++)
        if (*a != *b || !*a)
            return (unsigned char)*a - (unsigned char)*b;
    return 0;
}

char *STRING_FN(strchr)(const char *s, int c)
{
    for (;; s++) {
        if (*s == (char)c)
            return (char *)(uintptr_t)s;
        if (!*s)
            return NULL;
    }
}

char *STRING_FN(strrchr)(const char *s, int c)
{
    const char *last = NULL;

    for (;; s++) {
        if (*s == (char)c)
            last = s;
        if (!*s)
            return (char *)(uintptr_t)last;
    }
}

char *STRING_FN(strstr)(const char *s, const char *what)
{
    size_t n = STRING_FN(strlen)(what);

    for (; STRING_FN(strncmp)(s, what, n); s++)
        if (!*s)
            return NULL;
    return (char *)(uintptr_t)s;
}

size_t hv_strlcpy(char *dst, const char *src, size_t size)
{
    size_t n = STRING_FN(strlen)(src);
    size_t copy = n < size ? n : size - 1;

    STRING_FN(memcpy)(dst, src, copy);
    dst[copy] = '\0';
    return n;
}
