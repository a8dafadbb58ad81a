/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon as a process, over a real socket in a directory of its own, with the client library
 * and the commands: start and end, many clients, events while a call waits, hostile streams, a
 * daemon that dies. No hypervisor is needed.
 *
 * Arguments: the daemon and the command program to test.
 */
#include "xenstore/client.h"

#include "public/io/xs_wire.h"

#include <CUnit/Basic.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_MS 10000

static const char *daemon_path, *command_path;
static char dir[64] = "/tmp/xenstore-test-XXXXXX", sock[128], pid_path[128];
static struct xsc_handle *h;

static pid_t read_pid(void)
{
    FILE *f = fopen(pid_path, "r");
    int pid = 0;

    if (f) {
        if (fscanf(f, "%d", &pid) != 1)
            pid = 0;
        fclose(f);
    }
    return pid;
}

/* Run a shell command line with the daemon's socket in its environment; its output in OUT, its exit
 * code returned. */
static int sh(char *out, size_t size, const char *fmt, ...)
{
    char line[1024], quoted[1200];
    size_t len;
    va_list ap;
    FILE *p;

    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    snprintf(quoted, sizeof(quoted), "PATH=%s:$PATH; %s", dir, line);
    p = popen(quoted, "r");
    len = fread(out, 1, size - 1, p);
    out[len] = 0;
    return WEXITSTATUS(pclose(p));
}

static int start_daemon(void)
{
    char out[512];
    int rc = sh(out, sizeof(out),
                "timeout 20 %s --no-domains --socket %s -F %s -T %s/trace </dev/null 2>&1",
                daemon_path, sock, pid_path, dir);

    if (rc)
        printf("daemon: %s\n", out);
    return rc;
}

/* Has the process ended? One that only waits for its parent to notice has. */
static bool has_ended(pid_t pid)
{
    char path[64], state = 'Z';
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    f = fopen(path, "r");
    if (!f)
        return true;
    if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
        state = 'Z';
    fclose(f);
    return state == 'Z' || state == 'X';
}

/* Wait until the process is gone (bounded). */
static bool stopped(pid_t pid)
{
    for (int i = 0; i < WAIT_MS / 10; i++) {
        if (has_ended(pid))
            return true;
        poll(NULL, 0, 10);
    }
    return false;
}

static void begin_test(void)
{
    CU_ASSERT_EQUAL_FATAL(start_daemon(), 0);
    h = xsc_open();
    CU_ASSERT_PTR_NOT_NULL_FATAL(h);
}

static void end_test(void)
{
    pid_t pid = read_pid();

    if (h && pid) {
        const char *check = "check";
        char *answer = NULL;

        CU_ASSERT_EQUAL(xsc_control(h, &check, 1, &answer), 0);
        CU_ASSERT(answer && !strcmp(answer, "OK"));
        free(answer);
    }
    xsc_close(h);
    h = NULL;
    if (pid) {
        kill(pid, SIGTERM);
        CU_ASSERT(stopped(pid));
        CU_ASSERT_NOT_EQUAL(access(sock, F_OK), 0);
        CU_ASSERT_NOT_EQUAL(access(pid_path, F_OK), 0);
    }
}

