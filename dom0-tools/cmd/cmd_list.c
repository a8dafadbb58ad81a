/* SPDX-License-Identifier: Apache-2.0 */
/* domus list: the table, or all that is known as JSON. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

#include "cfg/json.h"
#include "cmd/cmd.h"
#include "cmd/format.h"
#include "cmd/session.h"
#include "cmd/state.h"

/* A domain that we have no configuration of (dom0, or made by another tool): what can be seen. */
static void describe(struct session *s, const struct dom_info *info, struct dom_config *config)
{
    config->name = domain_name(s, info->domid);
    memcpy(config->uuid, info->uuid, sizeof(config->uuid));
    config->has_uuid = true;
    config->vcpus = info->vcpus_online;
    config->max_vcpus = info->vcpu_max_id == ~0U ? info->vcpus_online : info->vcpu_max_id + 1;
    config->memory_kib = info->pages * 4;
    config->max_kib = info->max_pages < UINT64_MAX / 8 ? info->max_pages * 4 : info->pages * 4;
}

static void gen_domain(struct session *s, yajl_gen gen, const struct dom_info *info)
{
    char error[CMD_ERROR_MAX], *name = domain_name(s, info->domid);
    struct dom_config config;

    dom_config_init(&config);
    if (info->domid == 0 || state_load_config(info->domid, &config, error)) {
        dom_config_free(&config);
        dom_config_init(&config);
        describe(s, info, &config);
    }
    if (name) {
        free(config.name);
        config.name = name;
    }
    yajl_gen_map_open(gen);
    cfg_json_key_int(gen, "domid", info->domid);
    cfg_json_string(gen, "config");
    cfg_json_gen(gen, &config);
    yajl_gen_map_close(gen);
    dom_config_free(&config);
}

static void print_json(struct session *s, const struct dom_info *list, int count)
{
    yajl_gen gen = cfg_json_new();
    const unsigned char *text;
    size_t length;

    yajl_gen_array_open(gen);
    for (int i = 0; i < count; i++)
        gen_domain(s, gen, &list[i]);
    yajl_gen_array_close(gen);
    yajl_gen_get_buf(gen, &text, &length);
    fwrite(text, 1, length, stdout);
    yajl_gen_free(gen);
}

static void print_table(struct session *s, const struct list_columns *columns,
                        const struct dom_info *list, int count)
{
    format_list_header(stdout, columns);
    for (int i = 0; i < count; i++) {
        char *name = domain_name(s, list[i].domid);

        format_list_row(stdout, columns, name ? name : "(null)", &list[i]);
        free(name);
    }
}

/* One domain, or all. Returns how many, -1 after a message. */
static int get_domains(struct session *s, const char *who, struct dom_info **list)
{
    uint32_t domid;
    int count;

    if (!who) {
        count = dom_list_all(s->host, list);
        if (count < 0)
            fprintf(stderr, "cannot list domains: %s\n", strerror(errno));
        return count;
    }
    if (domain_find_or_say(s, who, &domid))
        return -1;
    *list = calloc(1, sizeof(**list));
    if (!*list)
        return -1;
    if (dom_get_info(s->host, domid, *list) == 0)
        return 1;
    if (errno == ESRCH)
        fprintf(stderr, "Error: Domain '%s' does not exist.\n", who);
    else
        fprintf(stderr, "cannot read domain %u: %s\n", domid, strerror(errno));
    free(*list);
    return -1;
}

int cmd_list(const struct cmd_spec *spec, int argc, char **argv)
{
    static const struct option longs[] = {
        {"long", no_argument, NULL, 'l'},    {"verbose", no_argument, NULL, 'v'},
        {"cpupool", no_argument, NULL, 'c'}, {"context", no_argument, NULL, 'Z'},
        {"numa", no_argument, NULL, 'n'},    {0},
    };
    struct list_columns columns = {0};
    struct dom_info *list;
    struct session s;
    bool json = false;
    int opt, status, count;

    while ((opt = cmd_opt(argc, argv, "lvcZn", longs, spec, &status)) >= 0) {
        json = json || opt == 'l';
        columns.verbose = columns.verbose || opt == 'v';
        columns.cpupool = columns.cpupool || opt == 'c';
        columns.context = columns.context || opt == 'Z';
    }
    if (opt == CMD_OPT_STOP)
        return status;
    if (session_begin(&s))
        return 1;
    count = get_domains(&s, argv[optind], &list);
    if (count >= 0) {
        if (json)
            print_json(&s, list, count);
        else
            print_table(&s, &columns, list, count);
        free(list);
    }
    session_close(&s);
    return count >= 0 ? 0 : 1;
}
