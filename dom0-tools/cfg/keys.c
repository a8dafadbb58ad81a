/* SPDX-License-Identifier: Apache-2.0 */
/* The key table and the handlers of keys that are more than one number or text. */
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

#include "cfg/keys.h"

typedef struct cfg_reading reading_t;
typedef const struct cfg_setting setting_t;

static int need_text(reading_t *r, setting_t *s)
{
    if (!s->value.is_list)
        return 0;
    return cfg_fail(r->diag, s->place, s->key, "expected a string, found a list");
}

/* Texts of a list of strings; a single string counts as a list of one. -1: an item is a list. */
static int each_text(reading_t *r, setting_t *s,
                     int (*use)(reading_t *r, setting_t *s, const struct cfg_value *item))
{
    if (!s->value.is_list)
        return use(r, s, &s->value);
    for (size_t i = 0; i < s->value.count; i++) {
        const struct cfg_value *item = &s->value.items[i];
        int rc;

        if (item->is_list)
            return cfg_fail(r->diag, item->place, s->key,
                            "expected strings in the list, not lists");
        rc = use(r, s, item);
        if (rc)
            return rc;
    }
    return 0;
}

static int read_name(reading_t *r, setting_t *s)
{
    const char *name = s->value.text;

    if (need_text(r, s))
        return -1;
    if (*name == '\0' || strlen(name) > 200 || strpbrk(name, "/\n\t") || !strcmp(name, ".") ||
        !strcmp(name, ".."))
        return cfg_fail(r->diag, s->place, s->key,
                        "expected 1 to 200 characters without '/', found \"%s\"", name);
    if (name[strspn(name, "0123456789")] == '\0')
        return cfg_fail(r->diag, s->place, s->key,
                        "\"%s\" is all digits and would be taken for a domain id", name);
    free(r->config->name);
    r->config->name = cfg_strdup(name);
    return 0;
}

static int read_uuid(reading_t *r, setting_t *s)
{
    if (need_text(r, s))
        return -1;
    if (uuid_parse(s->value.text, r->config->uuid))
        return cfg_fail(r->diag, s->place, s->key,
                        "expected a UUID (8-4-4-4-12 hexadecimal digits), found \"%s\"",
                        s->value.text);
    r->config->has_uuid = true;
    return 0;
}

/* type=, and its older form builder=. */
static int read_type(reading_t *r, setting_t *s)
{
    const char *type = s->value.text;

    if (need_text(r, s))
        return -1;
    if (!strcmp(type, "pv") || !strcmp(type, "generic") || !strcmp(type, "linux"))
        return 0;
    if (!strcmp(type, "hvm") || !strcmp(type, "pvh"))
        return cfg_fail(r->diag, s->place, s->key,
                        "\"%s\" guests are not supported, expected \"pv\"", type);
    return cfg_fail(r->diag, s->place, s->key, "unknown guest type \"%s\", expected \"pv\"", type);
}

/* Boot loaders run code in dom0 over the guest's disk; there is none yet. */
static int read_bootloader(reading_t *r, setting_t *s)
{
    if (!s->value.is_list && s->value.text[0] == '\0')
        return 0;
    return cfg_fail(r->diag, s->place, s->key,
                    "boot loaders are not supported, expected kernel= (and ramdisk=) instead");
}

static int one_disk(reading_t *r, setting_t *s, const struct cfg_value *item)
{
    struct dom_disk *disk = dom_config_add_disk(r->config);

    disk->where = cfg_printf("%s:%u", item->place.source, item->place.line);
    return cfg_disk_spec(disk, item->text, item->place, s->key, r->diag);
}

static int read_disk(reading_t *r, setting_t *s)
{
    return each_text(r, s, one_disk);
}

/* The script of old whose work is built in. */
static bool is_bridge_script(const char *script)
{
    const char *slash = strrchr(script, '/');

    return !strcmp(slash ? slash + 1 : script, "vif-bridge");
}

static int one_vif(reading_t *r, setting_t *s, const struct cfg_value *item)
{
    struct dom_nic *nic = dom_config_add_nic(r->config);

    nic->where = cfg_printf("%s:%u", item->place.source, item->place.line);
    if (cfg_vif_spec(nic, item->text, item->place, s->key, r->diag))
        return -1;
    if (nic->script && !is_bridge_script(nic->script))
        cfg_warn(r->diag, item->place, s->key,
                 "script=%s is not run: the interface is added to its bridge without scripts",
                 nic->script);
    return 0;
}

static int read_vif(reading_t *r, setting_t *s)
{
    return each_text(r, s, one_vif);
}

