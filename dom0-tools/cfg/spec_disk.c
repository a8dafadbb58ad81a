/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disk specifications. Positional fields fill the parameters that are still unset, in the order
 * target, format, vdev, access; every parameter may be set once. `target=` takes the whole rest.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cfg/spec.h"

struct reader {
    struct dom_disk *disk;
    struct cfg_place place;
    const char *key;
    struct cfg_diag *diag;
    const char *spec;
    unsigned int seen;  /* bit for each positional parameter whose place is taken, even empty */
    unsigned int given; /* bit for each that has a value */
    bool access_given;
};

enum positional { TARGET, FORMAT, VDEV, ACCESS, POSITIONALS };
static const char *const positional_names[POSITIONALS] = {"target", "format", "vdev", "access"};

static int set_format(struct reader *r, const char *value)
{
    /* "aio" is the old tapdisk name of a raw file. */
    int format = !strcmp(value, "aio") ? DOM_DISK_RAW : dom_disk_format_parse(value);

    if (format < 0)
        return cfg_fail(r->diag, r->place, r->key,
                        "unknown format \"%s\" in \"%s\", expected raw, qcow, qcow2, vhd or qed",
                        value, r->spec);
    r->disk->format = format;
    return 0;
}

static int set_access(struct reader *r, const char *value)
{
    r->access_given = true;
    if (!strcmp(value, "w") || !strcmp(value, "rw"))
        r->disk->readwrite = true;
    else if (!strcmp(value, "r") || !strcmp(value, "ro"))
        r->disk->readwrite = false;
    else
        return cfg_fail(r->diag, r->place, r->key,
                        "unknown access \"%s\" in \"%s\", expected r, ro, w or rw", value, r->spec);
    return 0;
}

/* The old form may say "hda:cdrom". */
static int set_vdev(struct reader *r, const char *value)
{
    const char *colon = strchr(value, ':');

    if (colon) {
        if (strcmp(colon, ":cdrom") && strcmp(colon, ":disk"))
            return cfg_fail(r->diag, r->place, r->key,
                            "unknown device type \"%s\" in \"%s\", expected cdrom or disk",
                            colon + 1, r->spec);
        r->disk->cdrom = !strcmp(colon, ":cdrom");
        r->disk->vdev = cfg_strndup(value, colon - value);
        return 0;
    }
    r->disk->vdev = cfg_strdup(value);
    return 0;
}

static int set_positional(struct reader *r, enum positional which, const char *value)
{
    if (r->given & (1U << which))
        return cfg_fail(r->diag, r->place, r->key, "%s is given twice in \"%s\"",
                        positional_names[which], r->spec);
    r->seen |= 1U << which;
    if (*value == '\0')
        return 0;
    r->given |= 1U << which;
    switch (which) {
    case TARGET:
        r->disk->target = cfg_strdup(value);
        return 0;
    case FORMAT:
        return set_format(r, value);
    case VDEV:
        return set_vdev(r, value);
    default:
        return set_access(r, value);
    }
}

static int set_devtype(struct reader *r, const char *value)
{
    if (strcmp(value, "cdrom") && strcmp(value, "disk"))
        return cfg_fail(r->diag, r->place, r->key,
                        "unknown devtype \"%s\" in \"%s\", expected cdrom or disk", value, r->spec);
    r->disk->cdrom = !strcmp(value, "cdrom");
    return 0;
}

static int set_text(struct reader *r, char **slot, const char *name, const char *value)
{
    if (*slot)
        return cfg_fail(r->diag, r->place, r->key, "%s is given twice in \"%s\"", name, r->spec);
    *slot = cfg_strdup(value);
    return 0;
}

static int set_named(struct reader *r, const char *name, const char *value)
{
    for (int i = 0; i < POSITIONALS; i++)
        if (!strcmp(name, positional_names[i]))
            return set_positional(r, i, value);
    if (!strcmp(name, "devtype"))
        return set_devtype(r, value);
    if (!strcmp(name, "backend"))
        return set_text(r, &r->disk->backend_domname, name, value);
    if (!strcmp(name, "backendtype"))
        return set_text(r, &r->disk->backendtype, name, value);
    if (!strcmp(name, "script"))
        return set_text(r, &r->disk->script, name, value);
    if (!strcmp(name, "specification") && !strcmp(value, "xen"))
        return 0;
    return cfg_fail(r->diag, r->place, r->key, "unknown parameter \"%s=%s\" in \"%s\"", name, value,
                    r->spec);
}

