/* SPDX-License-Identifier: Apache-2.0 */
/* The host machine's console and its endings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <hv/arch.h>
#include <hv/personality.h>
#include <arch/host.h>
#include "host_internal.h"

#define KEPT 65536

bool host_console_quiet;
static char kept[KEPT + 1];
static size_t used;

void arch_console_write(const char *text, size_t len)
{
    if (!host_console_quiet)
        fwrite(text, 1, len, stdout);
    if (len > KEPT) {
        text += len - KEPT;
        len = KEPT;
    }
    if (used + len > KEPT) {
        size_t drop = used + len - KEPT;

        memmove(kept, kept + drop, used - drop);
        used -= drop;
    }
    memcpy(kept + used, text, len);
    used += len;
    kept[used] = '\0';
}

const char *host_console_text(void)
{
    return kept;
}

void host_console_clear(void)
{
    used = 0;
    kept[0] = '\0';
}

static void __noreturn stop_process(void)
{
    if (host_console_quiet)
        fputs(kept, stderr);
    fflush(stdout);
    abort();
}

static void __noreturn end_process(unsigned int reason)
{
    printf("host: the machine shuts down, reason %u\n", reason);
    exit(0);
}

void (*host_on_panic)(void) __noreturn = stop_process;
void (*host_on_shutdown)(unsigned int reason) __noreturn = end_process;

void arch_panic_stop(void)
{
    host_on_panic();
}

void arch_machine_shutdown(unsigned int reason)
{
    host_on_shutdown(reason);
}

void arch_dump_stack(void)
{
}

/* In a child of host_panics(): 3 says that there was a panic, and the parent's text was in it. */
static const char *expected;

static void __noreturn child_panicked(void)
{
    _exit(strstr(kept, expected) ? 3 : 4);
}

bool host_panics(void (*fn)(void), const char *what)
{
    pid_t child;
    int status;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        host_console_quiet = true;
        host_console_clear();
        expected = what;
        host_on_panic = child_panicked;
        fn();
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 3;
}
