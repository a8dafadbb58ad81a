/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Creating and destroying on a fake host: the nodes of a domain, every check's message, and that a
 * failure at any one call leaves nothing behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cfg/cfg.h"
#include "cmd/engine.h"
#include "cmd/state.h"
#include "cmd/tests/fake_host.h"
#include "cmd/tests/tables.h"
#include "dev/internal.h"
#include "dev/tests/fake_store.h"

static struct session s = {(struct dom_host *)1, FAKE_XS};
static struct dom_config config;
static char error[CMD_ERROR_MAX];

static void run(const char *format)
{
    char command[512];

    snprintf(command, sizeof(command), format, test_folder, test_folder);
    if (system(command))
        abort();
}

static void write_file(const char *name, size_t size)
{
    char path[96];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", test_folder, name);
    fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0600);
    if (fd < 0 || ftruncate(fd, size))
        abort();
    close(fd);
}

static void backend_takes(void)
{
    if (fake_get("/local/domain/0/backend/vbd/7/51712"))
        run("mkdir -p %s/bus/xen-backend/devices/vbd-7-51712 && touch "
            "%s/bus/xen-backend/devices/vbd-7-51712/physical_device");
    if (fake_get("/local/domain/0/backend/vif/7/0") && !dev_link_exists("vif7.0"))
        fake_add_link("vif7.0", false, 1500);
}

static int read_config(const char *more)
{
    struct cfg_diag diag = {0};
    char text[1024];

    snprintf(text, sizeof(text),
             "name='demo'\nkernel='%s/kernel'\nramdisk='%s/ramdisk'\nmemory=128\nmaxmem=256\n"
             "vcpus=1\nmaxvcpus=2\ncpu_weight=512\ncpus='0'\nrtc_timeoffset=60\n"
             "uuid='01234567-89ab-cdef-0123-456789abcdef'\ndisk=['%s/image,,xvda']\n"
             "vif=['bridge=br0,mac=00:16:3e:00:00:01']\n%s",
             test_folder, test_folder, test_folder, more);
    dom_config_free(&config);
    dom_config_init(&config);
    return cfg_read_text(&config, "f", text, strlen(text), NULL, 0, NULL, &diag);
}

static void begin(const char *more)
{
    fake_reset();
    fake_host_reset();
    run("rm -rf %s/bus %s/state");
    write_file("kernel", 100);
    write_file("ramdisk", 100);
    write_file("image", 4096);
    fake_add_link("br0", true, 1500);
    fake_put("/local/domain/0/name", "Domain-0");
    fake_backend = backend_takes;
    dev_wait_limit = 60000;
    error[0] = '\0';
    CU_ASSERT_EQUAL(read_config(more), 0);
}

