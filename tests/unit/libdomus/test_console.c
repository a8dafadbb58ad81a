/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the console daemon: the ring under honest and hostile guests, the history, the logs. */
#include <errno.h>
#include <public/io/console.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../dom0-tools/consoled/history.h"
#include "../../../dom0-tools/consoled/log.h"
#include "../../../dom0-tools/consoled/ring.h"
#include "suites.h"

static struct xencons_interface page;
static struct con_ring ring;

/* What a guest does. */
static void guest_print(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        page.out[(page.out_prod + i) % sizeof(page.out)] = text[i];
    page.out_prod += (uint32_t)n;
}

static void ring_output(void)
{
    char bytes[4096], text[1000];
    bool skipped;

    memset(&page, 0, sizeof(page));
    page.out_prod = page.out_cons = 0xffffff00; /* the indices wrap on the way */
    con_ring_init(&ring, &page);
    for (unsigned int round = 0; round < 50; round++) {
        memset(text, (int)('a' + round % 26), sizeof(text));
        guest_print(text, sizeof(text));
        CU_ASSERT_EQUAL(con_ring_take(&ring, bytes, 300, &skipped), 300);
        CU_ASSERT_FALSE(skipped);
        /* Not yet taken: the same bytes again. */
        CU_ASSERT_EQUAL(con_ring_take(&ring, bytes, sizeof(bytes), &skipped), 1000);
        CU_ASSERT_EQUAL(memcmp(bytes, text, 1000), 0);
        con_ring_taken(&ring, 1000);
        CU_ASSERT_EQUAL(page.out_cons, page.out_prod);
        CU_ASSERT_EQUAL(con_ring_take(&ring, bytes, sizeof(bytes), &skipped), 0);
    }
}

static void ring_full(void)
{
    char bytes[4096], text[2048];
    bool skipped;

    memset(&page, 0, sizeof(page));
    con_ring_init(&ring, &page);
    memset(text, 'x', sizeof(text));
    guest_print(text, sizeof(text));
    CU_ASSERT_EQUAL(con_ring_take(&ring, bytes, sizeof(bytes), &skipped), 2048);
    CU_ASSERT_FALSE(skipped);
}

static void ring_resumed(void)
{
    char bytes[16];
    bool skipped;

    memset(&page, 0, sizeof(page));
    guest_print("0123456789", 10);
    page.out_cons = 4; /* an earlier daemon took four */
    page.in_prod = 7;
    page.in_cons = 7;
    con_ring_init(&ring, &page);
    CU_ASSERT_EQUAL(con_ring_take(&ring, bytes, sizeof(bytes), &skipped), 6);
    CU_ASSERT_EQUAL(memcmp(bytes, "456789", 6), 0);
    con_ring_put(&ring, "ab", 2);
    CU_ASSERT_EQUAL(page.in_prod, 9);
    CU_ASSERT_EQUAL(memcmp(page.in + 7, "ab", 2), 0);
}

static void ring_input(void)
{
    char bytes[1024];

    memset(&page, 0, sizeof(page));
    page.in_cons = page.in_prod = 0xfffffff0;
    con_ring_init(&ring, &page);
    CU_ASSERT_EQUAL(con_ring_space(&ring), 1024);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)i;
    con_ring_put(&ring, bytes, 1000);
    CU_ASSERT_EQUAL(con_ring_space(&ring), 24);
    con_ring_put(&ring, bytes, 24);
    CU_ASSERT_EQUAL(con_ring_space(&ring), 0);
    CU_ASSERT_EQUAL(page.in[0xfffffff0 % 1024], 0);
    CU_ASSERT_EQUAL(page.in[(0xfffffff0 + 999) % 1024], (char)999);
    page.in_cons += 5;
    CU_ASSERT_EQUAL(con_ring_space(&ring), 5);
}

/* Whatever is in the four indices at whatever time: no more bytes than asked for, nothing outside
 * of the arrays. */
