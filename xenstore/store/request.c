/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The requests of the wire protocol: one row per type. A handler gets checked strings, and either
 * queues its answer and returns 0 or returns an errno value, from which the error answer is made.
 * Facts: Xen's docs/misc/xenstore.txt.
 */
#include "store/request.h"

#include "store/alloc.h"
#include "store/conn.h"
#include "store/domain.h"
#include "store/path.h"
#include "store/store.h"
#include "store/txn.h"
#include "store/watch.h"
#include "wire/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIRE_RESTRICT (XS_SET_TARGET + 1) /* no longer in the header */
/* An event names a path of up to PATH_MAX_ABS bytes besides the token. */
#define TOKEN_MAX (XENSTORE_PAYLOAD_MAX - PATH_MAX_ABS - 2)

static const char ok[] = "OK";

static int reply_ok(struct request *rq)
{
    conn_reply(rq->scope.conn, rq->type, ok, sizeof(ok));
    return 0;
}

static int reply_string(struct request *rq, const char *text)
{
    size_t len = strlen(text) + 1;

    if (len > XENSTORE_PAYLOAD_MAX)
        return E2BIG;
    conn_reply(rq->scope.conn, rq->type, text, len);
    return 0;
}

/* Argument I as canonical path. */
static int path_arg(struct request *rq, size_t i, bool special, char path[PATH_BUFFER])
{
    const struct conn *c = rq->scope.conn;
    int rc = path_canonical(path, rq->argv[i], c->who.domid, special);

    if (!rc && !c->who.privileged && strlen(path) > c->store->quotas.path_max)
        rc = EINVAL;
    return rc;
}

/* Argument I as number up to MAX. */
static int number_arg(struct request *rq, size_t i, uint64_t max, uint64_t *value)
{
    const char *p = rq->argv[i];

    *value = 0;
    if (!*p)
        return EINVAL;
    for (; *p; p++) {
        if (*p < '0' || *p > '9' || *value > max / 10)
            return EINVAL;
        *value = *value * 10 + (uint64_t)(*p - '0');
        if (*value > max)
            return EINVAL;
    }
    return 0;
}

static int domid_arg(struct request *rq, size_t i, uint32_t *domid)
{
    uint64_t value;
    int rc = number_arg(rq, i, DOMID_LIMIT - 1, &value);

    *domid = (uint32_t)value;
    return rc;
}

/* Nodes. */

static int do_directory(struct request *rq)
{
    char path[PATH_BUFFER], names[XENSTORE_PAYLOAD_MAX];
    const struct node *n;
    size_t len = 0;
    int rc = path_arg(rq, 0, false, path);

    if (!rc)
        rc = node_get_list(&rq->scope, path, &n);
    if (rc)
        return rc;
    if (n->bytes > XENSTORE_PAYLOAD_MAX)
        return E2BIG;
    for (const struct node *k = tree_first_child(n); k; k = tree_next_child(n, k->content->name)) {
        size_t size = strlen(k->content->name) + 1;

        memcpy(names + len, k->content->name, size);
        len += size;
    }
    conn_reply(rq->scope.conn, rq->type, names, len);
    return 0;
}

/*
 * A list too long for one answer: the generation of the list, then as many whole names as fit from
 * byte OFFSET on; an empty name after the last one of all.
 */
static int do_directory_part(struct request *rq)
{
    char path[PATH_BUFFER], out[XENSTORE_PAYLOAD_MAX];
    const struct node *n, *k;
    uint64_t offset, at = 0;
    size_t len;
    int rc = path_arg(rq, 0, false, path);

    if (!rc)
        rc = number_arg(rq, 1, UINT32_MAX, &offset);
    if (!rc)
        rc = node_get_list(&rq->scope, path, &n);
    if (rc)
        return rc;
    len = (size_t)snprintf(out, sizeof(out), "%" PRIu64, n->children_gen) + 1;
    for (k = tree_first_child(n); k; k = tree_next_child(n, k->content->name)) {
        size_t size = strlen(k->content->name) + 1;

        if (at >= offset) {
            if (len + size + 1 > sizeof(out))
                break;
            memcpy(out + len, k->content->name, size);
            len += size;
        }
        at += size;
    }
    if (!k)
        out[len++] = 0;
    conn_reply(rq->scope.conn, rq->type, out, len);
    return 0;
}