/* A string is one set for all vcpus; item n of a list is the set of vcpu n. */
static int read_affinity(reading_t *r, setting_t *s, struct dom_affinity *affinity)
{
    const struct cfg_value *value = &s->value;
    size_t count = value->is_list ? value->count : 1;
    bool all = false;

    free(affinity->sets);
    *affinity = (struct dom_affinity){.same_for_all = !value->is_list};
    affinity->sets = cfg_alloc(count * sizeof(*affinity->sets));
    for (size_t i = 0; i < count; i++) {
        const struct cfg_value *item = value->is_list ? &value->items[i] : value;

        if (item->is_list)
            return cfg_fail(r->diag, item->place, s->key, "expected CPU lists as strings");
        if (cfg_cpu_list(&affinity->sets[i], &all, item->text, r->topology, item->place, s->key,
                         r->diag))
            return -1;
    }
    affinity->count = count;
    if (affinity->same_for_all && all)
        affinity->count = 0;
    return 0;
}

static int read_cpus(reading_t *r, setting_t *s)
{
    return read_affinity(r, s, &r->config->hard);
}

static int read_cpus_soft(reading_t *r, setting_t *s)
{
    return read_affinity(r, s, &r->config->soft);
}

static int read_cap(reading_t *r, setting_t *s)
{
    long long value;

    if (need_text(r, s))
        return -1;
    if (!cfg_number(s->value.text, 0, 65535, &value))
        return cfg_fail(r->diag, s->place, s->key,
                        "expected per cent of one CPU (0: no cap), found \"%s\"", s->value.text);
    r->config->cap = value;
    r->config->has_cap = true;
    return 0;
}

/* cmdline= wins; else root= and extra= make it up. */
static int read_command_line(reading_t *r, setting_t *s)
{
    const struct cfg_setting *cmdline = cfg_setting_find(r->settings, "cmdline");
    const struct cfg_setting *root = cfg_setting_find(r->settings, "root");
    const struct cfg_setting *extra = cfg_setting_find(r->settings, "extra");

    if (need_text(r, s))
        return -1;
    if (cmdline && s != cmdline) {
        cfg_warn(r->diag, s->place, s->key, "has no effect because cmdline= is given");
        return 0;
    }
    if ((root && root->value.is_list) || (extra && extra->value.is_list))
        return 0; /* the other one's turn reports it */
    free(r->config->cmdline);
    if (cmdline)
        r->config->cmdline = cfg_strdup(cmdline->value.text);
    else if (root && extra)
        r->config->cmdline = cfg_printf("root=%s %s", root->value.text, extra->value.text);
    else if (root)
        r->config->cmdline = cfg_printf("root=%s", root->value.text);
    else
        r->config->cmdline = cfg_strdup(s->value.text);
    return 0;
}

#define FIELD(kind, name, field, low, high)                                                        \
    {                                                                                              \
        name, CFG_USED, kind, offsetof(struct dom_config, field), low, high, NULL, NULL            \
    }
#define CUSTOM(name, handler)                                                                      \
    {                                                                                              \
        name, CFG_USED, CFG_CUSTOM, 0, 0, 0, handler, NULL                                         \
    }
#define ALIAS(name, of)                                                                            \
    {                                                                                              \
        name, CFG_ALIAS, CFG_CUSTOM, 0, 0, 0, NULL, of                                             \
    }
#define NOTED(name)                                                                                \
    {                                                                                              \
        name, CFG_NOTED, CFG_CUSTOM, 0, 0, 0, NULL, NULL                                           \
    }
#define DEVICE(name)                                                                               \
    {                                                                                              \
        name, CFG_DEVICE, CFG_CUSTOM, 0, 0, 0, NULL, NULL                                          \
    }

