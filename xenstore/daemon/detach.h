/* SPDX-License-Identifier: Apache-2.0 */
/* Becoming a daemon: the starting process returns only when the daemon serves, and with its
 * verdict. */
#pragma once

/**
 * Fork. In the child returns a descriptor for detach_ready(), in a session of its own. The parent
 * does not return: it exits 0 once the child is ready, else 1. -1 with a message if there can be no
 * child.
 */
int detach_start(void);

/** The daemon serves: let the parent go, give up the terminal. */
void detach_ready(int fd);

/** Write our process id to PATH. 0, or -1 with a message on stderr. */
int pid_file_write(const char *path);
