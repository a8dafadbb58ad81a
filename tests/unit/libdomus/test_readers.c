/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of a console over real sockets: replay, who may type, handing over, falling behind, the
 * listener. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <public/io/console.h>

#include "../../../dom0-tools/consoled/consoled.h"
#include "suites.h"

static struct consoled daemon_state;
static struct guest *guest;
static struct xencons_interface page;
static char typed[4096];
static size_t typed_count;

/* In place of pty.c and guest.c. */
bool pty_active(const struct guest *g)
{
    (void)g;
    return false;
}

void guest_input(struct consoled *c, struct guest *g, const char *bytes, size_t count)
{
    (void)c;
    con_ring_put(&g->ring, bytes, count);
    memcpy(typed + typed_count, bytes, count);
    typed_count += count;
}

static void set_up(void)
{
    memset(&daemon_state, 0, sizeof(daemon_state));
    memset(&page, 0, sizeof(page));
    typed_count = 0;
    guest = calloc(1, sizeof(*guest));
    guest->listener = guest->pty.fd = -1;
    guest->page = &page;
    con_ring_init(&guest->ring, &page);
    for (int i = 0; i < READERS_MAX; i++)
        guest->readers[i].fd = -1;
}

static void clean_up(void)
{
    for (int i = 0; i < READERS_MAX; i++)
        reader_close(guest, &guest->readers[i]);
    free(guest);
}

/* Our end of a new reader's connection. */
static int connect_reader(int i)
{
    int ends[2];

    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    reader_open(&daemon_state, guest, &guest->readers[i], ends[0]);
    return ends[1];
}

static void check_reads(int fd, const char *expected)
{
    char bytes[4096];
    ssize_t n = read(fd, bytes, sizeof(bytes) - 1);

    bytes[n > 0 ? n : 0] = '\0';
    CU_ASSERT_STRING_EQUAL(bytes, expected);
}

static void type(int fd, int i, const char *text)
{
    CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    reader_input(&daemon_state, guest, &guest->readers[i]);
}

static void replay(void)
{
    int a, b;

    set_up();
    history_add(&guest->history, "booting\n", 8);
    a = connect_reader(0);
    check_reads(a, "booting\n");
    history_add(&guest->history, "up\n", 3);
    readers_flush(guest);
    b = connect_reader(1);
    check_reads(a, "up\n");
    check_reads(b, "booting\nup\n");
    CU_ASSERT_FALSE(readers_waiting(guest));
    close(a);
    close(b);
    clean_up();
}

static void one_typist(void)
{
    int a, b, c;

    set_up();
    a = connect_reader(5);
    b = connect_reader(2);
    c = connect_reader(9);
    type(a, 5, "ls\n");
    type(b, 2, "rm -rf /\n");
    type(b, 2, "again\n");
    CU_ASSERT_EQUAL(typed_count, 3);
    CU_ASSERT_EQUAL(memcmp(typed, "ls\n", 3), 0);
    check_reads(b, "\r\n[domus: another reader has the keyboard]\r\n"); /* once */
    close(a);
    type(c, 9, "x"); /* not yet noticed that a is gone: still not c's turn */
    reader_input(&daemon_state, guest, &guest->readers[5]);
    check_reads(b, "\r\n[domus: you may type now]\r\n");
    type(b, 2, "id\n");
    CU_ASSERT_EQUAL(typed_count, 6);
    CU_ASSERT_EQUAL(memcmp(page.in, "ls\nid\n", 6), 0);
    close(b);
    close(c);
    clean_up();
}

/* The ring is full: what was typed stays in the socket until the guest takes bytes. */
static void full_ring(void)
{
    char many[1500];
    int a;

    set_up();
    a = connect_reader(0);
    memset(many, 'x', sizeof(many));
    CU_ASSERT_EQUAL(write(a, many, sizeof(many)), (ssize_t)sizeof(many));
    for (int i = 0; i < 3; i++)
        reader_input(&daemon_state, guest, &guest->readers[0]);
    CU_ASSERT_EQUAL(typed_count, 1024);
    page.in_cons += 100;
    reader_input(&daemon_state, guest, &guest->readers[0]);
    CU_ASSERT_EQUAL(typed_count, 1124);
    page.in_cons = page.in_prod;
    reader_input(&daemon_state, guest, &guest->readers[0]);
    CU_ASSERT_EQUAL(typed_count, 1500);
    close(a);
    clean_up();
}

