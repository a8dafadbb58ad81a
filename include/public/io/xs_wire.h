/* SPDX-License-Identifier: MIT */
/*
 * The xenstore protocol: messages of a 16-byte header and a payload, over a socket or over a ring
 * shared by a guest and the daemon. Strings in payloads end with a zero byte unless they are the
 * last item.
 */
#pragma once

#include <stdint.h>

enum xsd_sockmsg_type {
    XS_CONTROL = 0,               /* daemon control */
    XS_DIRECTORY = 1,             /* path -> names of children */
    XS_READ = 2,                  /* path -> value */
    XS_GET_PERMS = 3,             /* path -> permissions */
    XS_WATCH = 4,                 /* path, token */
    XS_UNWATCH = 5,               /* path, token */
    XS_TRANSACTION_START = 6,     /* -> transaction id in decimal */
    XS_TRANSACTION_END = 7,       /* "T" commits, "F" drops */
    XS_INTRODUCE = 8,             /* domid, frame, port */
    XS_RELEASE = 9,               /* domid */
    XS_GET_DOMAIN_PATH = 10,      /* domid -> path */
    XS_WRITE = 11,                /* path, value */
    XS_MKDIR = 12,                /* path */
    XS_RM = 13,                   /* path */
    XS_SET_PERMS = 14,            /* path, permissions */
    XS_WATCH_EVENT = 15,          /* from the daemon: path, token */
    XS_ERROR = 16,                /* from the daemon: error name */
    XS_IS_DOMAIN_INTRODUCED = 17, /* domid -> "T" or "F" */
    XS_RESUME = 18,               /* domid */
    XS_SET_TARGET = 19,           /* domid, target domid */
    XS_RESET_WATCHES = 21,        /* drop the caller's watches and transactions */
    XS_DIRECTORY_PART = 22,       /* path, offset -> generation, names */
    XS_TYPE_COUNT,                /* one past the last */
    XS_INVALID = 0xffff           /* never a valid type */
};
#define XS_DEBUG XS_CONTROL

#define XS_WRITE_NONE        "NONE"
#define XS_WRITE_CREATE      "CREATE"
#define XS_WRITE_CREATE_EXCL "CREATE|EXCL"

/* Header of a message. */
struct xsd_sockmsg {
    uint32_t type;   /* XS_* */
    uint32_t req_id; /* chosen by the client, echoed in the answer */
    uint32_t tx_id;  /* transaction; 0: none */
    uint32_t len;    /* payload bytes that follow */
};

/* Items in the payload of XS_WATCH_EVENT. */
enum xs_watch_type { XS_WATCH_PATH = 0, XS_WATCH_TOKEN };

#define XENSTORE_RING_SIZE 1024     /* bytes in each direction, a power of two */
typedef uint32_t XENSTORE_RING_IDX; /* free-running */
#define MASK_XENSTORE_IDX(idx) ((idx) & (XENSTORE_RING_SIZE - 1))

/* The page shared by a guest and the daemon. */
struct xenstore_domain_interface {
    char req[XENSTORE_RING_SIZE]; /* guest to daemon */
    char rsp[XENSTORE_RING_SIZE]; /* daemon to guest */
    XENSTORE_RING_IDX req_cons, req_prod;
    XENSTORE_RING_IDX rsp_cons, rsp_prod;
    uint32_t server_features; /* XENSTORE_SERVER_FEATURE_* */
    uint32_t connection;      /* XENSTORE_CONNECTED or _RECONNECT */
    uint32_t error;           /* XENSTORE_ERROR_* */
};

/* Limits. A longer payload ends the connection; a longer path is only refused. */
#define XENSTORE_PAYLOAD_MAX  4096
#define XENSTORE_ABS_PATH_MAX 3072
#define XENSTORE_REL_PATH_MAX 2048

#define XENSTORE_SERVER_FEATURE_RECONNECTION 1 /* guest may set connection to _RECONNECT */
#define XENSTORE_SERVER_FEATURE_ERROR        2 /* the error field is in use */

#define XENSTORE_CONNECTED 0
#define XENSTORE_RECONNECT 1 /* ring is being reset */

#define XENSTORE_ERROR_NONE    0
#define XENSTORE_ERROR_COMM    1 /* communication broke down */
#define XENSTORE_ERROR_RINGIDX 2 /* an index was impossible */
#define XENSTORE_ERROR_PROTO   3 /* payload too long */
