/* SPDX-License-Identifier: Apache-2.0 */
/* Domain model to JSON. What is at its default and means nothing to a reader is left out. */
#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>

#include "cfg/json.h"

yajl_gen cfg_json_new(void)
{
    yajl_gen gen = yajl_gen_alloc(NULL);

    if (!gen)
        return cfg_alloc(SIZE_MAX); /* reports and ends */
    yajl_gen_config(gen, yajl_gen_beautify, 1);
    yajl_gen_config(gen, yajl_gen_indent_string, "    ");
    return gen;
}

void cfg_json_string(yajl_gen gen, const char *text)
{
    yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
}

void cfg_json_key_string(yajl_gen gen, const char *key, const char *text)
{
    if (!text)
        return;
    cfg_json_string(gen, key);
    cfg_json_string(gen, text);
}

void cfg_json_key_int(yajl_gen gen, const char *key, long long value)
{
    cfg_json_string(gen, key);
    yajl_gen_integer(gen, value);
}

/* libxl writes its three-valued booleans as these words. */
static void key_defbool(yajl_gen gen, const char *key, bool value)
{
    cfg_json_key_string(gen, key, value ? "True" : "False");
}

static void gen_create_info(yajl_gen gen, const struct dom_config *c)
{
    char uuid[37];

    cfg_json_string(gen, "c_info");
    yajl_gen_map_open(gen);
    cfg_json_key_string(gen, "type", "pv");
    cfg_json_key_string(gen, "name", c->name);
    if (c->has_uuid) {
        uuid_unparse_lower(c->uuid, uuid);
        cfg_json_key_string(gen, "uuid", uuid);
    }
    cfg_json_key_string(gen, "pool_name", c->pool);
    yajl_gen_map_close(gen);
}

static void gen_cpu_set(yajl_gen gen, const struct dom_cpu_set *set)
{
    yajl_gen_array_open(gen);
    for (unsigned int cpu = 0; cpu < CFG_CPUS_MAX; cpu++)
        if (dom_cpu_set_has(set, cpu))
            yajl_gen_integer(gen, cpu);
    yajl_gen_array_close(gen);
}

static void gen_affinity(yajl_gen gen, const char *key, const struct dom_config *c,
                         const struct dom_affinity *affinity)
{
    unsigned int count = affinity->same_for_all ? c->max_vcpus : affinity->count;

    if (affinity->count == 0)
        return;
    cfg_json_string(gen, key);
    yajl_gen_array_open(gen);
    for (unsigned int v = 0; v < count; v++)
        gen_cpu_set(gen, dom_affinity_of(affinity, v));
    yajl_gen_array_close(gen);
}

static void gen_sched_params(yajl_gen gen, const struct dom_config *c)
{
    cfg_json_string(gen, "sched_params");
    yajl_gen_map_open(gen);
    if (c->cpu_weight)
        cfg_json_key_int(gen, "weight", c->cpu_weight);
    if (c->has_cap)
        cfg_json_key_int(gen, "cap", c->cap);
    yajl_gen_map_close(gen);
}

static void gen_build_info(yajl_gen gen, const struct dom_config *c)
{
    cfg_json_string(gen, "b_info");
    yajl_gen_map_open(gen);
    cfg_json_key_int(gen, "max_vcpus", c->max_vcpus);
    cfg_json_string(gen, "avail_vcpus");
    yajl_gen_array_open(gen);
    for (unsigned int v = 0; v < c->vcpus; v++)
        yajl_gen_integer(gen, v);
    yajl_gen_array_close(gen);
    gen_affinity(gen, "vcpu_hard_affinity", c, &c->hard);
    gen_affinity(gen, "vcpu_soft_affinity", c, &c->soft);
    cfg_json_key_int(gen, "max_memkb", c->max_kib);
    cfg_json_key_int(gen, "target_memkb", c->memory_kib);
    if (c->rtc_timeoffset)
        cfg_json_key_int(gen, "rtc_timeoffset", c->rtc_timeoffset);
    if (c->localtime)
        key_defbool(gen, "localtime", true);
    if (c->nomigrate)
        key_defbool(gen, "disable_migrate", true);
    gen_sched_params(gen, c);
    if (c->max_event_channels)
        cfg_json_key_int(gen, "event_channels", c->max_event_channels);
    if (c->max_grant_frames >= 0)
        cfg_json_key_int(gen, "max_grant_frames", c->max_grant_frames);
    if (c->max_maptrack_frames >= 0)
        cfg_json_key_int(gen, "max_maptrack_frames", c->max_maptrack_frames);
    cfg_json_key_string(gen, "kernel", c->kernel);
    cfg_json_key_string(gen, "cmdline", c->cmdline);
    cfg_json_key_string(gen, "ramdisk", c->ramdisk);
    cfg_json_string(gen, "type.pv");
    yajl_gen_map_open(gen);
    yajl_gen_map_close(gen);
    yajl_gen_map_close(gen);
}

