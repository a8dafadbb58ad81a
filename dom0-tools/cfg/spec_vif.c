/* SPDX-License-Identifier: Apache-2.0 */
/* Network interface specifications: `name=value` pairs, blanks allowed after commas. */
#include <ctype.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cfg/spec.h"

struct reader {
    struct dom_nic *nic;
    struct cfg_place place;
    const char *key;
    struct cfg_diag *diag;
    const char *spec;
};

static int refuse(struct reader *r, const char *name, const char *value, const char *expected)
{
    return cfg_fail(r->diag, r->place, r->key, "%s=%s in \"%s\": expected %s", name, value, r->spec,
                    expected);
}

static int set_mac(struct reader *r, const char *value)
{
    unsigned int b[6];
    int used = 0;

    if (strlen(value) != 17 || strspn(value, "0123456789abcdefABCDEF:") != 17 ||
        sscanf(value, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5],
               &used) != 6 ||
        used != 17)
        return refuse(r, "mac", value, "six hexadecimal bytes such as 00:16:3e:00:00:01");
    if (b[0] & 1)
        return refuse(r, "mac", value, "a unicast address (the first byte must be even)");
    for (int i = 0; i < 6; i++)
        r->nic->mac[i] = b[i];
    r->nic->has_mac = true;
    return 0;
}

static int set_interface(struct reader *r, const char *name, const char *value, char **slot)
{
    if (*value == '\0' || strlen(value) >= IFNAMSIZ || strpbrk(value, "/ \t\n") ||
        !strcmp(value, ".") || !strcmp(value, ".."))
        return refuse(r, name, value, "the name of a network interface (1 to 15 characters)");
    free(*slot);
    *slot = cfg_strdup(value);
    return 0;
}

static int set_int(struct reader *r, const char *name, const char *value, long long low,
                   long long high, int *slot)
{
    char expected[64];
    long long number;

    if (!cfg_number(value, low, high, &number)) {
        snprintf(expected, sizeof(expected), "a number from %lld to %lld", low, high);
        return refuse(r, name, value, expected);
    }
    *slot = number;
    return 0;
}

static int set_text(const char *value, char **slot)
{
    free(*slot);
    *slot = cfg_strdup(value);
    return 0;
}

static int set_type(struct reader *r, const char *value)
{
    if (!strcmp(value, "vif") || !strcmp(value, "ioemu"))
        return 0;
    return refuse(r, "type", value, "vif or ioemu");
}

static int set_pair(struct reader *r, const char *name, const char *value)
{
    struct dom_nic *nic = r->nic;

    if (!strcmp(name, "mac"))
        return set_mac(r, value);
    if (!strcmp(name, "bridge"))
        return set_interface(r, name, value, &nic->bridge);
    if (!strcmp(name, "vifname"))
        return set_interface(r, name, value, &nic->ifname);
    if (!strcmp(name, "gatewaydev") || !strcmp(name, "netdev"))
        return set_interface(r, name, value, &nic->gatewaydev);
    if (!strcmp(name, "ip"))
        return set_text(value, &nic->ip);
    if (!strcmp(name, "script"))
        return set_text(value, &nic->script);
    if (!strcmp(name, "model"))
        return set_text(value, &nic->model);
    if (!strcmp(name, "backend"))
        return set_text(value, &nic->backend_domname);
    if (!strcmp(name, "type"))
        return set_type(r, value);
    if (!strcmp(name, "rate"))
        return cfg_rate(nic, value, r->place, r->key, r->diag);
    if (!strcmp(name, "mtu"))
        return set_int(r, name, value, 68, 65535, &nic->mtu);
    if (!strcmp(name, "devid"))
        return set_int(r, name, value, 0, 65535, &nic->devid);
    if (!strcmp(name, "trusted")) {
        int trusted;

        if (set_int(r, name, value, 0, 1, &trusted))
            return -1;
        nic->trusted = trusted;
        return 0;
    }
    return cfg_fail(r->diag, r->place, r->key, "unknown parameter \"%s=%s\" in \"%s\"", name, value,
                    r->spec);
}

