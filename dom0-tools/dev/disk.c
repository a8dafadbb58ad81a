/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual disks on blkback. The backend opens what `physical-device` names; the device's folder in
 * sysfs tells when it has done so, and only then is our hold on the loop device given up.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "dev/devid.h"
#include "dev/internal.h"

static int check_parameters(const struct dom_disk *disk, char *error)
{
    if (dev_vdev_number(disk->vdev) < 0)
        return dev_fail(error, "vdev \"%s\" is not the name of a virtual disk (such as xvda)",
                        disk->vdev);
    if (!disk->target)
        return dev_fail(error, "%s: a drive without a target is not supported", disk->vdev);
    if (disk->format != DOM_DISK_RAW)
        return dev_fail(error, "%s: format %s is not supported, only raw is", disk->vdev,
                        dom_disk_format_name(disk->format));
    if (disk->backendtype && strcmp(disk->backendtype, "phy"))
        return dev_fail(error, "%s: backendtype %s is not supported, only phy is", disk->vdev,
                        disk->backendtype);
    if (disk->script)
        return dev_fail(error, "%s: block scripts are not supported (script=%s)", disk->vdev,
                        disk->script);
    if (disk->backend_domname && strcmp(disk->backend_domname, "0") &&
        strcmp(disk->backend_domname, "Domain-0"))
        return dev_fail(error, "%s: driver domains are not supported (backend=%s)", disk->vdev,
                        disk->backend_domname);
    return 0;
}

static int check_size(int fd, const struct stat *st, const char *target, char *error)
{
    uint64_t bytes = st->st_size;

    if (S_ISBLK(st->st_mode) && ioctl(fd, BLKGETSIZE64, &bytes))
        return dev_fail(error, "%s: cannot tell its size: %s", target, strerror(errno));
    if (bytes == 0)
        return dev_fail(error, "%s is empty", target);
    if (bytes % 512)
        return dev_fail(error, "%s has %llu bytes, which is not a whole number of sectors of 512",
                        target, (unsigned long long)bytes);
    return 0;
}

/* Whether two paths are the same storage. */
static bool same_storage(const struct stat *a, const struct stat *b)
{
    if (S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode))
        return a->st_rdev == b->st_rdev;
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

struct user {
    char *params, *mode;
};

static void user_free(struct user *u)
{
    free(u->params);
    free(u->mode);
}

/* A disk in use by domain `domid`: refuses if either side writes. */
static int check_user(struct xsc_handle *xs, const struct dom_disk *disk, const struct stat *st,
                      const char *domid, const char *devid, char *error)
{
    struct user u = {0};
    struct stat other;
    int rc = 0;

    xsc_readf(xs, XSC_NO_TXN, &u.params, "/local/domain/0/backend/vbd/%s/%s/params", domid, devid);
    xsc_readf(xs, XSC_NO_TXN, &u.mode, "/local/domain/0/backend/vbd/%s/%s/mode", domid, devid);
    if (u.params && stat(u.params, &other) == 0 && same_storage(st, &other) &&
        (disk->readwrite || !u.mode || u.mode[0] == 'w'))
        rc = dev_fail(error, "%s is in use by domain %s, and one of the two would write",
                      disk->target, domid);
    user_free(&u);
    return rc;
}

/* Two writers of one image destroy it, so look at every disk that any domain has. */
static int check_sharing(struct xsc_handle *xs, const struct dom_disk *disk, const struct stat *st,
                         char *error)
{
    char path[DEV_PATH_MAX], **domids, **devids;
    size_t domid_count, devid_count;
    int rc = 0;

    if (xsc_directory(xs, XSC_NO_TXN, "/local/domain/0/backend/vbd", &domids, &domid_count))
        return errno == ENOENT ? 0 : dev_fail(error, "cannot list disks: %s", strerror(errno));
    for (size_t i = 0; i < domid_count && !rc; i++) {
        snprintf(path, sizeof(path), "/local/domain/0/backend/vbd/%s", domids[i]);
        if (xsc_directory(xs, XSC_NO_TXN, path, &devids, &devid_count))
            continue;
        for (size_t j = 0; j < devid_count && !rc; j++)
            rc = check_user(xs, disk, st, domids[i], devids[j], error);
        free(devids);
    }
    free(domids);
    return rc;
}

