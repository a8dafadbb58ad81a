/* SPDX-License-Identifier: Apache-2.0 */
/* Devices on a store in memory: nodes, permissions, failures at each step, removal. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cfg/diag.h"
#include "cfg/tests/runner.h"
#include "dev/devid.h"
#include "dev/internal.h"
#include "dev/tests/fake_store.h"

#define VBD_FRONT "/local/domain/5/device/vbd/51712"
#define VBD_BACK  "/local/domain/0/backend/vbd/5/51712"
#define VIF_BACK  "/local/domain/0/backend/vif/5/0"

static char folder[] = "/tmp/dev-test-XXXXXX";
static char image[64];
static char error[DEV_ERROR_MAX];
static struct dom_config config;

/* --- the kernel's side --- */

static void run(const char *format, const char *argument)
{
    char command[512];

    snprintf(command, sizeof(command), format, folder, argument);
    if (system(command))
        abort();
}

/* The backend takes whatever device has nodes, and shows it in sysfs. */
static void backend_takes(void)
{
    if (fake_get(VBD_BACK))
        run("mkdir -p %1$s/bus/xen-backend/devices/vbd-5-51712/driver && touch "
            "%1$s/bus/xen-backend/devices/vbd-5-51712/physical_device",
            "");
    if (fake_get(VIF_BACK) && !dev_link_exists("vif5.0"))
        fake_add_link("vif5.0", false, 1500);
}

/* It lets go of a device that is not online any more. */
static void backend_releases(void)
{
    const char *online = fake_get(VBD_BACK "/online");

    if (!online || !strcmp(online, "0"))
        run("rm -rf %s/bus/xen-backend/devices/vbd-5-51712", "");
}

static void backend_fails(void)
{
    fake_put("/local/domain/0/error/backend/vbd/5/51712/error", "2 creating vbd structure");
    fake_put("/local/domain/0/error/backend/vif/5/0/error", "22 reading script");
}

static void begin(void)
{
    fake_reset();
    run("rm -rf %s/bus", "");
    run("mkdir -p %s/bus/xen-backend/devices", "");
    dom_config_free(&config);
    dom_config_init(&config);
    error[0] = '\0';
    dev_wait_limit = 60000;
}

static struct dom_disk *new_disk(void)
{
    struct dom_disk *disk = dom_config_add_disk(&config);

    disk->target = cfg_strdup(image);
    disk->vdev = cfg_strdup("xvda");
    return disk;
}

static struct dom_nic *new_nic(void)
{
    static const uint8_t mac[6] = {0x00, 0x16, 0x3e, 1, 2, 3};
    struct dom_nic *nic = dom_config_add_nic(&config);

    memcpy(nic->mac, mac, 6);
    nic->has_mac = true;
    nic->devid = 0;
    nic->bridge = cfg_strdup("br0");
    fake_add_link("br0", true, 1400);
    return nic;
}

