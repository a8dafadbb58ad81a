/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client library for xenstore: what tools and daemons of the control domain use to read, change and
 * watch the store.
 *
 * One handle is one connection and belongs to one thread; the library starts no threads. Every call
 * is one request and its reply. Watch events that arrive while a reply is awaited are queued in
 * order and handed out by xsc_wait_event(). Unless said otherwise a call returns 0, or -1 with
 * errno set to the error the daemon named (ENOENT, EACCES, EINVAL, EEXIST, ENOSPC, EAGAIN, E2BIG,
 * EBUSY, EPERM, ...). Errors of the connection itself: ETIMEDOUT (no answer within the limit, see
 * xsc_set_timeout()), ECONNRESET (the daemon went away), EPROTO (it answered nonsense). After one
 * of these three the handle is unusable: later calls fail with ENOTCONN, and only xsc_close() is
 * left.
 *
 * Paths are absolute ("/local/domain/0/name") or relative to the home of the caller's domain.
 * Wire facts: Xen's docs/misc/xenstore.txt and include/public/io/xs_wire.h.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xsc_handle;

/** Transaction of a handle; XSC_NO_TXN stands for "outside of any transaction". */
typedef uint32_t xsc_txn;
#define XSC_NO_TXN ((xsc_txn)0)

/** xsc_transaction_end(): another client changed what this transaction used; do it all again. */
#define XSC_AGAIN 1

/** Where xsc_open() looks, in this order. */
#define XSC_SOCKET_PATH "/var/run/xenstored/socket"
#define XSC_DEVICE_PATH "/dev/xen/xenbus"

#define XSC_PERM_NONE  0u
#define XSC_PERM_READ  1u
#define XSC_PERM_WRITE 2u

/**
 * One entry of a node's permission list. The first entry names the owner (who may do everything)
 * and what every domain may do that is not listed; each further entry names one domain and what
 * that one may do.
 */
struct xsc_perm {
    uint32_t domid;
    unsigned access; /* XSC_PERM_* or'd */
};

/** One watch event. Both strings are one allocation, freed by xsc_event_free(). */
struct xsc_event {
    char *
        path; /* the path that changed, in the form the watch was set with (absolute or relative) */
    char *token; /* the token the watch was set with */
};

/* Connection. */

/**
 * Connect to the daemon's socket; where there is none, to the kernel's device. The environment
 * variable XENSTORED_PATH, when set, replaces the socket's path and nothing else is tried. NULL
 * with errno on failure.
 */
struct xsc_handle *xsc_open(void);

/** Connect to PATH, a socket or a character device. NULL with errno on failure. */
struct xsc_handle *xsc_open_path(const char *path);

/** Close the connection (its watches and open transactions end with it) and free everything. NULL
 * is allowed. */
void xsc_close(struct xsc_handle *h);

/**
 * The descriptor to poll for POLLIN when waiting for events together with other things. Events may
 * already be queued inside the library: drain with xsc_wait_event(h, 0, &ev) until it fails with
 * ETIMEDOUT before polling.
 */
int xsc_fileno(const struct xsc_handle *h);

/** How long a call may wait for the daemon's answer: milliseconds, -1 for ever. 30000 after
 * xsc_open(). */
void xsc_set_timeout(struct xsc_handle *h, int ms);

/* Nodes. */

/**
 * Read a node. *VALUE is malloc'ed, one NUL follows its last byte; LEN (may be NULL) gets the
 * length without that NUL. Values may contain NULs.
 */
int xsc_read(struct xsc_handle *h, xsc_txn t, const char *path, char **value, size_t *len);

/** Write LEN bytes to a node; it and missing parents are created. */
int xsc_write(struct xsc_handle *h, xsc_txn t, const char *path, const void *value, size_t len);

/** Create a node with an empty value, and its parents. Not an error if it exists. */
int xsc_mkdir(struct xsc_handle *h, xsc_txn t, const char *path);

/** Remove a node and all below it. Not an error if only the node itself (not its parent) is
 * missing. */
int xsc_rm(struct xsc_handle *h, xsc_txn t, const char *path);

/**
 * List the children of a node. *NAMES is an array of *COUNT strings, array and strings one
 * allocation: free() the array. Lists of any length are read in parts when the daemon demands it.
 */
int xsc_directory(struct xsc_handle *h, xsc_txn t, const char *path, char ***names, size_t *count);

