/* SPDX-License-Identifier: Apache-2.0 */
/* Test harness of the store; see harness.h. */
#include "harness.h"

#include "store/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world w;

/* Per connection: events seen and not asked for yet. */
static struct inbox {
    struct conn *conn;
    char events[8192];
} inboxes[64];

static char answer[XENSTORE_PAYLOAD_MAX + 64];

static int attach(void *data, struct domain *d)
{
    struct world *world = data;

    if (world->attach_error)
        return world->attach_error;
    d->transport = world;
    world->attached++;
    return 0;
}

static void detach(void *data, struct domain *d)
{
    if (d->transport)
        ((struct world *)data)->attached--;
    d->transport = NULL;
}

static void take_log(void *data, const char *line)
{
    struct world *world = data;
    size_t len = strlen(world->log);

    snprintf(world->log + len, sizeof(world->log) - len, "%s\n", line);
}

static const struct store_env env = {.attach = attach, .detach = detach, .log = take_log};

void world_begin(void)
{
    memset(inboxes, 0, sizeof(inboxes));
    memset(&w, 0, sizeof(w));
    store_init(&w.store, &env, &w);
}

void world_end(void)
{
    CU_ASSERT(store_check(&w.store));
    store_fini(&w.store);
    CU_ASSERT_EQUAL(w.attached, 0);
}

struct conn *dom0_client(void)
{
    return conn_new(&w.store, 0, true);
}

struct conn *guest(uint32_t domid)
{
    if (domain_introduce(&w.store, NULL, domid, 0x1000 + domid, 1))
        return NULL;
    return domain_find(&w.store, domid)->conn;
}

static struct inbox *inbox_of(struct conn *c)
{
    size_t i = 0;

    while (inboxes[i].conn && inboxes[i].conn != c)
        i++;
    inboxes[i].conn = c;
    return &inboxes[i];
}

/* Copy LEN bytes as text, '|' for NUL. */
static void as_text(char *to, const char *from, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] = from[i] ? from[i] : '|';
    to[len] = 0;
}

static void take_message(struct conn *c, const char *message)
{
    struct xsd_sockmsg header;
    const char *payload = message + sizeof(header);

    memcpy(&header, message, sizeof(header));
    if (header.type == XS_WATCH_EVENT) {
        struct inbox *in = inbox_of(c);
        size_t len = strlen(in->events);

        snprintf(in->events + len, sizeof(in->events) - len, "%s%s=%s", len ? " " : "", payload,
                 payload + strlen(payload) + 1);
    } else if (header.type == XS_ERROR) {
        snprintf(answer, sizeof(answer), "!%s", payload);
    } else {
        as_text(answer, payload, header.len);
    }
}

void drain(struct conn *c)
{
    char message[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX + 1];
    size_t len = 0, n;
    const void *from;

    while ((n = conn_out(c, &from)) > 0) {
        /* An odd piece size, to cross the borders of messages' parts. */
        if (n > 7)
            n = 7;
        memcpy(message + len, from, n);
        len += n;
        conn_sent(c, n);
        if (len >= sizeof(struct xsd_sockmsg) &&
            len == sizeof(struct xsd_sockmsg) + ((struct xsd_sockmsg *)message)->len) {
            message[len] = 0;
            take_message(c, message);
            len = 0;
        }
    }
}

const char *ask_raw(struct conn *c, uint32_t type, uint32_t tx, const void *payload, size_t len)
{
    struct xsd_sockmsg header = {.type = type, .req_id = 7, .tx_id = tx, .len = (uint32_t)len};
    char bytes[sizeof(header) + XENSTORE_PAYLOAD_MAX];
    size_t at = 0;

    drain(c);
    strcpy(answer, "(no answer)");
    memcpy(bytes, &header, sizeof(header));
    if (len)
        memcpy(bytes + sizeof(header), payload, len);
    while (at < sizeof(header) + len) {
        void *to;
        size_t n = conn_in(c, &to);

        memcpy(to, bytes + at, n);
        at += n;
        conn_received(c, n);
    }
    CU_ASSERT(store_check(&w.store));
    drain(c);
    return answer;
}

const char *ask(struct conn *c, uint32_t type, uint32_t tx, const char *payload)
{
    char bytes[XENSTORE_PAYLOAD_MAX + 1];
    size_t len = strlen(payload);

    for (size_t i = 0; i < len; i++)
        bytes[i] = payload[i] == '|' ? 0 : payload[i];
    return ask_raw(c, type, tx, bytes, len);
}

uint32_t begin(struct conn *c)
{
    return (uint32_t)strtoul(ask(c, XS_TRANSACTION_START, 0, "|"), NULL, 10);
}

const char *events(struct conn *c)
{
    static char text[sizeof(inboxes[0].events)];
    struct inbox *in = inbox_of(c);

    drain(c);
    strcpy(text, in->events);
    in->events[0] = 0;
    return text;
}
