/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a configuration to a paused domain. Order: check, hypervisor, nodes, build, devices,
 * introduction. Whatever fails, domain_destroy_locked() undoes all of it: it needs no record of how
 * far we came.
 */
#include <domus/build.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "cmd/engine.h"
#include "cmd/nodes.h"
#include "cmd/state.h"
#include "dev/dev.h"

/* Memory that a domain costs besides its own, generously: page tables, grant frames, vcpus. */
#define OVERHEAD_KIB(config) (1024 + 256ULL * (config)->max_vcpus)

static int check_file(const struct dom_config *config, const char *key, const char *path,
                      char *error)
{
    struct stat st;
    const char *where = dom_config_where(config, key);

    if (!path)
        return 0;
    if (stat(path, &st))
        return cmd_fail(error, "%s: %s: %s: %s", where, key, path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return cmd_fail(error, "%s: %s: %s is not a regular file", where, key, path);
    if (st.st_size == 0)
        return cmd_fail(error, "%s: %s: %s is empty", where, key, path);
    if (access(path, R_OK))
        return cmd_fail(error, "%s: %s: %s: %s", where, key, path, strerror(errno));
    return 0;
}

static int check_name(struct session *s, const struct dom_config *config, char *error)
{
    uint32_t domid;

    if (domain_find(s, config->name, &domid) == 0)
        return cmd_fail(error, "%s: name: \"%s\" is taken by domain %u",
                        dom_config_where(config, "name"), config->name, domid);
    if (errno != ENOENT)
        return cmd_fail(error, "cannot list domains: %s", strerror(errno));
    return 0;
}

/* Two domains with one UUID would share /vm/UUID. */
static int check_uuid(struct session *s, const struct dom_config *config, char *error)
{
    struct dom_info *list;
    int count, rc = 0;

    if (!config->has_uuid)
        return 0;
    count = dom_list_all(s->host, &list);
    if (count < 0)
        return cmd_fail(error, "cannot list domains: %s", strerror(errno));
    for (int i = 0; i < count && !rc; i++)
        if (!list[i].dying && !uuid_compare(list[i].uuid, config->uuid))
            rc = cmd_fail(error, "%s: uuid: domain %u has this UUID",
                          dom_config_where(config, "uuid"), list[i].domid);
    free(list);
    return rc;
}

static int check_memory(struct session *s, const struct dom_config *config, char *error)
{
    struct dom_physinfo info;
    uint64_t free_kib, need = config->memory_kib + OVERHEAD_KIB(config);

    if (dom_physinfo(s->host, &info))
        return cmd_fail(error, "cannot read the host's memory: %s", strerror(errno));
    free_kib = (info.free_pages + info.scrub_pages - info.outstanding_pages) * 4;
    if (need > free_kib)
        return cmd_fail(error, "%s: memory: the guest needs %llu MiB, the host has %llu MiB free",
                        dom_config_where(config, "memory"), (unsigned long long)(need + 1023) >> 10,
                        (unsigned long long)free_kib >> 10);
    return 0;
}

/* Pools other than the first are not named yet. */
static int pool_number(const char *pool, uint32_t *number)
{
    char *end;

    *number = 0;
    if (!pool || !strcmp(pool, "Pool-0"))
        return 0;
    *number = strtoul(pool, &end, 10);
    return *end == '\0' ? 0 : -1;
}

static const char *or_unknown(const char *where)
{
    return where ? where : "stored configuration";
}

static int check_devices(struct session *s, const struct dom_config *config, char *error)
{
    char why[DEV_ERROR_MAX];

    for (size_t i = 0; i < config->disk_count; i++)
        if (dev_disk_check(s->xs, &config->disks[i], why))
            return cmd_fail(error, "%s: disk: %s", or_unknown(config->disks[i].where), why);
    for (size_t i = 0; i < config->nic_count; i++)
        if (dev_nic_check(&config->nics[i], why))
            return cmd_fail(error, "%s: vif: %s", or_unknown(config->nics[i].where), why);
    return 0;
}

int domain_check(struct session *s, const struct dom_config *config, char *error)
{
    uint32_t pool;

    if (check_name(s, config, error) || check_uuid(s, config, error) ||
        check_file(config, "kernel", config->kernel, error) ||
        check_file(config, "ramdisk", config->ramdisk, error))
        return -1;
    if (config->cmdline && strlen(config->cmdline) > 1023)
        return cmd_fail(error, "%s: cmdline: %zu characters, expected at most 1023",
                        dom_config_where(config, "cmdline"), strlen(config->cmdline));
    if (pool_number(config->pool, &pool))
        return cmd_fail(error, "%s: pool: no CPU pool \"%s\"", dom_config_where(config, "pool"),
                        config->pool);
    if (check_devices(s, config, error))
        return -1;
    return check_memory(s, config, error);
}

/* The monitor, which makes the domain again, works in another folder. */
static int make_absolute(char **path, char *error)
{
    char *folder, *absolute;

    if (!*path || **path == '/')
        return 0;
    folder = getcwd(NULL, 0);
    if (!folder || asprintf(&absolute, "%s/%s", folder, *path) < 0) {
        free(folder);
        return cmd_fail(error, "cannot tell the current folder: %s", strerror(errno));
    }
    free(folder);
    free(*path);
    *path = absolute;
    return 0;
}

static int complete(struct dom_config *config, char *error)
{
    if (make_absolute(&config->kernel, error) || make_absolute(&config->ramdisk, error))
        return -1;
    if (!config->has_uuid) {
        uuid_generate(config->uuid);
        config->has_uuid = true;
    }
    for (size_t i = 0; i < config->nic_count; i++)
        if (dev_nic_complete(&config->nics[i], error))
            return -1;
    return 0;
}

static int make_domain(struct session *s, const struct dom_config *config, uint32_t *domid,
                       char *error)
{
    struct dom_create params;

    dom_create_defaults(&params);
    memcpy(params.uuid, config->uuid, sizeof(params.uuid));
    params.vcpus = config->max_vcpus;
    if (config->max_event_channels)
        params.max_evtchn_port = config->max_event_channels;
    if (config->max_grant_frames >= 0)
        params.max_grant_frames = config->max_grant_frames;
    if (config->max_maptrack_frames >= 0)
        params.max_maptrack_frames = config->max_maptrack_frames;
    pool_number(config->pool, &params.cpupool);
    if (dom_create(s->host, &params, domid))
        return cmd_fail(error, "the hypervisor refuses a new domain: %s", strerror(errno));
    return 0;
}

static int build(struct session *s, const struct dom_config *config, uint32_t domid, char *error)
{
    char why[DEV_ERROR_MAX > DOM_ERROR_MAX ? DEV_ERROR_MAX : DOM_ERROR_MAX];
    struct dom_build b = {
        .host = s->host,
        .domid = domid,
        .kernel = config->kernel,
        .ramdisk = config->ramdisk,
        .cmdline = config->cmdline,
        .target_kib = config->memory_kib,
        .max_kib = config->max_kib,
        .vcpus = config->max_vcpus,
    };

    if (dom_build_pv(&b, why))
        return cmd_fail(error, "%s: kernel: %s", dom_config_where(config, "kernel"), why);
    if (nodes_set_rings(s, domid, b.console_mfn, b.console_evtchn, b.store_mfn, b.store_evtchn,
                        error))
        return -1;
    for (size_t i = 0; i < config->disk_count; i++)
        if (dev_disk_add(s->xs, domid, &config->disks[i], why))
            return cmd_fail(error, "%s: disk: %s", or_unknown(config->disks[i].where), why);
    for (size_t i = 0; i < config->nic_count; i++)
        if (dev_nic_add(s->xs, domid, &config->nics[i], why))
            return cmd_fail(error, "%s: vif: %s", or_unknown(config->nics[i].where), why);
    if (xsc_introduce_domain(s->xs, domid, b.store_mfn, b.store_evtchn))
        return cmd_fail(error, "xenstored does not take the domain: %s", strerror(errno));
    return 0;
}

static int set_affinity(struct session *s, const struct dom_config *config, uint32_t domid,
                        char *error)
{
    for (unsigned int v = 0; v < config->max_vcpus; v++) {
        const struct dom_cpu_set *hard = dom_affinity_of(&config->hard, v);
        const struct dom_cpu_set *soft = dom_affinity_of(&config->soft, v);
        struct dom_cpu_set hard_copy, soft_copy;

        /* The call writes back what became effective. */
        if (hard)
            hard_copy = *hard;
        if (soft)
            soft_copy = *soft;
        if ((hard || soft) &&
            dom_set_affinity(s->host, domid, v, hard ? hard_copy.bits : NULL,
                             soft ? soft_copy.bits : NULL, sizeof(hard_copy.bits), false))
            return cmd_fail(error, "%s: cpus: cannot pin vcpu %u: %s",
                            dom_config_where(config, "cpus"), v, strerror(errno));
    }
    return 0;
}

static int set_scheduling(struct session *s, const struct dom_config *config, uint32_t domid,
                          char *error)
{
    struct dom_sched_credit params;
    enum dom_sched sched;

    if (!config->cpu_weight && !config->has_cap)
        return 0;
    if (dom_sched_id(s->host, &sched) || dom_sched_credit_get(s->host, domid, sched, &params))
        return cmd_fail(error, "%s: cpu_weight, cap: this scheduler does not have them: %s",
                        dom_config_where(config, config->cpu_weight ? "cpu_weight" : "cap"),
                        strerror(errno));
    if (config->cpu_weight)
        params.weight = config->cpu_weight;
    if (config->has_cap)
        params.cap = config->cap;
    if (dom_sched_credit_set(s->host, domid, sched, &params))
        return cmd_fail(error, "%s: cpu_weight, cap: %s",
                        dom_config_where(config, config->cpu_weight ? "cpu_weight" : "cap"),
                        strerror(errno));
    return 0;
}

static int fill_domain(struct session *s, const struct dom_config *config, uint32_t domid,
                       char *error)
{
    if (config->rtc_timeoffset && dom_set_time_offset(s->host, domid, config->rtc_timeoffset))
        return cmd_fail(error, "%s: rtc_timeoffset: %s", dom_config_where(config, "rtc_timeoffset"),
                        strerror(errno));
    if (nodes_create(s, domid, config, error) || build(s, config, domid, error) ||
        set_affinity(s, config, domid, error) || set_scheduling(s, config, domid, error))
        return -1;
    return state_save_config(domid, config, error);
}

static int create_locked(struct session *s, struct dom_config *config, uint32_t *domid, char *error)
{
    char ignored[CMD_ERROR_MAX];
    int lock, rc;

    if (complete(config, error) || domain_check(s, config, error) ||
        make_domain(s, config, domid, error))
        return -1;
    lock = state_lock(*domid, error);
    rc = lock < 0 ? -1 : fill_domain(s, config, *domid, error);
    if (rc)
        domain_destroy_locked(s, *domid, ignored);
    state_unlock(lock);
    return rc;
}

int domain_create(struct session *s, struct dom_config *config, uint32_t *domid, char *error)
{
    /* One at a time: the checks of name, disks and memory hold until the nodes say so. */
    int lock = state_lock_all(error), rc;

    if (lock < 0)
        return -1;
    rc = create_locked(s, config, domid, error);
    state_unlock(lock);
    return rc;
}
