/* SPDX-License-Identifier: Apache-2.0 */
/* Client library: watches and their events, domains, daemon control. */
#include "client/handle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int xsc_watch(struct xsc_handle *h, const char *path, const char *token)
{
    struct piece p[] = {{path, strlen(path) + 1}, {token, strlen(token) + 1}};

    return xsc_talk(h, XS_WATCH, XSC_NO_TXN, p, 2, NULL);
}

static const char *event_token(const struct queued_event *e)
{
    return e->data + strlen(e->data) + 1;
}

/* Does an event with PATH belong to a watch on WATCHED? */
static bool concerns(const char *path, const char *watched)
{
    size_t n = strlen(watched);

    if (!strcmp(watched, "/"))
        return path[0] == '/';
    return !strncmp(path, watched, n) && (!path[n] || path[n] == '/');
}

static void drop_events(struct xsc_handle *h, const char *path, const char *token)
{
    struct queued_event **at = &h->first, *e;

    while ((e = *at)) {
        if (concerns(e->data, path) && (!token || !strcmp(event_token(e), token))) {
            *at = e->next;
            free(e);
        } else {
            at = &e->next;
        }
    }
    h->last = at;
}

int xsc_unwatch(struct xsc_handle *h, const char *path, const char *token)
{
    struct piece p[] = {{path, strlen(path) + 1}, {token, strlen(token) + 1}};

    if (xsc_talk(h, XS_UNWATCH, XSC_NO_TXN, p, 2, NULL))
        return -1;
    drop_events(h, path, token);
    return 0;
}

int xsc_wait_event(struct xsc_handle *h, int timeout_ms, struct xsc_event *ev)
{
    struct queued_event *e;

    while (!h->first) {
        int rc = xsc_receive(h, timeout_ms);

        if (rc < 0)
            return -1;
        if (!rc) {
            errno = ETIMEDOUT;
            return -1;
        }
        if (h->header.type != XS_WATCH_EVENT) {
            h->broken = true;
            errno = EPROTO;
            return -1;
        }
        if (xsc_queue_event(h))
            return -1;
    }
    e = h->first;
    ev->path = malloc(e->len);
    if (!ev->path)
        return -1;
    memcpy(ev->path, e->data, e->len);
    ev->token = ev->path + strlen(ev->path) + 1;
    h->first = e->next;
    if (!h->first)
        h->last = &h->first;
    free(e);
    return 0;
}

void xsc_event_free(struct xsc_event *ev)
{
    free(ev->path);
    ev->path = ev->token = NULL;
}

int xsc_reset_watches(struct xsc_handle *h)
{
    if (xsc_talk_string(h, XS_RESET_WATCHES, XSC_NO_TXN, "", NULL))
        return -1;
    while (h->first) {
        struct queued_event *e = h->first;

        h->first = e->next;
        free(e);
    }
    h->last = &h->first;
    return 0;
}

/* A request whose payload is up to three numbers in words. */
static int talk_numbers(struct xsc_handle *h, uint32_t type, const uint64_t *numbers, size_t count)
{
    char text[3][24];
    struct piece p[3];

    for (size_t i = 0; i < count; i++) {
        p[i].len = (size_t)snprintf(text[i], sizeof(text[i]), "%" PRIu64, numbers[i]) + 1;
        p[i].data = text[i];
    }
    return xsc_talk(h, type, XSC_NO_TXN, p, count, NULL);
}

int xsc_get_domain_path(struct xsc_handle *h, uint32_t domid, char **path)
{
    if (talk_numbers(h, XS_GET_DOMAIN_PATH, &(uint64_t){domid}, 1))
        return -1;
    *path = strdup(h->payload);
    return *path ? 0 : -1;
}

int xsc_introduce_domain(struct xsc_handle *h, uint32_t domid, uint64_t gfn, uint32_t port)
{
    uint64_t n[] = {domid, gfn, port};

    return talk_numbers(h, XS_INTRODUCE, n, 3);
}

int xsc_release_domain(struct xsc_handle *h, uint32_t domid)
{
    return talk_numbers(h, XS_RELEASE, &(uint64_t){domid}, 1);
}

int xsc_resume_domain(struct xsc_handle *h, uint32_t domid)
{
    return talk_numbers(h, XS_RESUME, &(uint64_t){domid}, 1);
}

int xsc_is_domain_introduced(struct xsc_handle *h, uint32_t domid)
{
    if (talk_numbers(h, XS_IS_DOMAIN_INTRODUCED, &(uint64_t){domid}, 1))
        return -1;
    return !strcmp(h->payload, "T");
}

int xsc_set_target(struct xsc_handle *h, uint32_t domid, uint32_t target)
{
    uint64_t n[] = {domid, target};

    return talk_numbers(h, XS_SET_TARGET, n, 2);
}

int xsc_control(struct xsc_handle *h, const char *const *args, size_t count, char **answer)
{
    char text[XENSTORE_PAYLOAD_MAX];
    struct piece p = {text, 0};

    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(args[i]) + 1;

        if (n > sizeof(text) - p.len) {
            errno = E2BIG;
            return -1;
        }
        memcpy(text + p.len, args[i], n);
        p.len += n;
    }
    if (xsc_talk(h, XS_CONTROL, XSC_NO_TXN, &p, 1, NULL))
        return -1;
    *answer = strdup(h->payload);
    return *answer ? 0 : -1;
}
