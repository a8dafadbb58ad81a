/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console: a ring of the last bytes written, and the serial line. Ring positions are absolute
 * byte counts that wrap at 2^32, so the ring's size is a power of two.
 */
#include <hv/arch.h>
#include <hv/cmdline.h>
#include <hv/evtchn.h>
#include <hv/heap.h>
#include <hv/lock.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/softirq.h>
#include <hv/string.h>

#define RING_DEFAULT (64u << 10)
#define RING_MIN     (16u << 10)
#define RING_MAX     (16u << 20)

static struct spinlock lock = SPINLOCK_INIT(LOCK_CONSOLE);
static char first_ring[RING_DEFAULT];
static char *ring = first_ring;
static uint32_t ring_size = RING_DEFAULT;
static uint32_t written;     /* absolute position of the next byte */
static uint32_t kept = 0;    /* bytes in the ring that may be read, at most ring_size */
static uint32_t wanted_size; /* conring_size=, 0: default */
static bool no_waiting;      /* panic: other CPUs may have stopped with the lock held */

static int parse_conring_size(const char *s)
{
    uint64_t size;

    if (!s || parse_size(s, &size) || size > RING_MAX)
        return -1;
    for (wanted_size = RING_MIN; wanted_size < size; wanted_size *= 2)
        ;
    return 0;
}

HV_OPTION(conring_size, "conring_size", "bytes kept of the console's output", parse_conring_size);

static bool dom0_to_ring;

static int parse_to_ring(const char *s)
{
    return parse_bool(s, &dom0_to_ring);
}

HV_OPTION(console_to_ring, "console_to_ring",
          "keep dom0's console output in the ring too (default no)", parse_to_ring);

static bool lock_console(void)
{
    if (!no_waiting) {
        spin_lock(&lock);
        return true;
    }
    return spin_trylock(&lock);
}

static void unlock_console(bool locked)
{
    if (locked)
        spin_unlock(&lock);
}

static void ring_put(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ring[written++ & (ring_size - 1)] = text[i];
    kept = len > ring_size - kept ? ring_size : kept + (uint32_t)len;
}

/* Tell dom0 of new text: from a tasklet, since events rank below the console lock and its callers'.
 */
static void announce(void *arg)
{
    (void)arg;
    virq_global(VIRQ_CON_RING);
}

static struct tasklet announce_task = {NULL, announce, NULL, false};

static void put(const char *text, size_t len, bool to_ring)
{
    bool locked;

    if (!len)
        return;
    locked = lock_console();
    if (to_ring)
        ring_put(text, len);
    arch_console_write(text, len);
    unlock_console(locked);
    if (to_ring && !no_waiting && this_cpu() && this_cpu()->idle)
        tasklet_schedule_on(&announce_task, this_cpu()->id);
}

void console_write(const char *text, size_t len)
{
    put(text, len, true);
}

void console_write_dom0(const char *text, size_t len)
{
    put(text, len, dom0_to_ring);
}

void console_write_guest(domid_t id, const char *text, size_t len)
{
    char line[320];
    int n = snprintf(line, sizeof(line), "(d%u) %.*s\n", id, (int)MIN(len, (size_t)256), text);

    console_write(line, MIN((size_t)n, sizeof(line) - 1));
}

void console_panic_mode(void)
{
    no_waiting = true;
}

void console_ring_resize(void)
{
    char *bigger, *old = NULL;
    uint32_t start;

    if (!wanted_size || wanted_size == ring_size)
        return;
    bigger = hv_zalloc(wanted_size);
    if (!bigger) {
        log_warn("conring_size: no memory for %u bytes, keeping %u\n", wanted_size, ring_size);
        return;
    }
    spin_lock(&lock);
    if (ring != first_ring)
        old = ring;
    kept = MIN(kept, wanted_size);
    start = written - kept;
    for (uint32_t i = 0; i < kept; i++)
        bigger[(start + i) & (wanted_size - 1)] = ring[(start + i) & (ring_size - 1)];
    ring = bigger;
    ring_size = wanted_size;
    spin_unlock(&lock);
    hv_free(old);
}

size_t console_ring_read(char *dst, size_t len, uint32_t *index, bool clear)
{
    bool locked = lock_console();
    uint32_t oldest = written - kept;
    size_t n;

    /* A position outside of what is kept means: from the oldest byte. */
    if (written - *index > kept)
        *index = oldest;
    n = MIN(len, (size_t)(written - *index));
    for (size_t i = 0; i < n; i++)
        dst[i] = ring[(*index + i) & (ring_size - 1)];
    *index += (uint32_t)n;
    if (clear)
        kept = 0;
    unlock_console(locked);
    return n;
}

/* Typed characters wait here for dom0; when full, further ones are dropped. */
static char input[256];
static uint32_t input_head, input_tail;

void console_input(char c)
{
    bool locked = lock_console();

    if (input_head - input_tail < sizeof(input))
        input[input_head++ % sizeof(input)] = c;
    unlock_console(locked);
    virq_global(VIRQ_CONSOLE);
}

size_t console_input_read(char *dst, size_t len)
{
    bool locked = lock_console();
    size_t n = 0;

    while (n < len && input_tail != input_head)
        dst[n++] = input[input_tail++ % sizeof(input)];
    unlock_console(locked);
    return n;
}