static int read_fields(struct reader *r, char *rest)
{
    while (rest) {
        char *field = cfg_next_field(&rest);
        char *equals = strchr(field, '=');
        int rc = 0;

        if (*field == '\0')
            continue;
        if (equals) {
            *equals = '\0';
            rc = set_pair(r, field, equals + 1);
        } else if (!strcmp(field, "trusted") || !strcmp(field, "untrusted")) {
            r->nic->trusted = *field == 't';
        } else {
            rc = cfg_fail(r->diag, r->place, r->key, "expected name=value, found \"%s\" in \"%s\"",
                          field, r->spec);
        }
        if (rc)
            return rc;
    }
    return 0;
}

int cfg_vif_spec(struct dom_nic *nic, const char *spec, struct cfg_place place, const char *key,
                 struct cfg_diag *diag)
{
    struct reader r = {.nic = nic, .place = place, .key = key, .diag = diag, .spec = spec};
    char *copy = cfg_strdup(spec);
    int rc = read_fields(&r, copy);

    free(copy);
    return rc;
}

struct unit {
    const char *name;
    uint64_t multiplier, divisor;
};

static const struct unit *find_unit(const struct unit *units, size_t count, const char *text,
                                    const char *end)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(units[i].name) == (size_t)(end - text) &&
            !memcmp(units[i].name, text, end - text))
            return &units[i];
    return NULL;
}

/* Decimal multiples, as netback's users know them; a credit may not be larger than 32 bits. */
int cfg_rate(struct dom_nic *nic, const char *text, struct cfg_place place, const char *key,
             struct cfg_diag *diag)
{
    static const struct unit rates[] = {
        {"Gb", 1000000000, 8}, {"Mb", 1000000, 8}, {"Kb", 1000, 8}, {"b", 1, 8},
        {"GB", 1000000000, 1}, {"MB", 1000000, 1}, {"KB", 1000, 1}, {"B", 1, 1}};
    static const struct unit times[] = {
        {"us", 1, 1}, {"ms", 1000, 1}, {"s", 1000000, 1}, {"", 1, 1}};
    const char *slash = strstr(text, "/s"), *at = slash ? slash + 2 : NULL;
    const struct unit *unit, *time_unit = NULL;
    uint64_t rate, interval = 50000, credit;
    char *end;

    if (!slash || !isdigit((unsigned char)*text) || (*at != '\0' && *at != '@'))
        goto bad;
    rate = strtoull(text, &end, 10);
    unit = find_unit(rates, sizeof(rates) / sizeof(rates[0]), end, slash);
    if (!unit || rate == 0 || rate > UINT32_MAX)
        goto bad;
    if (*at == '@') {
        if (!isdigit((unsigned char)at[1]))
            goto bad;
        interval = strtoull(at + 1, &end, 10);
        time_unit = find_unit(times, sizeof(times) / sizeof(times[0]), end, end + strlen(end));
        if (!time_unit || interval == 0 || interval > 1000000000)
            goto bad;
        interval *= time_unit->multiplier;
    }
    if (interval > UINT32_MAX)
        goto bad;
    credit = (unsigned __int128)rate * unit->multiplier * interval / unit->divisor / 1000000;
    if (credit == 0 || credit > UINT32_MAX)
        return cfg_fail(diag, place, key,
                        "rate=%s is %s for one interval of %llu us: expected 1 to 4294967295 bytes",
                        text, credit ? "too much" : "less than a byte",
                        (unsigned long long)interval);
    nic->rate_bytes_per_interval = credit;
    nic->rate_interval_usecs = interval;
    return 0;
bad:
    return cfg_fail(diag, place, key,
                    "rate=%s: expected NUMBER and b, Kb, Mb, Gb, B, KB, MB or GB, then /s, perhaps "
                    "@INTERVAL with us, ms or s",
                    text);
}