static int open_descriptors(void)
{
    int n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static const char empty_store[] = "domain =  (n0)\ndomain/0 =  (n0)\n"
                                  "domain/0/name = Domain-0 (n0)\n";

/* Only what was there before is there now. */
static void check_nothing_left(void)
{
    char path[96];

    CU_ASSERT(!fake_domain_exists && !fake_introduced);
    CHECK_TEXT(fake_get("/vm"), NULL);
    if (fake_get("/local/domain/0/domid"))
        xsc_rm(FAKE_XS, 0, "/local/domain/0/domid");
    CHECK_TEXT(fake_dump("/local"), empty_store);
    snprintf(path, sizeof(path), "%s/state/domains/7.json", test_folder);
    CU_ASSERT(access(path, F_OK) != 0);
    snprintf(path, sizeof(path), "%s/state/domains/7.lock", test_folder);
    CU_ASSERT(access(path, F_OK) != 0);
}

static void nodes(void)
{
    uint32_t domid = 0;

    begin("");
    CU_ASSERT_EQUAL(domain_create(&s, &config, &domid, error), 0);
    CHECK_TEXT(error, "");
    CU_ASSERT_EQUAL(domid, 7);
    CU_ASSERT(fake_introduced && fake_domain_exists);
    xsc_rm(FAKE_XS, 0, "/local/domain/7/device/vbd/51712");
    xsc_rm(FAKE_XS, 0, "/local/domain/7/device/vif/0");
    CHECK_TEXT(fake_dump("/local/domain/7"),
               "attr =  (n7)\n"
               "console =  (n0,r7)\n"
               "console/backend-id = 0 (n0,r7)\n"
               "console/limit = 1048576 (n0,r7)\n"
               "console/output = pty (n0,r7)\n"
               "console/port = 2 (n0,r7)\n"
               "console/ring-ref = 1002 (n0,r7)\n"
               "console/tty =  (n0,r7)\n"
               "console/type = xenconsoled (n0,r7)\n"
               "control =  (n0,r7)\n"
               "control/feature-poweroff =  (n7)\n"
               "control/feature-reboot =  (n7)\n"
               "control/feature-suspend =  (n7)\n"
               "control/platform-feature-multiprocessor-suspend = 1 (n0,r7)\n"
               "control/platform-feature-xs_reset_watches = 1 (n0,r7)\n"
               "control/shutdown =  (n7)\n"
               "control/sysrq =  (n7)\n"
               "cpu =  (n0,r7)\n"
               "cpu/0 =  (n0,r7)\n"
               "cpu/0/availability = online (n0,r7)\n"
               "cpu/1 =  (n0,r7)\n"
               "cpu/1/availability = offline (n0,r7)\n"
               "data =  (n7)\n"
               "device =  (n0,r7)\n"
               "device/vbd =  (n0,r7)\n"
               "device/vif =  (n0,r7)\n"
               "domid = 7 (n0,r7)\n"
               "drivers =  (n7)\n"
               "error =  (n7)\n"
               "feature =  (n7)\n"
               "memory =  (n0,r7)\n"
               "memory/static-max = 262144 (n0,r7)\n"
               "memory/target = 131072 (n0,r7)\n"
               "name = demo (n0,r7)\n"
               "store =  (n0,r7)\n"
               "store/port = 1 (n0,r7)\n"
               "store/ring-ref = 1001 (n0,r7)\n"
               "vm = /vm/01234567-89ab-cdef-0123-456789abcdef (n0,r7)\n");
    CHECK_TEXT(fake_get("/vm/01234567-89ab-cdef-0123-456789abcdef/name"), "demo");
    CHECK_TEXT(fake_host_log, "list list physinfo create time-offset build introduce affinity "
                              "affinity sched-id credit-get credit-set");
    CU_ASSERT_EQUAL(domain_destroy(&s, domid, error), 0);
    check_nothing_left();
}

static void failures_of_the_host(void)
{
    int calls = 1, before, rc;
    uint32_t domid;

    /* One call more survives each round, until the whole creation does. */
    for (int n = 1; n <= calls; n++) {
        begin("");
        before = open_descriptors();
        fake_call_countdown = n;
        rc = domain_create(&s, &config, &domid, error);
        CU_ASSERT_EQUAL(open_descriptors(), before);
        if (rc == 0)
            break;
        CU_ASSERT(error[0] != '\0' && !strchr(error, '\n'));
        check_nothing_left();
        calls = n + 1;
        CU_ASSERT_FATAL(n < 40);
    }
    CU_ASSERT_EQUAL(calls, 13);
    CU_ASSERT_EQUAL(domain_destroy(&s, FAKE_DOMID, error), 0);
}

static void failures_of_the_store(void)
{
    uint32_t domid;
    int n;

    for (n = 1; n < 200; n++) {
        begin("");
        fake_put("/local/domain/0/domid", "0");
        fake_write_failure = ENOSPC;
        fake_write_countdown = n;
        if (domain_create(&s, &config, &domid, error) == 0)
            break;
        CU_ASSERT(strstr(error, "No space left on device") != NULL);
        check_nothing_left();
    }
    CU_ASSERT(n > 50 && n < 200);
    fake_write_failure = 0;
    CU_ASSERT_EQUAL(domain_destroy(&s, FAKE_DOMID, error), 0);
}

static void backend_silent(void)
{
    uint32_t domid;

    begin("");
    fake_backend = NULL;
    dev_wait_limit = 0;
    CU_ASSERT_EQUAL(domain_create(&s, &config, &domid, error), -1);
    CHECK_TEXT(error,
               "f:12: disk: blkback did not open the disk (is xen-blkback loaded?) within 0 s");
    check_nothing_left();
}

/* `%s` in the expected text is the folder. */
static void refuse(const char *expected)
{
    char text[CMD_ERROR_MAX];
    uint32_t domid;

    snprintf(text, sizeof(text), expected, test_folder);
    CU_ASSERT_EQUAL(domain_create(&s, &config, &domid, error), -1);
    CHECK_TEXT(error, text);
    CU_ASSERT(!strstr(fake_host_log, "create"));
    check_nothing_left();
}

static void remove_file(const char *name)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/%s", test_folder, name);
    unlink(path);
}

static void checks(void)
{
    begin("");
    remove_file("kernel");
    refuse("f:2: kernel: %s/kernel: No such file or directory");
    begin("");
    write_file("ramdisk", 0);
    refuse("f:3: ramdisk: %s/ramdisk is empty");
    begin("kernel='/'\n");
    refuse("f:14: kernel: / is not a regular file");
    begin("");
    remove_file("image");
    refuse("f:12: disk: %s/image: No such file or directory");
    begin("vif=['bridge=nobr']\n");
    refuse("f:14: vif: bridge \"nobr\" does not exist (make it: ip link add nobr type bridge)");
    begin("name='Domain-0'\n");
    refuse("f:14: name: \"Domain-0\" is taken by domain 0");
    begin("pool='fast'\n");
    refuse("f:14: pool: no CPU pool \"fast\"");
    begin("");
    fake_free_pages = 25600;
    refuse("f:4: memory: the guest needs 130 MiB, the host has 100 MiB free");
    begin("uuid='00000000-0000-0000-0000-000000000000'\n");
    refuse("f:14: uuid: domain 0 has this UUID");
}

static void destroy_of_nothing(void)
{
    begin("");
    CU_ASSERT_EQUAL(domain_destroy(&s, FAKE_DOMID, error), 0);
    check_nothing_left();
}

static void kept_configuration(void)
{
    struct dom_config copy;

    begin("");
    CU_ASSERT_EQUAL(state_save_config(7, &config, error), 0);
    dom_config_init(&copy);
    CU_ASSERT_EQUAL(state_load_config(7, &copy, error), 0);
    CHECK_TEXT(copy.name, "demo");
    dom_config_free(&copy);
    dom_config_init(&copy);
    state_forget(7);
    CU_ASSERT_EQUAL(state_load_config(7, &copy, error), -1);
    CU_ASSERT_EQUAL(errno, ENOENT);
    dom_config_free(&copy);
    state_note_end("demo", "a line\n");
    {
        char *line = state_last_end("demo");

        CHECK_TEXT(line, "a line\n");
        free(line);
    }
    dom_config_free(&config);
}

const struct test engine_tests[] = {
    {"engine: nodes of a domain", nodes},
    {"engine: nothing is left when any hypercall fails", failures_of_the_host},
    {"engine: nothing is left when any write to the store fails", failures_of_the_store},
    {"engine: a backend that is silent", backend_silent},
    {"engine: checks before anything exists", checks},
    {"engine: destroying what is not there", destroy_of_nothing},
    {"engine: the kept configuration", kept_configuration},
    {NULL, NULL},
};