static int do_read(struct request *rq)
{
    char path[PATH_BUFFER];
    const struct node *n;
    int rc = path_arg(rq, 0, false, path);

    if (!rc)
        rc = node_get(&rq->scope, path, PERM_READ, &n);
    if (rc)
        return rc;
    conn_reply(rq->scope.conn, rq->type, n->content->value, n->content->value_len);
    return 0;
}

static int do_write(struct request *rq)
{
    char path[PATH_BUFFER];
    int rc = path_arg(rq, 0, false, path);

    if (!rc)
        rc = node_write(&rq->scope, path, rq->rest, rq->rest_len);
    return rc ? rc : reply_ok(rq);
}

static int do_mkdir(struct request *rq)
{
    char path[PATH_BUFFER];
    int rc = path_arg(rq, 0, false, path);

    if (!rc)
        rc = node_mkdir(&rq->scope, path);
    return rc ? rc : reply_ok(rq);
}

static int do_rm(struct request *rq)
{
    char path[PATH_BUFFER];
    int rc = path_arg(rq, 0, false, path);

    if (!rc)
        rc = node_rm(&rq->scope, path);
    return rc ? rc : reply_ok(rq);
}

static int do_get_perms(struct request *rq)
{
    char path[PATH_BUFFER], out[XENSTORE_PAYLOAD_MAX];
    struct content **special, *c;
    const struct node *n;
    size_t len = 0;
    int rc = path_arg(rq, 0, true, path);

    if (rc)
        return rc;
    special = store_special(rq->scope.store, path);
    if (special) {
        c = *special;
        rc = perm_allows(&rq->scope.conn->who, c, PERM_READ) ? 0 : EACCES;
    } else {
        rc = node_get(&rq->scope, path, PERM_READ, &n);
        c = rc ? NULL : n->content;
    }
    for (uint32_t i = 0; !rc && i < c->perm_count; i++) {
        if (len + PERM_TEXT > sizeof(out))
            return E2BIG;
        len += perm_format(out + len, &c->perms[i]) + 1;
    }
    if (!rc)
        conn_reply(rq->scope.conn, rq->type, out, len);
    return rc;
}

static int do_set_perms(struct request *rq)
{
    char path[PATH_BUFFER];
    struct perm *perms;
    size_t count = 0;
    int rc = path_arg(rq, 0, true, path);

    if (rc)
        return rc;
    perms = xalloc(rq->argc * sizeof(*perms));
    for (size_t i = 1; i < rq->argc && !rc; i++)
        rc = perm_parse(rq->argv[i], &perms[count++]) ? 0 : EINVAL;
    if (!rc)
        rc = node_set_perms(&rq->scope, path, perms, count);
    free(perms);
    return rc ? rc : reply_ok(rq);
}

/* Watches. */

static int do_watch(struct request *rq)
{
    char path[PATH_BUFFER];
    const char *name = rq->argv[0];
    struct watch *w;
    int rc = path_arg(rq, 0, true, path);

    if (!rc && strlen(rq->argv[1]) > TOKEN_MAX)
        rc = E2BIG;
    if (!rc)
        rc = watch_add(rq->scope.conn, path, name[0] != '/' && name[0] != '@', rq->argv[1], &w);
    if (rc)
        return rc;
    reply_ok(rq);
    watch_fire_first(w);
    return 0;
}

static int do_unwatch(struct request *rq)
{
    char path[PATH_BUFFER];
    int rc = path_arg(rq, 0, true, path);

    if (!rc)
        rc = watch_remove(rq->scope.conn, path, rq->argv[1]);
    return rc ? rc : reply_ok(rq);
}

static int do_reset_watches(struct request *rq)
{
    conn_abort_txns(rq->scope.conn);
    watch_remove_all(rq->scope.conn);
    return reply_ok(rq);
}

/* Transactions. */

static int do_transaction_start(struct request *rq)
{
    char id[16];
    struct txn *t;
    int rc;

    if (rq->scope.txn)
        return EBUSY;
    rc = txn_start(rq->scope.store, rq->scope.conn, &t);
    if (rc)
        return rc;
    snprintf(id, sizeof(id), "%u", t->id);
    return reply_string(rq, id);
}

