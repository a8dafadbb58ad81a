/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host: processors, memory, scheduler, the hypervisor's console ring and keys. Amounts come
 * back as the hypervisor counts them.
 */
#include <domus/domctl.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

int dom_physinfo(struct dom_host *host, struct dom_physinfo *info)
{
    struct xen_sysctl op = {0};
    const struct xen_sysctl_physinfo *from = &op.u.physinfo;

    if (dom_sysctl(host, XEN_SYSCTL_physinfo, &op) < 0)
        return -1;
    *info = (struct dom_physinfo){
        .threads_per_core = from->threads_per_core,
        .cores_per_socket = from->cores_per_socket,
        .cpus = from->nr_cpus,
        .max_cpu_id = from->max_cpu_id,
        .nodes = from->nr_nodes,
        .max_node_id = from->max_node_id,
        .cpu_khz = from->cpu_khz,
        .capabilities = from->capabilities,
        .total_pages = from->total_pages,
        .free_pages = from->free_pages,
        .scrub_pages = from->scrub_pages,
        .outstanding_pages = from->outstanding_pages,
        .max_mfn = from->max_mfn,
    };
    memcpy(info->hw_cap, from->hw_cap, sizeof(info->hw_cap));
    return 0;
}

int dom_cpu_idle_ns(struct dom_host *host, uint64_t *idle_ns, unsigned int max)
{
    size_t size = max * sizeof(struct xen_sysctl_cpuinfo);
    struct xen_sysctl op = {.u.getcpuinfo = {.max_cpus = max}};
    struct xen_sysctl_cpuinfo *buf;
    int count = -1;

    if (max == 0)
        return 0;
    buf = dom_buf_alloc(host, size);
    if (!buf)
        return -1;
    set_xen_guest_handle(op.u.getcpuinfo.info, buf);
    if (dom_sysctl(host, XEN_SYSCTL_getcpuinfo, &op) == 0) {
        count = (int)(op.u.getcpuinfo.nr_cpus < max ? op.u.getcpuinfo.nr_cpus : max);
        for (int i = 0; i < count; i++)
            idle_ns[i] = buf[i].idletime;
    }
    dom_buf_free(host, buf, size);
    return count;
}

int dom_cpu_topology(struct dom_host *host, struct dom_cpu_topology *list, unsigned int max)
{
    size_t size = max * sizeof(struct xen_sysctl_cputopo);
    struct xen_sysctl op = {.u.cputopoinfo = {.num_cpus = max}};
    struct xen_sysctl_cputopo *buf = NULL;
    int count = -1;

    if (max) {
        buf = dom_buf_alloc(host, size);
        if (!buf)
            return -1;
    }
    set_xen_guest_handle(op.u.cputopoinfo.cputopo, buf);
    if (dom_sysctl(host, XEN_SYSCTL_cputopoinfo, &op) == 0) {
        count = (int)op.u.cputopoinfo.num_cpus;
        for (int i = 0; i < count && i < (int)max; i++)
            list[i] = (struct dom_cpu_topology){buf[i].core, buf[i].socket, buf[i].node};
    }
    dom_buf_free(host, buf, size);
    return count;
}

int dom_sched_id(struct dom_host *host, enum dom_sched *sched)
{
    struct xen_sysctl op = {0};

    if (dom_sysctl(host, XEN_SYSCTL_sched_id, &op) < 0)
        return -1;
    *sched = op.u.sched_id.sched_id;
    return 0;
}

const char *dom_sched_name(enum dom_sched sched)
{
    switch (sched) {
    case DOM_SCHED_CREDIT:
        return "credit";
    case DOM_SCHED_CREDIT2:
        return "credit2";
    case DOM_SCHED_ARINC653:
        return "arinc653";
    case DOM_SCHED_RTDS:
        return "rtds";
    case DOM_SCHED_NULL:
        return "null";
    }
    return "unknown";
}

