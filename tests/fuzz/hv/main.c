/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzing the hypervisor on the host machine.
 *
 *   fuzz-hv [--seconds N] [--seed S] [--steps N] [--runs N]   random runs, until time or runs are
 * up fuzz-hv --replay FILE                                     the steps of FILE, told one by one
 *
 * Each run is a child process: a fresh world and a list of steps that its seed decides. A run fails
 * when the oracle finds something, the hypervisor panics, or a sanitizer stops it. Then steps are
 * taken away as long as it still fails, and what remains is told and kept in a file for --replay.
 */
#include "fuzz.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <hv/hypercall.h>

#define STEPS_DEFAULT 300
#define CHECK_EVERY   8
#define RUN_SECONDS   60 /* a run that takes longer hangs */

enum verdict { PASSED = 0, POWERED_OFF = 10, FAILED = 20 };

static struct {
    unsigned int seconds, steps, runs;
    uint64_t seed;
    const char *replay;
    bool stats;
} opt = {.seconds = 60, .steps = STEPS_DEFAULT, .runs = ~0u};

/* xorshift64*: the bytes of a run. */
static uint64_t next_random(uint64_t *x)
{
    *x ^= *x >> 12;
    *x ^= *x << 25;
    *x ^= *x >> 27;
    return *x * 0x2545f4914f6cdd1dull;
}

static void make_steps(uint64_t seed, uint8_t *bytes, unsigned int n)
{
    uint64_t x = seed * 0x9e3779b97f4a7c15ull + 1;

    for (size_t i = 0; i < (size_t)n * STEP_BYTES; i++)
        bytes[i] = (uint8_t)(next_random(&x) >> 32);
}

/* ---- in the child ---- */

static void __attribute__((noreturn)) child_panicked(void)
{
    fprintf(stderr, "%s", host_console_text());
    _exit(FAILED);
}

static void __attribute__((noreturn)) child_powered_off(unsigned int reason)
{
    (void)reason;
    stats->powered_off++;
    _exit(POWERED_OFF);
}

static void __attribute__((noreturn))
run_steps(const uint8_t *bytes, unsigned int n, unsigned int check_every, bool trace)
{
    const char *why;

    host_on_panic = child_panicked;
    host_on_shutdown = child_powered_off;
    alarm(RUN_SECONDS);
    for (unsigned int i = 0; i < n; i++) {
        fuzz_step(bytes + (size_t)i * STEP_BYTES, trace);
        why = (i + 1) % check_every == 0 ? fuzz_oracle() : NULL;
        if (!why && i + 1 == n) {
            fuzz_end();
            why = fuzz_oracle();
        }
        if (why) {
            fprintf(stderr, "after step %u: %s\n", i, why);
            if (trace)
                fprintf(stderr, "--- console ---\n%s", host_console_text());
            fflush(stdout);
            _exit(FAILED);
        }
    }
    fflush(stdout);
    _exit(PASSED);
}

/* ---- in the parent ---- */

static bool fails(const uint8_t *bytes, unsigned int n, unsigned int check_every, bool loud)
{
    int status;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        if (!loud && (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout)))
            _exit(FAILED);
        run_steps(bytes, n, check_every, loud);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("fuzz-hv");
        exit(2);
    }
    return !(WIFEXITED(status) &&
             (WEXITSTATUS(status) == PASSED || WEXITSTATUS(status) == POWERED_OFF));
}

/* Take away ever smaller pieces while the rest still fails. The number of steps that remain. */
static unsigned int minimize(uint8_t *bytes, unsigned int n)
{
    uint8_t *without = malloc((size_t)n * STEP_BYTES);
    unsigned int budget = 600;

    if (!without)
        return n;
    for (unsigned int piece = n / 2; piece >= 1; piece /= 2) {
        for (unsigned int from = 0; from + piece <= n && budget;) {
            size_t head = (size_t)from * STEP_BYTES;

            memcpy(without, bytes, head);
            memcpy(without + head, bytes + head + (size_t)piece * STEP_BYTES,
                   (size_t)(n - from - piece) * STEP_BYTES);
            budget--;
            if (fails(without, n - piece, 1, false)) {
                n -= piece;
                memcpy(bytes, without, (size_t)n * STEP_BYTES);
            } else {
                from += piece;
            }
        }
    }
    free(without);
    return n;
}

