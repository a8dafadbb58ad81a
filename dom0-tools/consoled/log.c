/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Console logs. A failing log never stops the console: bytes that cannot be kept are dropped and
 * the caller is told once.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES_MAX 128

static int reopen(struct con_log *log)
{
    struct stat st;

    log->fd =
        open(log->path,
             O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0640);
    if (log->fd < 0)
        return -1;
    if (fstat(log->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(log->fd);
        log->fd = -1;
        errno = EINVAL;
        return -1;
    }
    log->size = (uint64_t)st.st_size;
    return 0;
}

/* Letters, digits and a few signs stay; a leading dot does not, so that no name means a directory
 * or hides. */
static void safe_name(char *to, size_t room, const char *name)
{
    size_t i;

    for (i = 0; name[i] && i + 1 < room; i++) {
        unsigned char c = (unsigned char)name[i];
        int plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_' || c == '+' || c == '@' || (c == '.' && i > 0);

        to[i] = plain ? (char)c : '_';
    }
    to[i] = '\0';
}

int con_log_open(struct con_log *log, const char *dir, const char *name, uint64_t cap)
{
    char safe[NAME_BYTES_MAX + 1];

    memset(log, 0, sizeof(*log));
    log->fd = -1;
    log->cap = cap;
    safe_name(safe, sizeof(safe), name);
    if ((size_t)snprintf(log->path, sizeof(log->path), "%s/guest-%s.log", dir, safe) >=
        sizeof(log->path)) {
        log->path[0] = '\0';
        errno = ENAMETOOLONG;
        return -1;
    }
    return reopen(log);
}

void con_log_close(struct con_log *log)
{
    if (log->fd >= 0)
        close(log->fd);
    log->fd = -1;
}

static void old_path(const struct con_log *log, char *to, size_t room)
{
    snprintf(to, room, "%s.1", log->path);
}

static int rotate(struct con_log *log)
{
    char old[sizeof(log->path) + 2];

    con_log_close(log);
    old_path(log, old, sizeof(old));
    if (rename(log->path, old) < 0 && errno != ENOENT)
        return -1;
    return reopen(log);
}

static int append(struct con_log *log, const char *bytes, size_t count)
{
    if (log->fd < 0 && reopen(log) < 0)
        return -1;
    if (log->size && log->size + count > log->cap && rotate(log) < 0)
        return -1;
    while (count) {
        ssize_t n = write(log->fd, bytes, count);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        log->size += (uint64_t)n;
        bytes += n;
        count -= (size_t)n;
    }
    return 0;
}

int con_log_write(struct con_log *log, const char *bytes, size_t count)
{
    int before = log->error;

    if (append(log, bytes, count) == 0) {
        log->error = 0;
        return 0;
    }
    log->error = errno;
    return log->error == before ? 1 : -1;
}

/* The last `room` bytes of one file; 0 if it cannot be read. */
static size_t tail_of(const char *path, char *to, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    size_t got = 0;

    if (fd < 0)
        return 0;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        off_t start = (uint64_t)st.st_size > room ? st.st_size - (off_t)room : 0;

        while (got < room) {
            ssize_t n = pread(fd, to + got, room - got, start + (off_t)got);

            if (n <= 0)
                break;
            got += (size_t)n;
        }
    }
    close(fd);
    return got;
}

size_t con_log_tail(const struct con_log *log, char *to, size_t room)
{
    char old[sizeof(log->path) + 2];
    size_t now = tail_of(log->path, to, room), before;

    if (now == room)
        return now;
    /* What is missing comes from the rotated file, and goes in front. */
    old_path(log, old, sizeof(old));
    memmove(to + (room - now), to, now);
    before = tail_of(old, to, room - now);
    memmove(to + before, to + (room - now), now);
    return before + now;
}