/* One that does not read loses old bytes and hears so; the other misses nothing. */
static void slow_reader(void)
{
    static char line[1000];
    char *all = malloc(4 << 20);
    size_t got = 0, fast_bytes = 0;
    int slow, fast;
    ssize_t n;

    set_up();
    slow = connect_reader(0);
    fast = connect_reader(1);
    memset(line, 'y', sizeof(line));
    for (int i = 0; i < 1000; i++) {
        history_add(&guest->history, line, sizeof(line));
        readers_flush(guest);
        while ((n = read(fast, all, 4096)) > 0)
            fast_bytes += (size_t)n;
    }
    CU_ASSERT_EQUAL(fast_bytes, 1000000);
    CU_ASSERT_TRUE(readers_waiting(guest));
    do {
        while ((n = read(slow, all + got, 65536)) > 0)
            got += (size_t)n;
        readers_flush(guest);
    } while (readers_waiting(guest));
    while ((n = read(slow, all + got, 65536)) > 0)
        got += (size_t)n;
    all[got] = '\0';
    CU_ASSERT(got < 1000000);
    CU_ASSERT_PTR_NOT_NULL(strstr(all, "bytes skipped]"));
    close(slow);
    close(fast);
    free(all);
    clean_up();
}

static void hung_up(void)
{
    int a;

    set_up();
    a = connect_reader(0);
    shutdown(a, SHUT_WR);
    reader_input(&daemon_state, guest, &guest->readers[0]);
    CU_ASSERT_TRUE(guest->readers[0].hung_up);
    history_add(&guest->history, "still heard", 11);
    readers_flush(guest);
    check_reads(a, "still heard");
    close(a);
    history_add(&guest->history, "x", 1);
    readers_flush(guest);
    CU_ASSERT_EQUAL(guest->readers[0].fd, -1);
    clean_up();
}

static void listener(void)
{
    char dir[] = "/tmp/domus-run-XXXXXX", sub[64];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int clients[READERS_MAX + 1];
    struct stat st;

    set_up();
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    snprintf(sub, sizeof(sub), "%s/console", dir);
    CU_ASSERT_EQUAL(mkdir(sub, 0700), 0);
    daemon_state.run_dir = dir;
    guest->domid = 7;
    for (int round = 0; round < 2; round++) { /* the second finds the first one's socket */
        if (guest->listener >= 0)
            close(guest->listener);
        CU_ASSERT_EQUAL_FATAL(readers_listen(&daemon_state, guest), 0);
    }
    CU_ASSERT_EQUAL(stat(guest->socket_path, &st), 0);
    CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
    memcpy(address.sun_path, guest->socket_path, sizeof(address.sun_path));
    for (int i = 0; i <= READERS_MAX; i++) {
        clients[i] = socket(AF_UNIX, SOCK_STREAM, 0);
        CU_ASSERT_EQUAL_FATAL(connect(clients[i], (struct sockaddr *)&address, sizeof(address)), 0);
        readers_accept(&daemon_state, guest);
    }
    check_reads(clients[READERS_MAX], "[domus: too many readers of this console]\r\n");
    check_reads(clients[READERS_MAX], "");
    for (int i = 0; i <= READERS_MAX; i++)
        close(clients[i]);
    readers_stop_listening(guest);
    CU_ASSERT_EQUAL(stat(sub, &st), 0);
    CU_ASSERT_EQUAL(rmdir(sub), 0); /* the socket is gone */
    rmdir(dir);
    clean_up();
}

const struct test reader_tests[] = {
    {"what was said before, then what follows", replay},
    {"one may type; the next one takes over", one_typist},
    {"typing into a full ring", full_ring},
    {"readers that fall behind", slow_reader},
    {"a reader that only listens, and one that is gone", hung_up},
    {"the socket, and one reader too many", listener},
    {NULL, NULL},
};