static void library_calls(void)
{
    struct xsc_perm perms[] = {{0, XSC_PERM_READ}, {7, XSC_PERM_READ | XSC_PERM_WRITE}}, *got;
    char *value, **names;
    size_t len, count;
    uint64_t number;

    CU_ASSERT_EQUAL(xsc_write(h, XSC_NO_TXN, "/a/b", "x\0y", 3), 0);
    CU_ASSERT_EQUAL(xsc_read(h, XSC_NO_TXN, "/a/b", &value, &len), 0);
    CU_ASSERT_EQUAL(len, 3);
    CU_ASSERT_EQUAL(memcmp(value, "x\0y", 4), 0);
    free(value);
    CU_ASSERT_EQUAL(xsc_read(h, XSC_NO_TXN, "/none", &value, &len), -1);
    CU_ASSERT_EQUAL(errno, ENOENT);
    CU_ASSERT_EQUAL(xsc_read(h, XSC_NO_TXN, "/no//ne", &value, &len), -1);
    CU_ASSERT_EQUAL(errno, EINVAL);
    CU_ASSERT_EQUAL(xsc_exists(h, XSC_NO_TXN, "/a"), 1);
    CU_ASSERT_EQUAL(xsc_exists(h, XSC_NO_TXN, "/none"), 0);
    CU_ASSERT_EQUAL(xsc_mkdir(h, XSC_NO_TXN, "/a/c"), 0);
    CU_ASSERT_EQUAL(xsc_directory(h, XSC_NO_TXN, "/a", &names, &count), 0);
    CU_ASSERT_EQUAL_FATAL(count, 2);
    CU_ASSERT_STRING_EQUAL(names[0], "b");
    CU_ASSERT_STRING_EQUAL(names[1], "c");
    free(names);
    CU_ASSERT_EQUAL(xsc_directory(h, XSC_NO_TXN, "/a/c", &names, &count), 0);
    CU_ASSERT_EQUAL(count, 0);
    free(names);
    CU_ASSERT_EQUAL(xsc_set_perms(h, XSC_NO_TXN, "/a", perms, 2), 0);
    CU_ASSERT_EQUAL(xsc_get_perms(h, XSC_NO_TXN, "/a", &got, &count), 0);
    CU_ASSERT_EQUAL(count, 2);
    CU_ASSERT_EQUAL(memcmp(got, perms, sizeof(perms)), 0);
    free(got);
    CU_ASSERT_EQUAL(xsc_writef(h, XSC_NO_TXN, "/n", "%d", 4711), 0);
    CU_ASSERT_EQUAL(xsc_read_u64f(h, XSC_NO_TXN, &number, "/%s", "n"), 0);
    CU_ASSERT_EQUAL(number, 4711);
    CU_ASSERT_EQUAL(xsc_read_u64f(h, XSC_NO_TXN, &number, "/a/b"), -1);
    CU_ASSERT_EQUAL(errno, EINVAL);
    CU_ASSERT_EQUAL(xsc_readf(h, XSC_NO_TXN, &value, "/%c", 'n'), 0);
    CU_ASSERT_STRING_EQUAL(value, "4711");
    free(value);
    CU_ASSERT_EQUAL(xsc_rm(h, XSC_NO_TXN, "/a"), 0);
    CU_ASSERT_EQUAL(xsc_exists(h, XSC_NO_TXN, "/a/b"), 0);
    CU_ASSERT_EQUAL(xsc_get_domain_path(h, 12, &value), 0);
    CU_ASSERT_STRING_EQUAL(value, "/local/domain/12");
    free(value);
    CU_ASSERT_EQUAL(xsc_is_domain_introduced(h, 12), 0);
    CU_ASSERT_EQUAL(xsc_release_domain(h, 12), -1);
    CU_ASSERT_EQUAL(errno, ENOENT);
    CU_ASSERT_EQUAL(xsc_introduce_domain(h, 12, 1, 1), -1);
    CU_ASSERT_EQUAL(errno, ENOSYS);
}

/* Lists over several messages, and requests too large to send. */
static void large_things(void)
{
    static char big[XENSTORE_PAYLOAD_MAX + 1];
    char path[32], **names, *value;
    size_t count, len;

    for (int i = 0; i < 1200; i++) {
        snprintf(path, sizeof(path), "/big/child%d", i);
        CU_ASSERT_EQUAL(xsc_mkdir(h, XSC_NO_TXN, path), 0);
    }
    CU_ASSERT_EQUAL(xsc_directory(h, XSC_NO_TXN, "/big", &names, &count), 0);
    CU_ASSERT_EQUAL(count, 1200);
    free(names);
    memset(big, 'x', sizeof(big));
    CU_ASSERT_EQUAL(xsc_write(h, XSC_NO_TXN, "/v", big, XENSTORE_PAYLOAD_MAX - 3), 0);
    CU_ASSERT_EQUAL(xsc_read(h, XSC_NO_TXN, "/v", &value, &len), 0);
    CU_ASSERT_EQUAL(len, XENSTORE_PAYLOAD_MAX - 3);
    free(value);
    CU_ASSERT_EQUAL(xsc_write(h, XSC_NO_TXN, "/v", big, XENSTORE_PAYLOAD_MAX - 2), -1);
    CU_ASSERT_EQUAL(errno, E2BIG);
    CU_ASSERT_EQUAL(xsc_exists(h, XSC_NO_TXN, "/v"), 1);
}

