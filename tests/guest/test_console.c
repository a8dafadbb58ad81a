/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's console as the first domain uses it: text goes out whole, also pages of it, with
 * bytes that are no text; reading without input answers none; bad buffers and commands are refused.
 */
#include "test.h"

void test_run(void)
{
    char *page = page_alloc();
    char input[16];

    if (!guest_is_dom0())
        test_skip("the console ring is tested from the other side");
    CHECK_EQ(hypercall_console_io(CONSOLEIO_write, 0, page), 0);
    CHECK_EQ(hypercall_console_io(CONSOLEIO_write, 6, "plain\n"), 0);
    for (unsigned int i = 0; i < 600; i++)
        page[i] = i % 64 == 63 ? '\n' : 'x';
    CHECK_EQ(hypercall_console_io(CONSOLEIO_write, 576, page), 0);
    CHECK_EQ(hypercall_console_io(CONSOLEIO_write, 4, "\x01\x7f\x80\n"), 0);
    CHECK_EQ(hypercall_console_io(CONSOLEIO_read, sizeof(input), input), 0);
    CHECK_EQ(hypercall_console_io(CONSOLEIO_write, 8, (char *)0x10000), -XEN_EFAULT);
    CHECK_EQ(hypercall_console_io(CONSOLEIO_write, 8, (char *)(HYPERVISOR_VIRT_END - PAGE_SIZE)),
             -XEN_EFAULT);
    CHECK_EQ(hypercall_console_io(77, 8, page), -XEN_ENOSYS);
    page_free(page);
}