static int do_transaction_end(struct request *rq)
{
    const char *how = rq->argv[0];
    struct txn *t = rq->scope.txn;
    int rc = 0;

    if (strcmp(how, "T") && strcmp(how, "F"))
        return EINVAL;
    if (!t)
        return ENOENT;
    rq->scope.txn = NULL;
    if (*how == 'T')
        rc = txn_commit(rq->scope.store, rq->scope.conn, t);
    else
        txn_abort(rq->scope.conn, t);
    return rc ? rc : reply_ok(rq);
}

/* Domains. */

static int do_get_domain_path(struct request *rq)
{
    char path[40];
    uint32_t domid;
    int rc = domid_arg(rq, 0, &domid);

    if (rc)
        return rc;
    snprintf(path, sizeof(path), "/local/domain/%u", domid);
    return reply_string(rq, path);
}

static int do_introduce(struct request *rq)
{
    uint64_t gfn, port;
    uint32_t domid;
    int rc = domid_arg(rq, 0, &domid);

    if (!rc)
        rc = number_arg(rq, 1, UINT64_MAX, &gfn);
    if (!rc)
        rc = number_arg(rq, 2, UINT32_MAX, &port);
    /* Domain 0 is ourselves; a domain without a port cannot be told anything. */
    if (!rc && (!domid || !port))
        rc = EINVAL;
    if (!rc)
        rc = domain_introduce(rq->scope.store, rq->scope.conn, domid, gfn, (uint32_t)port);
    return rc ? rc : reply_ok(rq);
}

static int do_release(struct request *rq)
{
    uint32_t domid;
    int rc = domid_arg(rq, 0, &domid);

    if (!rc)
        rc = domid ? domain_release(rq->scope.store, rq->scope.conn, domid) : EINVAL;
    return rc ? rc : reply_ok(rq);
}

static int do_resume(struct request *rq)
{
    struct domain *d;
    uint32_t domid;
    int rc = domid_arg(rq, 0, &domid);

    if (rc)
        return rc;
    d = domain_find(rq->scope.store, domid);
    if (!d)
        return ENOENT;
    d->shutdown = false;
    return reply_ok(rq);
}

static int do_is_domain_introduced(struct request *rq)
{
    uint64_t domid;
    int rc = number_arg(rq, 0, UINT16_MAX, &domid);

    if (rc)
        return rc;
    /* The first reserved number stands for the caller, who is there. */
    return reply_string(
        rq, domid == DOMID_LIMIT || domain_find(rq->scope.store, (uint32_t)domid) ? "T" : "F");
}

static int do_set_target(struct request *rq)
{
    uint32_t domid, target;
    struct domain *d;
    int rc = domid_arg(rq, 0, &domid);

    if (!rc)
        rc = domid_arg(rq, 1, &target);
    if (rc)
        return rc;
    d = domain_find(rq->scope.store, domid);
    if (!d || !domain_find(rq->scope.store, target))
        return ENOENT;
    if (!domid || domid == target)
        return EINVAL;
    d->conn->who.target = target;
    return reply_ok(rq);
}

/* A privileged socket client gives up its rights for those of a domain, for good. */
static int do_restrict(struct request *rq)
{
    struct conn *c = rq->scope.conn;
    uint32_t domid;
    int rc = domid_arg(rq, 0, &domid);

    if (rc)
        return rc;
    if (c->domain || !domid)
        return EINVAL;
    conn_abort_txns(c);
    watch_remove_all(c);
    c->who = (struct caller){.domid = domid, .target = NO_TARGET};
    return reply_ok(rq);
}

static int do_control(struct request *rq)
{
    char out[XENSTORE_PAYLOAD_MAX];
    int rc = control_command(rq->scope.store, rq->argc, rq->argv, out, sizeof(out));

    return rc ? rc : reply_string(rq, out);
}

#define PRIVILEGED 1u /* domain 0 only */
#define NO_TXN     2u /* a transaction number given with it is not looked at */
#define RAW_REST   4u /* what follows the first string is not text */
#define AT_LEAST   8u /* more strings than `strings` may follow */

