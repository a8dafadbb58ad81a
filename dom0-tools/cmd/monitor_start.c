/* SPDX-License-Identifier: Apache-2.0 */
/* Starts a monitor as a process of its own: same program, new session, log file for its output. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/engine.h"
#include "cmd/state.h"

#define START_WAIT_MS 30000

static int open_log(const char *name, char *error)
{
    char path[512];
    int fd;

    mkdir("/var", 0755);
    mkdir("/var/log", 0755);
    mkdir(LOG_DIR, 0755);
    snprintf(path, sizeof(path), "%s/%s.log", LOG_DIR, name);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fd < 0)
        return cmd_fail(error, "cannot open %s: %s", path, strerror(errno));
    return fd;
}

/* In the grandchild: becomes the monitor. */
static void become_monitor(uint32_t domid, int log, int ready)
{
    char id[16], fd[16];
    int null = open("/dev/null", O_RDONLY);
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    snprintf(id, sizeof(id), "%u", domid);
    snprintf(fd, sizeof(fd), "%d", ready);
    if (null >= 0)
        dup2(null, 0);
    dup2(log, 1);
    dup2(log, 2);
    fcntl(ready, F_SETFD, 0);
    if (chdir("/"))
        fprintf(stderr, "cannot change to /\n");
    execl("/proc/self/exe", "domus", "monitor", "--ready-fd", fd, id, (char *)NULL);
    fprintf(stderr, "cannot start the monitor: %s\n", strerror(errno));
    _exit(1);
}

static int wait_ready(int fd, const char *name, char *error)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char byte;
    int n;

    do
        n = poll(&p, 1, START_WAIT_MS);
    while (n < 0 && errno == EINTR);
    if (n > 0 && read(fd, &byte, 1) == 1)
        return 0;
    return cmd_fail(error, "the monitor did not start (see %s/%s.log)", LOG_DIR, name);
}

int monitor_start(uint32_t domid, const char *name, char *error)
{
    int log = open_log(name, error), ready[2], rc;
    pid_t child;

    if (log < 0)
        return -1;
    if (pipe2(ready, O_CLOEXEC)) {
        close(log);
        return cmd_fail(error, "cannot make a pipe: %s", strerror(errno));
    }
    fflush(NULL);
    child = fork();
    if (child == 0) {
        setsid();
        /* Twice, so that init is its parent and collects it. */
        if (fork() == 0)
            become_monitor(domid, log, ready[1]);
        _exit(0);
    }
    close(ready[1]);
    close(log);
    if (child < 0) {
        rc = cmd_fail(error, "cannot start the monitor: %s", strerror(errno));
    } else {
        waitpid(child, NULL, 0);
        rc = wait_ready(ready[0], name, error);
    }
    close(ready[0]);
    return rc;
}
