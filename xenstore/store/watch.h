/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches. Events reach a connection in the order of the changes; for one change, in the order the
 * watches were set. An event that is already waiting unsent for the same watch and path is not
 * queued twice: what it says
 * ("look there again") is still true. A connection learns only of nodes it may read, before or
 * after the change.
 */
#pragma once

#include "store/hash.h"
#include "store/list.h"
#include "store/tree.h"

struct conn;
struct store;

struct watch {
    struct hash_link by_path; /* in store->watches */
    struct list link;         /* in conn->watches, in order of registration */
    struct list events;       /* unsent events of this watch */
    struct conn *conn;
    uint64_t serial; /* order of registration over all connections; key of its events */
    size_t home; /* bytes to leave off paths in events: the watch was set with a relative path */
    char *path;  /* canonical or special */
    char *token;
};

/** Register a watch; EEXIST, ENOSPC (quota). RELATIVE: report paths relative to the home of the
 * connection's domain. */
int watch_add(struct conn *conn, const char *path, bool relative, const char *token,
              struct watch **w);

/** Queue the event that follows a registration: it names the watch's own path. */
void watch_fire_first(struct watch *w);

/** Remove the watch with this path and token; ENOENT. Unsent events of it are dropped. */
int watch_remove(struct conn *conn, const char *path, const char *token);

/** Remove all watches of CONN with their events. */
void watch_remove_all(struct conn *conn);

/**
 * A node changed: queue events for those who watch PATH, or (unless EXACT) a path above it. BEFORE
 * and AFTER are its contents (NULL: absent). CAUSE is the connection whose request did it, or NULL;
 * it is charged for events that others have not read.
 */
void watch_fire(struct store *s, struct conn *cause, const char *path, size_t len, bool exact,
                const struct content *before, const struct content *after);

/** A domain came or went: queue events for watches on the special name PATH. */
void watch_fire_special(struct store *s, struct conn *cause, const char *path);
