/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Supervision of one guest: waits for its end and carries out on_poweroff, on_reboot, on_crash. It
 * holds no state that is not in xenstore or below /run/domus, so it may be killed and started again
 * (`domus monitor DOMAIN`) at any time; and it lives through a restart of xenstored.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "cmd/engine.h"
#include "cmd/nodes.h"
#include "cmd/state.h"
#include "dev/dev.h"

#define POLL_MS           10000 /* look at the domain at least this often, whatever xenstore says */
#define SHORT_LIFE        5     /* seconds; a guest that restarts sooner is held back a little */
#define RECONNECT_SECONDS 60

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
    char stamp[32];
    time_t now = time(NULL);
    struct tm tm;
    va_list args;

    strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", localtime_r(&now, &tm));
    fprintf(stderr, "%s ", stamp);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

struct monitor {
    struct session *s;
    uint32_t domid;
    char *name;
    time_t since; /* when the domain we watch was started */
};

enum fate { FATE_RUNNING, FATE_SHUTDOWN, FATE_GONE };

static enum fate look(const struct monitor *m, enum dom_shutdown_reason *reason)
{
    struct dom_info info;

    if (dom_get_info(m->s->host, m->domid, &info))
        return errno == ESRCH ? FATE_GONE : FATE_RUNNING;
    if (info.dying)
        return FATE_GONE;
    /* A suspended domain waits for whoever suspended it. */
    if (!info.shutdown || info.shutdown_reason == DOM_SHUTDOWN_SUSPEND)
        return FATE_RUNNING;
    *reason = info.shutdown_reason;
    return FATE_SHUTDOWN;
}

/* A new connection to xenstore, which was restarted. */
static int reconnect(struct monitor *m)
{
    say("lost xenstore: %s", strerror(errno));
    for (int n = 0; n < RECONNECT_SECONDS; n++) {
        struct xsc_handle *xs = xsc_open();

        if (xs && xsc_watch(xs, "@releaseDomain", "monitor") == 0) {
            xsc_close(m->s->xs);
            m->s->xs = xs;
            say("xenstore is back");
            return 0;
        }
        xsc_close(xs);
        sleep(1);
    }
    say("xenstore did not come back in %d s", RECONNECT_SECONDS);
    return -1;
}

/* Returns when the domain is no longer running. -1: cannot watch any more. */
static int wait_for_end(struct monitor *m, enum fate *fate, enum dom_shutdown_reason *reason)
{
    for (;;) {
        struct xsc_event event;

        *fate = look(m, reason);
        if (*fate != FATE_RUNNING)
            return 0;
        if (xsc_wait_event(m->s->xs, POLL_MS, &event) == 0)
            xsc_event_free(&event);
        else if (errno != ETIMEDOUT && reconnect(m))
            return -1;
    }
}

static const char *reason_name(enum dom_shutdown_reason reason)
{
    static const char *const names[] = {"poweroff", "reboot",   "suspend",
                                        "crash",    "watchdog", "soft reset"};

    return (size_t)reason < sizeof(names) / sizeof(names[0]) ? names[reason] : "unknown reason";
}

static enum dom_action action_for(const struct dom_config *config, enum dom_shutdown_reason reason)
{
    switch (reason) {
    case DOM_SHUTDOWN_POWEROFF:
        return config->on_poweroff;
    case DOM_SHUTDOWN_REBOOT:
        return config->on_reboot;
    case DOM_SHUTDOWN_CRASH:
        return config->on_crash;
    case DOM_SHUTDOWN_WATCHDOG:
        return config->on_watchdog;
    case DOM_SHUTDOWN_SOFT_RESET:
        return config->on_soft_reset;
    default:
        return DOM_ACTION_DESTROY;
    }
}

/* What cannot be done becomes what comes nearest, and the log says so. */
static enum dom_action supported(enum dom_action action)
{
    switch (action) {
    case DOM_ACTION_COREDUMP_DESTROY:
        say("core dumps are not supported: destroying without one");
        return DOM_ACTION_DESTROY;
    case DOM_ACTION_COREDUMP_RESTART:
        say("core dumps are not supported: restarting without one");
        return DOM_ACTION_RESTART;
    case DOM_ACTION_SOFT_RESET:
        say("soft reset is not supported: destroying");
        return DOM_ACTION_DESTROY;
    default:
        return action;
    }
}

static void note_end(const struct monitor *m, enum dom_shutdown_reason reason,
                     enum dom_action action)
{
    char line[CMD_ERROR_MAX], stamp[32];
    time_t now = time(NULL);
    struct tm tm;

    strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", localtime_r(&now, &tm));
    snprintf(line, sizeof(line), "%s domain %u (%s): %s after %ld s; action: %s\n", stamp, m->domid,
             m->name, reason_name(reason), (long)(now - m->since), dom_action_name(action));
    state_note_end(m->name, line);
    say("domain %u (%s) ended: %s; action: %s", m->domid, m->name, reason_name(reason),
        dom_action_name(action));
}

static int destroy_now(struct monitor *m)
{
    char error[CMD_ERROR_MAX];

    int rc = domain_destroy_locked(m->s, m->domid, error);

    if (rc)
        say("destroying domain %u: %s", m->domid, error);
    else
        say("domain %u destroyed", m->domid);
    return rc < 0 ? -1 : 0;
}

