/* SPDX-License-Identifier: Apache-2.0 */
/* JSON to domain model: the inverse of json_out.c for every field that a rebuild needs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>
#include <yajl/yajl_tree.h>

#include "cfg/json.h"

static yajl_val get(yajl_val map, const char *key)
{
    const char *path[] = {key, NULL};

    return map ? yajl_tree_get(map, path, yajl_t_any) : NULL;
}

static void take_text(yajl_val map, const char *key, char **slot)
{
    yajl_val v = get(map, key);

    if (!YAJL_IS_STRING(v))
        return;
    free(*slot);
    *slot = cfg_strdup(YAJL_GET_STRING(v));
}

static long long number(yajl_val map, const char *key, long long otherwise)
{
    yajl_val v = get(map, key);

    return YAJL_IS_INTEGER(v) ? YAJL_GET_INTEGER(v) : otherwise;
}

static bool defbool(yajl_val map, const char *key, bool otherwise)
{
    yajl_val v = get(map, key);
    const char *text = YAJL_GET_STRING(v);

    if (YAJL_IS_TRUE(v))
        return true;
    if (YAJL_IS_FALSE(v))
        return false;
    return text ? !strcmp(text, "True") : otherwise;
}

static size_t length(yajl_val list)
{
    return YAJL_IS_ARRAY(list) ? YAJL_GET_ARRAY(list)->len : 0;
}

static yajl_val item(yajl_val list, size_t i)
{
    return YAJL_GET_ARRAY(list)->values[i];
}

static void read_affinity(struct dom_affinity *affinity, yajl_val list)
{
    size_t count = length(list);

    if (count == 0)
        return;
    affinity->sets = cfg_alloc(count * sizeof(*affinity->sets));
    affinity->count = count;
    for (size_t v = 0; v < count; v++) {
        yajl_val cpus = item(list, v);

        for (size_t i = 0; i < length(cpus); i++) {
            yajl_val cpu = item(cpus, i);

            if (YAJL_IS_INTEGER(cpu) && YAJL_GET_INTEGER(cpu) >= 0 &&
                YAJL_GET_INTEGER(cpu) < CFG_CPUS_MAX)
                dom_cpu_set_put(&affinity->sets[v], YAJL_GET_INTEGER(cpu), true);
        }
    }
}

static void read_build_info(struct dom_config *c, yajl_val b)
{
    yajl_val sched = get(b, "sched_params");

    c->max_vcpus = number(b, "max_vcpus", 1);
    c->vcpus = length(get(b, "avail_vcpus"));
    if (c->vcpus == 0)
        c->vcpus = c->max_vcpus;
    read_affinity(&c->hard, get(b, "vcpu_hard_affinity"));
    read_affinity(&c->soft, get(b, "vcpu_soft_affinity"));
    c->max_kib = number(b, "max_memkb", 0);
    c->memory_kib = number(b, "target_memkb", 0);
    c->rtc_timeoffset = number(b, "rtc_timeoffset", 0);
    c->localtime = defbool(b, "localtime", false);
    c->nomigrate = defbool(b, "disable_migrate", false);
    c->cpu_weight = number(sched, "weight", 0);
    c->has_cap = YAJL_IS_INTEGER(get(sched, "cap"));
    c->cap = number(sched, "cap", 0);
    c->max_event_channels = number(b, "event_channels", 0);
    c->max_grant_frames = number(b, "max_grant_frames", -1);
    c->max_maptrack_frames = number(b, "max_maptrack_frames", -1);
    take_text(b, "kernel", &c->kernel);
    take_text(b, "cmdline", &c->cmdline);
    take_text(b, "ramdisk", &c->ramdisk);
}

static void read_disk(struct dom_disk *d, yajl_val v)
{
    char *format = NULL;

    take_text(v, "backend_domname", &d->backend_domname);
    take_text(v, "pdev_path", &d->target);
    take_text(v, "vdev", &d->vdev);
    take_text(v, "backend", &d->backendtype);
    take_text(v, "script", &d->script);
    take_text(v, "format", &format);
    if (format && dom_disk_format_parse(format) >= 0)
        d->format = dom_disk_format_parse(format);
    free(format);
    d->readwrite = number(v, "readwrite", 1);
    d->cdrom = number(v, "is_cdrom", 0);
    d->direct_io_safe = defbool(v, "direct_io_safe", false);
    d->discard = defbool(v, "discard_enable", true);
    d->trusted = defbool(v, "trusted", true);
}

static void read_nic(struct dom_nic *n, yajl_val v)
{
    char *mac = NULL;

    take_text(v, "backend_domname", &n->backend_domname);
    n->devid = number(v, "devid", -1);
    n->mtu = number(v, "mtu", 0);
    take_text(v, "model", &n->model);
    take_text(v, "mac", &mac);
    if (mac)
        n->has_mac = sscanf(mac, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &n->mac[0], &n->mac[1],
                            &n->mac[2], &n->mac[3], &n->mac[4], &n->mac[5]) == 6;
    free(mac);
    take_text(v, "ip", &n->ip);
    take_text(v, "bridge", &n->bridge);
    take_text(v, "ifname", &n->ifname);
    take_text(v, "script", &n->script);
    take_text(v, "gatewaydev", &n->gatewaydev);
    n->rate_bytes_per_interval = number(v, "rate_bytes_per_interval", 0);
    n->rate_interval_usecs = number(v, "rate_interval_usecs", 0);
    n->trusted = defbool(v, "trusted", true);
}

static void read_action(yajl_val root, const char *key, enum dom_action *slot)
{
    char *name = NULL;
    int action;

    take_text(root, key, &name);
    if (!name)
        return;
    for (char *c = name; *c; c++)
        if (*c == '_')
            *c = '-';
    action = dom_action_parse(name);
    if (action >= 0)
        *slot = action;
    free(name);
}

static void read_devices(struct dom_config *c, yajl_val root)
{
    yajl_val disks = get(root, "disks"), nics = get(root, "nics");

    for (size_t i = 0; i < length(disks); i++)
        read_disk(dom_config_add_disk(c), item(disks, i));
    for (size_t i = 0; i < length(nics); i++)
        read_nic(dom_config_add_nic(c), item(nics, i));
}

static const char *missing(const struct dom_config *c)
{
    if (!c->name)
        return "c_info.name";
    if (!c->kernel)
        return "b_info.kernel";
    if (c->memory_kib == 0 || c->max_kib < c->memory_kib)
        return "b_info.target_memkb";
    if (c->max_vcpus == 0 || c->vcpus > c->max_vcpus)
        return "b_info.max_vcpus";
    for (size_t i = 0; i < c->disk_count; i++)
        if (!c->disks[i].vdev)
            return "disks[].vdev";
    return NULL;
}

int cfg_json_read(struct dom_config *config, const char *source, const char *text,
                  struct cfg_diag *diag)
{
    struct cfg_place place = {.source = source};
    char message[200];
    yajl_val root = yajl_tree_parse(text, message, sizeof(message)), c_info;
    char *uuid = NULL;

    if (!root)
        return cfg_fail(diag, place, NULL, "not JSON: %.*s", (int)strcspn(message, "\n"), message);
    free(config->source);
    config->source = cfg_strdup(source);
    c_info = get(root, "c_info");
    take_text(c_info, "name", &config->name);
    take_text(c_info, "uuid", &uuid);
    take_text(c_info, "pool_name", &config->pool);
    if (uuid)
        config->has_uuid = uuid_parse(uuid, config->uuid) == 0;
    free(uuid);
    free(config->type);
    config->type = cfg_strdup("pv");
    read_build_info(config, get(root, "b_info"));
    read_devices(config, root);
    read_action(root, "on_poweroff", &config->on_poweroff);
    read_action(root, "on_reboot", &config->on_reboot);
    read_action(root, "on_watchdog", &config->on_watchdog);
    read_action(root, "on_crash", &config->on_crash);
    read_action(root, "on_soft_reset", &config->on_soft_reset);
    yajl_tree_free(root);
    if (missing(config))
        return cfg_fail(diag, place, missing(config), "missing or out of range");
    return 0;
}
