/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files in memory. A blob's size is what was really read, so a file that shrinks meanwhile
 * gives a short blob and one that grows gives its first `max` bytes' worth or an error; never bytes
 * that are not there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <domus/kernel.h>

#include "error.h"

void dom_blob_free(struct dom_blob *blob)
{
    free(blob->data);
    blob->data = NULL;
    blob->size = 0;
}

static int read_all(int fd, struct dom_blob *blob, size_t expected)
{
    blob->data = malloc(expected ? expected : 1);
    if (!blob->data)
        return -1;
    while (blob->size < expected) {
        ssize_t got = read(fd, blob->data + blob->size, expected - blob->size);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        blob->size += (size_t)got;
    }
    return 0;
}

int dom_blob_read(struct dom_blob *blob, const char *path, size_t max, char *error)
{
    struct stat st;
    int fd, result = -1;

    *blob = (struct dom_blob){0};
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        dom_fail(error, errno, "%s", strerror(errno));
        return dom_fail_prefix(error, path);
    }
    if (fstat(fd, &st) < 0)
        dom_fail(error, errno, "%s", strerror(errno));
    else if (!S_ISREG(st.st_mode))
        dom_fail(error, EINVAL, "not a regular file");
    else if ((uintmax_t)st.st_size > max)
        dom_fail(error, EFBIG, "file has %jd bytes, at most %zu are allowed", (intmax_t)st.st_size,
                 max);
    else if (read_all(fd, blob, (size_t)st.st_size) < 0)
        dom_fail(error, errno, "%s", strerror(errno));
    else
        result = 0;

    if (result < 0) {
        dom_fail_prefix(error, path);
        int saved = errno;
        dom_blob_free(blob);
        errno = saved;
    }
    int kept = errno;
    close(fd);
    errno = kept;
    return result;
}
