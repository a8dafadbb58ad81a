/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command works with: the hypervisor, xenstore, and who is meant by a name. Functions that
 * take `error` write one line of at most CMD_ERROR_MAX bytes to it when they return -1.
 */
#pragma once

#include <domus/domctl.h>
#include <stdbool.h>
#include <stdint.h>
#include <xenstore/client.h>

#define CMD_ERROR_MAX 512

struct session {
    struct dom_host *host;
    struct xsc_handle *xs;
};

int cmd_fail(char *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Opens both; session_close() is due only after success. */
int session_open(struct session *s, char *error);
void session_close(struct session *s);

/* As session_open(), but reports to stderr. Most commands begin with it. */
int session_begin(struct session *s);

/* Name of a domain, malloc()ed; NULL if it has none (it is being created or destroyed). */
char *domain_name(struct session *s, uint32_t domid);

/*
 * The domain that `who` means: all digits are an id, taken as it is; else a name. 0, or -1 with
 * errno (ENOENT: no domain has this name).
 */
int domain_find(struct session *s, const char *who, uint32_t *domid);

/* domain_find() with xl's message to stderr. */
int domain_find_or_say(struct session *s, const char *who, uint32_t *domid);

/* CPUs of each node, for CPU lists; nodes is malloc()ed. 0 CPUs if it is not known. */
unsigned int host_nodes(struct session *s, unsigned int **node_of_cpu);
