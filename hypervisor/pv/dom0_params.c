/* SPDX-License-Identifier: Apache-2.0 */
/* How large dom0 is: dom0_mem= and dom0_max_vcpus=, and the defaults. */
#include <hv/cmdline.h>
#include <hv/page_alloc.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/pv_mm.h>
#include <hv/setup.h>
#include <hv/string.h>

#define MIB_PAGES      256ull
#define RESERVE_MIN    (64 * MIB_PAGES)
#define RESERVE_MAX    (256 * MIB_PAGES)
#define DOM0_MAX_VCPUS 64

/* One limit of dom0_mem=: an amount, or a share of the free memory, or both (their sum). */
struct amount {
    uint64_t bytes;
    unsigned int percent;
    bool given, negative; /* negative: all memory but so much */
};

static struct amount mem_nominal, mem_min, mem_max;
static unsigned int vcpus_min, vcpus_max;

static int parse_amount(const char *s, struct amount *a)
{
    size_t len = strlen(s);
    uint64_t n;
    char buf[32];

    if (!len || len >= sizeof(buf))
        return -1;
    a->given = true;
    a->negative = *s == '-';
    if (a->negative)
        s++;
    if (s[strlen(s) - 1] != '%')
        return parse_size(s, &a->bytes);
    memcpy(buf, s, strlen(s) - 1);
    buf[strlen(s) - 1] = 0;
    if (parse_u64(buf, &n) || n > 100)
        return -1;
    a->percent = (unsigned int)n;
    return 0;
}

/* dom0_mem=[min:SIZE,][max:SIZE,]SIZE */
static int parse_dom0_mem(const char *v)
{
    char word[32];

    while (v && *v) {
        size_t n = 0;

        while (v[n] && v[n] != ',')
            n++;
        if (n >= sizeof(word))
            return -1;
        memcpy(word, v, n);
        word[n] = 0;
        if (parse_amount(!strncmp(word, "min:", 4) || !strncmp(word, "max:", 4) ? word + 4 : word,
                         !strncmp(word, "min:", 4)   ? &mem_min
                         : !strncmp(word, "max:", 4) ? &mem_max
                                                     : &mem_nominal))
            return -1;
        v += n + (v[n] == ',');
    }
    return mem_nominal.given || mem_min.given || mem_max.given ? 0 : -1;
}

/* dom0_max_vcpus=N or MIN-MAX */
static int parse_dom0_max_vcpus(const char *v)
{
    uint64_t n = 0, m;

    if (!v || *v < '0' || *v > '9')
        return -1;
    while (*v >= '0' && *v <= '9')
        n = n * 10 + (uint64_t)(*v++ - '0');
    m = n;
    if (*v == '-' && parse_u64(v + 1, &m))
        return -1;
    if ((*v && *v != '-') || !m || n > m || m > DOM0_MAX_VCPUS)
        return -1;
    vcpus_min = (unsigned int)n;
    vcpus_max = (unsigned int)m;
    return 0;
}

HV_OPTION(dom0_mem, "dom0_mem",
          "Memory of domain 0: [min:SIZE,][max:SIZE,]SIZE; -SIZE: all but; N%: a share",
          parse_dom0_mem);
HV_OPTION(dom0_max_vcpus, "dom0_max_vcpus",
          "vCPUs of domain 0: N or MIN-MAX (default: one for each CPU)", parse_dom0_max_vcpus);

static uint64_t to_pages(const struct amount *a, uint64_t avail)
{
    uint64_t pages = (a->bytes >> PAGE_SHIFT) + avail * a->percent / 100;

    if (a->negative)
        return pages < avail ? avail - pages : 0;
    return MIN(pages, avail);
}

void dom0_params(struct dom0_image *img)
{
    uint64_t avail = page_alloc_free();
    uint64_t reserve = MIN(MAX(avail / 16, RESERVE_MIN), RESERVE_MAX);
    uint64_t most = avail > reserve ? avail - reserve : avail, pages = most;

    if (mem_nominal.given)
        pages = to_pages(&mem_nominal, avail);
    if (mem_min.given)
        pages = MAX(pages, to_pages(&mem_min, avail));
    if (mem_max.given)
        pages = MIN(pages, to_pages(&mem_max, avail));
    if (pages > most) {
        log_warn("dom0_mem: %lu MiB asked for, %lu MiB can be had\n",
                 (unsigned long)(pages / MIB_PAGES), (unsigned long)(most / MIB_PAGES));
        pages = most;
    }
    img->nr_pages = pages;
    /* Room to balloon up: what max: says; without dom0_mem= at all dom0 may have everything. */
    img->max_pages = mem_max.given       ? to_pages(&mem_max, ~0ull >> 20)
                     : mem_nominal.given ? pages
                                         : ~0ull >> 20;
    img->max_pages = MAX(img->max_pages, pages);
    img->max_vcpus = nr_cpus;
    if (vcpus_max)
        img->max_vcpus = MAX(vcpus_min, MIN(vcpus_max, MAX(nr_cpus, vcpus_min)));
}
