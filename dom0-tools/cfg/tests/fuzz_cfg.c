/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the configuration reader for a few seconds of work, the same work each time: texts grown
 * from samples by seeded mutation go through the parser, all key handlers and JSON both ways.
 * Oracle: sanitizers; an error has a text of one line; an accepted model survives JSON unchanged.
 *
 *     cfg-fuzz [ROUNDS [SEED]]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cfg/cfg.h"
#include "cfg/json.h"

#define SIZE 2048

static const char *const samples[] = {
    "name='g'\nkernel='/k'\nmemory=128\n",
    "name=\"a\\x41\\n\";kernel='/k';memory=1;maxmem=0x20;vcpus=2;maxvcpus=3\n",
    "name='g'\nkernel='/k'\nmemory=64\ndisk=['phy:/dev/x,xvda,w','/i,qcow2,xvdb,r,cdrom',]\n",
    "name='g'\nkernel='/k'\nmemory=64\nvif=['mac=00:16:3e:01:02:03,bridge=b','rate=1Mb/s@5ms']\n",
    "name='g'\nkernel='/k'\nmemory=64\ncpus=['0-3,^1','all']\nvcpus=2\ncpus_soft='nodes:0'\n",
    "disk=['tap2:tapdisk:aio:/x,sda1,w']\ndisk+='/y,,hdb'\nname='n'\nkernel='k'\nmemory=5\n",
    "a=[[[['x'],[]]]]\nb+=1\nb+=['2']\npci=[]\nacpi=1\nname='q'\nkernel='k'\nmemory=9\n",
    "name='g'\nkernel='/k'\nmemory=64\non_crash='coredump-restart'\ncap=5\ncpu_weight=9\n"
    "uuid='01234567-89ab-cdef-0123-456789abcdef'\nroot='/r'\nextra='e'\n",
};
#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static const char *const words[] = {
    "=",     "+=",     "[",          "]",       ",",
    "'",     "\"",     "\\",         ";",       "\n",
    "#",     "name",   "disk",       "vif",     "cpus",
    "rate=", "mac=",   "target=",    "xvda",    "all",
    "node:", "^",      "-",          "0",       "99999999999999999999",
    "@1s",   "/s",     "phy:",       "format=", "vdev=",
    "\x80",  "\xff",   "[[[[[[[[[[", "'\\x",    "0x",
    "vcpus", "memory", "=0",
};
#define WORDS (sizeof(words) / sizeof(words[0]))

static uint64_t state;

static uint32_t random_below(uint32_t limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % limit;
}

static void insert(char *text, size_t *length, const char *what, size_t count)
{
    size_t at = random_below(*length + 1);

    if (*length + count > SIZE)
        return;
    memmove(text + at + count, text + at, *length - at);
    memcpy(text + at, what, count);
    *length += count;
}

static void mutate(char *text, size_t *length)
{
    const char *other;
    size_t from, count;
    char byte;

    switch (random_below(5)) {
    case 0:
        if (*length)
            text[random_below(*length)] ^= 1 << random_below(8);
        break;
    case 1:
        if (*length) {
            from = random_below(*length);
            count = random_below(*length - from) % 16;
            memmove(text + from, text + from + count, *length - from - count);
            *length -= count;
        }
        break;
    case 2:
        other = words[random_below(WORDS)];
        insert(text, length, other, strlen(other));
        break;
    case 3:
        other = samples[random_below(SAMPLES)];
        from = random_below(strlen(other));
        insert(text, length, other + from, random_below(strlen(other) - from + 1));
        break;
    default:
        byte = random_below(256);
        insert(text, length, &byte, 1);
        break;
    }
}

static void die(const char *what, const char *text, size_t length)
{
    printf("FAIL %s; the input was:\n", what);
    fwrite(text, 1, length, stdout);
    printf("\n0 passed, 1 failed, 0 skipped\n");
    exit(1);
}

static void ignore(void *context, const char *line)
{
    *(size_t *)context += strlen(line);
}

/* yajl refuses what is not UTF-8, so such a text cannot be compared. */
static int is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return 0;
    return 1;
}

static void check_json(const struct dom_config *config, const char *text, size_t length)
{
    char *json = cfg_json_text(config), *again;
    struct cfg_diag diag = {0};
    struct dom_config copy;

    dom_config_init(&copy);
    if (is_ascii(json)) {
        if (cfg_json_read(&copy, "json", json, &diag))
            die(diag.error, text, length);
        again = cfg_json_text(&copy);
        if (strcmp(json, again))
            die("JSON differs after one round", text, length);
        free(again);
    }
    free(json);
    dom_config_free(&copy);
}

static int try_one(const char *text, size_t length)
{
    static const unsigned int nodes[4] = {0, 0, 1, 1};
    static const struct cfg_topology topology = {nodes, 4};
    size_t warned = 0;
    struct cfg_diag diag = {.warn = ignore, .context = &warned};
    struct dom_config config;
    int rc;

    dom_config_init(&config);
    rc = cfg_read_text(&config, "fuzz", text, length, NULL, 0, &topology, &diag);
    if (rc != (diag.failed ? -1 : 0))
        die("result and error do not agree", text, length);
    if (rc && diag.error[0] == '\0')
        die("an error without a text", text, length);
    if (!rc)
        check_json(&config, text, length);
    dom_config_free(&config);
    return rc == 0;
}

int main(int argc, char **argv)
{
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 14000;
    unsigned long accepted = 0;
    char text[SIZE];

    state = argc > 2 ? strtoull(argv[2], NULL, 0) | 1 : 0x9e3779b97f4a7c15;
    for (unsigned long i = 0; i < rounds; i++) {
        const char *sample = samples[random_below(SAMPLES)];
        size_t length = strlen(sample);

        memcpy(text, sample, length);
        for (uint32_t n = random_below(8); n > 0; n--)
            mutate(text, &length);
        accepted += try_one(text, length);
    }
    printf("ok   %lu configurations, %lu of them accepted\n", rounds, accepted);
    printf("1 passed, 0 failed, 0 skipped\n");
    return 0;
}