static void expect_event(const char *path, const char *token)
{
    struct xsc_event ev = {0};

    CU_ASSERT_EQUAL_FATAL(xsc_wait_event(h, WAIT_MS, &ev), 0);
    CU_ASSERT_STRING_EQUAL(ev.path, path);
    CU_ASSERT_STRING_EQUAL(ev.token, token);
    xsc_event_free(&ev);
}

static void events_while_calling(void)
{
    struct xsc_handle *other = xsc_open();
    struct xsc_event ev;

    CU_ASSERT_EQUAL(xsc_watch(h, "/w", "tok"), 0);
    expect_event("/w", "tok");
    CU_ASSERT_EQUAL(xsc_watch(h, "/w", "tok"), -1);
    CU_ASSERT_EQUAL(errno, EEXIST);
    CU_ASSERT_EQUAL(xsc_wait_event(h, 0, &ev), -1);
    CU_ASSERT_EQUAL(errno, ETIMEDOUT);
    for (int i = 0; i < 50; i++) {
        char path[16];

        snprintf(path, sizeof(path), "/w/%d", i);
        CU_ASSERT_EQUAL(xsc_writef(other, XSC_NO_TXN, path, "%d", i), 0);
        CU_ASSERT_EQUAL(xsc_exists(h, XSC_NO_TXN, path), 1);
    }
    for (int i = 0; i < 50; i++) {
        char path[16];

        snprintf(path, sizeof(path), "/w/%d", i);
        expect_event(path, "tok");
    }
    CU_ASSERT_EQUAL(xsc_writef(h, XSC_NO_TXN, "/w/x", "1"), 0);
    CU_ASSERT_EQUAL(xsc_unwatch(h, "/w", "tok"), 0);
    CU_ASSERT_EQUAL(xsc_wait_event(h, 0, &ev), -1);
    CU_ASSERT_EQUAL(xsc_unwatch(h, "/w", "tok"), -1);
    CU_ASSERT_EQUAL(xsc_watch(h, "/w", "tok"), 0);
    CU_ASSERT_EQUAL(xsc_reset_watches(h), 0);
    CU_ASSERT_EQUAL(xsc_wait_event(h, 0, &ev), -1);
    xsc_close(other);
}

/* A counter incremented by several processes at once: every conflict must be seen. */
static void transactions_between_processes(void)
{
    enum { PROCESSES = 4, ROUNDS = 50 };
    uint64_t total;

    CU_ASSERT_EQUAL(xsc_writef(h, XSC_NO_TXN, "/counter", "0"), 0);
    fflush(stdout);
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            struct xsc_handle *mine = xsc_open();
            int rc = 1;

            for (int k = 0; mine && k < ROUNDS; k++) {
                do {
                    uint64_t n = 0;
                    xsc_txn t = 0;

                    rc = xsc_transaction_start(mine, &t) ||
                         xsc_read_u64f(mine, t, &n, "/counter") ||
                         xsc_writef(mine, t, "/counter", "%llu", (unsigned long long)n + 1);
                    if (rc)
                        _exit(1);
                    rc = xsc_transaction_end(mine, t, true);
                } while (rc == XSC_AGAIN);
            }
            _exit(rc ? 1 : 0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = 1;

        wait(&status);
        CU_ASSERT_EQUAL(status, 0);
    }
    CU_ASSERT_EQUAL(xsc_read_u64f(h, XSC_NO_TXN, &total, "/counter"), 0);
    CU_ASSERT_EQUAL(total, PROCESSES * ROUNDS);
}

static int raw_connect(void)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    strcpy(addr.sun_path, sock);
    CU_ASSERT_EQUAL(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    return fd;
}

