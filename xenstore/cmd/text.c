/* SPDX-License-Identifier: Apache-2.0 */
/* Values as printable text and back, by C's escapes. */
#include "cmd/cmd.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The printable form of C in BUF (at least 5 bytes); returns its length. */
static size_t escape_one(char *buf, unsigned char c)
{
    static const char plain[] = "\t\n\r\\", letters[] = "tnr\\";
    const char *at = c ? strchr(plain, c) : NULL;

    if (at)
        return (size_t)sprintf(buf, "\\%c", letters[at - plain]);
    if (c >= 0x20 && c < 0x7f) {
        buf[0] = (char)c;
        buf[1] = 0;
        return 1;
    }
    return (size_t)sprintf(buf, "\\%03o", c);
}

size_t text_escaped_len(const char *value, size_t len)
{
    char buf[8];
    size_t total = 0;

    for (size_t i = 0; i < len; i++)
        total += escape_one(buf, (unsigned char)value[i]);
    return total;
}

size_t text_escape(FILE *out, const char *value, size_t len, size_t limit)
{
    char buf[8];
    size_t total = 0;

    for (size_t i = 0; i < len; i++) {
        size_t n = escape_one(buf, (unsigned char)value[i]);

        if (n > limit - total)
            break;
        fwrite(buf, 1, n, out);
        total += n;
    }
    return total;
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

/* The character an escape stands for; *IN is behind the backslash and moves on. */
static char unescape_one(const char **in)
{
    static const char letters[] = "tnrabfv", plain[] = "\t\n\r\a\b\f\v";
    const char *p = *in, *at;
    unsigned value = 0;

    if (is_octal(*p)) {
        for (int i = 0; i < 3 && is_octal(*p); i++)
            value = value * 8 + (unsigned)(*p++ - '0');
        *in = p;
        return (char)value;
    }
    if (*p == 'x' && isxdigit((unsigned char)p[1])) {
        char digits[3] = {p[1], isxdigit((unsigned char)p[2]) ? p[2] : 0, 0};

        *in = p + 1 + strlen(digits);
        return (char)strtoul(digits, NULL, 16);
    }
    at = strchr(letters, *p);
    *in = p + 1;
    return at ? plain[at - letters] : *p;
}

size_t text_unescape(char *value)
{
    const char *in = value;
    char *to = value;

    while (*in) {
        if (*in == '\\' && in[1]) {
            in++;
            *to++ = unescape_one(&in);
        } else {
            *to++ = *in++;
        }
    }
    *to = 0;
    return (size_t)(to - value);
}
