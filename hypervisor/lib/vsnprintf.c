/* SPDX-License-Identifier: Apache-2.0 */
/* Formatted text. Never writes past the buffer, and counts what would have been written. */
#include <hv/string.h>

struct out {
    char *buf;
    size_t size;
    size_t len;
};

struct spec {
    bool left, plus, space, alt, zero;
    int width, precision; /* precision < 0: none */
    int length;           /* bytes of the integer argument */
    bool is_signed;
    unsigned int base;
    bool upper;
};

static void put(struct out *o, char c)
{
    if (o->len + 1 < o->size)
        o->buf[o->len] = c;
    o->len++;
}

static void pad(struct out *o, char c, int n)
{
    while (n-- > 0)
        put(o, c);
}

static void put_text(struct out *o, const struct spec *s, const char *text)
{
    int n = 0;

    if (!text)
        text = "(null)";
    while ((s->precision < 0 || n < s->precision) && text[n])
        n++;
    if (!s->left)
        pad(o, ' ', s->width - n);
    for (int i = 0; i < n; i++)
        put(o, text[i]);
    if (s->left)
        pad(o, ' ', s->width - n);
}

static void put_number(struct out *o, const struct spec *s, uint64_t value)
{
    const char *set = s->upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[24]; /* 22 octal digits hold 64 bits */
    int n = 0, zeros, total;
    bool negative = s->is_signed && (int64_t)value < 0;
    char sign = negative ? '-' : !s->is_signed ? 0 : s->plus ? '+' : s->space ? ' ' : 0;
    int prefix = s->alt && s->base == 16 && value ? 2 : 0;

    if (negative)
        value = 0 - value;
    for (; value; value /= s->base)
        digits[n++] = set[value % s->base];
    zeros = (s->precision < 0 ? 1 : s->precision) - n;
    if (zeros < 0)
        zeros = 0;
    if (s->alt && s->base == 8 && !zeros)
        zeros = 1;
    total = n + zeros + prefix + (sign != 0);
    if (s->zero && !s->left && s->precision < 0 && total < s->width) {
        zeros += s->width - total;
        total = s->width;
    }
    if (!s->left)
        pad(o, ' ', s->width - total);
    if (sign)
        put(o, sign);
    if (prefix) {
        put(o, '0');
        put(o, s->upper ? 'X' : 'x');
    }
    pad(o, '0', zeros);
    while (n)
        put(o, digits[--n]);
    if (s->left)
        pad(o, ' ', s->width - total);
}

static const char *parse_flags(struct spec *s, const char *f)
{
    for (;; f++) {
        if (*f == '-')
            s->left = true;
        else if (*f == '+')
            s->plus = true;
        else if (*f == ' ')
            s->space = true;
        else if (*f == '#')
            s->alt = true;
        else if (*f == '0')
            s->zero = true;
        else
            return f;
    }
}

/* Room for what any message needs; a larger number is a mistake in the format. */
#define MAX_FIELD 4096

static const char *parse_int(int *out, const char *f)
{
    int n = 0;

    for (; *f >= '0' && *f <= '9'; f++)
        n = n < MAX_FIELD ? n * 10 + (*f - '0') : n;
    *out = n < MAX_FIELD ? n : MAX_FIELD;
    return f;
}

static const char *parse_length(struct spec *s, const char *f)
{
    s->length = sizeof(int);
    if (*f == 'h') {
        s->length = sizeof(short);
        if (*++f == 'h') {
            s->length = 1;
            f++;
        }
    } else if (*f == 'l') {
        s->length = sizeof(long);
        if (*++f == 'l')
            f++;
    } else if (*f == 'z' || *f == 't' || *f == 'j') {
        s->length = sizeof(uint64_t);
        f++;
    }
    return f;
}

/* Cut an argument to the width its length modifier gave. */
static uint64_t narrow(const struct spec *s, uint64_t v)
{
    unsigned int unused = 64 - 8 * (unsigned int)s->length;

    return s->is_signed ? (uint64_t)((int64_t)(v << unused) >> unused) : v << unused >> unused;
}

int hv_vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
    struct out o = {buf, size, 0};

    for (; *fmt; fmt++) {
        struct spec s = {.precision = -1, .base = 10};

        if (*fmt != '%') {
            put(&o, *fmt);
            continue;
        }
        fmt = parse_flags(&s, fmt + 1);
        if (*fmt == '*') {
            s.width = va_arg(args, int);
            if (s.width < 0) {
                s.left = true;
                s.width = s.width < -MAX_FIELD ? MAX_FIELD : -s.width;
            }
            s.width = MIN(s.width, MAX_FIELD);
            fmt++;
        } else {
            fmt = parse_int(&s.width, fmt);
        }
        if (*fmt == '.') {
            if (*++fmt == '*') {
                s.precision = va_arg(args, int);
                fmt++;
            } else {
                fmt = parse_int(&s.precision, fmt);
            }
        }
        fmt = parse_length(&s, fmt);
        switch (*fmt) {
        case 'd':
        case 'i':
            s.is_signed = true;
            break;
        case 'u':
            break;
        case 'X':
            s.upper = true;
            /* fall through */
        case 'x':
            s.base = 16;
            break;
        case 'o':
            s.base = 8;
            break;
        case 'p':
            put_number(&o, &(struct spec){.alt = true, .precision = 16, .base = 16},
                       (uintptr_t)va_arg(args, void *));
            continue;
        case 'c':
            put_text(&o, &(struct spec){.left = s.left, .width = s.width, .precision = 1},
                     (const char[]){(char)va_arg(args, int), 0});
            continue;
        case 's':
            put_text(&o, &s, va_arg(args, const char *));
            continue;
        case '%':
            put(&o, '%');
            continue;
        default: /* not a conversion: show it, and do not run off the end */
            put(&o, '%');
            if (!*fmt)
                goto done;
            put(&o, *fmt);
            continue;
        }
        put_number(&o, &s,
                   narrow(&s, s.length == 8 ? va_arg(args, uint64_t)
                                            : (uint64_t)(int64_t)va_arg(args, int)));
    }
done:
    if (size)
        buf[o.len < size ? o.len : size - 1] = '\0';
    return (int)o.len;
}

int hv_snprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = hv_vsnprintf(buf, size, fmt, args);
    va_end(args);
    return n;
}