static void ring_hostile(void)
{
    char bytes[512];
    uint32_t seed = 12345;
    uint64_t skips = 0;

    memset(&page, 0, sizeof(page));
    con_ring_init(&ring, &page);
    for (int i = 0; i < 200000; i++) {
        uint32_t *indices[] = {&page.in_cons, &page.in_prod, &page.out_cons, &page.out_prod};
        bool skipped;
        size_t n;

        seed = seed * 1664525 + 1013904223;
        *indices[seed >> 30] =
            seed & 0x8000 ? seed * 2654435761U : *indices[seed >> 30] + (seed >> 5) % 3000;
        n = con_ring_take(&ring, bytes, sizeof(bytes), &skipped);
        CU_ASSERT_FATAL(n <= sizeof(bytes));
        if (skipped) {
            skips++;
            CU_ASSERT_EQUAL_FATAL(page.out_cons, page.out_prod);
        }
        con_ring_taken(&ring, n);
        n = con_ring_space(&ring);
        CU_ASSERT_FATAL(n <= sizeof(page.in));
        con_ring_put(&ring, bytes, n < sizeof(bytes) ? n : sizeof(bytes));
    }
    CU_ASSERT(skips > 0);
}

static char *read_all(struct history *h, uint64_t *position, size_t *size, uint64_t *lost_sum)
{
    char *all = malloc(HISTORY_BYTES + 1);
    const char *bytes;
    uint64_t lost;
    size_t n;

    *size = 0;
    *lost_sum = 0;
    while ((n = history_peek(h, position, &bytes, &lost)) > 0) {
        CU_ASSERT_FATAL(*size + n <= HISTORY_BYTES);
        memcpy(all + *size, bytes, n);
        *size += n;
        *position += n;
        *lost_sum += lost;
    }
    return all;
}

static void history_bytes(void)
{
    struct history *h = calloc(1, sizeof(*h));
    char *reference = malloc(400000), *all;
    uint64_t position = 0, lost, fed = 0;
    size_t size;

    for (size_t i = 0; i < 400000; i++)
        reference[i] = (char)(i * 31 + (i >> 8));
    CU_ASSERT_EQUAL(history_oldest(h), 0);
    for (size_t step = 1; fed + step <= 400000; fed += step, step = step * 2 % 90001 + 1) {
        history_add(h, reference + fed, step);
        if (step % 3)
            continue; /* fall behind now and then */
        all = read_all(h, &position, &size, &lost);
        CU_ASSERT_EQUAL(position, fed + step);
        CU_ASSERT_EQUAL(memcmp(all, reference + position - size, size), 0);
        free(all);
    }
    position = 0;
    all = read_all(h, &position, &size, &lost);
    CU_ASSERT_EQUAL(size, HISTORY_BYTES);
    CU_ASSERT_EQUAL(lost, fed - HISTORY_BYTES);
    CU_ASSERT_EQUAL(memcmp(all, reference + fed - HISTORY_BYTES, HISTORY_BYTES), 0);
    free(all);
    free(reference);
    free(h);
}

static char dir[64];