/* Read until the other side closes or LEN bytes are here; bounded. */
static size_t read_all(int fd, char *buf, size_t len)
{
    size_t have = 0;
    struct pollfd p = {.fd = fd, .events = POLLIN};

    while (have < len && poll(&p, 1, WAIT_MS) > 0) {
        ssize_t n = read(fd, buf + have, len - have);

        if (n <= 0)
            break;
        have += (size_t)n;
    }
    return have;
}

static void hostile_streams(void)
{
    struct xsd_sockmsg bad = {.type = XS_READ, .len = 0x7fffffff},
                       half = {.type = XS_READ, .len = 9};
    char buf[16];
    int fd = raw_connect(), fd2 = raw_connect();

    CU_ASSERT_EQUAL(write(fd, &bad, sizeof(bad)), (ssize_t)sizeof(bad));
    CU_ASSERT_EQUAL(read_all(fd, buf, 1), 0);
    close(fd);
    /* Half a request, and gone. */
    CU_ASSERT_EQUAL(write(fd2, &half, sizeof(half)), (ssize_t)sizeof(half));
    close(fd2);
    CU_ASSERT_EQUAL(xsc_exists(h, XSC_NO_TXN, "/"), 1);
}

/* Hundreds of requests at once, answers read only afterwards: all are answered, in order. */
static void pipelining(void)
{
    enum { N = 3000 };
    struct message {
        struct xsd_sockmsg header;
        char path[2];
    } __attribute__((packed)) *out = calloc(N, sizeof(*out));
    char *in = malloc(N * sizeof(struct xsd_sockmsg));
    int fd = raw_connect();
    pid_t writer;

    for (uint32_t i = 0; i < N; i++) {
        out[i].header = (struct xsd_sockmsg){.type = XS_READ, .req_id = i, .len = 2};
        memcpy(out[i].path, "/", 2);
    }
    fflush(stdout);
    writer = fork();
    if (!writer) {
        size_t at = 0;

        while (at < N * sizeof(*out)) {
            ssize_t n = write(fd, (char *)out + at, N * sizeof(*out) - at);

            if (n <= 0)
                _exit(1);
            at += (size_t)n;
        }
        _exit(0);
    }
    CU_ASSERT_EQUAL(read_all(fd, in, N * sizeof(struct xsd_sockmsg)),
                    N * sizeof(struct xsd_sockmsg));
    for (uint32_t i = 0; i < N; i++)
        CU_ASSERT_EQUAL(((struct xsd_sockmsg *)in)[i].req_id, i);
    waitpid(writer, NULL, 0);
    close(fd);
    free(in);
    free(out);
}

static size_t open_fds(void)
{
    char out[64];

    sh(out, sizeof(out), "ls /proc/%d/fd | wc -l", (int)read_pid());
    return (size_t)atoi(out);
}

static void no_descriptor_leaks(void)
{
    size_t before = open_fds();

    for (int i = 0; i < 200; i++) {
        struct xsc_handle *c = xsc_open();

        CU_ASSERT_PTR_NOT_NULL_FATAL(c);
        CU_ASSERT_EQUAL(xsc_watch(c, "/", "t"), 0);
        xsc_close(c);
    }
    /* The last ends are seen in the order of the queue: a call of ours comes behind them. */
    for (int i = 0; i < WAIT_MS / 10 && open_fds() != before; i++)
        poll(NULL, 0, 10);
    CU_ASSERT_EQUAL(open_fds(), before);
}

static void daemon_goes_away(void)
{
    pid_t pid = read_pid();
    struct xsc_event ev;

    kill(pid, SIGKILL);
    CU_ASSERT(stopped(pid));
    CU_ASSERT_EQUAL(xsc_wait_event(h, WAIT_MS, &ev), -1);
    CU_ASSERT_EQUAL(errno, ECONNRESET);
    CU_ASSERT_EQUAL(xsc_exists(h, XSC_NO_TXN, "/"), -1);
    CU_ASSERT_EQUAL(errno, ENOTCONN);
    xsc_close(h);
    /* The dead one's socket file is in nobody's way. */
    CU_ASSERT_EQUAL(start_daemon(), 0);
    h = xsc_open();
    CU_ASSERT_PTR_NOT_NULL_FATAL(h);
    CU_ASSERT_EQUAL(xsc_exists(h, XSC_NO_TXN, "/tool/xenstored"), 1);
}

