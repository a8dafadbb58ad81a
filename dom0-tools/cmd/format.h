/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables as xl prints them, column for column: engines parse them. Nothing here asks the host; the
 * caller brings the values.
 */
#pragma once

#include <domus/domctl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct list_columns {
    bool verbose, context, cpupool;
};

void format_list_header(FILE *out, const struct list_columns *columns);
void format_list_row(FILE *out, const struct list_columns *columns, const char *name,
                     const struct dom_info *info);

/*
 * The six state characters and NUL. A domain that is shut down or dying shows neither r nor b, and
 * a dying one no reason: engines know no such combinations.
 */
void format_state(const struct dom_info *info, char state[7]);

void format_vcpu_header(FILE *out);
void format_vcpu_row(FILE *out, const char *name, uint32_t domid, uint32_t vcpu,
                     const struct dom_vcpu_info *info, const uint8_t *hard, const uint8_t *soft,
                     unsigned int cpus);

/* CPU set as "0-3,5", "all" or "none". */
void format_cpus(FILE *out, const uint8_t *bits, unsigned int cpus);

void format_uptime_header(FILE *out);
void format_uptime_row(FILE *out, const char *name, uint32_t domid, unsigned long seconds);
/* " HH:MM:SS up … , NAME (ID)" as `uptime -s` prints it. */
void format_uptime_short(FILE *out, const char *now, const char *name, uint32_t domid,
                         unsigned long seconds);

/* One line of info: "key                    : value". */
void format_info(FILE *out, const char *key, const char *value);

struct block_row {
    unsigned int devid, backend_id, handle, state;
    int evtchn, ring_ref; /* -1: not known yet */
    const char *backend;
};
void format_block_header(FILE *out);
void format_block_row(FILE *out, const struct block_row *row);

struct network_row {
    unsigned int devid, backend_id, state;
    const char *mac;
    int evtchn, tx_ref, rx_ref;
    const char *backend;
};
void format_network_header(FILE *out);
void format_network_row(FILE *out, const struct network_row *row);

void format_credit_header(FILE *out);
void format_credit_row(FILE *out, const char *name, uint32_t domid,
                       const struct dom_sched_credit *params);
