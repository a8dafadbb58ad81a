/* SPDX-License-Identifier: Apache-2.0 */
/* Whole configurations: keys, classes of keys, overrides, what is checked in the end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cfg/cfg.h"
#include "cfg/tests/tables.h"

#define BASE "name='g'\nkernel='/k'\nmemory=128\n"

static struct dom_config config;
static struct cfg_diag diag;
static char warnings[4096];

static void collect(void *context, const char *line)
{
    (void)context;
    strncat(warnings, line, sizeof(warnings) - strlen(warnings) - 2);
    strcat(warnings, "\n");
}

static int read_with(const char *text, char *const overrides[], size_t count)
{
    dom_config_free(&config);
    dom_config_init(&config);
    diag = (struct cfg_diag){.warn = collect};
    warnings[0] = '\0';
    return cfg_read_text(&config, "f", text, strlen(text), overrides, count, NULL, &diag);
}

static void accept(const char *text)
{
    CU_ASSERT_EQUAL(read_with(text, NULL, 0), 0);
    CHECK_TEXT(diag.error, "");
}

static void refuse(const char *text, const char *error)
{
    CU_ASSERT_EQUAL(read_with(text, NULL, 0), -1);
    CHECK_TEXT(diag.error, error);
    dom_config_free(&config);
}

static void defaults(void)
{
    accept(BASE);
    CHECK_TEXT(config.name, "g");
    CHECK_TEXT(config.type, "pv");
    CU_ASSERT(config.memory_kib == 128 << 10 && config.max_kib == 128 << 10);
    CU_ASSERT(config.vcpus == 1 && config.max_vcpus == 1);
    CU_ASSERT(config.on_poweroff == DOM_ACTION_DESTROY && config.on_reboot == DOM_ACTION_RESTART);
    CU_ASSERT(config.on_crash == DOM_ACTION_DESTROY && !config.has_uuid);
    CHECK_TEXT(warnings, "");
    dom_config_free(&config);
}

static void keys_in_use(void)
{
    accept(BASE
           "type='pv'\nuuid='01234567-89ab-cdef-0123-456789abcdef'\nramdisk='/r'\n"
           "maxmem=256\nvcpus='2'\nmaxvcpus=4\ncpus='0-1'\ncpus_soft=['0','1']\npool='Pool-0'\n"
           "cpu_weight=512\ncap=50\non_poweroff='preserve'\non_reboot='destroy'\n"
           "on_crash='rename-restart'\non_watchdog='coredump-restart'\n"
           "disk=['/d,,xvda','/e,,xvdb,r']\nvif=['','mac=00:16:3e:00:00:01']\n"
           "max_grant_frames=64\nmax_maptrack_frames=0\nmax_event_channels=200\nlocaltime=1\n"
           "rtc_timeoffset='-3600'\nnomigrate=1\n");
    CU_ASSERT(config.has_uuid && config.uuid[0] == 0x01 && config.uuid[15] == 0xef);
    CU_ASSERT(config.max_kib == 256 << 10 && config.vcpus == 2 && config.max_vcpus == 4);
    CU_ASSERT(config.hard.same_for_all && config.hard.count == 1);
    CU_ASSERT(dom_affinity_of(&config.hard, 3) == &config.hard.sets[0]);
    CU_ASSERT(!config.soft.same_for_all && config.soft.count == 2);
    CU_ASSERT(dom_affinity_of(&config.soft, 2) == NULL);
    CU_ASSERT(config.cpu_weight == 512 && config.has_cap && config.cap == 50);
    CU_ASSERT(config.on_poweroff == DOM_ACTION_PRESERVE);
    CU_ASSERT(config.on_crash == DOM_ACTION_RENAME_RESTART);
    CU_ASSERT(config.disk_count == 2 && config.nic_count == 2 && config.nics[1].devid == 1);
    CHECK_TEXT(config.disks[1].where, "f:19");
    CU_ASSERT(config.max_grant_frames == 64 && config.max_maptrack_frames == 0);
    CU_ASSERT(config.rtc_timeoffset == -3600 && config.localtime && config.nomigrate);
    CHECK_TEXT(dom_config_where(&config, "ramdisk"), "f:6");
    CHECK_TEXT(dom_config_where(&config, "extra"), "f");
    CHECK_TEXT(warnings, "");
    dom_config_free(&config);
}

static void command_lines(void)
{
    accept(BASE "root='/dev/xvda ro'\nextra='quiet'\n");
    CHECK_TEXT(config.cmdline, "root=/dev/xvda ro quiet");
    accept(BASE "extra='quiet'\n");
    CHECK_TEXT(config.cmdline, "quiet");
    accept(BASE "root='/dev/xvda'\n");
    CHECK_TEXT(config.cmdline, "root=/dev/xvda");
    accept(BASE "extra='quiet'\ncmdline='console=hvc0'\n");
    CHECK_TEXT(config.cmdline, "console=hvc0");
    CHECK_TEXT(warnings, "f:4: extra: has no effect because cmdline= is given\n");
    refuse(BASE "root='/x'\nextra=['a']\n", "f:5: extra: expected a string, found a list");
}

static void overrides(void)
{
    char one[] = "name=\"other\"", two[] = "vcpus=2; memory=64", three[] = "extra=console=hvc0";
    char bad[] = "memory=lots";
    char *list[] = {one, two, three, bad};

    CU_ASSERT_EQUAL(read_with(BASE, list, 3), 0);
    CHECK_TEXT(config.name, "other");
    CHECK_TEXT(config.cmdline, "console=hvc0");
    CU_ASSERT(config.vcpus == 2 && config.memory_kib == 64 << 10);
    CHECK_TEXT(dom_config_where(&config, "memory"), "command line:1");
    CU_ASSERT_EQUAL(read_with(BASE, list, 4), -1);
    CHECK_TEXT(diag.error,
               "command line:1: memory: expected a number from 1 to 16777216, found \"lots\"");
    dom_config_free(&config);
}

static void aliases(void)
{
    accept(BASE "cpu='1'\ncpu_cap=25\n");
    CU_ASSERT(config.hard.count == 1 && config.cap == 25);
    CHECK_TEXT(warnings, "f:4: cpu: read as \"cpus\"\nf:5: cpu_cap: read as \"cap\"\n");
    accept(BASE "cpu='1'\ncpus='0'\n");
    CU_ASSERT(dom_cpu_set_has(&config.hard.sets[0], 0));
    CHECK_TEXT(warnings, "f:4: cpu: read as \"cpus\"\n"
                         "f:4: cpu: ignored, \"cpus\" is given as well\n");
    dom_config_free(&config);
}

static void unknown_keys(void)
{
    accept(BASE "memroy=5\ndhcp='on'\nzzzzzzzzzz=1\n");
    CHECK_TEXT(warnings, "f:4: memroy: unknown key, ignored; did you mean \"memory\"?\n"
                         "f:5: dhcp: unknown key, ignored\n"
                         "f:6: zzzzzzzzzz: unknown key, ignored\n");
    dom_config_free(&config);
}

static void hvm_keys(void)
{
    accept(BASE "acpi=1\nvnc=0\nboot='cd'\nusb=1\nsoundhw=''\n");
    CHECK_TEXT(warnings, "f: keys that do not concern PV guests are ignored: acpi, boot, usb\n");
    dom_config_free(&config);
}

static void noted_and_device_keys(void)
{
    accept(BASE "vfb=['vnc=1']\npci=[]\nvtpm=[]\n");
    CHECK_TEXT(warnings, "f:4: vfb: not supported, has no effect\n");
    refuse(BASE "pci=['01:00.0']\n",
           "f:4: pci: this kind of device is not supported, expected an empty list");
}

static void scripts(void)
{
    accept(BASE "vif=['script=vif-bridge','script=/etc/xen/scripts/vif-bridge','script=vif-x']\n");
    CHECK_TEXT(warnings, "f:4: vif: script=vif-x is not run: the interface is added to its bridge "
                         "without scripts\n");
    dom_config_free(&config);
}

static void errors(void)
{
    refuse("kernel='/k'\nmemory=1\n", "f: name: missing, expected name=\"…\"");
    refuse("name='g'\nmemory=1\n",
           "f: kernel: missing, expected kernel=\"path of the guest's kernel\"");
    refuse("name='g'\nkernel='/k'\n", "f: memory: missing, expected memory=MiB");
    refuse("name='12'\n", "f:1: name: \"12\" is all digits and would be taken for a domain id");
    refuse("name='a/b'\n", "f:1: name: expected 1 to 200 characters without '/', found \"a/b\"");
    refuse("name=''\n", "f:1: name: expected 1 to 200 characters without '/', found \"\"");
    refuse("name=['g']\n", "f:1: name: expected a string, found a list");
    refuse(BASE "uuid='x'\n",
           "f:4: uuid: expected a UUID (8-4-4-4-12 hexadecimal digits), found \"x\"");
    refuse(BASE "type='hvm'\n", "f:4: type: \"hvm\" guests are not supported, expected \"pv\"");
    refuse(BASE "builder='hvm'\n",
           "f:4: builder: \"hvm\" guests are not supported, expected \"pv\"");
    refuse(BASE "type='foo'\n", "f:4: type: unknown guest type \"foo\", expected \"pv\"");
    refuse(BASE "vcpus=0\n", "f:4: vcpus: expected a number from 1 to 512, found \"0\"");
    refuse(BASE "vcpus=[1]\n", "f:4: vcpus: expected a number, found a list");
    refuse(BASE "maxmem=64\n", "f:4: maxmem: expected at least memory= (128 MiB), found 64");
    refuse(BASE "vcpus=3\nmaxvcpus=2\n", "f:5: maxvcpus: expected at least vcpus= (3), found 2");
    refuse(BASE "cpus=['0','1']\n",
           "f:4: cpus: 2 CPU lists for 1 vcpus, expected at most one for each");
    refuse(BASE "on_crash='explode'\n",
           "f:4: on_crash: expected destroy, restart, rename-restart, preserve, coredump-destroy, "
           "coredump-restart or soft-reset, found \"explode\"");
    refuse(BASE "cap='-1'\n", "f:4: cap: expected per cent of one CPU (0: no cap), found \"-1\"");
    refuse(BASE "bootloader='pygrub'\n",
           "f:4: bootloader: boot loaders are not supported, expected "
           "kernel= (and ramdisk=) instead");
    refuse(BASE "disk=['/a,,xvda','/b,,xvda']\n", "f:4: disk: vdev xvda is used twice");
    refuse(BASE "vif=['devid=1','']\n", "f:4: vif: devid 1 is used twice");
    refuse(BASE "disk=[['/a,,xvda']]\n", "f:4: disk: expected strings in the list, not lists");
    refuse(
        BASE "disk=[\n'/a,,xvda',\n'/b,xvdb']\n",
        "f:6: disk: unknown format \"xvdb\" in \"/b,xvdb\", expected raw, qcow, qcow2, vhd or qed");
}

static void files(void)
{
    char path[] = "/tmp/cfg-test-XXXXXX", *expected;
    int fd = mkstemp(path);

    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT(write(fd, BASE, strlen(BASE)) == (ssize_t)strlen(BASE));
    close(fd);
    dom_config_init(&config);
    diag = (struct cfg_diag){0};
    CU_ASSERT_EQUAL(cfg_read(&config, path, NULL, 0, NULL, &diag), 0);
    CHECK_TEXT(config.name, "g");
    dom_config_free(&config);
    unlink(path);
    dom_config_init(&config);
    CU_ASSERT_EQUAL(cfg_read(&config, path, NULL, 0, NULL, &diag), -1);
    expected = cfg_printf("%s: cannot open: No such file or directory", path);
    CHECK_TEXT(diag.error, expected);
    free(expected);
    dom_config_free(&config);
}

const struct test keys_tests[] = {
    {"keys: defaults", defaults},
    {"keys: keys in use", keys_in_use},
    {"keys: cmdline, root and extra", command_lines},
    {"keys: overrides", overrides},
    {"keys: aliases", aliases},
    {"keys: unknown keys and their neighbours", unknown_keys},
    {"keys: HVM keys are reported once", hvm_keys},
    {"keys: keys without effect, devices that do not exist", noted_and_device_keys},
    {"keys: vif scripts", scripts},
    {"keys: errors name file, line and key", errors},
    {"keys: files", files},
    {NULL, NULL},
};
