/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: the exact text, and that a model survives the way out and in. */
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_tree.h>

#include "cfg/cfg.h"
#include "cfg/json.h"
#include "cfg/tests/tables.h"

static const char full[] =
    "name='g'\nkernel='/k'\nramdisk='/r'\nextra='console=hvc0 \"q\"'\nmemory=128\nmaxmem=256\n"
    "vcpus=2\nmaxvcpus=3\ncpus=['0-1','3']\ncpu_weight=512\ncap=0\npool='Pool-0'\n"
    "uuid='01234567-89ab-cdef-0123-456789abcdef'\non_crash='rename-restart'\non_reboot='destroy'\n"
    "disk=['/d,qcow2,xvda,r,no-discard,direct-io-safe','/c,,xvdc,cdrom,backend=b,script=s']\n"
    "vif=['mac=00:16:3e:00:00:0f,bridge=br1,rate=1MB/s@20ms,mtu=1400,ip=10.0.0.1,vifname=v0',"
    "'untrusted,gatewaydev=eth0,model=m,backend=n,script=t']\n"
    "max_grant_frames=9\nmax_maptrack_frames=0\nmax_event_channels=77\nlocaltime=1\n"
    "rtc_timeoffset=60\nnomigrate=1\n";

static void read_text(struct dom_config *config, const char *text)
{
    struct cfg_diag diag = {0};

    dom_config_init(config);
    CU_ASSERT_EQUAL(cfg_read_text(config, "f", text, strlen(text), NULL, 0, NULL, &diag), 0);
    CHECK_TEXT(diag.error, "");
}

static void small_text(void)
{
    struct dom_config config;
    char *text;

    read_text(&config, "name='g'\nkernel='/k'\nmemory=128\ndisk=['/d,,xvda']\nvif=['bridge=b']\n");
    text = cfg_json_text(&config);
    CHECK_TEXT(text, "{\n"
                     "    \"c_info\": {\n"
                     "        \"type\": \"pv\",\n"
                     "        \"name\": \"g\"\n"
                     "    },\n"
                     "    \"b_info\": {\n"
                     "        \"max_vcpus\": 1,\n"
                     "        \"avail_vcpus\": [\n"
                     "            0\n"
                     "        ],\n"
                     "        \"max_memkb\": 131072,\n"
                     "        \"target_memkb\": 131072,\n"
                     "        \"sched_params\": {\n"
                     "\n"
                     "        },\n"
                     "        \"kernel\": \"/k\",\n"
                     "        \"type.pv\": {\n"
                     "\n"
                     "        }\n"
                     "    },\n"
                     "    \"disks\": [\n"
                     "        {\n"
                     "            \"pdev_path\": \"/d\",\n"
                     "            \"vdev\": \"xvda\",\n"
                     "            \"backend\": \"phy\",\n"
                     "            \"format\": \"raw\",\n"
                     "            \"readwrite\": 1\n"
                     "        }\n"
                     "    ],\n"
                     "    \"nics\": [\n"
                     "        {\n"
                     "            \"devid\": 0,\n"
                     "            \"bridge\": \"b\",\n"
                     "            \"nictype\": \"vif\"\n"
                     "        }\n"
                     "    ],\n"
                     "    \"on_poweroff\": \"destroy\",\n"
                     "    \"on_reboot\": \"restart\",\n"
                     "    \"on_watchdog\": \"destroy\",\n"
                     "    \"on_crash\": \"destroy\",\n"
                     "    \"on_soft_reset\": \"soft_reset\"\n"
                     "}\n");
    free(text);
    dom_config_free(&config);
}