/* The next life of the guest. 0: m->domid is the new domain, running. */
static int create_again(struct monitor *m, struct dom_config *config)
{
    char error[CMD_ERROR_MAX];
    uint32_t domid;

    if (time(NULL) - m->since < SHORT_LIFE)
        sleep(1);
    if (domain_create(m->s, config, &domid, error)) {
        say("cannot create %s again: %s", m->name, error);
        return -1;
    }
    if (dom_unpause(m->s->host, domid)) {
        say("cannot start domain %u: %s", domid, strerror(errno));
        domain_destroy(m->s, domid, error);
        return -1;
    }
    m->domid = domid;
    m->since = time(NULL);
    say("%s runs again as domain %u", m->name, domid);
    return 0;
}

/* The dead domain stays for inspection, under another name and UUID, without its devices. */
static int set_aside(struct monitor *m)
{
    char error[CMD_ERROR_MAX], name[256], stamp[32], text[37], path[64];
    time_t now = time(NULL);
    struct dom_config aside;
    struct tm tm;
    uuid_t uuid;

    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
    snprintf(name, sizeof(name), "%.200s-%s", m->name, stamp);
    uuid_generate(uuid);
    uuid_unparse_lower(uuid, text);
    snprintf(path, sizeof(path), "/local/domain/%u/vm", m->domid);
    if (dev_remove_all(m->s->xs, m->domid, error)) {
        say("devices of domain %u: %s", m->domid, error);
        return -1;
    }
    if (dom_set_uuid(m->s->host, m->domid, uuid) ||
        xsc_writef(m->s->xs, XSC_NO_TXN, path, "/vm/%s", text) ||
        nodes_rename(m->s, m->domid, name, error)) {
        say("cannot set domain %u aside as %s", m->domid, name);
        return -1;
    }
    dom_config_init(&aside);
    if (state_load_config(m->domid, &aside, error) == 0) {
        free(aside.name);
        aside.name = strdup(name);
        memcpy(aside.uuid, uuid, sizeof(aside.uuid));
        state_save_config(m->domid, &aside, error);
    }
    dom_config_free(&aside);
    say("domain %u is kept as %s", m->domid, name);
    return 0;
}

/* Carries out the action. 1: the guest runs again and is to be watched; 0: done; -1: failed. */
static int act(struct monitor *m, struct dom_config *config, enum dom_action action, int *lock)
{
    switch (action) {
    case DOM_ACTION_PRESERVE:
        return 0;
    case DOM_ACTION_RESTART:
    case DOM_ACTION_RENAME_RESTART:
        if (action == DOM_ACTION_RENAME_RESTART ? set_aside(m) : destroy_now(m))
            return -1;
        state_unlock(*lock);
        *lock = -1;
        return create_again(m, config) ? -1 : 1;
    default:
        return destroy_now(m) ? -1 : 0;
    }
}

/* The domain shut down: decide under its lock, so that a `destroy` meanwhile comes before or after.
 */
static int on_shutdown(struct monitor *m, enum dom_shutdown_reason reason)
{
    char error[CMD_ERROR_MAX];
    struct dom_config config;
    enum dom_action action;
    int lock = state_lock(m->domid, error), rc = 0;

    if (lock < 0) {
        say("%s", error);
        return -1;
    }
    dom_config_init(&config);
    if (look(m, &reason) != FATE_SHUTDOWN) {
        say("domain %u was destroyed", m->domid);
        state_forget(m->domid);
    } else if (state_load_config(m->domid, &config, error)) {
        say("no configuration, destroying domain %u: %s", m->domid, error);
        rc = destroy_now(m) ? -1 : 0;
    } else {
        free(m->name);
        m->name = strdup(config.name);
        action = supported(action_for(&config, reason));
        note_end(m, reason, action);
        rc = act(m, &config, action, &lock);
    }
    dom_config_free(&config);
    state_unlock(lock);
    return rc;
}

/* Somebody else destroys it: see that nothing stays behind, whoever it was. */
static int on_gone(struct monitor *m)
{
    char error[CMD_ERROR_MAX];
    int lock = state_lock(m->domid, error), rc = 0;

    say("domain %u was destroyed", m->domid);
    if (lock >= 0)
        rc = domain_destroy_locked(m->s, m->domid, error);
    if (rc)
        say("cleaning up after domain %u: %s", m->domid, error);
    state_unlock(lock);
    return rc < 0 ? -1 : 0;
}

static void begin(struct monitor *m, int ready_fd)
{
    char title[16];

    m->name = domain_name(m->s, m->domid);
    if (!m->name)
        m->name = strdup("?");
    m->since = time(NULL);
    snprintf(title, sizeof(title), "domus-%s", m->name);
    prctl(PR_SET_NAME, title);
    say("watching domain %u (%s)", m->domid, m->name);
    if (ready_fd >= 0) {
        if (write(ready_fd, "r", 1) != 1)
            say("nobody waits for this monitor");
        close(ready_fd);
    }
}

int monitor_run(struct session *s, uint32_t domid, int ready_fd)
{
    struct monitor m = {.s = s, .domid = domid};
    enum dom_shutdown_reason reason;
    enum fate fate;
    int rc;

    if (xsc_watch(s->xs, "@releaseDomain", "monitor")) {
        say("cannot watch for the end of domains: %s", strerror(errno));
        return 1;
    }
    begin(&m, ready_fd);
    do {
        rc = wait_for_end(&m, &fate, &reason);
        if (!rc)
            rc = fate == FATE_GONE ? on_gone(&m) : on_shutdown(&m, reason);
    } while (rc == 1);
    free(m.name);
    xsc_unwatch(s->xs, "@releaseDomain", "monitor");
    return rc ? 1 : 0;
}
