/* SPDX-License-Identifier: Apache-2.0 */
/* printf and the few functions of <string.h> that the compiler and the programs want. */
#include <guest/runtime.h>

void *memset(void *to, int value, size_t len)
{
    void *start = to;

    __asm__ volatile("rep stosb" : "+D"(to), "+c"(len) : "a"(value) : "memory");
    return start;
}

void *memcpy(void *to, const void *from, size_t len)
{
    void *start = to;

    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(len) : : "memory");
    return start;
}

void *memmove(void *to, const void *from, size_t len)
{
    char *dst = to;
    const char *src = from;

    if (dst <= src || dst >= src + len)
        return memcpy(to, from, len);
    while (len--)
        dst[len] = src[len];
    return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
    const unsigned char *x = a, *y = b;

    for (; len; len--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

size_t strlen(const char *text)
{
    size_t len = 0;

    while (text[len])
        len++;
    return len;
}

int strncmp(const char *a, const char *b, size_t len)
{
    for (; len; len--, a++, b++)
        if (*a != *b || !*a)
            return (unsigned char)*a - (unsigned char)*b;
    return 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, ~0UL);
}

struct sink {
    char *at, *end;
    int len;
};

static void put(struct sink *out, char c)
{
    if (out->at < out->end)
        *out->at++ = c;
    out->len++;
}

static void pad(struct sink *out, int count, char with)
{
    while (count-- > 0)
        put(out, with);
}

struct spec {
    int width, left, zero, alternate, size; /* size: bytes of the argument */
};

static void put_number(struct sink *out, uint64_t value, unsigned int base, int negative,
                       const struct spec *spec)
{
    char digits[24];
    int n = 0, extra = negative + (spec->alternate && value ? 2 : 0);
    int prefix = extra > negative;

    do
        digits[n++] = "0123456789abcdef"[value % base];
    while (value /= base);
    if (!spec->left && !spec->zero)
        pad(out, spec->width - n - extra, ' ');
    if (negative)
        put(out, '-');
    if (prefix) {
        put(out, '0');
        put(out, 'x');
    }
    if (!spec->left && spec->zero)
        pad(out, spec->width - n - extra, '0');
    for (int i = n; i--;)
        put(out, digits[i]);
    if (spec->left)
        pad(out, spec->width - n - extra, ' ');
}

static void put_text(struct sink *out, const char *text, const struct spec *spec)
{
    int len = (int)strlen(text);

    if (!spec->left)
        pad(out, spec->width - len, ' ');
    while (*text)
        put(out, *text++);
    if (spec->left)
        pad(out, spec->width - len, ' ');
}

static const char *parse_spec(const char *at, struct spec *spec)
{
    *spec = (struct spec){.size = 4};
    for (;; at++) {
        if (*at == '-')
            spec->left = 1;
        else if (*at == '0')
            spec->zero = 1;
        else if (*at == '#')
            spec->alternate = 1;
        else
            break;
    }
    while (*at >= '0' && *at <= '9')
        spec->width = spec->width * 10 + *at++ - '0';
    for (; *at == 'l' || *at == 'z'; at++)
        spec->size = 8;
    return at;
}

int vsnprintf(char *buffer, size_t room, const char *format, va_list args)
{
    struct sink out = {buffer, buffer + (room ? room - 1 : 0), 0};
    struct spec spec;
    int64_t number;

    for (; *format; format++) {
        if (*format != '%') {
            put(&out, *format);
            continue;
        }
        format = parse_spec(format + 1, &spec);
        switch (*format) {
        case 'd':
            number = spec.size == 8 ? va_arg(args, int64_t) : va_arg(args, int);
            put_number(&out, number < 0 ? -(uint64_t)number : (uint64_t)number, 10, number < 0,
                       &spec);
            break;
        case 'u':
        case 'x':
            put_number(&out, spec.size == 8 ? va_arg(args, uint64_t) : va_arg(args, unsigned int),
                       *format == 'x' ? 16 : 10, 0, &spec);
            break;
        case 'p':
            spec.alternate = 1;
            put_number(&out, (uintptr_t)va_arg(args, void *), 16, 0, &spec);
            break;
        case 'c':
            put(&out, (char)va_arg(args, int));
            break;
        case 's':
            put_text(&out, va_arg(args, const char *), &spec);
            break;
        case '%':
            put(&out, '%');
            break;
        default: /* unknown: show it */
            put(&out, '%');
            put(&out, *format);
        }
    }
    if (room)
        *out.at = '\0';
    return out.len;
}

int printf(const char *format, ...)
{
    char text[512];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    console_write(text, strlen(text));
    return len;
}
