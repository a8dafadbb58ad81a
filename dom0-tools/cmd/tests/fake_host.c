/* SPDX-License-Identifier: Apache-2.0 */
/* libdomus' calls, and those of the store that concern domains, answered from variables. */
#include <domus/build.h>
#include <domus/domctl.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore/client.h>

#include "cmd/tests/fake_host.h"

bool fake_domain_exists, fake_introduced;
struct dom_info fake_domain;
uint64_t fake_free_pages;
int fake_call_countdown, fake_calls;
char fake_host_log[2048];

void fake_host_reset(void)
{
    fake_domain_exists = fake_introduced = false;
    memset(&fake_domain, 0, sizeof(fake_domain));
    fake_free_pages = 1 << 18;
    fake_call_countdown = fake_calls = 0;
    fake_host_log[0] = '\0';
}

/* Notes the call; -1 if it is the one that fails. */
static int call(const char *name)
{
    size_t used = strlen(fake_host_log);

    snprintf(fake_host_log + used, sizeof(fake_host_log) - used, "%s%s", used ? " " : "", name);
    fake_calls++;
    if (fake_call_countdown == 0 || --fake_call_countdown > 0)
        return 0;
    errno = EIO;
    return -1;
}

/* The same for a call on our domain. */
static int call_on(const char *name, uint32_t domid)
{
    if (call(name))
        return -1;
    if (domid == 0 || (domid == FAKE_DOMID && fake_domain_exists))
        return 0;
    errno = ESRCH;
    return -1;
}

struct dom_host *dom_open(void)
{
    return (struct dom_host *)1;
}

void dom_close(struct dom_host *host)
{
    (void)host;
}

