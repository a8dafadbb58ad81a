/* SPDX-License-Identifier: Apache-2.0 */
/* domus domid, domname, rename. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cfg/dom_config.h"
#include "cmd/cmd.h"
#include "cmd/nodes.h"
#include "cmd/state.h"

int cmd_domid(const struct cmd_spec *spec, int argc, char **argv)
{
    struct dom_info info;
    struct session s;
    uint32_t domid;
    int status;

    if (!cmd_no_options(argc, argv, spec, &status))
        return status;
    if (session_begin(&s))
        return 1;
    status = domain_find(&s, argv[optind], &domid) || dom_get_info(s.host, domid, &info);
    if (status)
        fprintf(stderr, "Can't get domid of domain name '%s', maybe this domain does not exist.\n",
                argv[optind]);
    else
        printf("%u\n", domid);
    session_close(&s);
    return status ? 1 : 0;
}

int cmd_domname(const struct cmd_spec *spec, int argc, char **argv)
{
    struct dom_info info;
    struct session s;
    char *name, *end;
    uint32_t domid;
    int status;

    if (!cmd_no_options(argc, argv, spec, &status))
        return status;
    domid = strtoul(argv[optind], &end, 10);
    if (!isdigit((unsigned char)*argv[optind]) || *end) {
        fputs("Invalid domain id.\n\n", stderr);
        return 1;
    }
    if (session_begin(&s))
        return 1;
    name = dom_get_info(s.host, domid, &info) ? NULL : domain_name(&s, domid);
    if (name)
        printf("%s\n", name);
    else
        fprintf(stderr,
                "Can't get domain name of domain id '%u', maybe this domain does not exist.\n",
                domid);
    status = name ? 0 : 1;
    free(name);
    session_close(&s);
    return status;
}

/* The kept configuration has the name as well, for the next reboot. */
static int rename_kept(uint32_t domid, const char *name, char *error)
{
    struct dom_config config;
    int rc;

    dom_config_init(&config);
    rc = state_load_config(domid, &config, error);
    if (rc == 0) {
        free(config.name);
        config.name = strdup(name);
        rc = state_save_config(domid, &config, error);
    } else if (errno == ENOENT) {
        rc = 0; /* not created by us */
    }
    dom_config_free(&config);
    return rc;
}

static int rename_locked(struct session *s, uint32_t domid, const char *name, char *error)
{
    uint32_t other;

    if (domain_find(s, name, &other) == 0)
        return cmd_fail(error, "the name \"%s\" is taken by domain %u", name, other);
    if (nodes_rename(s, domid, name, error))
        return -1;
    return rename_kept(domid, name, error);
}

int cmd_rename(const struct cmd_spec *spec, int argc, char **argv)
{
    char error[CMD_ERROR_MAX];
    const char *name;
    struct session s;
    uint32_t domid;
    int status, lock;

    if (!cmd_no_options(argc, argv, spec, &status))
        return status;
    name = argv[optind + 1];
    if (*name == '\0' || strlen(name) > 200 || strpbrk(name, "/\n\t") ||
        name[strspn(name, "0123456789")] == '\0') {
        fprintf(stderr,
                "domus rename: \"%s\" is not a name (1 to 200 characters, no '/', not only "
                "digits)\n",
                name);
        return 1;
    }
    if (session_begin(&s))
        return 1;
    status = 1;
    if (domain_find_or_say(&s, argv[optind], &domid) == 0) {
        lock = state_lock_all(error);
        if (lock >= 0 && rename_locked(&s, domid, name, error) == 0)
            status = 0;
        else
            fprintf(stderr, "%s\n", error);
        state_unlock(lock);
    }
    session_close(&s);
    return status;
}
