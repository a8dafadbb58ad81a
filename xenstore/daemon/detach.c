/* SPDX-License-Identifier: Apache-2.0 */
/* Daemonizing. The fork comes before any device is opened: mappings of grants do not survive one.
 */
#include "daemon/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int detach_start(void)
{
    int fds[2];
    char byte;
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC)) {
        perror("xenstored: pipe");
        return -1;
    }
    pid = fork();
    if (pid < 0) {
        perror("xenstored: fork");
        return -1;
    }
    if (pid > 0) {
        close(fds[1]);
        /* The child either says that it is ready or ends, having said why on our stderr. */
        _exit(read(fds[0], &byte, 1) == 1 ? 0 : 1);
    }
    close(fds[0]);
    setsid();
    return fds[1];
}

void detach_ready(int fd)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (chdir("/"))
        perror("xenstored: chdir /");
    if (null >= 0) {
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        if (null > 2)
            close(null);
    }
    /* The parent may be gone; then nobody waits. */
    if (write(fd, "r", 1) != 1 && errno != EPIPE)
        exit(1);
    close(fd);
}

int pid_file_write(const char *path)
{
    FILE *f = fopen(path, "we");

    if (f && fprintf(f, "%d\n", (int)getpid()) > 0 && fclose(f) == 0)
        return 0;
    fprintf(stderr, "xenstored: cannot write pid file %s: %s\n", path, strerror(errno));
    return -1;
}