static void keep(const uint8_t *bytes, unsigned int n, uint64_t seed)
{
    char name[64];
    FILE *f;

    snprintf(name, sizeof(name), "fuzz-hv-%llu.steps", (unsigned long long)seed);
    f = fopen(name, "wb");
    if (!f || fwrite(bytes, STEP_BYTES, n, f) != n || fclose(f))
        fprintf(stderr, "fuzz-hv: cannot write %s\n", name);
    else
        printf("kept in %s: fuzz-hv --replay %s\n", name, name);
}

static void report(uint8_t *bytes, uint64_t seed)
{
    unsigned int n = opt.steps;

    printf("seed %llu fails; looking for the steps that matter\n", (unsigned long long)seed);
    n = minimize(bytes, n);
    printf("seed %llu: %u steps remain:\n", (unsigned long long)seed, n);
    (void)fails(bytes, n, 1, true);
    keep(bytes, n, seed);
}

/* What the runs reached: success and refusal for each call, and for each command. */
static void print_stats(void)
{
    printf("%llu of %llu steps on an idle CPU; %llu runs ended by dom0's end; %llu grants mapped\n",
           (unsigned long long)stats->idle, (unsigned long long)stats->steps,
           (unsigned long long)stats->powered_off, (unsigned long long)stats->mapped);
    for (unsigned int nr = 0; nr < 64; nr++) {
        const char *name = hypercall_name(nr);

        if (!stats->call[nr].ok && !stats->call[nr].refused)
            continue;
        printf("%-30s ok %7llu refused %7llu:", name ? name : "(none)",
               (unsigned long long)stats->call[nr].ok, (unsigned long long)stats->call[nr].refused);
        for (unsigned int c = 0; c < 64; c++)
            if (stats->command[nr][c].ok)
                printf(" %u:%llu", c, (unsigned long long)stats->command[nr][c].ok);
        printf("\n");
    }
}

static int replay(void)
{
    static uint8_t bytes[100000 * STEP_BYTES];
    FILE *f = fopen(opt.replay, "rb");
    size_t n;

    if (!f) {
        fprintf(stderr, "fuzz-hv: cannot open %s\n", opt.replay);
        return 2;
    }
    n = fread(bytes, STEP_BYTES, sizeof(bytes) / STEP_BYTES, f);
    fclose(f);
    return fails(bytes, (unsigned int)n, 1, true);
}

static void parse(int argc, char **argv)
{
    static const struct option options[] = {
        {"seconds", required_argument, NULL, 's'},
        {"seed", required_argument, NULL, 'e'},
        {"steps", required_argument, NULL, 'n'},
        {"runs", required_argument, NULL, 'r'},
        {"replay", required_argument, NULL, 'p'},
        {"stats", no_argument, NULL, 't'},
        {0},
    };
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 's':
            opt.seconds = (unsigned int)strtoul(optarg, NULL, 0);
            break;
        case 'e':
            opt.seed = strtoull(optarg, NULL, 0);
            break;
        case 'n':
            opt.steps = (unsigned int)strtoul(optarg, NULL, 0);
            break;
        case 'r':
            opt.runs = (unsigned int)strtoul(optarg, NULL, 0);
            opt.seconds = ~0u;
            break;
        case 't':
            opt.stats = true;
            break;
        case 'p':
            opt.replay = optarg;
            break;
        default:
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    time_t end;
    unsigned int runs = 0, failed = 0;
    uint8_t *bytes;

    parse(argc, argv);
    bytes = malloc((size_t)opt.steps * STEP_BYTES);
    stats = mmap(NULL, sizeof(*stats), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!bytes || stats == MAP_FAILED)
        return 2;
    world_unmapped = SECRET_PAGES;
    world_boot(2, 150, true);
    secrets_init();
    (void)fuzz_oracle(); /* what it allocates, it allocates now */
    if (opt.replay) {
        free(bytes);
        return replay();
    }
    end = time(NULL) + (time_t)opt.seconds;
    for (uint64_t seed = opt.seed;
         runs < opt.runs && (opt.seconds == ~0u || time(NULL) < end) && !failed; seed++) {
        make_steps(seed, bytes, opt.steps);
        runs++;
        if (!fails(bytes, opt.steps, CHECK_EVERY, false))
            continue;
        failed++;
        report(bytes, seed);
    }
    free(bytes);
    if (opt.stats)
        print_stats();
    printf("%u runs, %llu steps, from seed %llu on\n", runs, (unsigned long long)stats->steps,
           (unsigned long long)opt.seed);
    printf("%u passed, %u failed, 0 skipped\n", runs - failed, failed);
    return failed != 0;
}