static void there_and_back(void)
{
    struct dom_config first, second;
    struct cfg_diag diag = {0};
    char *text, *again;

    read_text(&first, full);
    text = cfg_json_text(&first);
    dom_config_init(&second);
    CU_ASSERT_EQUAL(cfg_json_read(&second, "j", text, &diag), 0);
    CHECK_TEXT(diag.error, "");
    again = cfg_json_text(&second);
    CHECK_TEXT(again, text);
    CU_ASSERT(!memcmp(first.uuid, second.uuid, 16) && second.has_uuid);
    CU_ASSERT(second.disks[1].cdrom && !second.disks[1].readwrite);
    CU_ASSERT(second.nics[0].rate_bytes_per_interval == 20000 && !second.nics[1].trusted);
    CHECK_TEXT(second.cmdline, "console=hvc0 \"q\"");
    CU_ASSERT(second.on_crash == DOM_ACTION_RENAME_RESTART);
    CU_ASSERT(dom_cpu_set_has(&second.hard.sets[1], 3) && second.hard.count == 2);
    free(text);
    free(again);
    dom_config_free(&first);
    dom_config_free(&second);
}

/* Paths that Debian's xendomains and OpenNebula read. */
static void paths_that_engines_read(void)
{
    static const char *const name[] = {"c_info", "name", NULL};
    static const char *const vcpus[] = {"b_info", "max_vcpus", NULL};
    static const char *const memory[] = {"b_info", "max_memkb", NULL};
    static const char *const disks[] = {"disks", NULL};
    struct dom_config config;
    yajl_val root;
    char *text;

    read_text(&config, full);
    text = cfg_json_text(&config);
    root = yajl_tree_parse(text, NULL, 0);
    CU_ASSERT_FATAL(root != NULL);
    CHECK_TEXT(YAJL_GET_STRING(yajl_tree_get(root, (const char **)name, yajl_t_string)), "g");
    CU_ASSERT_EQUAL(YAJL_GET_INTEGER(yajl_tree_get(root, (const char **)vcpus, yajl_t_number)), 3);
    CU_ASSERT_EQUAL(YAJL_GET_INTEGER(yajl_tree_get(root, (const char **)memory, yajl_t_number)),
                    256 << 10);
    CU_ASSERT_EQUAL(YAJL_GET_ARRAY(yajl_tree_get(root, (const char **)disks, yajl_t_array))->len,
                    2);
    yajl_tree_free(root);
    free(text);
    dom_config_free(&config);
}

static void refuse(const char *text, const char *error)
{
    struct dom_config config;
    struct cfg_diag diag = {0};

    dom_config_init(&config);
    CU_ASSERT_EQUAL(cfg_json_read(&config, "j", text, &diag), -1);
    CHECK_TEXT(diag.error, error);
    dom_config_free(&config);
}

static void errors(void)
{
    refuse("{}", "j: c_info.name: missing or out of range");
    refuse("[]", "j: c_info.name: missing or out of range");
    refuse("{\"c_info\":{\"name\":3}}", "j: c_info.name: missing or out of range");
    refuse("{\"c_info\":{\"name\":\"g\"},\"b_info\":{\"kernel\":\"/k\"}}",
           "j: b_info.target_memkb: missing or out of range");
    refuse("{\"c_info\":{\"name\":\"g\"},\"b_info\":{\"kernel\":\"/k\",\"target_memkb\":1,"
           "\"max_memkb\":1},\"disks\":[{}]}",
           "j: disks[].vdev: missing or out of range");
}

static void not_json(void)
{
    struct dom_config config;
    struct cfg_diag diag = {0};

    dom_config_init(&config);
    CU_ASSERT_EQUAL(cfg_json_read(&config, "j", "{", &diag), -1);
    CU_ASSERT(!strncmp(diag.error, "j: not JSON: ", 13));
    CU_ASSERT(strchr(diag.error, '\n') == NULL);
    dom_config_free(&config);
}

const struct test json_tests[] = {
    {"json: the text of a small domain", small_text},
    {"json: there and back", there_and_back},
    {"json: paths that engines read", paths_that_engines_read},
    {"json: errors", errors},
    {"json: not JSON", not_json},
    {NULL, NULL},
};
