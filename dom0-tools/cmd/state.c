/* SPDX-License-Identifier: Apache-2.0 */
/* Files below /run/domus. A file is replaced whole, by rename, so that no reader meets half of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cfg/json.h"
#include "cmd/session.h"
#include "cmd/state.h"

#define PATH_MAX_STATE 512
#define LOCK_WAIT_MS   60000

const char *state_dir;

static const char *root(void)
{
    return state_dir ? state_dir : STATE_DIR;
}

static int make_dirs(char *error)
{
    static const char *const below[] = {"", "/domains", "/ended"};
    char path[PATH_MAX_STATE];

    for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
        snprintf(path, sizeof(path), "%s%s", root(), below[i]);
        if (mkdir(path, 0700 | (i ? 0 : 0055)) && errno != EEXIST)
            return cmd_fail(error, "cannot make %s: %s", path, strerror(errno));
    }
    return 0;
}

static int lock_file(const char *path, char *error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct timespec pause = {0, 20 * 1000 * 1000};

    if (fd < 0)
        return cmd_fail(error, "cannot open %s: %s", path, strerror(errno));
    for (int waited = 0; waited < LOCK_WAIT_MS; waited += 20) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return fd;
        if (errno != EWOULDBLOCK && errno != EINTR)
            break;
        nanosleep(&pause, NULL);
    }
    cmd_fail(error, "%s: %s", path,
             errno == EWOULDBLOCK ? "another process has been working on this domain for 60 s"
                                  : strerror(errno));
    close(fd);
    return -1;
}

int state_lock(uint32_t domid, char *error)
{
    char path[PATH_MAX_STATE];

    if (make_dirs(error))
        return -1;
    snprintf(path, sizeof(path), "%s/domains/%u.lock", root(), domid);
    return lock_file(path, error);
}

int state_lock_all(char *error)
{
    char path[PATH_MAX_STATE];

    if (make_dirs(error))
        return -1;
    snprintf(path, sizeof(path), "%s/create.lock", root());
    return lock_file(path, error);
}

void state_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}

static int replace_file(const char *path, const char *text)
{
    char temporary[PATH_MAX_STATE + 16];
    FILE *f;
    int failed;

    snprintf(temporary, sizeof(temporary), "%s.new", path);
    f = fopen(temporary, "we");
    if (!f)
        return -1;
    failed = fputs(text, f) == EOF;
    failed |= fclose(f) != 0;
    if (failed || rename(temporary, path)) {
        unlink(temporary);
        return -1;
    }
    return 0;
}

int state_save_config(uint32_t domid, const struct dom_config *config, char *error)
{
    char path[PATH_MAX_STATE], *text;
    int rc;

    if (make_dirs(error))
        return -1;
    snprintf(path, sizeof(path), "%s/domains/%u.json", root(), domid);
    text = cfg_json_text(config);
    rc = replace_file(path, text);
    free(text);
    return rc ? cmd_fail(error, "cannot write %s: %s", path, strerror(errno)) : 0;
}

static char *read_file(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = fopen(path, "re");

    if (!f)
        return NULL;
    if (getdelim(&text, &size, '\0', f) < 0) {
        free(text);
        text = NULL;
        errno = ENODATA;
    }
    fclose(f);
    return text;
}

int state_load_config(uint32_t domid, struct dom_config *config, char *error)
{
    struct cfg_diag diag = {0};
    char path[PATH_MAX_STATE], *text;
    int rc;

    snprintf(path, sizeof(path), "%s/domains/%u.json", root(), domid);
    text = read_file(path);
    if (!text) {
        rc = errno;
        cmd_fail(error, "%s: %s", path, strerror(rc));
        errno = rc;
        return -1;
    }
    rc = cfg_json_read(config, path, text, &diag);
    free(text);
    errno = EINVAL;
    return rc ? cmd_fail(error, "%s", diag.error) : 0;
}

void state_forget(uint32_t domid)
{
    char path[PATH_MAX_STATE];

    snprintf(path, sizeof(path), "%s/domains/%u.json", root(), domid);
    unlink(path);
    snprintf(path, sizeof(path), "%s/domains/%u.lock", root(), domid);
    unlink(path);
}

void state_note_end(const char *name, const char *line)
{
    char path[PATH_MAX_STATE], error[CMD_ERROR_MAX];

    if (make_dirs(error))
        return;
    snprintf(path, sizeof(path), "%s/ended/%s", root(), name);
    replace_file(path, line);
}

char *state_last_end(const char *name)
{
    char path[PATH_MAX_STATE];

    snprintf(path, sizeof(path), "%s/ended/%s", root(), name);
    return read_file(path);
}
