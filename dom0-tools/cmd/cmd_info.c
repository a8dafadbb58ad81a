/* SPDX-License-Identifier: Apache-2.0 */
/* domus info: the host as its hypervisor and kernel describe it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "cmd/cmd.h"
#include "cmd/format.h"
#include "cmd/session.h"

/* Numbers of the version and memory interfaces that libdomus has no call for. */
#define HYPERCALL_MEMORY_OP   12
#define HYPERCALL_XEN_VERSION 17
#define MEMORY_SHARING_FREED  18
#define MEMORY_SHARING_SHARED 19
#define VERSION_BUILD_ID      10
#define BUILD_ID_MAX          64

struct printer {
    const char *only; /* NULL: every line */
    bool found;
};

static void line(struct printer *p, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void line(struct printer *p, const char *key, const char *format, ...)
{
    char value[2048];
    va_list args;

    /* As xl: what begins with the word that was asked for. */
    if (p->only && strncmp(key, p->only, strlen(p->only)))
        return;
    va_start(args, format);
    vsnprintf(value, sizeof(value), format, args);
    va_end(args);
    p->found = true;
    if (p->only)
        printf("%s\n", value);
    else
        format_info(stdout, key, value);
}

static void print_node(struct printer *p)
{
    struct utsname u;

    if (uname(&u))
        return;
    line(p, "host", "%s", u.nodename);
    line(p, "release", "%s", u.release);
    line(p, "version", "%s", u.version);
    line(p, "machine", "%s", u.machine);
}

static void print_capabilities(struct printer *p, uint32_t caps)
{
    static const char *const names[] = {
        "hvm",     "pv",   NULL,        "hap",       "shadow", "iommu_hap_pt_share",
        "vmtrace", "vpmu", "gnttab-v1", "gnttab-v2",
    };
    bool directio = caps & 4;
    char text[256] = "";

    if (caps & 2)
        strcat(text, " pv");
    if (caps & 1)
        strcat(text, " hvm");
    if ((caps & 1) && directio)
        strcat(text, " hvm_directio");
    if ((caps & 2) && directio)
        strcat(text, " pv_directio");
    for (size_t i = 3; i < sizeof(names) / sizeof(names[0]); i++) {
        if (caps & (1U << i)) {
            strcat(text, " ");
            strcat(text, names[i]);
        }
    }
    line(p, "virt_caps", "%s", *text ? text + 1 : "");
}

static long long sharing(struct dom_host *host, unsigned int op)
{
    int64_t pages = dom_hypercall(host, HYPERCALL_MEMORY_OP, op, 0, 0, 0, 0);

    return pages > 0 ? pages / 256 : 0;
}

static int print_physical(struct printer *p, struct dom_host *host)
{
    struct dom_physinfo i;

    if (dom_physinfo(host, &i)) {
        fprintf(stderr, "cannot read physical information: %s\n", strerror(errno));
        return -1;
    }
    line(p, "nr_cpus", "%u", i.cpus);
    line(p, "max_cpu_id", "%u", i.max_cpu_id);
    line(p, "nr_nodes", "%u", i.nodes);
    line(p, "cores_per_socket", "%u", i.cores_per_socket);
    line(p, "threads_per_core", "%u", i.threads_per_core);
    line(p, "cpu_mhz", "%u.%03u", i.cpu_khz / 1000, i.cpu_khz % 1000);
    line(p, "hw_caps", "%08x:%08x:%08x:%08x:%08x:%08x:%08x:%08x", i.hw_cap[0], i.hw_cap[1],
         i.hw_cap[2], i.hw_cap[3], i.hw_cap[4], i.hw_cap[5], i.hw_cap[6], i.hw_cap[7]);
    print_capabilities(p, i.capabilities);
    line(p, "total_memory", "%llu", (unsigned long long)i.total_pages / 256);
    line(p, "free_memory", "%llu", (unsigned long long)(i.free_pages - i.outstanding_pages) / 256);
    line(p, "sharing_freed_memory", "%lld", sharing(host, MEMORY_SHARING_FREED));
    line(p, "sharing_used_memory", "%lld", sharing(host, MEMORY_SHARING_SHARED));
    line(p, "outstanding_claims", "%llu", (unsigned long long)i.outstanding_pages / 256);
    return 0;
}

static void print_topology(struct session *s)
{
    enum { MAX = 4096 };
    struct dom_cpu_topology *list = calloc(MAX, sizeof(*list));
    int count = list ? dom_cpu_topology(s->host, list, MAX) : -1;

    if (count < 0)
        fprintf(stderr, "cannot read the CPU topology: %s\n", strerror(errno));
    else
        printf("cpu_topology           :\ncpu:    core    socket     node\n");
    for (int i = 0; i < count && i < MAX; i++)
        if (list[i].core != ~0U)
            printf("%3d:    %4u     %4u     %4u\n", i, list[i].core, list[i].socket, list[i].node);
    free(list);
}

/* The linker's id of the hypervisor, in hexadecimal; empty if it has none. */
static void build_id(struct dom_host *host, char *text, size_t size)
{
    struct {
        uint32_t length;
        uint8_t bytes[BUILD_ID_MAX];
    } request = {.length = BUILD_ID_MAX}, *buffer;
    int64_t length;

    text[0] = '\0';
    buffer = dom_buf_in(host, &request, sizeof(request));
    if (!buffer)
        return;
    length =
        dom_hypercall(host, HYPERCALL_XEN_VERSION, VERSION_BUILD_ID, (uintptr_t)buffer, 0, 0, 0);
    for (int64_t i = 0; i < length && i < BUILD_ID_MAX && (size_t)i * 2 + 2 < size; i++)
        sprintf(text + i * 2, "%02x", buffer->bytes[i]);
    dom_buf_free(host, buffer, sizeof(request));
}

static int print_hypervisor(struct printer *p, struct dom_host *host)
{
    struct dom_version v;
    enum dom_sched sched;
    char id[BUILD_ID_MAX * 2 + 1];

    if (dom_version(host, &v)) {
        fprintf(stderr, "cannot read the hypervisor's version: %s\n", strerror(errno));
        return -1;
    }
    if (dom_sched_id(host, &sched)) {
        fprintf(stderr, "cannot read the scheduler: %s\n", strerror(errno));
        return -1;
    }
    line(p, "xen_major", "%u", v.major);
    line(p, "xen_minor", "%u", v.minor);
    line(p, "xen_extra", "%s", v.extra);
    line(p, "xen_version", "%u.%u%s", v.major, v.minor, v.extra);
    line(p, "xen_caps", "%s", v.capabilities);
    line(p, "xen_scheduler", "%s", dom_sched_name(sched));
    line(p, "xen_pagesize", "%u", v.page_size);
    line(p, "platform_params", "virt_start=0x%llx", (unsigned long long)v.virt_start);
    line(p, "xen_changeset", "%s", v.changeset);
    line(p, "xen_commandline", "%s", v.command_line);
    line(p, "cc_compiler", "%s", v.compiler);
    line(p, "cc_compile_by", "%s", v.compile_by);
    line(p, "cc_compile_domain", "%s", v.compile_domain);
    line(p, "cc_compile_date", "%s", v.compile_date);
    build_id(host, id, sizeof(id));
    line(p, "build_id", "%s", id);
    return 0;
}

int cmd_info(const struct cmd_spec *spec, int argc, char **argv)
{
    static const struct option longs[] = {{"numa", no_argument, NULL, 'n'}, {0}};
    struct printer p = {0};
    struct session s = {0};
    bool numa = false;
    int opt, status;

    while ((opt = cmd_opt(argc, argv, "n", longs, spec, &status)) >= 0)
        numa = true;
    if (opt == CMD_OPT_STOP)
        return status;
    p.only = argv[optind];
    s.host = dom_open();
    if (!s.host) {
        fprintf(stderr, "cannot reach the hypervisor: %s\n", strerror(errno));
        return 1;
    }
    print_node(&p);
    status = print_physical(&p, s.host);
    if (!status && numa && !p.only)
        print_topology(&s);
    if (!status)
        status = print_hypervisor(&p, s.host);
    line(&p, "xend_config_format", "4");
    dom_close(s.host);
    if (!status && !p.found) {
        fprintf(stderr, "domus info: no key \"%s\"\n", p.only);
        status = 1;
    }
    return status ? 1 : 0;
}