int dev_disk_check(struct xsc_handle *xs, const struct dom_disk *disk, char *error)
{
    struct stat st;
    int fd, rc;

    if (check_parameters(disk, error))
        return -1;
    fd = open(disk->target, (disk->readwrite ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return dev_fail(error, "%s: %s", disk->target, strerror(errno));
    if (fstat(fd, &st))
        rc = dev_fail(error, "%s: %s", disk->target, strerror(errno));
    else if (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode))
        rc = dev_fail(error, "%s is neither a block device nor a regular file", disk->target);
    else
        rc = check_size(fd, &st, disk->target, error);
    close(fd);
    if (rc)
        return rc;
    return check_sharing(xs, disk, &st, error);
}

/*
 * The block device behind the disk: the target itself, or a loop device. Returns a descriptor that
 * holds it, `path` and `number` (major:minor, hexadecimal) get what xenstore is told.
 */
static int open_device(const struct dom_disk *disk, char *path, size_t size, char *number,
                       size_t number_size, char *error)
{
    struct stat st;
    int fd;

    if (stat(disk->target, &st))
        return dev_fail(error, "%s: %s", disk->target, strerror(errno));
    if (S_ISBLK(st.st_mode)) {
        fd = open(disk->target, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
            return dev_fail(error, "%s: %s", disk->target, strerror(errno));
        snprintf(path, size, "%s", disk->target);
    } else {
        fd = dev_loop_attach(disk->target, !disk->readwrite, path, size, error);
        if (fd < 0)
            return -1;
    }
    if (fstat(fd, &st)) {
        dev_fail(error, "%s: %s", path, strerror(errno));
        close(fd);
        return -1;
    }
    snprintf(number, number_size, "%x:%x", major(st.st_rdev), minor(st.st_rdev));
    return fd;
}

/* blkback shows physical_device in sysfs after it has opened the device. */
static int backend_has_opened(struct xsc_handle *xs, void *context, char *error)
{
    const struct dev_pair *pair = context;
    char path[DEV_PATH_MAX], devid[16];

    if (dev_backend_error(xs, pair, error))
        return -1;
    snprintf(devid, sizeof(devid), "%u", pair->devid);
    dev_sysfs_path(path, sizeof(path), pair->kind, pair->domid, devid, "physical_device");
    return access(path, F_OK) == 0;
}

static int write_disk(struct xsc_handle *xs, const struct dev_pair *pair,
                      const struct dom_disk *disk, const char *path, const char *number,
                      char *error)
{
    char devid[16];
    struct dev_node frontend[] = {
        {"virtual-device", devid},
        {"device-type", disk->cdrom ? "cdrom" : "disk"},
        {"trusted", disk->trusted ? "1" : "0"},
        {NULL, NULL},
    };
    struct dev_node backend[] = {
        {"params", disk->target},
        {"dev", disk->vdev},
        {"type", "phy"},
        {"mode", disk->readwrite ? "w" : "r"},
        {"device-type", disk->cdrom ? "cdrom" : "disk"},
        {"removable", disk->cdrom ? "1" : "0"},
        {"bootable", "1"},
        {"discard-enable", disk->discard ? "1" : "0"},
        {"direct-io-safe", disk->direct_io_safe ? "1" : NULL},
        {"specification", "xen"},
        {"physical-device-path", path},
        {"physical-device", number},
        {"hotplug-status", "connected"},
        {NULL, NULL},
    };

    snprintf(devid, sizeof(devid), "%u", pair->devid);
    return dev_pair_write(xs, pair, frontend, backend, error);
}

int dev_disk_add(struct xsc_handle *xs, uint32_t domid, const struct dom_disk *disk, char *error)
{
    char path[DEV_PATH_MAX], number[32], devid[16], ignored[DEV_ERROR_MAX];
    struct dev_pair pair;
    int fd, rc;

    if (check_parameters(disk, error))
        return -1;
    dev_pair_init(&pair, domid, "vbd", dev_vdev_number(disk->vdev));
    fd = open_device(disk, path, sizeof(path), number, sizeof(number), error);
    if (fd < 0)
        return -1;
    rc = write_disk(xs, &pair, disk, path, number, error);
    if (!rc) {
        rc = dev_wait(xs, pair.backend, backend_has_opened, &pair,
                      "blkback did not open the disk (is xen-blkback loaded?)", error);
        if (rc) {
            snprintf(devid, sizeof(devid), "%u", pair.devid);
            dev_remove(xs, domid, "vbd", devid, ignored);
        }
    }
    close(fd);
    return rc;
}
