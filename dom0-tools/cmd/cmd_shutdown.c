/* SPDX-License-Identifier: Apache-2.0 */
/* domus shutdown, reboot: ask guests through control/shutdown, and wait for them if told to. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/session.h"

struct request {
    const char *word;  /* what the guest reads */
    const char *doing; /* "Shutting down" */
    bool all;
    int wait; /* 1: until shut down or gone, 2: until gone */
};

/*
 * A guest that can power off or reboot says so in control/feature-*; one that is silent is asked
 * all the same, only one that says "0" is not.
 */
static int ask(struct session *s, const struct request *r, uint32_t domid)
{
    char path[64], *feature;
    bool refuses = false;
    struct dom_info info;

    if (dom_get_info(s->host, domid, &info)) {
        fprintf(stderr, "Error: Domain '%u' does not exist.\n", domid);
        return -1;
    }
    if (domid == 0) {
        fprintf(stderr, "domain 0 is this machine itself: use %s(8)\n", r->word);
        return -1;
    }
    fprintf(stderr, "%s domain %u\n", r->doing, domid);
    if (xsc_readf(s->xs, XSC_NO_TXN, &feature, "/local/domain/%u/control/feature-%s", domid,
                  r->word) == 0) {
        refuses = !strcmp(feature, "0");
        free(feature);
    }
    if (refuses) {
        fprintf(stderr, "domain %u says that it cannot %s\n", domid, r->word);
        return -1;
    }
    snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown", domid);
    if (xsc_write(s->xs, XSC_NO_TXN, path, r->word, strlen(r->word))) {
        fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
        return -1;
    }
    return 0;
}

/* True when there is nothing more to wait for. */
static bool has_ended(struct session *s, uint32_t domid, int wait)
{
    struct dom_info info;

    if (dom_get_info(s->host, domid, &info)) {
        fprintf(stderr, "Domain %u has been destroyed\n", domid);
        return true;
    }
    if (info.dying)
        return wait == 1;
    if (wait == 1 && info.shutdown) {
        fprintf(stderr, "Domain %u has been shut down, reason code %d\n", domid,
                (int)info.shutdown_reason);
        return true;
    }
    return false;
}

static int wait_for(struct session *s, uint32_t *domids, int count, int wait)
{
    fprintf(stderr, "Waiting for %d domains\n", count);
    while (count > 0) {
        struct xsc_event event;

        for (int i = 0; i < count;) {
            if (has_ended(s, domids[i], wait))
                domids[i] = domids[--count];
            else
                i++;
        }
        if (count == 0)
            break;
        /* A dying domain's last step is not announced: look again now and then. */
        if (xsc_wait_event(s->xs, 500, &event) == 0) {
            xsc_event_free(&event);
        } else if (errno != ETIMEDOUT) {
            fprintf(stderr, "lost xenstore while waiting: %s\n", strerror(errno));
            return -1;
        }
    }
    return 0;
}

/* All guests, as ids; how many, or -1. */
static int all_guests(struct session *s, uint32_t **domids)
{
    struct dom_info *list;
    int count = dom_list_all(s->host, &list), n = 0;

    if (count < 0) {
        fprintf(stderr, "cannot list domains: %s\n", strerror(errno));
        return -1;
    }
    *domids = calloc(count + 1, sizeof(**domids));
    for (int i = 0; i < count && *domids; i++)
        if (list[i].domid != 0 && !list[i].dying)
            (*domids)[n++] = list[i].domid;
    free(list);
    return *domids ? n : -1;
}

static int ask_and_wait(struct session *s, const struct request *r, uint32_t *domids, int count)
{
    int asked = 0, rc = 0;

    if (r->wait && xsc_watch(s->xs, "@releaseDomain", "shutdown")) {
        fprintf(stderr, "cannot watch for the end of domains: %s\n", strerror(errno));
        return -1;
    }
    for (int i = 0; i < count; i++) {
        if (ask(s, r, domids[i]))
            rc = -1;
        else
            domids[asked++] = domids[i];
    }
    if (r->wait && wait_for(s, domids, asked, r->wait > 1 ? 2 : 1))
        rc = -1;
    return rc;
}

static int run(struct session *s, const struct request *r, const char *who)
{
    uint32_t *domids;
    int count, rc;

    if (r->all) {
        count = all_guests(s, &domids);
    } else {
        domids = calloc(1, sizeof(*domids));
        count = domids && domain_find_or_say(s, who, domids) == 0 ? 1 : -1;
        if (count < 0)
            free(domids);
    }
    if (count < 0)
        return 1;
    rc = ask_and_wait(s, r, domids, count);
    free(domids);
    return rc ? 1 : 0;
}

static int shutdown_or_reboot(const struct cmd_spec *spec, int argc, char **argv,
                              struct request request)
{
    static const struct option longs[] = {
        {"all", no_argument, NULL, 'a'}, {"wait", no_argument, NULL, 'w'}, {0}};
    struct session s;
    int opt, status;

    while ((opt = cmd_opt(argc, argv, "awF", longs, spec, &status)) >= 0) {
        if (opt == 'a')
            request.all = true;
        else if (opt == 'w')
            request.wait++;
    }
    if (opt == CMD_OPT_STOP)
        return status;
    if (request.all == (optind < argc)) {
        fputs("You must specify -a or a domain id.\n\n", stderr);
        return 1;
    }
    if (session_begin(&s))
        return 1;
    status = run(&s, &request, argv[optind]);
    session_close(&s);
    return status;
}

int cmd_shutdown(const struct cmd_spec *spec, int argc, char **argv)
{
    return shutdown_or_reboot(spec, argc, argv,
                              (struct request){.word = "poweroff", .doing = "Shutting down"});
}

int cmd_reboot(const struct cmd_spec *spec, int argc, char **argv)
{
    return shutdown_or_reboot(spec, argc, argv,
                              (struct request){.word = "reboot", .doing = "Rebooting"});
}
