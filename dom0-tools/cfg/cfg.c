/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From settings to the domain model: looks each key up in the table, stores it, and checks in the
 * end what concerns several keys. Nothing outside the model is touched.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "cfg/cfg.h"
#include "cfg/keys.h"

static const struct cfg_key *find_key(const char *name)
{
    for (size_t i = 0; i < cfg_key_count; i++)
        if (!strcmp(cfg_keys[i].name, name))
            return &cfg_keys[i];
    return NULL;
}

static bool is_hvm_key(const char *name)
{
    for (size_t i = 0; i < cfg_hvm_key_count; i++)
        if (!strcmp(cfg_hvm_keys[i], name))
            return true;
    return false;
}

static void warn_unknown(struct cfg_reading *r, const struct cfg_setting *s)
{
    size_t count = cfg_key_count + cfg_hvm_key_count;
    const char **names = cfg_alloc(count * sizeof(*names));
    const char *near;

    for (size_t i = 0; i < cfg_key_count; i++)
        names[i] = cfg_keys[i].name;
    for (size_t i = 0; i < cfg_hvm_key_count; i++)
        names[cfg_key_count + i] = cfg_hvm_keys[i];
    near = cfg_nearest(s->key, names, count);
    if (near)
        cfg_warn(r->diag, s->place, s->key, "unknown key, ignored; did you mean \"%s\"?", near);
    else
        cfg_warn(r->diag, s->place, s->key, "unknown key, ignored");
    free(names);
}

static int store_number(struct cfg_reading *r, const struct cfg_key *key,
                        const struct cfg_setting *s, char *field)
{
    long long value;

    if (!cfg_number(s->value.text, key->low, key->high, &value))
        return cfg_fail(r->diag, s->place, s->key,
                        "expected a number from %lld to %lld, found \"%s\"", key->low, key->high,
                        s->value.text);
    if (key->kind == CFG_UINT)
        *(unsigned int *)field = value;
    else if (key->kind == CFG_INT)
        *(int *)field = value;
    else if (key->kind == CFG_MIB)
        *(uint64_t *)field = (uint64_t)value << 10;
    else
        *(bool *)field = value;
    return 0;
}

static int store_action(struct cfg_reading *r, const struct cfg_setting *s, char *field)
{
    int action = dom_action_parse(s->value.text);

    if (action < 0)
        return cfg_fail(r->diag, s->place, s->key,
                        "expected destroy, restart, rename-restart, preserve, coredump-destroy, "
                        "coredump-restart or soft-reset, found \"%s\"",
                        s->value.text);
    *(enum dom_action *)field = action;
    return 0;
}

static int store(struct cfg_reading *r, const struct cfg_key *key, const struct cfg_setting *s)
{
    char *field = (char *)r->config + key->offset;

    if (key->handler)
        return key->handler(r, s);
    if (s->value.is_list)
        return cfg_fail(r->diag, s->place, s->key, "expected a %s, found a list",
                        key->kind == CFG_STRING || key->kind == CFG_ACTION ? "string" : "number");
    if (key->kind == CFG_ACTION)
        return store_action(r, s, field);
    if (key->kind != CFG_STRING)
        return store_number(r, key, s, field);
    free(*(char **)field);
    *(char **)field = *s->value.text ? cfg_strdup(s->value.text) : NULL;
    return 0;
}

static bool asks_for_nothing(const struct cfg_value *value)
{
    if (value->is_list)
        return value->count == 0;
    return !strcmp(value->text, "0") || *value->text == '\0';
}

static int apply(struct cfg_reading *r, const struct cfg_setting *s)
{
    const struct cfg_key *key = find_key(s->key);
    char where[300];

    if (!key) {
        if (!is_hvm_key(s->key))
            warn_unknown(r, s);
        return 0;
    }
    if (key->class == CFG_ALIAS) {
        cfg_warn(r->diag, s->place, s->key, "read as \"%s\"", key->alias_of);
        if (cfg_setting_find(r->settings, key->alias_of)) {
            cfg_warn(r->diag, s->place, s->key, "ignored, \"%s\" is given as well", key->alias_of);
            return 0;
        }
        key = find_key(key->alias_of);
    }
    if (key->class == CFG_NOTED) {
        if (!asks_for_nothing(&s->value))
            cfg_warn(r->diag, s->place, s->key, "not supported, has no effect");
        return 0;
    }
    if (key->class == CFG_DEVICE) {
        if (asks_for_nothing(&s->value))
            return 0;
        return cfg_fail(r->diag, s->place, s->key,
                        "this kind of device is not supported, expected an empty list");
    }
    snprintf(where, sizeof(where), "%s:%u", s->place.source, s->place.line);
    dom_config_set_where(r->config, key->name, where);
    return store(r, key, s);
}

static void report_hvm_keys(struct cfg_reading *r)
{
    char list[CFG_ERROR_MAX] = "";
    struct cfg_place place = {0};
    size_t used = 0;

    for (size_t i = 0; i < r->settings->count; i++) {
        const struct cfg_setting *s = &r->settings->list[i];

        if (!is_hvm_key(s->key) || asks_for_nothing(&s->value))
            continue;
        place.source = s->place.source;
        if (used < sizeof(list))
            used += snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "", s->key);
    }
    if (used)
        cfg_warn(r->diag, place, NULL, "keys that do not concern PV guests are ignored: %s", list);
}

