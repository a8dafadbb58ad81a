/* SPDX-License-Identifier: Apache-2.0 */
/* The key table: one row for each key of xl.cfg that means something to a PV guest. */
#pragma once

#include "cfg/cfg.h"
#include "cfg/syntax.h"

enum cfg_kind {
    CFG_STRING, /* text into a char * */
    CFG_UINT,   /* number into an unsigned int */
    CFG_INT,    /* number into an int */
    CFG_MIB,    /* number of MiB into a uint64_t of KiB */
    CFG_BOOL,   /* 0 or 1 into a bool */
    CFG_ACTION, /* on_*: into an enum dom_action */
    CFG_CUSTOM, /* its handler reads it */
};

enum cfg_class {
    CFG_USED,
    CFG_ALIAS,  /* used, under another name: `alias_of` */
    CFG_NOTED,  /* accepted; a warning says that it has no effect */
    CFG_DEVICE, /* refused unless an empty list or 0: the guest would lack a device */
};

struct cfg_reading {
    struct dom_config *config;
    const struct cfg_settings *settings;
    const struct cfg_topology *topology;
    struct cfg_diag *diag;
};

struct cfg_key {
    const char *name;
    enum cfg_class class;
    enum cfg_kind kind;
    size_t offset; /* of the field in struct dom_config */
    long long low, high;
    int (*handler)(struct cfg_reading *reading, const struct cfg_setting *setting);
    const char *alias_of;
};

extern const struct cfg_key cfg_keys[];
extern const size_t cfg_key_count;

/* Keys that concern HVM or PVH guests, the device model or other architectures. */
extern const char *const cfg_hvm_keys[];
extern const size_t cfg_hvm_key_count;
