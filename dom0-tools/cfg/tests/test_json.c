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

/* Every field that JSON carries, compared in the models themselves. */
static void check_same(const struct dom_config *a, const struct dom_config *b)
{
    CHECK_TEXT(b->name, a->name);
    CHECK_TEXT(b->kernel, a->kernel);
    CHECK_TEXT(b->ramdisk, a->ramdisk);
    CHECK_TEXT(b->cmdline, a->cmdline);
    CHECK_TEXT(b->pool, a->pool);
    CU_ASSERT(!memcmp(a->uuid, b->uuid, 16) && a->has_uuid == b->has_uuid);
    CU_ASSERT(a->memory_kib == b->memory_kib && a->max_kib == b->max_kib);
    CU_ASSERT(a->vcpus == b->vcpus && a->max_vcpus == b->max_vcpus);
    CU_ASSERT(a->cpu_weight == b->cpu_weight && a->cap == b->cap && a->has_cap == b->has_cap);
    CU_ASSERT(a->max_event_channels == b->max_event_channels);
    CU_ASSERT(a->max_grant_frames == b->max_grant_frames);
    CU_ASSERT(a->max_maptrack_frames == b->max_maptrack_frames);
    CU_ASSERT(a->localtime == b->localtime && a->nomigrate == b->nomigrate);
    CU_ASSERT(a->rtc_timeoffset == b->rtc_timeoffset);
    CU_ASSERT(a->on_poweroff == b->on_poweroff && a->on_reboot == b->on_reboot);
    CU_ASSERT(a->on_crash == b->on_crash && a->on_watchdog == b->on_watchdog);
    CU_ASSERT_FATAL(a->hard.count == b->hard.count);
    CU_ASSERT(!memcmp(a->hard.sets, b->hard.sets, a->hard.count * sizeof(a->hard.sets[0])));
}

static void check_same_devices(const struct dom_config *a, const struct dom_config *b)
{
    CU_ASSERT_FATAL(a->disk_count == b->disk_count && a->nic_count == b->nic_count);
    for (size_t i = 0; i < a->disk_count; i++) {
        const struct dom_disk *d = &a->disks[i], *e = &b->disks[i];

        CHECK_TEXT(e->target, d->target);
        CHECK_TEXT(e->vdev, d->vdev);
        CHECK_TEXT(e->script, d->script);
        CHECK_TEXT(e->backend_domname, d->backend_domname);
        CU_ASSERT(d->format == e->format && d->readwrite == e->readwrite && d->cdrom == e->cdrom);
        CU_ASSERT(d->direct_io_safe == e->direct_io_safe && d->discard == e->discard);
        CU_ASSERT(d->trusted == e->trusted);
    }
    for (size_t i = 0; i < a->nic_count; i++) {
        const struct dom_nic *n = &a->nics[i], *o = &b->nics[i];

        CHECK_TEXT(o->bridge, n->bridge);
        CHECK_TEXT(o->ip, n->ip);
        CHECK_TEXT(o->ifname, n->ifname);
        CHECK_TEXT(o->script, n->script);
        CHECK_TEXT(o->model, n->model);
        CHECK_TEXT(o->gatewaydev, n->gatewaydev);
        CHECK_TEXT(o->backend_domname, n->backend_domname);
        CU_ASSERT(n->has_mac == o->has_mac && !memcmp(n->mac, o->mac, 6));
        CU_ASSERT(n->devid == o->devid && n->mtu == o->mtu && n->trusted == o->trusted);
        CU_ASSERT(n->rate_bytes_per_interval == o->rate_bytes_per_interval);
        CU_ASSERT(n->rate_interval_usecs == o->rate_interval_usecs);
    }
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
    check_same(&first, &second);
    check_same_devices(&first, &second);
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