/* A daemon that does not answer costs a caller its patience, not its life. */
static void silent_daemon(void)
{
    pid_t pid = read_pid();

    kill(pid, SIGSTOP);
    xsc_set_timeout(h, 50);
    CU_ASSERT_EQUAL(xsc_exists(h, XSC_NO_TXN, "/"), -1);
    CU_ASSERT_EQUAL(errno, ETIMEDOUT);
    CU_ASSERT_EQUAL(xsc_exists(h, XSC_NO_TXN, "/"), -1);
    CU_ASSERT_EQUAL(errno, ENOTCONN);
    kill(pid, SIGCONT);
    xsc_close(h);
    h = xsc_open();
}

static void second_daemon(void)
{
    char out[512];

    CU_ASSERT_EQUAL(sh(out, sizeof(out), "%s -N --no-domains --socket %s 2>&1", daemon_path, sock),
                    1);
    CU_ASSERT_PTR_NOT_NULL(strstr(out, "another xenstored runs there"));
    CU_ASSERT_EQUAL(
        sh(out, sizeof(out), "%s --no-domains --socket %s/f/s 2>&1", daemon_path, pid_path), 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(out, "cannot listen at"));
    CU_ASSERT_EQUAL(sh(out, sizeof(out), "%s --bogus 2>&1", daemon_path), 2);
    CU_ASSERT_EQUAL(sh(out, sizeof(out), "%s word 2>&1", daemon_path), 2);
    CU_ASSERT_EQUAL(sh(out, sizeof(out), "%s --help", daemon_path), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(out, "--pid-file"));
    CU_ASSERT_EQUAL(xsc_exists(h, XSC_NO_TXN, "/tool/xenstored"), 1);
}

static void socket_is_private(void)
{
    struct stat st;

    CU_ASSERT_EQUAL(stat(sock, &st), 0);
    CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
}

#define SH(want_rc, want_out, ...)                                                                 \
    do {                                                                                           \
        CU_ASSERT_EQUAL(sh(out, sizeof(out), __VA_ARGS__), want_rc);                               \
        CU_ASSERT_STRING_EQUAL(out, want_out);                                                     \
    } while (0)

static void commands(void)
{
    char out[4096];

    SH(0, "", "xenstore-write /c/one 1 /c/two 'a\\tb'");
    SH(0, "1\na\\tb\n", "xenstore-read /c/one /c/two");
    SH(0, "a\tb", "xenstore-read -R /c/two");
    SH(0, "/c/one: 1\n", "xenstore-read -p /c/one");
    SH(0, "1\n", "xenstore read /c/one");
    SH(1, "xenstore-read: couldn't read path /c/no\n", "xenstore-read /c/no 2>&1");
    SH(0, "one\ntwo\n", "xenstore-list /c");
    SH(0, "/c/one\n/c/two\n", "xenstore-list -p /c");
    SH(1, "xenstore-list: could not list path /no\n", "xenstore-list /no 2>&1");
    SH(0, "", "xenstore-exists /c /c/one");
    SH(1, "", "xenstore-exists /c /c/three");
    SH(0, "", "xenstore-chmod /c/one n0 r5 b7");
    SH(0, "/c/one = \"1\"   (n0,r5,b7)\n/c/two = \"a\\tb\"   (n0)\n", "xenstore-ls -fp /c");
    SH(0,
       "one = \"1\"  . . . . . . . . . . . . . . . . . . . . . . . . .  (n0,r5,b7)\n"
       "two = \"a\\tb\" . . . . . . . . . . . . . . . . . . . . . . . .  (n0)\n",
       "xenstore-ls -p /c");
    SH(0, "c = \"\"\n one = \"1\"\n two = \"a\\tb\"\ntool = \"\"\n xenstored = \"\"\n",
       "xenstore-ls");
    SH(1, "xenstore-chmod: Invalid permission specification: 'z1'\n", "xenstore-chmod /c z1 2>&1");
    SH(0, "/c/one\n", "xenstore-watch -n 1 /c/one");
    SH(1, "xenstore-watch: -n x: expected a number of events, 1 or more\n",
       "xenstore-watch -n x /c 2>&1");
    SH(0, "", "xenstore-rm -t /c/one");
    SH(0, "", "xenstore-rm -t /c/two");
    SH(1, "", "xenstore-exists /c");
    SH(1, "xenstore-write: Usage: xenstore-write [-h] [-s] [-R] key value [...]\n",
       "xenstore-write /c 2>&1");
    SH(0, "OK\n", "xenstore-control check");
    SH(1, "xenstore-ls: xs_open: No such file or directory\n",
       "XENSTORED_PATH=/nowhere xenstore-ls 2>&1");
    /* All or nothing: the second write is refused, so the first is not made. */
    SH(1, "", "xenstore-write /d/one 1 '/bad path' 2 2>/dev/null");
    SH(1, "", "xenstore-exists /d");
}