static void enter_dir(void)
{
    snprintf(dir, sizeof(dir), "/tmp/domus-log-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
}

static void leave_dir(const struct con_log *log)
{
    char old[600];

    snprintf(old, sizeof(old), "%s.1", log->path);
    unlink(old);
    unlink(log->path);
    CU_ASSERT_EQUAL(rmdir(dir), 0);
}

static off_t size_of(const char *path)
{
    struct stat st;

    return stat(path, &st) < 0 ? -1 : st.st_size;
}

static void log_rotation(void)
{
    char line[100], old[600], tail[300];
    struct con_log log;
    size_t n;

    enter_dir();
    CU_ASSERT_EQUAL(con_log_open(&log, dir, "vm1", 1000), 0);
    for (int i = 0; i < 55; i++) {
        memset(line, 'a' + i % 26, sizeof(line));
        CU_ASSERT_EQUAL(con_log_write(&log, line, sizeof(line)), 0);
        CU_ASSERT(size_of(log.path) <= 1000);
    }
    snprintf(old, sizeof(old), "%s.1", log.path);
    CU_ASSERT_EQUAL(size_of(log.path), 500);
    CU_ASSERT_EQUAL(size_of(old), 1000);
    con_log_close(&log);

    /* A later run appends, and finds the end of what was. */
    CU_ASSERT_EQUAL(con_log_open(&log, dir, "vm1", 1000), 0);
    CU_ASSERT_EQUAL(log.size, 500);
    n = con_log_tail(&log, tail, 250);
    CU_ASSERT_EQUAL(n, 250);
    CU_ASSERT_EQUAL(tail[249], 'a' + 54 % 26);
    CU_ASSERT_EQUAL(tail[0], 'a' + 52 % 26);
    con_log_close(&log);
    leave_dir(&log);
}

static void log_tail_of_both(void)
{
    struct con_log log;
    char tail[100];

    enter_dir();
    CU_ASSERT_EQUAL(con_log_open(&log, dir, "vm1", 8), 0);
    CU_ASSERT_EQUAL(con_log_tail(&log, tail, sizeof(tail)), 0);
    CU_ASSERT_EQUAL(con_log_write(&log, "abcdef", 6), 0);
    CU_ASSERT_EQUAL(con_log_write(&log, "ghi", 3), 0);
    CU_ASSERT_EQUAL(con_log_tail(&log, tail, sizeof(tail)), 9);
    CU_ASSERT_EQUAL(memcmp(tail, "abcdefghi", 9), 0);
    CU_ASSERT_EQUAL(con_log_tail(&log, tail, 5), 5);
    CU_ASSERT_EQUAL(memcmp(tail, "efghi", 5), 0);
    con_log_close(&log);
    leave_dir(&log);
}

static void log_names(void)
{
    static const char *const names[][2] = {
        {"vm1.example.org", "/guest-vm1.example.org.log"},
        {"../../etc/passwd", "/guest-_._.._etc_passwd.log"},
        {"", "/guest-.log"},
        {"a b\n", "/guest-a_b_.log"},
    };
    struct con_log log;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        enter_dir();
        CU_ASSERT_EQUAL(con_log_open(&log, dir, names[i][0], 1000), 0);
        if (i != 1)
            CU_ASSERT_STRING_EQUAL(log.path + strlen(dir), names[i][1]);
        CU_ASSERT_PTR_NULL(strchr(log.path + strlen(dir) + 1, '/'));
        con_log_close(&log);
        leave_dir(&log);
    }
}

/* A log that cannot be written is reported once, and is written again when it can be. */
static void log_failure(void)
{
    struct con_log log;

    enter_dir();
    CU_ASSERT_EQUAL(con_log_open(&log, dir, "vm1", 1000), 0);
    con_log_close(&log);
    unlink(log.path);
    CU_ASSERT_EQUAL(rmdir(dir), 0);
    CU_ASSERT_EQUAL(con_log_write(&log, "x", 1), -1);
    CU_ASSERT_EQUAL(errno, ENOENT);
    CU_ASSERT_EQUAL(con_log_write(&log, "x", 1), 1);
    CU_ASSERT_EQUAL(mkdir(dir, 0700), 0);
    CU_ASSERT_EQUAL(con_log_write(&log, "x", 1), 0);
    con_log_close(&log);
    leave_dir(&log);
}

static void log_symlink(void)
{
    struct con_log log;
    char path[128], target[128];

    enter_dir();
    snprintf(path, sizeof(path), "%s/guest-vm1.log", dir);
    snprintf(target, sizeof(target), "%s/elsewhere", dir);
    CU_ASSERT_EQUAL(symlink(target, path), 0);
    CU_ASSERT_EQUAL(con_log_open(&log, dir, "vm1", 1000), -1);
    CU_ASSERT_EQUAL(errno, ELOOP);
    CU_ASSERT_EQUAL(size_of(target), -1);
    con_log_close(&log);
    unlink(target);
    leave_dir(&log);
}

const struct test console_tests[] = {
    {"output of a guest, across the wrap", ring_output},
    {"a full ring", ring_full},
    {"a ring that an earlier daemon served", ring_resumed},
    {"input to a guest", ring_input},
    {"impossible indices", ring_hostile},
    {"history and readers that fall behind", history_bytes},
    {"logs rotate at their cap", log_rotation},
    {"the end of a log, from both files", log_tail_of_both},
    {"names of guests as names of files", log_names},
    {"a log that fails", log_failure},
    {"a log is no way to write elsewhere", log_symlink},
    {NULL, NULL},
};
