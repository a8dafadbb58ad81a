/* SPDX-License-Identifier: Apache-2.0 */
/* Start of day and the end: brings the runtime up in order, calls the program, shuts down. */
#include <guest/event.h>
#include <guest/hypercall.h>
#include <guest/pagetable.h>
#include <guest/runtime.h>
#include <guest/trap.h>

struct start_info *guest_info;
struct shared_info *guest_shared;
unsigned long guest_entry_sp;

/* Address space for shared_info: its own frame is never used. */
static uint8_t shared_info_window[PAGE_SIZE] __attribute__((aligned(4096)));

void guest_start(struct start_info *info);

int guest_is_dom0(void)
{
    return (guest_info->flags & SIF_INITDOMAIN) != 0;
}

void guest_shutdown(unsigned int reason)
{
    struct sched_shutdown arg = {.reason = reason};

    for (;;)
        hypercall_sched_op(SCHEDOP_shutdown, &arg);
}

void __attribute__((weak)) guest_panic_hook(const char *what)
{
    (void)what;
}

void guest_panic(const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    printf("guest panic: %s\n", text);
    guest_panic_hook(text);
    guest_shutdown(SHUTDOWN_crash);
}

void guest_start(struct start_info *info)
{
    long rc;

    guest_info = info;
    console_init();
    trap_init();
    rc = hypercall_update_va_mapping((unsigned long)shared_info_window, info->shared_info | PTE_RW,
                                     UVMF_INVLPG | UVMF_LOCAL);
    if (rc)
        guest_panic("shared_info at machine address %#lx cannot be mapped: error %ld",
                    info->shared_info, rc);
    guest_shared = (struct shared_info *)shared_info_window;
    event_init();
    page_init();
    guest_main();
    guest_shutdown(SHUTDOWN_poweroff);
}
