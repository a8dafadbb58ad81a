/* SPDX-License-Identifier: Apache-2.0 */
/* The layer of hypercalls against a fake hypervisor: what it is asked, and what becomes of its
 * answers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <domus/domctl.h>
#include <public/memory.h>
#include <public/version.h>

#include "../../../dom0-tools/lib/host.h"
#include "suites.h"

struct fake {
    unsigned int calls;
    unsigned int restarts; /* destroy: answers of "call again" left */
    uint32_t domains[200]; /* ids, ascending */
    unsigned int domain_count;
    uint64_t memory; /* extents that may still be given */
    char console[100000];
    size_t console_size, console_start;
    struct xen_domctl last;
};

static int64_t fail(int code)
{
    errno = code;
    return -1;
}

static void describe(struct xen_domctl_getdomaininfo *info, uint32_t domid)
{
    memset(info, 0, sizeof(*info));
    info->domain = (domid_t)domid;
    info->tot_pages = domid * 100;
    info->flags = XEN_DOMINF_shutdown | 3U << XEN_DOMINF_shutdownshift;
    memset(info->handle, (int)domid, sizeof(info->handle));
}

static int64_t fake_domctl(struct fake *f, struct xen_domctl *op)
{
    if (op->interface_version != XEN_DOMCTL_INTERFACE_VERSION)
        return fail(EACCES);
    f->last = *op;
    switch (op->cmd) {
    case XEN_DOMCTL_createdomain:
        op->domain = 42;
        return 0;
    case XEN_DOMCTL_destroydomain:
        return f->restarts-- ? fail(f->restarts % 2 ? EAGAIN : ERESTART) : 0;
    case XEN_DOMCTL_getdomaininfo:
        for (unsigned int i = 0; i < f->domain_count; i++) {
            if (f->domains[i] >= op->domain) {
                describe(&op->u.getdomaininfo, f->domains[i]);
                return 0;
            }
        }
        return fail(ESRCH);
    case XEN_DOMCTL_setvcpuaffinity:
        op->u.vcpuaffinity.cpumap_hard.bitmap.p[0] &= 0x0f;
        return 0;
    default:
        return 0;
    }
}

static int64_t fake_readconsole(struct fake *f, struct xen_sysctl_readconsole *rc)
{
    size_t start = rc->incremental && rc->index > f->console_start ? rc->index : f->console_start;
    size_t n = f->console_size - start < rc->count ? f->console_size - start : rc->count;

    memcpy(rc->buffer.p, f->console + start, n);
    rc->count = (uint32_t)n;
    rc->index = (uint32_t)(start + n);
    if (rc->clear)
        f->console_start = start + n;
    return 0;
}

static int64_t fake_sysctl(struct fake *f, struct xen_sysctl *op)
{
    struct xen_sysctl_getdomaininfolist *list = &op->u.getdomaininfolist;

    if (op->interface_version != XEN_SYSCTL_INTERFACE_VERSION)
        return fail(EACCES);
    if (op->cmd == XEN_SYSCTL_readconsole)
        return fake_readconsole(f, &op->u.readconsole);
    if (op->cmd != XEN_SYSCTL_getdomaininfolist)
        return fail(ENOSYS);
    list->num_domains = 0;
    for (unsigned int i = 0; i < f->domain_count && list->num_domains < list->max_domains; i++) {
        if (f->domains[i] >= list->first_domain)
            describe(&list->buffer.p[list->num_domains++], f->domains[i]);
    }
    return 0;
}

static int64_t fake_memory(struct fake *f, unsigned int cmd, void *arg)
{
    struct xen_memory_reservation *r = arg;
    uint64_t n = 0;

    if (cmd != XENMEM_populate_physmap)
        return fail(ENOSYS);
    for (; n < r->nr_extents && f->memory; n++, f->memory--)
        r->extent_start.p[n] += 1000000;
    return (int64_t)n;
}

