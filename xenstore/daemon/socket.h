/* SPDX-License-Identifier: Apache-2.0 */
/* Clients of the control domain: a Unix stream socket that only the daemon's own user may open; its
 * clients are privileged. */
#pragma once

#include "daemon/loop.h"

struct listener {
    struct source source;
    struct loop *loop;
    int spare; /* a descriptor kept for the moment when there are no more */
    char *path;
};

/**
 * Listen at PATH; missing parent directories are made, a socket file nobody listens at is replaced.
 * 0, or -1 with a message on stderr.
 */
int listener_open(struct listener *l, struct loop *loop, const char *path);

/** Stop listening, remove the socket file and end all clients. */
void listener_close(struct listener *l);