/** Is there such a node? 1 yes, 0 no, -1 error. */
int xsc_exists(struct xsc_handle *h, xsc_txn t, const char *path);

/** Read a node's permissions: *PERMS is malloc'ed, *COUNT at least 1. */
int xsc_get_perms(struct xsc_handle *h, xsc_txn t, const char *path, struct xsc_perm **perms,
                  size_t *count);

/** Replace a node's permissions; COUNT at least 1. */
int xsc_set_perms(struct xsc_handle *h, xsc_txn t, const char *path, const struct xsc_perm *perms,
                  size_t count);

/* Convenience with printf-style arguments. */

/** Write a formatted value (without its NUL) to PATH. */
int xsc_writef(struct xsc_handle *h, xsc_txn t, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/** Read the node whose path is formatted; *VALUE is malloc'ed and NUL-terminated. */
int xsc_readf(struct xsc_handle *h, xsc_txn t, char **value, const char *path_fmt, ...)
    __attribute__((format(printf, 4, 5)));

/** Like xsc_readf() for a number (decimal, 0x hexadecimal or 0 octal); EINVAL if the node holds
 * something else. */
int xsc_read_u64f(struct xsc_handle *h, xsc_txn t, uint64_t *value, const char *path_fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Watches. */

/**
 * Watch PATH and everything below it, or "@introduceDomain" / "@releaseDomain". One event comes at
 * once. EEXIST if this handle already has a watch with the same path and token.
 */
int xsc_watch(struct xsc_handle *h, const char *path, const char *token);

/** End a watch. Events of it that were queued before are dropped. ENOENT if there is none. */
int xsc_unwatch(struct xsc_handle *h, const char *path, const char *token);

/**
 * Take the oldest watch event, waiting for one up to TIMEOUT_MS milliseconds (0: only look, -1: for
 * ever). -1 with errno ETIMEDOUT when none came; the handle stays usable then.
 */
int xsc_wait_event(struct xsc_handle *h, int timeout_ms, struct xsc_event *ev);

/** Free the strings of an event. */
void xsc_event_free(struct xsc_event *ev);

/** End all watches of the connection, drop queued events and abort its transactions. */
int xsc_reset_watches(struct xsc_handle *h);

/* Transactions: the store as of the start, changes visible to others at once at the end or never.
 */

/** Start a transaction. */
int xsc_transaction_start(struct xsc_handle *h, xsc_txn *t);

/**
 * End a transaction: make its changes if COMMIT, else forget them. Returns 0 when done, XSC_AGAIN
 * when it was undone because of a conflict, -1 on error. In each case T is gone.
 *
 *     do {
 *         if (xsc_transaction_start(h, &t)) ...
 *         ... xsc_read(h, t, ...); xsc_write(h, t, ...);
 *     } while ((rc = xsc_transaction_end(h, t, true)) == XSC_AGAIN);
 */
int xsc_transaction_end(struct xsc_handle *h, xsc_txn t, bool commit);

/* Domains. All but the first need privilege. */

/** Home path of a domain ("/local/domain/N"), malloc'ed. */
int xsc_get_domain_path(struct xsc_handle *h, uint32_t domid, char **path);

/** Tell the daemon of a new domain: guest frame of its store ring and its unbound event channel
 * port. */
int xsc_introduce_domain(struct xsc_handle *h, uint32_t domid, uint64_t gfn, uint32_t port);

/** Tell the daemon that a domain is gone: its connection ends, its nodes are removed. */
int xsc_release_domain(struct xsc_handle *h, uint32_t domid);

/** A domain resumed after it had been suspended: its next shutdown is to be reported again. */
int xsc_resume_domain(struct xsc_handle *h, uint32_t domid);

/** Was the domain introduced (and not released)? 1 yes, 0 no, -1 error. */
int xsc_is_domain_introduced(struct xsc_handle *h, uint32_t domid);

/** Give DOMID the rights of TARGET in addition to its own. */
int xsc_set_target(struct xsc_handle *h, uint32_t domid, uint32_t target);

/**
 * Daemon control: ARGS are COUNT words ("help"; "quota"; "quota", "set", "nodes", "2000"). *ANSWER
 * is malloc'ed and NUL-terminated.
 */
int xsc_control(struct xsc_handle *h, const char *const *args, size_t count, char **answer);

#ifdef __cplusplus
}
#endif
