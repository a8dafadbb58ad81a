/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error lines of libdomus. They are cut at DOM_ERROR_MAX - 1 bytes and never grow beyond one line,
 * whatever is in a file name.
 */
#include "error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <domus/kernel.h>

static void keep_one_line(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ')
            *text = '?';
    }
}

int dom_fail(char *error, int code, const char *format, ...)
{
    if (error) {
        va_list args;

        va_start(args, format);
        vsnprintf(error, DOM_ERROR_MAX, format, args);
        va_end(args);
        keep_one_line(error);
    }
    errno = code;
    return -1;
}

int dom_fail_prefix(char *error, const char *what)
{
    if (error) {
        char line[DOM_ERROR_MAX];
        int saved = errno;

        memcpy(line, error, sizeof(line));
        line[sizeof(line) - 1] = '\0';
        /* A long path must not push the reason out of the line. */
        snprintf(error, DOM_ERROR_MAX, "%.*s: %.*s", DOM_ERROR_MAX / 2, what, DOM_ERROR_MAX / 2 - 4,
                 line);
        keep_one_line(error);
        errno = saved;
    }
    return -1;
}