static int open_descriptors(void)
{
    int n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* --- numbers of disks --- */

static void numbers(void)
{
    static const struct {
        const char *name;
        int number;
    } table[] = {
        {"xvda", 51712},
        {"xvda1", 51713},
        {"xvdb", 51728},
        {"xvdp15", 51967},
        {"xvdq", 268439552},
        {"xvdaa", 268442112},
        {"xvda16", 268435472},
        {"sda", 2048},
        {"sdb2", 2066},
        {"sdp15", 2303},
        {"hda", 768},
        {"hdb1", 833},
        {"hdc", 5632},
        {"hdd63", 5759},
        {"d0", 51712},
        {"d3p1", 51761},
        {"51712", 51712},
        {"0xca00", 51712},
        {"", -1},
        {"xvd", -1},
        {"xvda0", -1},
        {"xvda01x", -1},
        {"sdq", -1},
        {"sda16", -1},
        {"hde", -1},
        {"hda64", -1},
        {"vda", -1},
        {"xvdA", -1},
        {"xvda256", -1},
        {"d", -1},
        {"d0p", -1},
        {"d0x", -1},
        {"0", -1},
        {"999999999999", -1},
        {"xvdzzzzzz", -1},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (dev_vdev_number(table[i].name) != table[i].number)
            printf("    %s is %d\n", table[i].name, dev_vdev_number(table[i].name));
        CU_ASSERT_EQUAL(dev_vdev_number(table[i].name), table[i].number);
    }
}

/* --- disks --- */

static void disk_nodes(void)
{
    int before = open_descriptors();
    char *expected;

    begin();
    fake_backend = backend_takes;
    fake_conflicts = 2;
    CU_ASSERT_EQUAL(dev_disk_add(FAKE_XS, 5, new_disk(), error), 0);
    CHECK_TEXT(error, "");
    CHECK_TEXT(fake_dump("/local/domain/5/device/vbd"), "51712 =  (n5,r0)\n"
                                                        "51712/backend = " VBD_BACK " (n5,r0)\n"
                                                        "51712/backend-id = 0 (n5,r0)\n"
                                                        "51712/device-type = disk (n5,r0)\n"
                                                        "51712/state = 1 (n5,r0)\n"
                                                        "51712/trusted = 1 (n5,r0)\n"
                                                        "51712/virtual-device = 51712 (n5,r0)\n");
    expected = cfg_printf("51712 =  (n0,r5)\n"
                          "51712/bootable = 1 (n0,r5)\n"
                          "51712/dev = xvda (n0,r5)\n"
                          "51712/device-type = disk (n0,r5)\n"
                          "51712/discard-enable = 1 (n0,r5)\n"
                          "51712/frontend = " VBD_FRONT " (n0,r5)\n"
                          "51712/frontend-id = 5 (n0,r5)\n"
                          "51712/hotplug-status = connected (n0,r5)\n"
                          "51712/mode = w (n0,r5)\n"
                          "51712/online = 1 (n0,r5)\n"
                          "51712/params = %s (n0,r5)\n"
                          "51712/physical-device = 0:0 (n0,r5)\n"
                          "51712/physical-device-path = /dev/loop0 (n0,r5)\n"
                          "51712/removable = 0 (n0,r5)\n"
                          "51712/specification = xen (n0,r5)\n"
                          "51712/state = 1 (n0,r5)\n"
                          "51712/type = phy (n0,r5)\n",
                          image);
    CHECK_TEXT(fake_dump("/local/domain/0/backend/vbd/5"), expected);
    free(expected);
    /* Our hold on the loop device is given up once the backend has its own. */
    CU_ASSERT_EQUAL(open_descriptors(), before);
}

static void disk_backend_fails(void)
{
    int before = open_descriptors();

    begin();
    fake_backend = backend_fails;
    CU_ASSERT_EQUAL(dev_disk_add(FAKE_XS, 5, new_disk(), error), -1);
    CHECK_TEXT(error, "the vbd backend in dom0's kernel reports: 2 creating vbd structure");
    CU_ASSERT(!fake_get(VBD_BACK) && !fake_get(VBD_FRONT));
    CU_ASSERT(!fake_get("/local/domain/0/backend/vbd/5"));
    CU_ASSERT(!fake_get("/local/domain/0/error/backend/vbd/5"));
    CU_ASSERT_EQUAL(open_descriptors(), before);
}

static void disk_backend_silent(void)
{
    int before = open_descriptors();

    begin();
    dev_wait_limit = 0;
    CU_ASSERT_EQUAL(dev_disk_add(FAKE_XS, 5, new_disk(), error), -1);
    CHECK_TEXT(error, "blkback did not open the disk (is xen-blkback loaded?) within 0 s");
    CU_ASSERT(!fake_get(VBD_BACK) && !fake_get(VBD_FRONT));
    CU_ASSERT_EQUAL(open_descriptors(), before);
}

static void disk_store_fails(void)
{
    for (int n = 1; n <= 40; n++) {
        int before = open_descriptors(), rc;

        begin();
        fake_backend = backend_takes;
        fake_write_failure = ENOSPC;
        fake_write_countdown = n;
        rc = dev_disk_add(FAKE_XS, 5, new_disk(), error);
        CU_ASSERT_EQUAL(open_descriptors(), before);
        if (rc == 0)
            break;
        CHECK_TEXT(error, "cannot write xenstore nodes of " VBD_BACK ": No space left on device");
        CU_ASSERT(!fake_get(VBD_BACK) && !fake_get(VBD_FRONT));
        CU_ASSERT_FATAL(n < 40);
    }
}

static void disk_twice(void)
{
    begin();
    fake_put(VBD_BACK "/state", "4");
    CU_ASSERT_EQUAL(dev_disk_add(FAKE_XS, 5, new_disk(), error), -1);
    CHECK_TEXT(error, "cannot write xenstore nodes of " VBD_BACK ": File exists");
    CHECK_TEXT(fake_get(VBD_BACK "/state"), "4");
}

static void disk_no_loop(void)
{
    char *expected;

    begin();
    fake_no_loop = true;
    CU_ASSERT_EQUAL(dev_disk_add(FAKE_XS, 5, new_disk(), error), -1);
    expected = cfg_printf("no loop device for %s: No space left on device", image);
    CHECK_TEXT(error, expected);
    free(expected);
    CU_ASSERT(!fake_get(VBD_BACK));
}

static void refuse_disk(struct dom_disk *disk, const char *expected)
{
    CU_ASSERT_EQUAL(dev_disk_check(FAKE_XS, disk, error), -1);
    CHECK_TEXT(error, expected);
}

static void set(char **slot, const char *value)
{
    free(*slot);
    *slot = cfg_strdup(value);
}

static void disk_checks(void)
{
    struct dom_disk *d;
    char *text;

    begin();
    d = new_disk();
    CU_ASSERT_EQUAL(dev_disk_check(FAKE_XS, d, error), 0);
    set(&d->vdev, "foo");
    refuse_disk(d, "vdev \"foo\" is not the name of a virtual disk (such as xvda)");
    set(&d->vdev, "xvda");
    d->format = DOM_DISK_QCOW2;
    refuse_disk(d, "xvda: format qcow2 is not supported, only raw is");
    d->format = DOM_DISK_RAW;
    set(&d->backendtype, "qdisk");
    refuse_disk(d, "xvda: backendtype qdisk is not supported, only phy is");
    set(&d->backendtype, "phy");
    set(&d->script, "drbd");
    refuse_disk(d, "xvda: block scripts are not supported (script=drbd)");
    set(&d->script, NULL);
    set(&d->backend_domname, "storage");
    refuse_disk(d, "xvda: driver domains are not supported (backend=storage)");
    set(&d->backend_domname, "Domain-0");
    set(&d->target, "/nonexistent/x");
    refuse_disk(d, "/nonexistent/x: No such file or directory");
    set(&d->target, "/dev/null");
    refuse_disk(d, "/dev/null is neither a block device nor a regular file");
    set(&d->target, image);
    CU_ASSERT(truncate(image, 0) == 0);
    text = cfg_printf("%s is empty", image);
    refuse_disk(d, text);
    free(text);
    CU_ASSERT(truncate(image, 1000) == 0);
    text = cfg_printf("%s has 1000 bytes, which is not a whole number of sectors of 512", image);
    refuse_disk(d, text);
    free(text);
    CU_ASSERT(truncate(image, 4096) == 0);
    set(&d->target, NULL);
    refuse_disk(d, "xvda: a drive without a target is not supported");
}

static void disk_sharing(void)
{
    struct dom_disk *d;
    char *text = cfg_printf("%s is in use by domain 3, and one of the two would write", image);

    begin();
    d = new_disk();
    fake_put("/local/domain/0/backend/vbd/3/51712/params", image);
    fake_put("/local/domain/0/backend/vbd/3/51712/mode", "r");
    refuse_disk(d, text);
    d->readwrite = false;
    CU_ASSERT_EQUAL(dev_disk_check(FAKE_XS, d, error), 0);
    fake_put("/local/domain/0/backend/vbd/3/51712/mode", "w");
    refuse_disk(d, text);
    free(text);
}

/* --- network interfaces --- */

static void nic_nodes(void)
{
    struct dom_nic *nic;

    begin();
    nic = new_nic();
    nic->rate_bytes_per_interval = 62500;
    nic->rate_interval_usecs = 50000;
    nic->ip = cfg_strdup("10.0.0.5");
    fake_backend = backend_takes;
    CU_ASSERT_EQUAL(dev_nic_add(FAKE_XS, 5, nic, error), 0);
    CHECK_TEXT(error, "");
    CHECK_TEXT(fake_dump("/local/domain/5/device/vif"), "0 =  (n5,r0)\n"
                                                        "0/backend = " VIF_BACK " (n5,r0)\n"
                                                        "0/backend-id = 0 (n5,r0)\n"
                                                        "0/handle = 0 (n5,r0)\n"
                                                        "0/mac = 00:16:3e:01:02:03 (n5,r0)\n"
                                                        "0/state = 1 (n5,r0)\n"
                                                        "0/trusted = 1 (n5,r0)\n");
    CHECK_TEXT(fake_dump("/local/domain/0/backend/vif/5"),
               "0 =  (n0,r5)\n"
               "0/bridge = br0 (n0,r5)\n"
               "0/frontend = /local/domain/5/device/vif/0 (n0,r5)\n"
               "0/frontend-id = 5 (n0,r5)\n"
               "0/handle = 0 (n0,r5)\n"
               "0/hotplug-status = connected (n0,r5)\n"
               "0/ip = 10.0.0.5 (n0,r5)\n"
               "0/mac = 00:16:3e:01:02:03 (n0,r5)\n"
               "0/online = 1 (n0,r5)\n"
               "0/rate = 62500,50000 (n0,r5)\n"
               "0/script =  (n0,r5)\n"
               "0/state = 1 (n0,r5)\n"
               "0/type = vif (n0,r5)\n");
    /* The bridge's MTU is taken over. */
    CHECK_TEXT(fake_link_log, "mtu vif5.0 1400\nbridge br0 vif5.0\nup vif5.0\n");
}

static void nic_named(void)
{
    struct dom_nic *nic;

    begin();
    nic = new_nic();
    nic->mtu = 9000;
    nic->ifname = cfg_strdup("lan");
    fake_backend = backend_takes;
    CU_ASSERT_EQUAL(dev_nic_add(FAKE_XS, 5, nic, error), 0);
    CHECK_TEXT(fake_link_log, "rename vif5.0 lan\nmtu lan 9000\nbridge br0 lan\nup lan\n");
    CHECK_TEXT(fake_get(VIF_BACK "/mtu"), "9000");
    CHECK_TEXT(fake_get("/local/domain/5/device/vif/0/mtu"), "9000");
}

static void nic_steps_fail(void)
{
    static const char *const steps[] = {"mtu", "bridge", "up"};
    char expected[64];

    for (int i = 0; i < 3; i++) {
        begin();
        fake_backend = backend_takes;
        fake_link_failure = steps[i];
        CU_ASSERT_EQUAL(dev_nic_add(FAKE_XS, 5, new_nic(), error), -1);
        snprintf(expected, sizeof(expected), "%s failed", steps[i]);
        CHECK_TEXT(error, expected);
        CU_ASSERT(!fake_get(VIF_BACK) && !fake_get("/local/domain/5/device/vif/0"));
    }
}

static void nic_backend_fails(void)
{
    begin();
    fake_backend = backend_fails;
    CU_ASSERT_EQUAL(dev_nic_add(FAKE_XS, 5, new_nic(), error), -1);
    CHECK_TEXT(error, "the vif backend in dom0's kernel reports: 22 reading script");
    begin();
    dev_wait_limit = 0;
    CU_ASSERT_EQUAL(dev_nic_add(FAKE_XS, 5, new_nic(), error), -1);
    CHECK_TEXT(error, "netback did not make the interface (is xen-netback loaded?) within 0 s");
    CU_ASSERT(!fake_get(VIF_BACK));
}

static void refuse_nic(const struct dom_nic *nic, const char *expected)
{
    CU_ASSERT_EQUAL(dev_nic_check(nic, error), -1);
    CHECK_TEXT(error, expected);
}

static void nic_checks(void)
{
    struct dom_nic *n;

    begin();
    n = new_nic();
    fake_add_link("eth0", false, 1500);
    CU_ASSERT_EQUAL(dev_nic_check(n, error), 0);
    set(&n->bridge, "br9");
    refuse_nic(n, "bridge \"br9\" does not exist (make it: ip link add br9 type bridge)");
    set(&n->bridge, "eth0");
    refuse_nic(n, "\"eth0\" is a network interface but not a bridge");
    set(&n->bridge, "br0");
    set(&n->ifname, "eth0");
    refuse_nic(n, "vifname \"eth0\" is taken by another interface");
    set(&n->backend_domname, "net");
    refuse_nic(n, "driver domains are not supported (backend=net)");
    set(&n->backend_domname, NULL);
    set(&n->bridge, NULL);
    refuse_nic(n, "bridge \"xenbr0\" does not exist (make it: ip link add xenbr0 type bridge)");
    set(&n->gatewaydev, "eth0");
    refuse_nic(n, "routed interfaces are not supported (gatewaydev=eth0)");
}

static void nic_completion(void)
{
    struct dom_nic *a, *b;

    begin();
    dom_config_add_nic(&config);
    dom_config_add_nic(&config);
    a = &config.nics[0];
    b = &config.nics[1];
    CU_ASSERT(dev_nic_complete(a, error) == 0 && dev_nic_complete(b, error) == 0);
    CU_ASSERT(a->has_mac && a->mac[0] == 0 && a->mac[1] == 0x16 && a->mac[2] == 0x3e);
    CU_ASSERT(a->mac[3] < 0x80);
    CU_ASSERT(memcmp(a->mac, b->mac, 6) != 0);
    CHECK_TEXT(a->bridge, "xenbr0");
}

/* --- removal --- */

static void removal(void)
{
    begin();
    fake_backend = backend_takes;
    CU_ASSERT_EQUAL(dev_disk_add(FAKE_XS, 5, new_disk(), error), 0);
    CU_ASSERT_EQUAL(dev_nic_add(FAKE_XS, 5, new_nic(), error), 0);
    fake_put("/local/domain/0/backend/vbd/6/51712/state", "4");
    fake_backend = backend_releases;
    CU_ASSERT_EQUAL(dev_remove_all(FAKE_XS, 5, error), 0);
    CHECK_TEXT(error, "");
    CHECK_TEXT(fake_dump("/local/domain/5/device"), "vbd =  (n0)\nvif =  (n0)\n");
    /* What is another domain's stays. */
    CHECK_TEXT(fake_dump("/local/domain/0/backend"),
               "vbd =  (n0)\nvbd/6 =  (n0)\nvbd/6/51712 =  (n0)\nvbd/6/51712/state = 4 (n0)\n");
    CU_ASSERT_EQUAL(dev_remove_all(FAKE_XS, 5, error), 0);
}

static void removal_of_a_stuck_backend(void)
{
    begin();
    fake_backend = backend_takes;
    CU_ASSERT_EQUAL(dev_disk_add(FAKE_XS, 5, new_disk(), error), 0);
    CU_ASSERT_EQUAL(dev_nic_add(FAKE_XS, 5, new_nic(), error), 0);
    dev_wait_limit = 0;
    CU_ASSERT_EQUAL(dev_remove_all(FAKE_XS, 5, error), -1);
    CHECK_TEXT(error, "backend vbd-5-51712 did not let go within 0 s");
    /* All nodes are gone all the same. */
    CHECK_TEXT(fake_dump("/local/domain/0/backend"), "");
}

int main(void)
{
    static const struct test tests[] = {
        {"vdev: names and numbers", numbers},
        {"disk: nodes and permissions", disk_nodes},
        {"disk: the backend fails", disk_backend_fails},
        {"disk: no backend answers", disk_backend_silent},
        {"disk: the store fails at any write", disk_store_fails},
        {"disk: a second one in the same place", disk_twice},
        {"disk: no loop device", disk_no_loop},
        {"disk: checks", disk_checks},
        {"disk: two guests and one image", disk_sharing},
        {"nic: nodes, permissions, bridge", nic_nodes},
        {"nic: with a name and an MTU", nic_named},
        {"nic: any step on the link fails", nic_steps_fail},
        {"nic: the backend fails or is silent", nic_backend_fails},
        {"nic: checks", nic_checks},
        {"nic: what is left open is chosen", nic_completion},
        {"removal: of all of one domain's devices", removal},
        {"removal: a backend that does not let go", removal_of_a_stuck_backend},
        {NULL, NULL},
    };
    static const struct test *const tables[] = {tests, NULL};
    int fd, rc;

    if (!mkdtemp(folder))
        return 1;
    snprintf(image, sizeof(image), "%s/image", folder);
    fd = open(image, O_CREAT | O_RDWR, 0600);
    if (fd < 0 || ftruncate(fd, 4096))
        return 1;
    close(fd);
    dev_sysfs = folder;
    rc = run_tests("dev", tables);
    dom_config_free(&config);
    run("rm -rf %s", "");
    return rc;
}
