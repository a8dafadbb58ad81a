/* SPDX-License-Identifier: Apache-2.0 */
/* Loop devices for disks that are files. Each is set to clear itself at its last close. */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dev/internal.h"

#define ATTEMPTS 64 /* another process may take the free device between our two calls */

static int configure(int loop, int file, const char *name, bool readonly)
{
    struct loop_config config = {.fd = file};

    /* Direct I/O where the file system can: the kernel falls back to its cache by itself. */
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO;
    if (readonly)
        config.info.lo_flags |= LO_FLAGS_READ_ONLY;
    snprintf((char *)config.info.lo_file_name, LO_NAME_SIZE, "%s", name);
    return ioctl(loop, LOOP_CONFIGURE, &config);
}

/* A descriptor of the loop device, or -1 with errno; EBUSY: taken by another, try again. */
static int attach_once(int control, int file, const char *name, bool readonly, char *path,
                       size_t size)
{
    int number = ioctl(control, LOOP_CTL_GET_FREE), loop, cause;

    if (number < 0)
        return -1;
    snprintf(path, size, "/dev/loop%d", number);
    loop = open(path, (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
    if (loop < 0)
        return -1;
    if (configure(loop, file, name, readonly) == 0)
        return loop;
    cause = errno;
    close(loop);
    errno = cause;
    return -1;
}

int dev_loop_attach(const char *file, bool readonly, char *path, size_t size, char *error)
{
    int control, fd, loop = -1;

    control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    if (control < 0)
        return dev_fail(error, "/dev/loop-control: %s (is the loop module loaded?)",
                        strerror(errno));
    fd = open(file, (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
    if (fd < 0) {
        dev_fail(error, "%s: %s", file, strerror(errno));
        close(control);
        return -1;
    }
    for (int n = 0; n < ATTEMPTS && loop < 0; n++) {
        loop = attach_once(control, fd, file, readonly, path, size);
        if (loop < 0 && errno != EBUSY)
            break;
    }
    if (loop < 0)
        dev_fail(error, "no loop device for %s: %s", file, strerror(errno));
    close(fd);
    close(control);
    return loop;
}
