/* SPDX-License-Identifier: Apache-2.0 */
/* Network interfaces of dom0 by name: what the hotplug scripts of old did with ip(8) and brctl(8).
 */
#include <errno.h>
#include <net/if.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dev/internal.h"

/* One interface ioctl on a throw-away socket. */
static int link_ioctl(unsigned long request, struct ifreq *ifr)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc, cause;

    if (fd < 0)
        return -1;
    rc = ioctl(fd, request, ifr);
    cause = errno;
    close(fd);
    errno = cause;
    return rc;
}

static void set_name(struct ifreq *ifr, const char *name)
{
    memset(ifr, 0, sizeof(*ifr));
    snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", name);
}

static bool in_sysfs(const char *name, const char *leaf)
{
    char path[DEV_PATH_MAX];
    struct stat st;

    snprintf(path, sizeof(path), "%s/class/net/%s%s", dev_sysfs, name, leaf);
    return stat(path, &st) == 0;
}

bool dev_link_exists(const char *name)
{
    return in_sysfs(name, "");
}

bool dev_link_is_bridge(const char *name)
{
    return in_sysfs(name, "/bridge");
}

int dev_link_mtu(const char *name)
{
    struct ifreq ifr;

    set_name(&ifr, name);
    return link_ioctl(SIOCGIFMTU, &ifr) ? -1 : ifr.ifr_mtu;
}

int dev_link_set_mtu(const char *name, int mtu, char *error)
{
    struct ifreq ifr;

    set_name(&ifr, name);
    ifr.ifr_mtu = mtu;
    if (link_ioctl(SIOCSIFMTU, &ifr))
        return dev_fail(error, "cannot set the MTU of %s to %d: %s", name, mtu, strerror(errno));
    return 0;
}

int dev_link_rename(const char *name, const char *new_name, char *error)
{
    struct ifreq ifr;

    set_name(&ifr, name);
    snprintf(ifr.ifr_newname, sizeof(ifr.ifr_newname), "%s", new_name);
    if (link_ioctl(SIOCSIFNAME, &ifr))
        return dev_fail(error, "cannot rename %s to %s: %s", name, new_name, strerror(errno));
    return 0;
}

int dev_link_up(const char *name, char *error)
{
    struct ifreq ifr;

    set_name(&ifr, name);
    if (link_ioctl(SIOCGIFFLAGS, &ifr))
        return dev_fail(error, "cannot read the flags of %s: %s", name, strerror(errno));
    ifr.ifr_flags |= IFF_UP;
    if (link_ioctl(SIOCSIFFLAGS, &ifr))
        return dev_fail(error, "cannot bring %s up: %s", name, strerror(errno));
    return 0;
}

int dev_bridge_add(const char *bridge, const char *port, char *error)
{
    struct ifreq ifr;

    set_name(&ifr, bridge);
    ifr.ifr_ifindex = if_nametoindex(port);
    if (ifr.ifr_ifindex == 0 || link_ioctl(SIOCBRADDIF, &ifr))
        return dev_fail(error, "cannot add %s to bridge %s: %s", port, bridge, strerror(errno));
    return 0;
}