static const struct handler {
    const char *name;
    int (*fn)(struct request *rq);
    unsigned flags;
    size_t strings; /* that the payload consists of */
} handlers[] = {
    [XS_CONTROL] = {"CONTROL", do_control, PRIVILEGED | NO_TXN | AT_LEAST, 1},
    [XS_DIRECTORY] = {"DIRECTORY", do_directory, 0, 1},
    [XS_DIRECTORY_PART] = {"DIRECTORY_PART", do_directory_part, 0, 2},
    [XS_READ] = {"READ", do_read, 0, 1},
    [XS_GET_PERMS] = {"GET_PERMS", do_get_perms, 0, 1},
    [XS_WATCH] = {"WATCH", do_watch, NO_TXN, 2},
    [XS_UNWATCH] = {"UNWATCH", do_unwatch, NO_TXN, 2},
    [XS_TRANSACTION_START] = {"TRANSACTION_START", do_transaction_start, 0, 1},
    [XS_TRANSACTION_END] = {"TRANSACTION_END", do_transaction_end, 0, 1},
    [XS_INTRODUCE] = {"INTRODUCE", do_introduce, PRIVILEGED | NO_TXN | AT_LEAST, 3},
    [XS_RELEASE] = {"RELEASE", do_release, PRIVILEGED | NO_TXN, 1},
    [XS_GET_DOMAIN_PATH] = {"GET_DOMAIN_PATH", do_get_domain_path, NO_TXN, 1},
    [XS_WRITE] = {"WRITE", do_write, RAW_REST, 1},
    [XS_MKDIR] = {"MKDIR", do_mkdir, 0, 1},
    [XS_RM] = {"RM", do_rm, 0, 1},
    [XS_SET_PERMS] = {"SET_PERMS", do_set_perms, AT_LEAST, 2},
    [XS_IS_DOMAIN_INTRODUCED] = {"IS_DOMAIN_INTRODUCED", do_is_domain_introduced, NO_TXN, 1},
    [XS_RESUME] = {"RESUME", do_resume, PRIVILEGED | NO_TXN, 1},
    [XS_SET_TARGET] = {"SET_TARGET", do_set_target, PRIVILEGED | NO_TXN, 2},
    [WIRE_RESTRICT] = {"RESTRICT", do_restrict, PRIVILEGED | NO_TXN, 1},
    [XS_RESET_WATCHES] = {"RESET_WATCHES", do_reset_watches, NO_TXN | AT_LEAST, 0},
};

#define HANDLER_COUNT (sizeof(handlers) / sizeof(handlers[0]))

/* Divide the payload into its strings, as many as fit in argv. False if they are not what the row
 * wants. */
static bool parse_strings(struct request *rq, const struct handler *h)
{
    const char *p = (const char *)rq->scope.conn->payload;
    size_t len = rq->scope.conn->header.len, at = 0;

    while (at < len && rq->argc < REQUEST_ARGS) {
        const char *end = memchr(p + at, 0, len - at);

        if (!end)
            break;
        rq->argv[rq->argc++] = p + at;
        at = (size_t)(end - p) + 1;
        if (h->flags & RAW_REST)
            break;
    }
    rq->rest = p + at;
    rq->rest_len = len - at;
    if (at < len && !(h->flags & RAW_REST))
        return false;
    return (h->flags & AT_LEAST) ? rq->argc >= h->strings : rq->argc == h->strings;
}

static int run(struct request *rq, const struct handler *h)
{
    struct conn *c = rq->scope.conn;

    if (!h || !h->fn)
        return ENOSYS;
    if ((h->flags & PRIVILEGED) && !c->who.privileged)
        return EACCES;
    if (!(h->flags & NO_TXN) && c->header.tx_id) {
        rq->scope.txn = txn_find(c, c->header.tx_id);
        if (!rq->scope.txn)
            return ENOENT;
    }
    return parse_strings(rq, h) ? h->fn(rq) : EINVAL;
}

void request_execute(struct conn *c)
{
    struct request rq = {.scope = {.store = c->store, .conn = c}, .type = c->header.type};
    const struct handler *h = rq.type < HANDLER_COUNT ? &handlers[rq.type] : NULL;
    const char *error;
    int rc = run(&rq, h);

    if (c->store->log_requests)
        store_log(c->store, "conn %" PRIu64 " domain %u tx %u %s %s: %s", c->serial, c->who.domid,
                  c->header.tx_id, h && h->name ? h->name : "unknown", rq.argc ? rq.argv[0] : "",
                  rc ? wire_error_name(rc) : ok);
    if (!rc)
        return;
    error = wire_error_name(rc);
    conn_reply(c, XS_ERROR, error, strlen(error) + 1);
}
