/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the hypervisor and about guests: levels, line prefixes, rate limit. Where the text
 * goes is console.c's business.
 */
#include <hv/atomic.h>
#include <hv/cmdline.h>
#include <hv/domain.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/string.h>
#include <hv/time.h>
#include <hv/vcpu.h>

#define PREFIX  "(DOM) "
#define MAX_MSG 512

/*
 * A message is shown when its level is below `always`; below `limited` only as long as its sender
 * stays under the rate limit.
 */
struct threshold {
    unsigned int always, limited;
};

#ifdef HV_DEBUG
static struct threshold host_level = {LOG_DEBUG + 1, LOG_DEBUG + 1};
static struct threshold guest_level = {0, LOG_DEBUG + 1};
#else
static struct threshold host_level = {LOG_INFO + 1, LOG_INFO + 1};
static struct threshold guest_level = {0, LOG_WARNING + 1};
#endif

/* One name of "none|error|warning|info|debug|all"; returns where it ends, or NULL. */
static const char *parse_level(const char *s, unsigned int *level)
{
    static const struct {
        const char *name;
        unsigned int level;
    } names[] = {
        {"none", 0},
        {"error", LOG_ERR + 1},
        {"warning", LOG_WARNING + 1},
        {"info", LOG_INFO + 1},
        {"debug", LOG_DEBUG + 1},
        {"all", LOG_DEBUG + 1},
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        size_t n = strlen(names[i].name);

        if (!strncmp(s, names[i].name, n) && (!s[n] || s[n] == '/')) {
            *level = names[i].level;
            return s + n;
        }
    }
    return NULL;
}

/* LEVEL[/RATE-LIMITED LEVEL] */
static int parse_threshold(const char *s, struct threshold *t)
{
    struct threshold n;

    s = s ? parse_level(s, &n.always) : NULL;
    if (!s)
        return -1;
    n.limited = n.always;
    if (*s == '/')
        s = parse_level(s + 1, &n.limited);
    if (!s || *s)
        return -1;
    n.limited = MAX(n.limited, n.always);
    *t = n;
    return 0;
}

static int parse_loglvl(const char *s)
{
    return parse_threshold(s, &host_level);
}

static int parse_guest_loglvl(const char *s)
{
    return parse_threshold(s, &guest_level);
}

HV_OPTION(loglvl, "loglvl", "hypervisor messages to show: none|error|warning|info|debug|all",
          parse_loglvl);
HV_OPTION(guest_loglvl, "guest_loglvl",
          "messages about guests to show: LEVEL, or LEVEL/LEVEL to limit the rate of the second",
          parse_guest_loglvl);

static bool starts_line = true; /* hv_log may build a line from several calls */

static void write_prefixed(const char *text)
{
    char line[MAX_MSG + 64];
    size_t n = 0;

    for (; *text; text++) {
        if (starts_line) {
            if (n + sizeof(PREFIX) + 1 > sizeof(line)) {
                console_write(line, n);
                n = 0;
            }
            memcpy(line + n, PREFIX, sizeof(PREFIX) - 1);
            n += sizeof(PREFIX) - 1;
        }
        line[n++] = *text;
        starts_line = *text == '\n';
        if (n == sizeof(line)) {
            console_write(line, n);
            n = 0;
        }
    }
    console_write(line, n);
}

static void vlog(const char *fmt, va_list args)
{
    char text[MAX_MSG];

    vsnprintf(text, sizeof(text), fmt, args);
    if (strlen(text) == sizeof(text) - 1)
        text[sizeof(text) - 2] = '\n'; /* cut short: still a line */
    write_prefixed(text);
}

/*
 * One bucket per few domains, so that a noisy guest does not silence the others: BURST messages at
 * once, then one each REFILL.
 */
#define BUCKETS 32
#define BURST   16u
#define REFILL  (500 * NS_PER_MS)

static struct bucket {
    uint64_t last; /* time of the last refill */
    uint32_t used;
    uint32_t missed;
} buckets[BUCKETS];

/* May this sender write now? Sets how many messages were dropped since the last one shown. */
static bool rate_ok(domid_t id, uint32_t *missed)
{
    struct bucket *b = &buckets[id % BUCKETS];
    uint64_t now = now_ns(), back = (now - read_once(b->last)) / REFILL;

    /* Two CPUs may race here; the worst is a message more or less. */
    if (back) {
        uint32_t used = read_once(b->used);

        write_once(b->last, now);
        write_once(b->used, back > used ? 0 : used - (uint32_t)back);
    }
    if (read_once(b->used) >= BURST) {
        atomic_add(&b->missed, 1);
        return false;
    }
    atomic_add(&b->used, 1);
    *missed = atomic_xchg(&b->missed, 0);
    return true;
}

static domid_t sender(void)
{
    struct percpu *cpu = this_cpu();

    return cpu && cpu->current && cpu->current->domain ? cpu->current->domain->id : DOMID_IDLE;
}

static bool wanted(const struct threshold *t, enum log_level level)
{
    uint32_t missed = 0;
    char note[64];

    if (level < t->always)
        return true;
    if (level >= t->limited || !rate_ok(sender(), &missed))
        return false;
    if (missed) {
        snprintf(note, sizeof(note), "%u messages of d%u left out\n", missed, sender());
        write_prefixed(note);
    }
    return true;
}

bool guest_log_enabled(enum log_level level)
{
    return level < guest_level.limited;
}

bool guest_log_allowed(enum log_level level)
{
    return wanted(&guest_level, level);
}

void hv_log(enum log_level level, const char *fmt, ...)
{
    va_list args;

    if (!wanted(&host_level, level))
        return;
    va_start(args, fmt);
    vlog(fmt, args);
    va_end(args);
}

void guest_log(enum log_level level, const char *fmt, ...)
{
    va_list args;

    if (!wanted(&guest_level, level))
        return;
    va_start(args, fmt);
    vlog(fmt, args);
    va_end(args);
}