/* Bare words that are not positional. False: it is none of them. */
static bool set_flag(struct dom_disk *disk, const char *word)
{
    if (!strcmp(word, "cdrom") || !strcmp(word, "devtype=cdrom"))
        disk->cdrom = true;
    else if (!strcmp(word, "direct-io-safe"))
        disk->direct_io_safe = true;
    else if (!strcmp(word, "discard"))
        disk->discard = true;
    else if (!strcmp(word, "no-discard"))
        disk->discard = false;
    else if (!strcmp(word, "trusted"))
        disk->trusted = true;
    else if (!strcmp(word, "untrusted"))
        disk->trusted = false;
    else
        return false;
    return true;
}

static int set_next_positional(struct reader *r, const char *value)
{
    for (int i = 0; i < POSITIONALS; i++)
        if (!(r->seen & (1U << i)))
            return set_positional(r, i, value);
    return cfg_fail(r->diag, r->place, r->key,
                    "unexpected \"%s\" in \"%s\": target, format, vdev and access are all given",
                    value, r->spec);
}

/*
 * Strips prefixes of the old form. They may be chained ("tap2:tapdisk:aio:"); one that names a
 * format sets it. With any of them the fields are target, vdev, access: no format.
 */
static char *strip_prefixes(struct reader *r, char *at)
{
    static const struct {
        const char *prefix;
        int format;
    } table[] = {
        {"phy:", DOM_DISK_RAW},
        {"file:", DOM_DISK_RAW},
        {"tap:", -1},
        {"tap2:", -1},
        {"tapdisk:", -1},
        {"aio:", DOM_DISK_RAW},
        {"raw:", DOM_DISK_RAW},
        {"vhd:", DOM_DISK_VHD},
        {"qcow:", DOM_DISK_QCOW},
        {"qcow2:", DOM_DISK_QCOW2},
    };
    bool again = true;

    while (again) {
        again = false;
        for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
            size_t length = strlen(table[i].prefix);

            if (strncmp(at, table[i].prefix, length))
                continue;
            if (table[i].format >= 0)
                r->disk->format = table[i].format;
            r->seen |= 1U << FORMAT;
            at += length;
            again = true;
        }
    }
    return at;
}

static int read_field(struct reader *r, char *field)
{
    char *equals = strchr(field, '=');

    /* A path may contain '='; names of parameters do not contain '/'. */
    if (equals && memchr(field, '/', equals - field))
        equals = NULL;
    if (equals) {
        *equals = '\0';
        return set_named(r, field, equals + 1);
    }
    if (set_flag(r->disk, field))
        return 0;
    return set_next_positional(r, field);
}

static int read_fields(struct reader *r, char *rest)
{
    while (rest) {
        char *field;
        int rc;

        rest += strspn(rest, " \t\n");
        if (!strncmp(rest, "target=", 7))
            return set_positional(r, TARGET, rest + 7);
        field = cfg_next_field(&rest);
        rc = read_field(r, field);
        if (rc)
            return rc;
    }
    return 0;
}

int cfg_disk_spec(struct dom_disk *disk, const char *spec, struct cfg_place place, const char *key,
                  struct cfg_diag *diag)
{
    struct reader r = {.disk = disk, .place = place, .key = key, .diag = diag, .spec = spec};
    char *copy = cfg_strdup(spec);
    char *old;
    int rc = read_fields(&r, strip_prefixes(&r, copy + strspn(copy, " \t\n")));

    free(copy);
    if (rc)
        return rc;
    if (!disk->vdev)
        return cfg_fail(diag, place, key, "no vdev (such as xvda) in \"%s\"", spec);
    if (!disk->target && !disk->cdrom)
        return cfg_fail(diag, place, key, "no target (path of a device or image) in \"%s\"", spec);
    if (disk->cdrom && !r.access_given)
        disk->readwrite = false;
    if (disk->target && disk->target[0] != '/' && !disk->script) {
        /* As xl has it: a relative target is a device name. */
        old = disk->target;
        disk->target = cfg_printf("/dev/%s", old);
        free(old);
    }
    return 0;
}
