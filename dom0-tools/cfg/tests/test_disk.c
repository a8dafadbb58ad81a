/* SPDX-License-Identifier: Apache-2.0 */
/* Disk specifications: all forms that say the same, old prefixes, and refusals word by word. */
#include <stdlib.h>
#include <string.h>

#include "cfg/spec.h"
#include "cfg/tests/tables.h"

static struct dom_config config;
static struct cfg_diag diag;

static struct dom_disk *read_disk(const char *spec, int expected)
{
    struct cfg_place place = {"f", 3};
    struct dom_disk *disk;

    dom_config_free(&config);
    dom_config_init(&config);
    memset(&diag, 0, sizeof(diag));
    disk = dom_config_add_disk(&config);
    CU_ASSERT_EQUAL(cfg_disk_spec(disk, spec, place, "disk", &diag), expected);
    if (expected == 0)
        CHECK_TEXT(diag.error, "");
    return disk;
}

/* "target format vdev access" */
static void check(const char *spec, const char *expected)
{
    struct dom_disk *d = read_disk(spec, 0);
    char *shown =
        cfg_printf("%s %s %s %s%s", d->target ? d->target : "-", dom_disk_format_name(d->format),
                   d->vdev ? d->vdev : "-", d->readwrite ? "w" : "r", d->cdrom ? " cdrom" : "");

    CHECK_TEXT(shown, expected);
    free(shown);
    dom_config_free(&config);
}

static void refuse(const char *spec, const char *error)
{
    read_disk(spec, -1);
    CHECK_TEXT(diag.error, error);
    dom_config_free(&config);
}

static void equal_forms(void)
{
    static const char expected[] = "/dev/vg/g raw hda w";

    check("/dev/vg/g,,hda", expected);
    check("/dev/vg/g,raw,hda,rw", expected);
    check("format=raw, vdev=hda, access=rw, target=/dev/vg/g", expected);
    check("raw:/dev/vg/g,hda,w", expected);
    check("vg/g,,hda", expected);
    check("/dev/vg/g,,,,vdev=hda", expected);
    check("vdev=hda,/dev/vg/g", expected);
}

static void cdroms(void)
{
    static const char expected[] = "/root/i.iso raw hdc r cdrom";

    check("/root/i.iso,,hdc,cdrom", expected);
    check("/root/i.iso,,hdc,,cdrom", expected);
    check("/root/i.iso,raw,hdc,devtype=cdrom", expected);
    check("raw:/root/i.iso,hdc:cdrom,ro", expected);
    check(",,hdc,,cdrom", "- raw hdc r cdrom");
}

static void old_prefixes(void)
{
    check("phy:/dev/vg/x,sda,w", "/dev/vg/x raw sda w");
    check("phy:vg/x,xvda1,r", "/dev/vg/x raw xvda1 r");
    check("file:/srv/x.img,xvda,w", "/srv/x.img raw xvda w");
    check("tap:aio:/srv/x.img,xvda,w", "/srv/x.img raw xvda w");
    check("tap2:tapdisk:aio:/srv/x.img,xvda,w", "/srv/x.img raw xvda w");
    check("tap:qcow2:/srv/x,xvda,r", "/srv/x qcow2 xvda r");
    check("vhd:/srv/x,xvda,w", "/srv/x vhd xvda w");
}

static void targets_with_odd_characters(void)
{
    check("vdev=xvda,target=/a,b=c ", "/a,b=c  raw xvda w");
    check("/srv/a=b,,xvda", "/srv/a=b raw xvda w");
    check("/dev/disk/by-id/x:y,,xvda", "/dev/disk/by-id/x:y raw xvda w");
}

static void flags(void)
{
    struct dom_disk *d = read_disk("/x,,xvda,direct-io-safe,no-discard,untrusted,backendtype=phy,"
                                   "backend=store,script=drbd",
                                   0);

    CU_ASSERT(d->direct_io_safe && !d->discard && !d->trusted);
    CHECK_TEXT(d->backendtype, "phy");
    CHECK_TEXT(d->backend_domname, "store");
    CHECK_TEXT(d->script, "drbd");
    dom_config_free(&config);
}

static void errors(void)
{
    refuse("", "f:3: disk: no vdev (such as xvda) in \"\"");
    refuse("/x", "f:3: disk: no vdev (such as xvda) in \"/x\"");
    refuse(",,xvda", "f:3: disk: no target (path of a device or image) in \",,xvda\"");
    refuse("/x,foo,xvda", "f:3: disk: unknown format \"foo\" in \"/x,foo,xvda\", expected raw, "
                          "qcow, qcow2, vhd or qed");
    refuse("/x,,xvda,x",
           "f:3: disk: unknown access \"x\" in \"/x,,xvda,x\", expected r, ro, w or rw");
    refuse("/x,,xvda,w,more", "f:3: disk: unexpected \"more\" in \"/x,,xvda,w,more\": target, "
                              "format, vdev and access are all given");
    refuse("/x,,xvda,vdev=xvdb", "f:3: disk: vdev is given twice in \"/x,,xvda,vdev=xvdb\"");
    refuse("/x,raw,xvda,format=raw",
           "f:3: disk: format is given twice in \"/x,raw,xvda,format=raw\"");
    refuse("/x,,xvda,colour=red",
           "f:3: disk: unknown parameter \"colour=red\" in \"/x,,xvda,colour=red\"");
    refuse("/x,,xvda,devtype=tape", "f:3: disk: unknown devtype \"tape\" in "
                                    "\"/x,,xvda,devtype=tape\", expected cdrom or disk");
    refuse("phy:/x,xvda:tape,w", "f:3: disk: unknown device type \"tape\" in "
                                 "\"phy:/x,xvda:tape,w\", expected cdrom or disk");
}

const struct test disk_tests[] = {
    {"disk: forms that say the same", equal_forms},
    {"disk: CD drives are read-only", cdroms},
    {"disk: deprecated prefixes", old_prefixes},
    {"disk: targets with odd characters", targets_with_odd_characters},
    {"disk: flags and further parameters", flags},
    {"disk: errors", errors},
    {NULL, NULL},
};