static int64_t fake_call(struct dom_host *host, const uint64_t args[6])
{
    struct fake *f = host->fake;

    f->calls++;
    switch (args[0]) {
    case __HYPERVISOR_domctl:
        return fake_domctl(f, (void *)args[1]);
    case __HYPERVISOR_sysctl:
        return fake_sysctl(f, (void *)args[1]);
    case __HYPERVISOR_memory_op:
        return fake_memory(f, (unsigned int)args[1], (void *)args[2]);
    case __HYPERVISOR_xen_version:
        if (args[1] == XENVER_version)
            return 4 << 16 | 17;
        if (args[1] == XENVER_extraversion) {
            memset((void *)args[2], 'x', 16); /* all 16 bytes, no NUL */
            return 0;
        }
        return fail(ENOSYS);
    default:
        return fail(ENOSYS);
    }
}

static struct fake fake;

static struct dom_host *open_fake(void)
{
    struct dom_host *host = calloc(1, sizeof(*host));

    memset(&fake, 0, sizeof(fake));
    host->privcmd = host->buffers = -1;
    host->call = fake_call;
    host->fake = &fake;
    return host;
}

static void creating(void)
{
    struct dom_host *host = open_fake();
    struct dom_create params;
    uint32_t domid = 0;

    dom_create_defaults(&params);
    params.vcpus = 3;
    memset(params.uuid, 0xab, 16);
    CU_ASSERT_EQUAL(dom_create(host, &params, &domid), 0);
    CU_ASSERT_EQUAL(domid, 42);
    CU_ASSERT_EQUAL(fake.last.u.createdomain.max_vcpus, 3);
    CU_ASSERT_EQUAL(fake.last.u.createdomain.grant_opts, 1);
    CU_ASSERT_EQUAL(fake.last.u.createdomain.max_grant_frames, -1);
    CU_ASSERT_EQUAL(fake.last.u.createdomain.handle[15], 0xab);
    CU_ASSERT(fake.last.domain == 0 || fake.last.domain >= DOM_ID_FIRST_RESERVED);
    CU_ASSERT_EQUAL(dom_pause(host, 0x10000), -1);
    CU_ASSERT_EQUAL(errno, ESRCH);
    dom_close(host);
}

static void destroying(void)
{
    struct dom_host *host = open_fake();

    fake.restarts = 7;
    CU_ASSERT_EQUAL(dom_destroy(host, 5), 0);
    CU_ASSERT_EQUAL(fake.calls, 8);
    dom_close(host);
}

static void one_info(void)
{
    struct dom_host *host = open_fake();
    struct dom_info info;

    fake.domains[1] = 7;
    fake.domain_count = 2;
    CU_ASSERT_EQUAL(dom_get_info(host, 7, &info), 0);
    CU_ASSERT_EQUAL(info.domid, 7);
    CU_ASSERT_EQUAL(info.pages, 700);
    CU_ASSERT_TRUE(info.shutdown);
    CU_ASSERT_EQUAL(info.shutdown_reason, DOM_SHUTDOWN_CRASH);
    CU_ASSERT_FALSE(info.paused);
    /* The hypervisor answers with the next domain there is. */
    CU_ASSERT_EQUAL(dom_get_info(host, 3, &info), -1);
    CU_ASSERT_EQUAL(errno, ESRCH);
    dom_close(host);
}

static void all_infos(void)
{
    struct dom_host *host = open_fake();
    struct dom_info *list;

    for (fake.domain_count = 0; fake.domain_count < 200; fake.domain_count += 8) {
        for (unsigned int i = 0; i < fake.domain_count; i++)
            fake.domains[i] = i * 3;
        CU_ASSERT_EQUAL_FATAL(dom_list_all(host, &list), (int)fake.domain_count);
        for (unsigned int i = 0; i < fake.domain_count; i++)
            CU_ASSERT_EQUAL(list[i].domid, i * 3);
        free(list);
    }
    dom_close(host);
}