static struct cfg_place place_of(const struct cfg_reading *r, const char *key)
{
    const struct cfg_setting *s = cfg_setting_find(r->settings, key);

    if (s)
        return s->place;
    return (struct cfg_place){.source = r->config->source};
}

/* What several keys decide together, and what must be given. */
static int finish(struct cfg_reading *r)
{
    struct dom_config *c = r->config;

    if (!c->name)
        return cfg_fail(r->diag, place_of(r, "name"), "name", "missing, expected name=\"…\"");
    if (!c->kernel)
        return cfg_fail(r->diag, place_of(r, "kernel"), "kernel",
                        "missing, expected kernel=\"path of the guest's kernel\"");
    if (c->memory_kib == 0 && c->max_kib == 0)
        return cfg_fail(r->diag, place_of(r, "memory"), "memory", "missing, expected memory=MiB");
    if (c->memory_kib == 0)
        c->memory_kib = c->max_kib;
    if (c->max_kib == 0)
        c->max_kib = c->memory_kib;
    if (c->max_kib < c->memory_kib)
        return cfg_fail(r->diag, place_of(r, "maxmem"), "maxmem",
                        "expected at least memory= (%llu MiB), found %llu",
                        (unsigned long long)c->memory_kib >> 10,
                        (unsigned long long)c->max_kib >> 10);
    if (c->max_vcpus == 0)
        c->max_vcpus = c->vcpus;
    if (c->max_vcpus < c->vcpus)
        return cfg_fail(r->diag, place_of(r, "maxvcpus"), "maxvcpus",
                        "expected at least vcpus= (%u), found %u", c->vcpus, c->max_vcpus);
    if (c->hard.count > c->max_vcpus)
        return cfg_fail(r->diag, place_of(r, "cpus"), "cpus",
                        "%u CPU lists for %u vcpus, expected at most one for each", c->hard.count,
                        c->max_vcpus);
    free(c->type);
    c->type = cfg_strdup("pv");
    return 0;
}

/* Devices must not collide inside the guest. */
static int check_devices(struct cfg_reading *r)
{
    struct dom_config *c = r->config;

    for (size_t i = 0; i < c->disk_count; i++)
        for (size_t j = 0; j < i; j++)
            if (!strcmp(c->disks[i].vdev, c->disks[j].vdev))
                return cfg_fail(r->diag, place_of(r, "disk"), "disk", "vdev %s is used twice",
                                c->disks[i].vdev);
    for (size_t i = 0; i < c->nic_count; i++) {
        if (c->nics[i].devid < 0)
            c->nics[i].devid = i;
        for (size_t j = 0; j < i; j++)
            if (c->nics[i].devid == c->nics[j].devid)
                return cfg_fail(r->diag, place_of(r, "vif"), "vif", "devid %d is used twice",
                                c->nics[i].devid);
    }
    return 0;
}

static int apply_all(struct dom_config *config, const struct cfg_settings *settings,
                     const struct cfg_topology *topology, struct cfg_diag *diag)
{
    struct cfg_reading r = {config, settings, topology, diag};

    for (size_t i = 0; i < settings->count; i++)
        if (apply(&r, &settings->list[i]))
            return -1;
    report_hvm_keys(&r);
    if (finish(&r))
        return -1;
    return check_devices(&r);
}

static int parse_overrides(struct cfg_settings *settings, char *const overrides[], size_t count,
                           struct cfg_diag *diag)
{
    for (size_t i = 0; i < count; i++)
        if (cfg_parse(settings, "command line", overrides[i], strlen(overrides[i]), true, diag))
            return -1;
    return 0;
}

int cfg_read_text(struct dom_config *config, const char *source, const char *text, size_t length,
                  char *const overrides[], size_t override_count,
                  const struct cfg_topology *topology, struct cfg_diag *diag)
{
    struct cfg_settings settings = {0};
    int rc;

    free(config->source);
    config->source = cfg_strdup(source);
    rc = cfg_parse(&settings, source, text, length, false, diag);
    if (!rc)
        rc = parse_overrides(&settings, overrides, override_count, diag);
    if (!rc)
        rc = apply_all(config, &settings, topology, diag);
    cfg_settings_free(&settings);
    return rc;
}

/* Reads up to CFG_TEXT_MAX + 1 bytes, so that the parser can tell "too large". */
static char *read_all(int fd, size_t *length)
{
    char *text = cfg_alloc(CFG_TEXT_MAX + 1);
    ssize_t n;

    *length = 0;
    while ((n = read(fd, text + *length, CFG_TEXT_MAX + 1 - *length)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            free(text);
            return NULL;
        }
        *length += n;
    }
    return text;
}

int cfg_read(struct dom_config *config, const char *path, char *const overrides[],
             size_t override_count, const struct cfg_topology *topology, struct cfg_diag *diag)
{
    struct cfg_place place = {.source = path};
    char *text;
    size_t length;
    int fd, rc;

    if (!path)
        return cfg_read_text(config, "command line", "", 0, overrides, override_count, topology,
                             diag);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cfg_fail(diag, place, NULL, "cannot open: %s", strerror(errno));
    text = read_all(fd, &length);
    rc = errno;
    close(fd);
    if (!text)
        return cfg_fail(diag, place, NULL, "cannot read: %s", strerror(rc));
    rc = cfg_read_text(config, path, text, length, overrides, override_count, topology, diag);
    free(text);
    return rc;
}
