/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the daemon itself: in the foreground to stderr, in the background to the system's
 * log.
 */
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>
#include <time.h>

#include "consoled.h"

static bool use_syslog;

void say_init(bool to_syslog)
{
    use_syslog = to_syslog;
    if (to_syslog)
        openlog("domus-consoled", LOG_PID, LOG_DAEMON);
}

void say(const char *format, ...)
{
    char line[512];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (use_syslog)
        syslog(LOG_NOTICE, "%s", line);
    else
        fprintf(stderr, "domus-consoled: %s\n", line);
}

int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
