/* SPDX-License-Identifier: Apache-2.0 */
/* Life of the domain model, and the names of its enumerations. */
#include <stdlib.h>
#include <string.h>

#include "cfg/diag.h"
#include "cfg/dom_config.h"

static const char *const action_names[DOM_ACTION_COUNT] = {
    "destroy",          "restart",          "rename-restart", "preserve",
    "coredump-destroy", "coredump-restart", "soft-reset",
};

static const char *const format_names[DOM_DISK_FORMAT_COUNT] = {"raw", "qcow", "qcow2", "vhd",
                                                                "qed"};

static int name_index(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (!strcmp(names[i], name))
            return i;
    return -1;
}

const char *dom_action_name(enum dom_action action)
{
    return action_names[action];
}

int dom_action_parse(const char *name)
{
    return name_index(action_names, DOM_ACTION_COUNT, name);
}

const char *dom_disk_format_name(enum dom_disk_format format)
{
    return format_names[format];
}

int dom_disk_format_parse(const char *name)
{
    return name_index(format_names, DOM_DISK_FORMAT_COUNT, name);
}

void dom_config_init(struct dom_config *config)
{
    *config = (struct dom_config){
        .vcpus = 1,
        .max_grant_frames = -1,
        .max_maptrack_frames = -1,
        .on_poweroff = DOM_ACTION_DESTROY,
        .on_reboot = DOM_ACTION_RESTART,
        .on_watchdog = DOM_ACTION_DESTROY,
        .on_crash = DOM_ACTION_DESTROY,
        .on_soft_reset = DOM_ACTION_SOFT_RESET,
    };
}

static void free_all(char **const fields[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(*fields[i]);
}

static void disk_free(struct dom_disk *d)
{
    char **const fields[] = {&d->target,          &d->vdev,   &d->backendtype,
                             &d->backend_domname, &d->script, &d->where};

    free_all(fields, sizeof(fields) / sizeof(fields[0]));
}

static void nic_free(struct dom_nic *n)
{
    char **const fields[] = {&n->bridge, &n->ip,    &n->script,          &n->ifname,
                             &n->model,  &n->where, &n->backend_domname, &n->gatewaydev};

    free_all(fields, sizeof(fields) / sizeof(fields[0]));
}

void dom_config_free(struct dom_config *c)
{
    char **const fields[] = {&c->name,    &c->pool,    &c->type,  &c->kernel,
                             &c->ramdisk, &c->cmdline, &c->source};

    free_all(fields, sizeof(fields) / sizeof(fields[0]));
    for (size_t i = 0; i < c->disk_count; i++)
        disk_free(&c->disks[i]);
    for (size_t i = 0; i < c->nic_count; i++)
        nic_free(&c->nics[i]);
    for (size_t i = 0; i < c->origin_count; i++) {
        free(c->origins[i].key);
        free(c->origins[i].where);
    }
    free(c->disks);
    free(c->nics);
    free(c->origins);
    free(c->hard.sets);
    free(c->soft.sets);
    memset(c, 0, sizeof(*c));
}

struct dom_disk *dom_config_add_disk(struct dom_config *config)
{
    struct dom_disk *disk;

    config->disks = cfg_regrow(config->disks, config->disk_count + 1, sizeof(*config->disks));
    disk = &config->disks[config->disk_count++];
    *disk = (struct dom_disk){.readwrite = true, .discard = true, .trusted = true};
    return disk;
}

struct dom_nic *dom_config_add_nic(struct dom_config *config)
{
    struct dom_nic *nic;

    config->nics = cfg_regrow(config->nics, config->nic_count + 1, sizeof(*config->nics));
    nic = &config->nics[config->nic_count++];
    *nic = (struct dom_nic){.devid = -1, .trusted = true};
    return nic;
}

const char *dom_config_where(const struct dom_config *config, const char *key)
{
    for (size_t i = 0; i < config->origin_count; i++)
        if (!strcmp(config->origins[i].key, key))
            return config->origins[i].where;
    return config->source ? config->source : "configuration";
}

void dom_config_set_where(struct dom_config *config, const char *key, const char *where)
{
    for (size_t i = 0; i < config->origin_count; i++) {
        if (!strcmp(config->origins[i].key, key)) {
            free(config->origins[i].where);
            config->origins[i].where = cfg_strdup(where);
            return;
        }
    }
    config->origins =
        cfg_regrow(config->origins, config->origin_count + 1, sizeof(*config->origins));
    config->origins[config->origin_count++] =
        (struct dom_origin){.key = cfg_strdup(key), .where = cfg_strdup(where)};
}

const struct dom_cpu_set *dom_affinity_of(const struct dom_affinity *affinity, unsigned int vcpu)
{
    if (affinity->count == 0)
        return NULL;
    if (affinity->same_for_all)
        return &affinity->sets[0];
    return vcpu < affinity->count ? &affinity->sets[vcpu] : NULL;
}
