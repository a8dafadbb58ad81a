/* SPDX-License-Identifier: Apache-2.0 */
/* The boot command line: words "name", "name=value" or "no-name", matched against the rows of
 * HV_OPTION. */
#include <hv/cmdline.h>
#include <hv/printk.h>
#include <hv/setup.h>
#include <hv/string.h>

#define CMDLINE_MAX 1024 /* XENVER_commandline's buffer */

/* The linker gathers the rows. */
extern const struct hv_option __start_hv_options[], __stop_hv_options[];

static char text[CMDLINE_MAX];

/* Words that were not understood, until there is a console to say so. */
#define MAX_REJECTED 32
static struct {
    char word[48];
    const struct hv_option *option; /* NULL: unknown; else it refused the value */
} rejected[MAX_REJECTED];
static unsigned int nr_rejected;
static bool too_long;

static const struct hv_option *find_option(const char *name, size_t len)
{
    for (const struct hv_option *o = __start_hv_options; o < __stop_hv_options; o++)
        if (!strncmp(o->name, name, len) && !o->name[len])
            return o;
    return NULL;
}

static void parse_word(char *word)
{
    char *eq = strchr(word, '=');
    size_t name_len = eq ? (size_t)(eq - word) : strlen(word);
    const char *value = eq ? eq + 1 : NULL;
    const struct hv_option *o = find_option(word, name_len);

    if (!o && !eq && !strncmp(word, "no-", 3)) {
        o = find_option(word + 3, name_len - 3);
        value = "no";
    }
    if (o && o->parse(value) == 0)
        return;
    if (nr_rejected < MAX_REJECTED) {
        hv_strlcpy(rejected[nr_rejected].word, word, sizeof(rejected[0].word));
        rejected[nr_rejected].option = o;
    }
    nr_rejected++;
}

void cmdline_report(void)
{
    if (too_long)
        log_warn("command line: longer than %u bytes, the rest is lost\n", CMDLINE_MAX - 1);
    for (unsigned int i = 0; i < MIN(nr_rejected, (unsigned int)MAX_REJECTED); i++) {
        const struct hv_option *o = rejected[i].option;

        if (o)
            log_warn("command line: '%s' refused: expected %s\n", rejected[i].word, o->help);
        else
            log_warn("command line: unknown option '%s'\n", rejected[i].word);
    }
    if (nr_rejected > MAX_REJECTED)
        log_warn("command line: and %u more\n", nr_rejected - MAX_REJECTED);
}

/* Boot loaders may put the image's own name first. */
static const char *skip_image_name(const char *s)
{
    size_t n = 0;

    while (s[n] && s[n] != ' ' && s[n] != '=')
        n++;
    if (s[n] == '=' || !memchr(s, '/', n))
        return s;
    return s + n;
}

void cmdline_parse(const char *cmdline)
{
    char copy[CMDLINE_MAX], *word = copy;

    while (*cmdline == ' ')
        cmdline++;
    cmdline = skip_image_name(cmdline);
    while (*cmdline == ' ')
        cmdline++;
    nr_rejected = 0;
    too_long = hv_strlcpy(text, cmdline, sizeof(text)) >= sizeof(text);
    memcpy(copy, text, sizeof(copy));
    while (*word) {
        char *end = word;

        while (*end && *end != ' ')
            end++;
        if (end != word) {
            bool last = !*end;

            *end = '\0';
            if (!strcmp(word, "--")) /* what follows is for dom0's kernel */
                return;
            parse_word(word);
            if (last)
                return;
        }
        word = end + 1;
    }
}

const char *cmdline_text(void)
{
    return text;
}

/* Digits of `base` from s; returns where they end, NULL when there are none or they overflow. */
static const char *parse_digits(const char *s, uint64_t *out)
{
    unsigned int base = 10;
    uint64_t v = 0;
    const char *start;

    if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
        base = 16;
        s += 2;
    }
    for (start = s;; s++) {
        unsigned int d = *s >= '0' && *s <= '9'   ? (unsigned int)(*s - '0')
                         : *s >= 'a' && *s <= 'f' ? (unsigned int)(*s - 'a') + 10
                         : *s >= 'A' && *s <= 'F' ? (unsigned int)(*s - 'A') + 10
                                                  : 99;

        if (d >= base)
            break;
        if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v))
            return NULL;
    }
    *out = v;
    return s == start ? NULL : s;
}

int parse_u64(const char *s, uint64_t *out)
{
    uint64_t v;

    s = s ? parse_digits(s, &v) : NULL;
    if (!s || *s)
        return -1;
    *out = v;
    return 0;
}

int parse_size(const char *s, uint64_t *bytes)
{
    static const char units[] = "bkmgt";
    uint64_t v;
    unsigned int shift = 0;

    s = s ? parse_digits(s, &v) : NULL;
    if (!s)
        return -1;
    if (*s) {
        const char *u = memchr(units, *s | 0x20, sizeof(units) - 1);

        if (!u || s[1])
            return -1;
        shift = 10 * (unsigned int)(u - units);
    }
    if (v << shift >> shift != v)
        return -1;
    *bytes = v << shift;
    return 0;
}

int parse_bool(const char *s, bool *out)
{
    static const char *const yes[] = {"yes", "on", "true", "1", "enable"};
    static const char *const no[] = {"no", "off", "false", "0", "disable"};

    if (!s) {
        *out = true;
        return 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
        if (!strcmp(s, yes[i]) || !strcmp(s, no[i])) {
            *out = !strcmp(s, yes[i]);
            return 0;
        }
    }
    return -1;
}