static bool link_commands(void)
{
    static const char *const names[] = {"read", "write", "rm",    "exists", "list",
                                        "ls",   "chmod", "watch", "control"};
    char path[128];
    char *real = realpath(command_path, NULL);
    bool good = real != NULL;

    for (size_t i = 0; good && i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/xenstore-%s", dir, names[i]);
        good = symlink(real, path) == 0;
    }
    snprintf(path, sizeof(path), "%s/xenstore", dir);
    good = good && symlink(real, path) == 0;
    free(real);
    return good;
}

static void add_tests(void)
{
    CU_pSuite s = CU_add_suite_with_setup_and_teardown("socket", NULL, NULL, begin_test, end_test);

    CU_ADD_TEST(s, library_calls);
    CU_ADD_TEST(s, large_things);
    CU_ADD_TEST(s, events_while_calling);
    CU_ADD_TEST(s, transactions_between_processes);
    CU_ADD_TEST(s, hostile_streams);
    CU_ADD_TEST(s, pipelining);
    CU_ADD_TEST(s, no_descriptor_leaks);
    CU_ADD_TEST(s, daemon_goes_away);
    CU_ADD_TEST(s, silent_daemon);
    CU_ADD_TEST(s, second_daemon);
    CU_ADD_TEST(s, socket_is_private);
    CU_ADD_TEST(s, commands);
}

/* The programs to test: named by arguments, or beside this one. */
static bool find_programs(int argc, char **argv)
{
    static char self[512], daemon_file[600], command_file[600];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n < 0)
        return false;
    *strrchr(self, '/') = 0;
    snprintf(daemon_file, sizeof(daemon_file), "%s/xenstored", self);
    snprintf(command_file, sizeof(command_file), "%s/xenstore", self);
    daemon_path = argc > 2 ? argv[1] : daemon_file;
    command_path = argc > 2 ? argv[2] : command_file;
    return true;
}

int main(int argc, char **argv)
{
    unsigned run, failed;
    char out[4096];

    if (!find_programs(argc, argv) || !mkdtemp(dir) || !link_commands() ||
        CU_initialize_registry() != CUE_SUCCESS) {
        perror(dir);
        return 1;
    }
    snprintf(sock, sizeof(sock), "%s/run/xenstored/socket", dir);
    snprintf(pid_path, sizeof(pid_path), "%s/pid", dir);
    setenv("XENSTORED_PATH", sock, 1);
    signal(SIGPIPE, SIG_IGN);
    add_tests();
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    run = CU_get_number_of_tests_run();
    failed = CU_get_number_of_tests_failed();
    CU_cleanup_registry();
    if (failed && sh(out, sizeof(out), "tail -n 15 %s/trace", dir) == 0)
        printf("end of the daemon's log:\n%s", out);
    sh(out, sizeof(out), "rm -rf %s", dir);
    printf("\n%u passed, %u failed, 0 skipped\n", run - failed, failed);
    return failed || !run ? 1 : 0;
}
