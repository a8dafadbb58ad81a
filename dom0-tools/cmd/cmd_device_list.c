/* SPDX-License-Identifier: Apache-2.0 */
/* domus block-list, network-list: a guest's devices as xenstore has them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/format.h"
#include "cmd/session.h"

/* A number below the device's frontend; -1 if it is not there. */
static int front_number(struct session *s, uint32_t domid, const char *kind, const char *devid,
                        const char *node)
{
    uint64_t value;

    if (xsc_read_u64f(s->xs, XSC_NO_TXN, &value, "/local/domain/%u/device/%s/%s/%s", domid, kind,
                      devid, node))
        return -1;
    return value;
}

/* With several queues the first one stands for all. */
static int queue_number(struct session *s, uint32_t domid, const char *devid, const char *node)
{
    char first[64];
    int value = front_number(s, domid, "vif", devid, node);

    snprintf(first, sizeof(first), "queue-0/%s", node);
    return value >= 0 ? value : front_number(s, domid, "vif", devid, first);
}

static int event_channel(struct session *s, uint32_t domid, const char *kind, const char *devid)
{
    static const char *const names[] = {"event-channel", "event-channel-tx",
                                        "queue-0/event-channel-tx", "queue-0/event-channel"};
    int port = -1;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && port < 0; i++)
        port = front_number(s, domid, kind, devid, names[i]);
    return port;
}

static void print_block(struct session *s, uint32_t domid, const char *devid, const char *backend)
{
    struct block_row row = {
        .devid = atoi(devid),
        .handle = domid,
        .state = front_number(s, domid, "vbd", devid, "state"),
        .evtchn = event_channel(s, domid, "vbd", devid),
        .ring_ref = front_number(s, domid, "vbd", devid, "ring-ref"),
        .backend = backend,
    };

    format_block_row(stdout, &row);
}

static void print_network(struct session *s, uint32_t domid, const char *devid, const char *backend)
{
    struct network_row row = {
        .devid = atoi(devid),
        .state = front_number(s, domid, "vif", devid, "state"),
        .evtchn = event_channel(s, domid, "vif", devid),
        .tx_ref = queue_number(s, domid, devid, "tx-ring-ref"),
        .rx_ref = queue_number(s, domid, devid, "rx-ring-ref"),
        .backend = backend,
    };
    char *mac = NULL;

    xsc_readf(s->xs, XSC_NO_TXN, &mac, "%s/mac", backend);
    row.mac = mac ? mac : "00:00:00:00:00:00";
    format_network_row(stdout, &row);
    free(mac);
}

static int print_devices(struct session *s, uint32_t domid, const char *kind,
                         void (*print)(struct session *s, uint32_t domid, const char *devid,
                                       const char *backend))
{
    char path[128], **devids;
    size_t count;

    snprintf(path, sizeof(path), "/local/domain/0/backend/%s/%u", kind, domid);
    if (xsc_directory(s->xs, XSC_NO_TXN, path, &devids, &count)) {
        if (errno == ENOENT)
            return 0;
        fprintf(stderr, "cannot list %s: %s\n", path, strerror(errno));
        return 1;
    }
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "/local/domain/0/backend/%s/%u/%s", kind, domid, devids[i]);
        print(s, domid, devids[i], path);
    }
    free(devids);
    return 0;
}

static int device_list(const struct cmd_spec *spec, int argc, char **argv, const char *kind,
                       void (*header)(FILE *out),
                       void (*print)(struct session *s, uint32_t domid, const char *devid,
                                     const char *backend))
{
    struct session s;
    uint32_t domid;
    int status;

    if (!cmd_no_options(argc, argv, spec, &status))
        return status;
    if (session_begin(&s))
        return 1;
    status = 0;
    header(stdout);
    for (; optind < argc; optind++)
        if (domain_find_or_say(&s, argv[optind], &domid) || print_devices(&s, domid, kind, print))
            status = 1;
    session_close(&s);
    return status;
}

int cmd_block_list(const struct cmd_spec *spec, int argc, char **argv)
{
    return device_list(spec, argc, argv, "vbd", format_block_header, print_block);
}

int cmd_network_list(const struct cmd_spec *spec, int argc, char **argv)
{
    return device_list(spec, argc, argv, "vif", format_network_header, print_network);
}
