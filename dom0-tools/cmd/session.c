/* SPDX-License-Identifier: Apache-2.0 */
/* Connections of a command, and names of domains. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/session.h"

int cmd_fail(char *error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error, CMD_ERROR_MAX, format, args);
    va_end(args);
    return -1;
}

int session_open(struct session *s, char *error)
{
    int cause;

    s->host = dom_open();
    if (!s->host)
        return cmd_fail(error, "cannot reach the hypervisor: %s%s", strerror(errno),
                        errno == EACCES ? " (run this as root)"
                                        : " (is this a control domain with /dev/xen/privcmd?)");
    s->xs = xsc_open();
    if (!s->xs) {
        cause = errno;
        dom_close(s->host);
        return cmd_fail(error, "cannot reach xenstore: %s (is xenstored running?)",
                        strerror(cause));
    }
    return 0;
}

void session_close(struct session *s)
{
    xsc_close(s->xs);
    dom_close(s->host);
}

int session_begin(struct session *s)
{
    char error[CMD_ERROR_MAX];

    if (session_open(s, error)) {
        fprintf(stderr, "%s\n", error);
        return -1;
    }
    return 0;
}

char *domain_name(struct session *s, uint32_t domid)
{
    char *name;

    if (xsc_readf(s->xs, XSC_NO_TXN, &name, "/local/domain/%u/name", domid) == 0 && *name)
        return name;
    /* dom0 is called so even where nobody wrote its name. */
    return domid == 0 ? strdup("Domain-0") : NULL;
}

static bool all_digits(const char *text)
{
    if (*text == '\0')
        return false;
    while (isdigit((unsigned char)*text))
        text++;
    return *text == '\0';
}

int domain_find(struct session *s, const char *who, uint32_t *domid)
{
    struct dom_info *list;
    int count, rc = -1;

    if (all_digits(who) && strlen(who) < 7) {
        *domid = strtoul(who, NULL, 10);
        return 0;
    }
    count = dom_list_all(s->host, &list);
    if (count < 0)
        return -1;
    for (int i = 0; i < count && rc; i++) {
        char *name = domain_name(s, list[i].domid);

        if (name && !strcmp(name, who)) {
            *domid = list[i].domid;
            rc = 0;
        }
        free(name);
    }
    free(list);
    if (rc)
        errno = ENOENT;
    return rc;
}

int domain_find_or_say(struct session *s, const char *who, uint32_t *domid)
{
    if (domain_find(s, who, domid) == 0)
        return 0;
    if (errno == ENOENT)
        fprintf(stderr, "%s is an invalid domain identifier (rc=-6)\n", who);
    else
        fprintf(stderr, "cannot list domains: %s\n", strerror(errno));
    return -1;
}

unsigned int host_nodes(struct session *s, unsigned int **node_of_cpu)
{
    enum { MAX = 4096 };
    struct dom_cpu_topology *list = calloc(MAX, sizeof(*list));
    int count = list ? dom_cpu_topology(s->host, list, MAX) : 0;

    if (count < 0)
        count = 0;
    if (count > MAX)
        count = MAX;
    *node_of_cpu = calloc(count + 1, sizeof(**node_of_cpu));
    for (int i = 0; i < count && *node_of_cpu; i++)
        (*node_of_cpu)[i] = list[i].node;
    free(list);
    return *node_of_cpu ? count : 0;
}