static int credit_pool(struct dom_host *host, uint32_t cmd, uint32_t cpupool,
                       struct dom_sched_credit_pool *params)
{
    struct xen_sysctl op = {
        .u.scheduler_op = {.cpupool_id = cpupool, .sched_id = XEN_SCHEDULER_CREDIT, .cmd = cmd}};
    struct xen_sysctl_credit_schedule *c = &op.u.scheduler_op.u.sched_credit;

    c->tslice_ms = params->tslice_ms;
    c->ratelimit_us = params->ratelimit_us;
    c->vcpu_migr_delay_us = params->migration_delay_us;
    if (dom_sysctl(host, XEN_SYSCTL_scheduler_op, &op) < 0)
        return -1;
    *params = (struct dom_sched_credit_pool){c->tslice_ms, c->ratelimit_us, c->vcpu_migr_delay_us};
    return 0;
}

int dom_sched_credit_pool_get(struct dom_host *host, uint32_t cpupool,
                              struct dom_sched_credit_pool *params)
{
    *params = (struct dom_sched_credit_pool){0};
    return credit_pool(host, XEN_SYSCTL_SCHEDOP_getinfo, cpupool, params);
}

int dom_sched_credit_pool_set(struct dom_host *host, uint32_t cpupool,
                              const struct dom_sched_credit_pool *params)
{
    struct dom_sched_credit_pool copy = *params;

    return credit_pool(host, XEN_SYSCTL_SCHEDOP_putinfo, cpupool, &copy);
}

int dom_cpupool_move(struct dom_host *host, uint32_t domid, uint32_t cpupool)
{
    struct xen_sysctl op = {.u.cpupool_op = {.op = XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN,
                                             .cpupool_id = cpupool,
                                             .domid = domid}};

    return dom_sysctl(host, XEN_SYSCTL_cpupool_op, &op);
}

int dom_read_console(struct dom_host *host, char *text, size_t size, size_t *used, uint32_t *index,
                     bool clear)
{
    uint32_t count = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
    struct xen_sysctl op = {.u.readconsole = {.clear = clear, .count = count}};
    struct xen_sysctl_readconsole *rc = &op.u.readconsole;
    char *buf;
    int result;

    buf = dom_buf_alloc(host, count);
    if (!buf)
        return -1;
    if (index) {
        rc->incremental = 1;
        rc->index = *index;
    }
    set_xen_guest_handle(rc->buffer, buf);
    result = dom_sysctl(host, XEN_SYSCTL_readconsole, &op);
    if (result == 0) {
        *used = rc->count < count ? rc->count : count;
        memcpy(text, buf, *used);
        if (index)
            *index = rc->index;
    }
    dom_buf_free(host, buf, count);
    return result;
}

/* The ring's size is not told: read pieces until one comes short. Clearing drops what was read,
 * piece by piece. */
int dom_read_console_all(struct dom_host *host, char **text, size_t *length, bool clear)
{
    const size_t piece = 32768;
    char *all = NULL;
    uint32_t index = 0;
    size_t used = 0, got = 0;

    do {
        char *bigger = realloc(all, used + piece + 1);

        if (!bigger)
            goto fail;
        all = bigger;
        if (dom_read_console(host, all + used, piece, &got, &index, clear) < 0)
            goto fail;
        used += got;
    } while (got == piece);
    all[used] = '\0';
    *text = all;
    *length = used;
    return 0;
fail:;
    int saved = errno;
    free(all);
    errno = saved;
    return -1;
}

int dom_debug_keys(struct dom_host *host, const char *keys)
{
    size_t size = strlen(keys);
    struct xen_sysctl op = {.u.debug_keys = {.nr_keys = (uint32_t)size}};
    char *buf;
    int rc;

    if (size == 0)
        return 0;
    buf = dom_buf_in(host, keys, size);
    if (!buf)
        return -1;
    set_xen_guest_handle(op.u.debug_keys.keys, buf);
    rc = dom_sysctl(host, XEN_SYSCTL_debug_keys, &op);
    dom_buf_free(host, buf, size);
    return rc;
}
