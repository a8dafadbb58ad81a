/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Foreign writes and populating, in windows: our own address space and the kernel's lists stay
 * small for a domain of any size.
 */
#include "guest_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <domus/domctl.h>
#include <domus/foreign.h>

#include "host.h"

#define WINDOW_PAGES 1024UL
#define SUPER_ORDER  9
#define SUPER_PAGES  (1UL << SUPER_ORDER)

int dom_guest_write(const struct dom_guest *guest, uint64_t paddr, const void *data, uint64_t size)
{
    uint64_t limit = guest->pages * DOM_PAGE;
    uint64_t done = 0;

    if (paddr > limit || size > limit - paddr) {
        errno = EFAULT;
        return -1;
    }
    while (done < size) {
        uint64_t offset = (paddr + done) % DOM_PAGE;
        uint64_t first = (paddr + done) / DOM_PAGE;
        uint64_t bytes = WINDOW_PAGES * DOM_PAGE - offset;
        size_t pages;
        char *window;

        if (bytes > size - done)
            bytes = size - done;
        pages = (offset + bytes + DOM_PAGE - 1) / DOM_PAGE;
        window = dom_foreign_map(guest->host, guest->domid, PROT_READ | PROT_WRITE,
                                 guest->mfns + first, pages, NULL);
        if (!window)
            return -1;
        if (data)
            memcpy(window + offset, (const char *)data + done, bytes);
        else
            memset(window + offset, 0, bytes);
        dom_foreign_unmap(window, pages);
        done += bytes;
    }
    return 0;
}

/* As many whole 2 MiB pieces as the host gives; returns pages done, always a multiple of
 * SUPER_PAGES. */
static int64_t populate_super(struct dom_guest *guest)
{
    uint64_t count = guest->pages / SUPER_PAGES;
    uint64_t *bases;
    int64_t got;

    if (count == 0)
        return 0;
    bases = malloc(count * sizeof(*bases));
    if (!bases)
        return -1;
    for (uint64_t i = 0; i < count; i++)
        bases[i] = i * SUPER_PAGES;
    got = dom_populate(guest->host, guest->domid, bases, count, SUPER_ORDER);
    for (int64_t i = 0; i < got; i++) {
        for (uint64_t j = 0; j < SUPER_PAGES; j++)
            guest->mfns[(uint64_t)i * SUPER_PAGES + j] = bases[i] + j;
    }
    free(bases);
    /* A host too fragmented, or a hypervisor that refuses this order, still gives single pages. */
    return got < 0 ? 0 : got * (int64_t)SUPER_PAGES;
}

int64_t dom_guest_populate(struct dom_guest *guest)
{
    int64_t done = populate_super(guest);
    int64_t got;

    if (done < 0)
        return -1;
    for (uint64_t pfn = (uint64_t)done; pfn < guest->pages; pfn++)
        guest->mfns[pfn] = pfn;
    got = dom_populate(guest->host, guest->domid, guest->mfns + done, guest->pages - (uint64_t)done,
                       0);
    if (got < 0)
        return done ? done : -1;
    return done + got;
}