int64_t dom_hypercall(struct dom_host *host, unsigned int op, uint64_t a0, uint64_t a1, uint64_t a2,
                      uint64_t a3, uint64_t a4)
{
    (void)host, (void)op, (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
    errno = ENOSYS;
    return -1;
}

void *dom_buf_in(struct dom_host *host, const void *src, size_t size)
{
    (void)host, (void)src, (void)size;
    return NULL;
}

void dom_buf_free(struct dom_host *host, void *buf, size_t size)
{
    (void)host, (void)buf, (void)size;
}

void dom_create_defaults(struct dom_create *params)
{
    memset(params, 0, sizeof(*params));
    params->domid = DOM_ID_NONE;
}

int dom_create(struct dom_host *host, const struct dom_create *params, uint32_t *domid)
{
    (void)host;
    if (call("create"))
        return -1;
    fake_domain_exists = true;
    fake_domain = (struct dom_info){.domid = FAKE_DOMID, .paused = true};
    memcpy(fake_domain.uuid, params->uuid, 16);
    *domid = FAKE_DOMID;
    return 0;
}

int dom_destroy(struct dom_host *host, uint32_t domid)
{
    (void)host;
    if (call_on("destroy", domid))
        return -1;
    fake_domain_exists = false;
    return 0;
}

int dom_pause(struct dom_host *host, uint32_t domid)
{
    (void)host;
    return call_on("pause", domid);
}

int dom_unpause(struct dom_host *host, uint32_t domid)
{
    (void)host;
    return call_on("unpause", domid);
}

int dom_set_uuid(struct dom_host *host, uint32_t domid, const uint8_t uuid[16])
{
    (void)host, (void)uuid;
    return call_on("set-uuid", domid);
}

int dom_set_time_offset(struct dom_host *host, uint32_t domid, int64_t seconds)
{
    (void)host, (void)seconds;
    return call_on("time-offset", domid);
}

int dom_get_info(struct dom_host *host, uint32_t domid, struct dom_info *info)
{
    (void)host;
    if (domid == FAKE_DOMID && fake_domain_exists) {
        *info = fake_domain;
        return 0;
    }
    if (domid == 0) {
        *info = (struct dom_info){.domid = 0};
        return 0;
    }
    errno = ESRCH;
    return -1;
}

int dom_list_all(struct dom_host *host, struct dom_info **list)
{
    (void)host;
    if (call("list"))
        return -1;
    *list = calloc(2, sizeof(**list));
    (*list)[1] = fake_domain;
    return fake_domain_exists ? 2 : 1;
}

int dom_physinfo(struct dom_host *host, struct dom_physinfo *info)
{
    (void)host;
    if (call("physinfo"))
        return -1;
    *info = (struct dom_physinfo){.cpus = 2, .max_cpu_id = 1, .free_pages = fake_free_pages};
    return 0;
}

int dom_build_pv(struct dom_build *build, char *error)
{
    if (call_on("build", build->domid)) {
        snprintf(error, DOM_ERROR_MAX, "this is no kernel");
        return -1;
    }
    build->console_evtchn = 2;
    build->store_evtchn = 1;
    build->console_mfn = 1002;
    build->store_mfn = 1001;
    return 0;
}

int dom_set_affinity(struct dom_host *host, uint32_t domid, uint32_t vcpu, uint8_t *hard,
                     uint8_t *soft, size_t bytes, bool force)
{
    (void)host, (void)vcpu, (void)bytes, (void)force;
    /* What became effective is written back. */
    if (hard)
        hard[0] = 0;
    if (soft)
        soft[0] = 0;
    return call_on("affinity", domid);
}

int dom_sched_id(struct dom_host *host, enum dom_sched *sched)
{
    (void)host;
    *sched = DOM_SCHED_CREDIT;
    return call("sched-id");
}

int dom_sched_credit_get(struct dom_host *host, uint32_t domid, enum dom_sched sched,
                         struct dom_sched_credit *params)
{
    (void)host, (void)sched;
    *params = (struct dom_sched_credit){256, 0};
    return call_on("credit-get", domid);
}

int dom_sched_credit_set(struct dom_host *host, uint32_t domid, enum dom_sched sched,
                         const struct dom_sched_credit *params)
{
    (void)host, (void)sched, (void)params;
    return call_on("credit-set", domid);
}

/* --- calls that only commands make --- */

int dom_get_vcpu_info(struct dom_host *host, uint32_t domid, uint32_t vcpu,
                      struct dom_vcpu_info *info)
{
    (void)host, (void)vcpu;
    memset(info, 0, sizeof(*info));
    return call_on("vcpu-info", domid);
}

int dom_get_affinity(struct dom_host *host, uint32_t domid, uint32_t vcpu, uint8_t *hard,
                     uint8_t *soft, size_t bytes)
{
    (void)host, (void)vcpu, (void)hard, (void)soft, (void)bytes;
    return call_on("get-affinity", domid);
}

int dom_set_max_mem(struct dom_host *host, uint32_t domid, uint64_t kib)
{
    (void)host, (void)kib;
    return call_on("max-mem", domid);
}

int dom_cpu_topology(struct dom_host *host, struct dom_cpu_topology *list, unsigned int max)
{
    (void)host, (void)list, (void)max;
    return 0;
}

int dom_sched_credit_pool_get(struct dom_host *host, uint32_t cpupool,
                              struct dom_sched_credit_pool *params)
{
    (void)host, (void)cpupool;
    *params = (struct dom_sched_credit_pool){30, 1000, 0};
    return call("pool-get");
}

int dom_sched_credit_pool_set(struct dom_host *host, uint32_t cpupool,
                              const struct dom_sched_credit_pool *params)
{
    (void)host, (void)cpupool, (void)params;
    return call("pool-set");
}

const char *dom_sched_name(enum dom_sched sched)
{
    (void)sched;
    return "credit";
}

int dom_read_console_all(struct dom_host *host, char **text, size_t *length, bool clear)
{
    (void)host, (void)clear;
    *text = strdup("");
    *length = 0;
    return call("console");
}

int dom_debug_keys(struct dom_host *host, const char *keys)
{
    (void)host, (void)keys;
    return call("keys");
}

int dom_version(struct dom_host *host, struct dom_version *version)
{
    (void)host;
    memset(version, 0, sizeof(*version));
    return call("version");
}

/* --- the store's view of domains --- */

struct xsc_handle *xsc_open(void)
{
    return (struct xsc_handle *)1;
}

void xsc_close(struct xsc_handle *h)
{
    (void)h;
}

int xsc_introduce_domain(struct xsc_handle *h, uint32_t domid, uint64_t gfn, uint32_t port)
{
    (void)h, (void)gfn, (void)port;
    if (call_on("introduce", domid))
        return -1;
    fake_introduced = true;
    return 0;
}

int xsc_release_domain(struct xsc_handle *h, uint32_t domid)
{
    (void)h, (void)domid;
    fake_introduced = false;
    return 0;
}

int xsc_writef(struct xsc_handle *h, xsc_txn t, const char *path, const char *fmt, ...)
{
    char value[256];
    va_list args;

    va_start(args, fmt);
    vsnprintf(value, sizeof(value), fmt, args);
    va_end(args);
    return xsc_write(h, t, path, value, strlen(value));
}