static void populating(void)
{
    const uint64_t count = 150000; /* more than two batches */
    struct dom_host *host = open_fake();
    uint64_t *frames = malloc(count * sizeof(*frames));

    for (uint64_t given = 0; given <= count + 50000; given += 50000) {
        uint64_t expected = given < count ? given : count;
        bool right = true;

        fake.memory = given;
        for (uint64_t i = 0; i < count; i++)
            frames[i] = i;
        CU_ASSERT_EQUAL(dom_populate(host, 1, frames, count, 0), (int64_t)expected);
        for (uint64_t i = 0; i < count; i++)
            right &= frames[i] == (i < expected ? i + 1000000 : i);
        CU_ASSERT_TRUE(right);
    }
    free(frames);
    dom_close(host);
}

static void whole_console(void)
{
    static const size_t sizes[] = {0, 1, 32767, 32768, 32769, 65536, 100000};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct dom_host *host = open_fake();
        size_t length = 0;
        char *text;

        fake.console_size = sizes[i];
        for (size_t j = 0; j < sizes[i]; j++)
            fake.console[j] = (char)('a' + j % 23);
        CU_ASSERT_EQUAL_FATAL(dom_read_console_all(host, &text, &length, true), 0);
        CU_ASSERT_EQUAL(length, sizes[i]);
        CU_ASSERT_EQUAL(memcmp(text, fake.console, sizes[i]), 0);
        CU_ASSERT_EQUAL(text[length], '\0');
        CU_ASSERT_EQUAL(fake.console_start, sizes[i]); /* cleared to the end */
        free(text);
        dom_close(host);
    }
}

static void affinity(void)
{
    struct dom_host *host = open_fake();
    uint8_t hard[8] = {0xff};

    CU_ASSERT_EQUAL(dom_set_affinity(host, 1, 0, hard, NULL, sizeof(hard), false), 0);
    CU_ASSERT_EQUAL(hard[0], 0x0f);
    CU_ASSERT_EQUAL(fake.last.u.vcpuaffinity.flags, XEN_VCPUAFFINITY_HARD);
    CU_ASSERT_EQUAL(fake.last.u.vcpuaffinity.cpumap_hard.nr_bits, 64);
    CU_ASSERT_EQUAL(dom_set_affinity(host, 1, 0, hard, NULL, 0, false), -1);
    CU_ASSERT_EQUAL(errno, EINVAL);
    dom_close(host);
}

static void version_texts(void)
{
    struct dom_host *host = open_fake();
    struct dom_version v;

    CU_ASSERT_EQUAL(dom_version(host, &v), 0);
    CU_ASSERT_EQUAL(v.major, 4);
    CU_ASSERT_EQUAL(v.minor, 17);
    CU_ASSERT_EQUAL(strlen(v.extra), 15); /* cut, with its NUL */
    CU_ASSERT_STRING_EQUAL(v.capabilities, "");
    dom_close(host);
}

static void buffers(void)
{
    struct dom_host *host = open_fake();
    char *a = dom_buf_in(host, "abc", 4), *b;
    char back[4];

    CU_ASSERT_EQUAL((uintptr_t)a % 4096, 0);
    dom_buf_out(host, a, back, 4);
    CU_ASSERT_STRING_EQUAL(back, "abc");
    b = dom_buf_alloc(host, 100); /* the same page again, without its old contents */
    CU_ASSERT_EQUAL(b[0], 0);
    CU_ASSERT_EQUAL(b[2], 0);
    dom_buf_free(host, b, 100);
    CU_ASSERT_PTR_NULL(dom_buf_alloc(host, 0));
    CU_ASSERT_PTR_NULL(dom_buf_alloc(host, SIZE_MAX));
    dom_close(host);
}

const struct test call_tests[] = {
    {"creating a domain", creating},
    {"destroying goes on while told to call again", destroying},
    {"one domain's description", one_info},
    {"the list of all domains, in pieces", all_infos},
    {"populating in batches, and running out", populating},
    {"the whole message ring, in pieces", whole_console},
    {"affinity", affinity},
    {"version texts without end", version_texts},
    {"argument memory", buffers},
    {NULL, NULL},
};
