/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_io: dom0 writes to and reads from the machine's console as it likes. What other guests
 * write is for debugging: gathered into lines, stripped of control characters, shown with the
 * guest's number when guest_loglvl= lets debug messages through, at the rate it sets.
 */
#include <hv/domain.h>
#include <hv/guest_copy.h>
#include <hv/heap.h>
#include <hv/hypercall.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/vcpu.h>
#include <public/errno.h>

#define CHUNK    128
#define LINE_MAX 200

static void end_line(struct domain *d)
{
    if (guest_log_allowed(LOG_DEBUG))
        console_write_guest(d->id, d->console_line, d->console_len);
    d->console_len = 0;
}

/* The domain's lock keeps its vCPUs' lines apart. */
static void gather(struct domain *d, const char *text, size_t len)
{
    spin_lock(&d->lock);
    if (!d->console_line)
        d->console_line = hv_zalloc(LINE_MAX);
    for (size_t i = 0; d->console_line && i < len; i++) {
        char c = text[i];

        if (c == '\n')
            end_line(d);
        else if ((c >= ' ' && c < 127) || c == '\t')
            d->console_line[d->console_len++] = c;
        if (d->console_len == LINE_MAX)
            end_line(d);
    }
    spin_unlock(&d->lock);
}

static long write_text(struct domain *d, unsigned int count, gva_t buffer)
{
    char chunk[CHUNK];

    while (count) {
        unsigned int n = MIN(count, (unsigned int)CHUNK);

        if (guest_read(chunk, buffer, n))
            return -XEN_EFAULT;
        if (d->is_privileged)
            console_write_dom0(chunk, n);
        else if (guest_log_enabled(LOG_DEBUG))
            gather(d, chunk, n);
        count -= n;
        buffer = gva_add(buffer, n);
        if (count && hypercall_should_preempt())
            return hypercall_continue(__HYPERVISOR_console_io, 3, (uint64_t)CONSOLEIO_write,
                                      (uint64_t)count, buffer.a);
    }
    return 0;
}

static long read_text(unsigned int count, gva_t buffer)
{
    char chunk[CHUNK];
    size_t n = console_input_read(chunk, MIN(count, (unsigned int)CHUNK));

    return guest_write(buffer, chunk, n) ? -XEN_EFAULT : (long)n;
}

long do_console_io(unsigned int cmd, unsigned int count, gva_t buffer)
{
    struct domain *d = current_vcpu()->domain;

    if (count > INT32_MAX) /* the answer is a signed number */
        return -XEN_EINVAL;
    switch (cmd) {
    case CONSOLEIO_write:
        return write_text(d, count, buffer);
    case CONSOLEIO_read:
        return d->is_privileged ? read_text(count, buffer) : -XEN_EPERM;
    default:
        return -XEN_ENOSYS;
    }
}
