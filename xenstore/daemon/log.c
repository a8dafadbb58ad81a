/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's log. Every line is flushed at once: the last one before a crash is the one that
 * matters. */
#include "daemon/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

static FILE *trace_file;
static const char *trace_path;
static bool to_stderr = true;

int log_open(const char *trace, bool foreground)
{
    trace_path = trace;
    to_stderr = foreground;
    if (trace) {
        trace_file = fopen(trace, "ae");
        if (!trace_file) {
            fprintf(stderr, "xenstored: cannot write trace file %s: %s\n", trace, strerror(errno));
            return -1;
        }
    }
    openlog("xenstored", LOG_PID, LOG_DAEMON);
    return 0;
}

void log_reopen(void)
{
    FILE *fresh = trace_path ? fopen(trace_path, "ae") : NULL;

    if (!fresh)
        return;
    fclose(trace_file);
    trace_file = fresh;
}

void log_line(const char *line)
{
    struct timespec now;
    struct tm tm;
    char when[32];

    if (!trace_file) {
        if (to_stderr)
            fprintf(stderr, "xenstored: %s\n", line);
        else
            syslog(LOG_NOTICE, "%s", line);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &tm);
    strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
    fprintf(trace_file, "%s.%03ld %s\n", when, now.tv_nsec / 1000000, line);
    fflush(trace_file);
}

void log_close(void)
{
    if (trace_file)
        fclose(trace_file);
    trace_file = NULL;
    closelog();
}
