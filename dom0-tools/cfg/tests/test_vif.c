/* SPDX-License-Identifier: Apache-2.0 */
/* Network interface specifications and rates. */
#include <string.h>

#include "cfg/spec.h"
#include "cfg/tests/tables.h"

static struct dom_config config;
static struct cfg_diag diag;

static struct dom_nic *read_nic(const char *spec, int expected)
{
    struct cfg_place place = {"f", 4};
    struct dom_nic *nic;

    dom_config_free(&config);
    dom_config_init(&config);
    memset(&diag, 0, sizeof(diag));
    nic = dom_config_add_nic(&config);
    CU_ASSERT_EQUAL(cfg_vif_spec(nic, spec, place, "vif", &diag), expected);
    if (expected == 0)
        CHECK_TEXT(diag.error, "");
    return nic;
}

static void refuse(const char *spec, const char *error)
{
    read_nic(spec, -1);
    CHECK_TEXT(diag.error, error);
    dom_config_free(&config);
}

static void everything(void)
{
    static const unsigned char mac[6] = {0x00, 0x16, 0x3e, 0xab, 0xcd, 0x0f};
    struct dom_nic *n = read_nic("mac=00:16:3E:ab:cd:0f, ip=10.0.0.5, bridge=xenbr1, "
                                 "script=vif-bridge, vifname=gnt.com.0, mtu=9000, devid=3, "
                                 "backend=net, model=e1000, type=vif, gatewaydev=eth0, untrusted",
                                 0);

    CU_ASSERT(n->has_mac && !memcmp(n->mac, mac, 6));
    CHECK_TEXT(n->ip, "10.0.0.5");
    CHECK_TEXT(n->bridge, "xenbr1");
    CHECK_TEXT(n->script, "vif-bridge");
    CHECK_TEXT(n->ifname, "gnt.com.0");
    CHECK_TEXT(n->backend_domname, "net");
    CHECK_TEXT(n->gatewaydev, "eth0");
    CU_ASSERT(n->mtu == 9000 && n->devid == 3 && !n->trusted);
    dom_config_free(&config);
}

static void nothing(void)
{
    struct dom_nic *n = read_nic("", 0);

    CU_ASSERT(!n->has_mac && !n->bridge && n->devid == -1 && n->mtu == 0);
    CU_ASSERT(n->rate_bytes_per_interval == 0 && n->trusted);
    dom_config_free(&config);
}

static void check_rate(const char *text, unsigned long bytes, unsigned long usecs)
{
    struct dom_nic *n = read_nic(text, 0);

    CU_ASSERT_EQUAL(n->rate_bytes_per_interval, bytes);
    CU_ASSERT_EQUAL(n->rate_interval_usecs, usecs);
    dom_config_free(&config);
}

static void rates(void)
{
    check_rate("rate=10Mb/s", 62500, 50000);
    check_rate("rate=250KB/s", 12500, 50000);
    check_rate("rate=1MB/s@20ms", 20000, 20000);
    check_rate("rate=1GB/s@1s", 1000000000, 1000000);
    check_rate("rate=8000b/s@1000us", 1, 1000);
    check_rate("rate=4294967295B/s@1s", 4294967295UL, 1000000);
}

#define RATE_HELP                                                                                  \
    "expected NUMBER and b, Kb, Mb, Gb, B, KB, MB or GB, then /s, perhaps @INTERVAL with us, ms "  \
    "or s"

static void bad_rates(void)
{
    refuse("rate=10Mb", "f:4: vif: rate=10Mb: " RATE_HELP);
    refuse("rate=/s", "f:4: vif: rate=/s: " RATE_HELP);
    refuse("rate=10Tb/s", "f:4: vif: rate=10Tb/s: " RATE_HELP);
    refuse("rate=0Mb/s", "f:4: vif: rate=0Mb/s: " RATE_HELP);
    refuse("rate=1Mb/s@", "f:4: vif: rate=1Mb/s@: " RATE_HELP);
    refuse("rate=1Mb/s@0ms", "f:4: vif: rate=1Mb/s@0ms: " RATE_HELP);
    refuse("rate=1Mb/sec", "f:4: vif: rate=1Mb/sec: " RATE_HELP);
    refuse("rate=99999999999Mb/s", "f:4: vif: rate=99999999999Mb/s: " RATE_HELP);
    refuse("rate=1b/s@1us", "f:4: vif: rate=1b/s@1us is less than a byte for one interval of 1 us: "
                            "expected 1 to 4294967295 bytes");
    refuse("rate=4000000000GB/s", "f:4: vif: rate=4000000000GB/s is too much for one interval of "
                                  "50000 us: expected 1 to 4294967295 bytes");
}

static void errors(void)
{
    refuse("mac=00:16:3e", "f:4: vif: mac=00:16:3e in \"mac=00:16:3e\": expected six hexadecimal "
                           "bytes such as 00:16:3e:00:00:01");
    refuse("mac=0:16:3e:0:0:1:22", "f:4: vif: mac=0:16:3e:0:0:1:22 in \"mac=0:16:3e:0:0:1:22\": "
                                   "expected six hexadecimal bytes such as 00:16:3e:00:00:01");
    refuse(
        "mac=01:16:3e:00:00:01",
        "f:4: vif: mac=01:16:3e:00:00:01 in \"mac=01:16:3e:00:00:01\": expected a unicast address "
        "(the first byte must be even)");
    refuse(
        "bridge=a-very-long-bridge-name",
        "f:4: vif: bridge=a-very-long-bridge-name in \"bridge=a-very-long-bridge-name\": expected "
        "the name of a network interface (1 to 15 characters)");
    refuse("bridge=../x",
           "f:4: vif: bridge=../x in \"bridge=../x\": expected the name of a network "
           "interface (1 to 15 characters)");
    refuse("mtu=12", "f:4: vif: mtu=12 in \"mtu=12\": expected a number from 68 to 65535");
    refuse("devid=x", "f:4: vif: devid=x in \"devid=x\": expected a number from 0 to 65535");
    refuse("brigde=xenbr0", "f:4: vif: unknown parameter \"brigde=xenbr0\" in \"brigde=xenbr0\"");
    refuse("xenbr0", "f:4: vif: expected name=value, found \"xenbr0\" in \"xenbr0\"");
    refuse("type=foo", "f:4: vif: type=foo in \"type=foo\": expected vif or ioemu");
}

const struct test vif_tests[] = {
    {"vif: every parameter, blanks after commas", everything},
    {"vif: the empty specification", nothing},
    {"vif: rates", rates},
    {"vif: bad rates", bad_rates},
    {"vif: errors", errors},
    {NULL, NULL},
};