const struct cfg_key cfg_keys[] = {
    CUSTOM("name", read_name),
    CUSTOM("uuid", read_uuid),
    CUSTOM("type", read_type),
    CUSTOM("builder", read_type),
    FIELD(CFG_STRING, "pool", pool, 0, 0),
    FIELD(CFG_STRING, "kernel", kernel, 0, 0),
    FIELD(CFG_STRING, "ramdisk", ramdisk, 0, 0),
    CUSTOM("cmdline", read_command_line),
    CUSTOM("root", read_command_line),
    CUSTOM("extra", read_command_line),
    CUSTOM("bootloader", read_bootloader),
    NOTED("bootloader_args"),
    FIELD(CFG_MIB, "memory", memory_kib, 1, 1 << 24),
    FIELD(CFG_MIB, "maxmem", max_kib, 1, 1 << 24),
    FIELD(CFG_UINT, "vcpus", vcpus, 1, 512),
    FIELD(CFG_UINT, "maxvcpus", max_vcpus, 1, 512),
    CUSTOM("cpus", read_cpus),
    CUSTOM("cpus_soft", read_cpus_soft),
    FIELD(CFG_UINT, "cpu_weight", cpu_weight, 1, 65535),
    CUSTOM("cap", read_cap),
    FIELD(CFG_ACTION, "on_poweroff", on_poweroff, 0, 0),
    FIELD(CFG_ACTION, "on_reboot", on_reboot, 0, 0),
    FIELD(CFG_ACTION, "on_watchdog", on_watchdog, 0, 0),
    FIELD(CFG_ACTION, "on_crash", on_crash, 0, 0),
    FIELD(CFG_ACTION, "on_soft_reset", on_soft_reset, 0, 0),
    CUSTOM("disk", read_disk),
    CUSTOM("vif", read_vif),
    FIELD(CFG_UINT, "max_event_channels", max_event_channels, 1, 131071),
    FIELD(CFG_INT, "max_grant_frames", max_grant_frames, 1, INT32_MAX),
    FIELD(CFG_INT, "max_maptrack_frames", max_maptrack_frames, 0, INT32_MAX),
    FIELD(CFG_BOOL, "localtime", localtime, 0, 1),
    FIELD(CFG_INT, "rtc_timeoffset", rtc_timeoffset, -86400 * 366, 86400 * 366),
    FIELD(CFG_BOOL, "nomigrate", nomigrate, 0, 1),

    /* Names that other engines write and xl ignores in silence. */
    ALIAS("cpu", "cpus"),
    ALIAS("cpu_cap", "cap"),
    ALIAS("bootargs", "bootloader_args"),

    NOTED("autoballoon"),
    NOTED("bootloader_restrict"),
    NOTED("bootloader_user"),
    NOTED("channel"),
    NOTED("cpuid"),
    NOTED("driver_domain"),
    NOTED("e820_host"),
    NOTED("extratime"),
    NOTED("init_seclabel"),
    NOTED("latency"),
    NOTED("max_grant_version"),
    NOTED("msr_relaxed"),
    NOTED("pci_msitranslate"),
    NOTED("pci_permissive"),
    NOTED("pci_power_mgmt"),
    NOTED("pci_seize"),
    NOTED("period"),
    NOTED("seclabel"),
    NOTED("slice"),
    NOTED("tsc_mode"),
    NOTED("vfb"),
    NOTED("vkb"),
    NOTED("vnuma"),
    NOTED("vmtrace_buf_kb"),
    NOTED("vpmu"),
    NOTED("xend_suspend_evtchn_compat"),
    NOTED("xenstore_feature_mask"),
    NOTED("xenstore_quota"),

    DEVICE("dtdev"),
    DEVICE("iomem"),
    DEVICE("ioports"),
    DEVICE("irqs"),
    DEVICE("p9"),
    DEVICE("pci"),
    DEVICE("pvcalls"),
    DEVICE("usbctrl"),
    DEVICE("usbdev"),
    DEVICE("vdispl"),
    DEVICE("vif2"),
    DEVICE("virtio"),
    DEVICE("vsnd"),
    DEVICE("vtpm"),
};
const size_t cfg_key_count = sizeof(cfg_keys) / sizeof(cfg_keys[0]);

const char *const cfg_hvm_keys[] = {
    "acpi",
    "acpi_firmware",
    "acpi_laptop_slate",
    "acpi_s3",
    "acpi_s4",
    "altp2m",
    "altp2m_count",
    "altp2mhvm",
    "apic",
    "arm_sci",
    "bios",
    "bios_path_override",
    "boot",
    "device_model",
    "device_model_args",
    "device_model_args_hvm",
    "device_model_args_pv",
    "device_model_override",
    "device_model_stubdomain_override",
    "device_model_stubdomain_seclabel",
    "device_model_user",
    "device_model_version",
    "device_tree",
    "dm_restrict",
    "firmware",
    "firmware_override",
    "gfx_passthru",
    "gic_version",
    "hap",
    "hdtype",
    "hpet",
    "hvm_pirq",
    "keymap",
    "llc_colors",
    "mca_caps",
    "mmio_hole",
    "ms_vm_genid",
    "nestedhvm",
    "nographic",
    "nr_spis",
    "nx",
    "oos",
    "opengl",
    "pae",
    "passthrough",
    "pvshim",
    "pvshim_cmdline",
    "pvshim_extra",
    "pvshim_path",
    "rdm",
    "rdm_mem_boundary",
    "sdl",
    "serial",
    "shadow_memory",
    "smbios",
    "smbios_firmware",
    "soundhw",
    "spice",
    "spice_clipboard_sharing",
    "spice_image_compression",
    "spice_streaming_video",
    "spiceagent_mouse",
    "spicedisable_ticketing",
    "spicehost",
    "spicepasswd",
    "spiceport",
    "spicetls_port",
    "spiceusbredirection",
    "spicevdagent",
    "stdvga",
    "stubdomain_cmdline",
    "stubdomain_kernel",
    "stubdomain_memory",
    "stubdomain_ramdisk",
    "sve",
    "tee",
    "timer_mode",
    "trap_unmapped_accesses",
    "usb",
    "usbdevice",
    "usbversion",
    "vendor_device",
    "vga",
    "videoram",
    "viridian",
    "vkb_device",
    "vnc",
    "vncdisplay",
    "vnclisten",
    "vncpasswd",
    "vncunused",
    "vncviewer",
    "vpt_align",
    "vuart",
    "xauthority",
    "xen_platform_pci",
    "xen_platform_pci_bar_uc",
};
const size_t cfg_hvm_key_count = sizeof(cfg_hvm_keys) / sizeof(cfg_hvm_keys[0]);
