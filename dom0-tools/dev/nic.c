/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network interfaces on netback, as ports of a bridge. netback makes vifDOMID.DEVID by itself and
 * connects to the guest when `hotplug-status` says that the interface is in place.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cfg/diag.h"
#include "dev/internal.h"

int dev_nic_complete(struct dom_nic *nic, char *error)
{
    if (!nic->bridge)
        nic->bridge = cfg_strdup(DEV_BRIDGE);
    if (nic->has_mac)
        return 0;
    nic->mac[0] = 0x00;
    nic->mac[1] = 0x16;
    nic->mac[2] = 0x3e;
    if (getrandom(nic->mac + 3, 3, 0) != 3)
        return dev_fail(error, "cannot make a MAC address: %s", strerror(errno));
    nic->mac[3] &= 0x7f; /* the upper half is for addresses chosen by hand */
    nic->has_mac = true;
    return 0;
}

int dev_nic_check(const struct dom_nic *nic, char *error)
{
    const char *bridge = nic->bridge ? nic->bridge : DEV_BRIDGE;

    if (nic->backend_domname && strcmp(nic->backend_domname, "0") &&
        strcmp(nic->backend_domname, "Domain-0"))
        return dev_fail(error, "driver domains are not supported (backend=%s)",
                        nic->backend_domname);
    if (nic->gatewaydev && !nic->bridge)
        return dev_fail(error, "routed interfaces are not supported (gatewaydev=%s)",
                        nic->gatewaydev);
    if (!dev_link_exists(bridge))
        return dev_fail(error, "bridge \"%s\" does not exist (make it: ip link add %s type bridge)",
                        bridge, bridge);
    if (!dev_link_is_bridge(bridge))
        return dev_fail(error, "\"%s\" is a network interface but not a bridge", bridge);
    if (nic->ifname && dev_link_exists(nic->ifname))
        return dev_fail(error, "vifname \"%s\" is taken by another interface", nic->ifname);
    return 0;
}

struct link_wait {
    const struct dev_pair *pair;
    const char *name;
};

static int link_is_there(struct xsc_handle *xs, void *context, char *error)
{
    const struct link_wait *wait = context;

    if (dev_backend_error(xs, wait->pair, error))
        return -1;
    return dev_link_exists(wait->name);
}

/* From a bare vif to a port of the bridge. */
static int place_link(const struct dom_nic *nic, const char *name, char *error)
{
    int mtu = nic->mtu ? nic->mtu : dev_link_mtu(nic->bridge);

    if (nic->ifname) {
        if (dev_link_rename(name, nic->ifname, error))
            return -1;
        name = nic->ifname;
    }
    if (mtu > 0 && dev_link_set_mtu(name, mtu, error))
        return -1;
    if (dev_bridge_add(nic->bridge, name, error))
        return -1;
    return dev_link_up(name, error);
}

static int write_nic(struct xsc_handle *xs, const struct dev_pair *pair, const struct dom_nic *nic,
                     char *error)
{
    char handle[16], mac[18], mtu[16], rate[40];
    struct dev_node frontend[] = {
        {"handle", handle},
        {"mac", mac},
        {"mtu", nic->mtu ? mtu : NULL},
        {"trusted", nic->trusted ? "1" : "0"},
        {NULL, NULL},
    };
    /* netback insists on a script to name in its uevents; an empty one runs nothing. */
    struct dev_node backend[] = {
        {"script", ""},
        {"handle", handle},
        {"mac", mac},
        {"bridge", nic->bridge},
        {"type", "vif"},
        {"ip", nic->ip},
        {"vifname", nic->ifname},
        {"mtu", nic->mtu ? mtu : NULL},
        {"rate", nic->rate_bytes_per_interval ? rate : NULL},
        {"hotplug-status", ""},
        {NULL, NULL},
    };

    snprintf(handle, sizeof(handle), "%u", pair->devid);
    snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", nic->mac[0], nic->mac[1],
             nic->mac[2], nic->mac[3], nic->mac[4], nic->mac[5]);
    snprintf(mtu, sizeof(mtu), "%d", nic->mtu);
    snprintf(rate, sizeof(rate), "%llu,%u", (unsigned long long)nic->rate_bytes_per_interval,
             nic->rate_interval_usecs);
    return dev_pair_write(xs, pair, frontend, backend, error);
}

static int bring_in(struct xsc_handle *xs, const struct dev_pair *pair, const struct dom_nic *nic,
                    char *error)
{
    char name[32], path[DEV_PATH_MAX + 32];
    struct link_wait wait = {pair, name};

    snprintf(name, sizeof(name), "vif%u.%u", pair->domid, pair->devid);
    if (dev_wait(xs, pair->backend, link_is_there, &wait,
                 "netback did not make the interface (is xen-netback loaded?)", error))
        return -1;
    if (place_link(nic, name, error))
        return -1;
    snprintf(path, sizeof(path), "%s/hotplug-status", pair->backend);
    if (xsc_write(xs, XSC_NO_TXN, path, "connected", strlen("connected")))
        return dev_fail(error, "cannot write %s: %s", path, strerror(errno));
    return 0;
}

int dev_nic_add(struct xsc_handle *xs, uint32_t domid, const struct dom_nic *nic, char *error)
{
    char devid[16], ignored[DEV_ERROR_MAX];
    struct dev_pair pair;

    dev_pair_init(&pair, domid, "vif", nic->devid);
    if (write_nic(xs, &pair, nic, error))
        return -1;
    if (bring_in(xs, &pair, nic, error)) {
        snprintf(devid, sizeof(devid), "%d", nic->devid);
        dev_remove(xs, domid, "vif", devid, ignored);
        return -1;
    }
    return 0;
}