static void gen_disk(yajl_gen gen, const struct dom_disk *d)
{
    yajl_gen_map_open(gen);
    cfg_json_key_string(gen, "backend_domname", d->backend_domname);
    cfg_json_key_string(gen, "pdev_path", d->target);
    cfg_json_key_string(gen, "vdev", d->vdev);
    cfg_json_key_string(gen, "backend", d->backendtype ? d->backendtype : "phy");
    cfg_json_key_string(gen, "format", dom_disk_format_name(d->format));
    cfg_json_key_string(gen, "script", d->script);
    cfg_json_key_int(gen, "readwrite", d->readwrite);
    if (d->cdrom) {
        cfg_json_key_int(gen, "removable", 1);
        cfg_json_key_int(gen, "is_cdrom", 1);
    }
    if (d->direct_io_safe) {
        cfg_json_string(gen, "direct_io_safe");
        yajl_gen_bool(gen, 1);
    }
    if (!d->discard)
        key_defbool(gen, "discard_enable", false);
    if (!d->trusted)
        key_defbool(gen, "trusted", false);
    yajl_gen_map_close(gen);
}

static void gen_nic(yajl_gen gen, const struct dom_nic *n)
{
    char mac[18];

    yajl_gen_map_open(gen);
    cfg_json_key_string(gen, "backend_domname", n->backend_domname);
    if (n->devid >= 0)
        cfg_json_key_int(gen, "devid", n->devid);
    if (n->mtu)
        cfg_json_key_int(gen, "mtu", n->mtu);
    cfg_json_key_string(gen, "model", n->model);
    if (n->has_mac) {
        snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", n->mac[0], n->mac[1], n->mac[2],
                 n->mac[3], n->mac[4], n->mac[5]);
        cfg_json_key_string(gen, "mac", mac);
    }
    cfg_json_key_string(gen, "ip", n->ip);
    cfg_json_key_string(gen, "bridge", n->bridge);
    cfg_json_key_string(gen, "ifname", n->ifname);
    cfg_json_key_string(gen, "script", n->script);
    cfg_json_key_string(gen, "nictype", "vif");
    if (n->rate_bytes_per_interval) {
        cfg_json_key_int(gen, "rate_bytes_per_interval", n->rate_bytes_per_interval);
        cfg_json_key_int(gen, "rate_interval_usecs", n->rate_interval_usecs);
    }
    cfg_json_key_string(gen, "gatewaydev", n->gatewaydev);
    if (!n->trusted)
        key_defbool(gen, "trusted", false);
    yajl_gen_map_close(gen);
}

/* libxl's names have underscores where the configuration has hyphens. */
static void gen_action(yajl_gen gen, const char *key, enum dom_action action)
{
    char name[32];

    snprintf(name, sizeof(name), "%s", dom_action_name(action));
    for (char *c = name; *c; c++)
        if (*c == '-')
            *c = '_';
    cfg_json_key_string(gen, key, name);
}

void cfg_json_gen(yajl_gen gen, const struct dom_config *c)
{
    yajl_gen_map_open(gen);
    gen_create_info(gen, c);
    gen_build_info(gen, c);
    if (c->disk_count) {
        cfg_json_string(gen, "disks");
        yajl_gen_array_open(gen);
        for (size_t i = 0; i < c->disk_count; i++)
            gen_disk(gen, &c->disks[i]);
        yajl_gen_array_close(gen);
    }
    if (c->nic_count) {
        cfg_json_string(gen, "nics");
        yajl_gen_array_open(gen);
        for (size_t i = 0; i < c->nic_count; i++)
            gen_nic(gen, &c->nics[i]);
        yajl_gen_array_close(gen);
    }
    gen_action(gen, "on_poweroff", c->on_poweroff);
    gen_action(gen, "on_reboot", c->on_reboot);
    gen_action(gen, "on_watchdog", c->on_watchdog);
    gen_action(gen, "on_crash", c->on_crash);
    gen_action(gen, "on_soft_reset", c->on_soft_reset);
    yajl_gen_map_close(gen);
}

char *cfg_json_text(const struct dom_config *config)
{
    yajl_gen gen = cfg_json_new();
    const unsigned char *buffer;
    size_t length;
    char *text;

    cfg_json_gen(gen, config);
    yajl_gen_get_buf(gen, &buffer, &length);
    text = cfg_strndup((const char *)buffer, length);
    yajl_gen_free(gen);
    return text;
}
