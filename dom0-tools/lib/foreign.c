/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Foreign frames. The kernel reports an error for each frame; a caller without interest in them
 * gets all or nothing.
 */
#include <domus/foreign.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "host.h"
#include "linux_xen.h"

/* The first error in the list, 0 if all are fine. */
static int first_error(const int *errs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (errs[i])
            return errs[i];
    }
    return 0;
}

void *dom_foreign_map(struct dom_host *host, uint32_t domid, int prot, const uint64_t *frames,
                      size_t count, int *errs)
{
    struct privcmd_mmap_batch batch = {
        .num = (uint32_t)count, .domid = (uint16_t)domid, .array = frames};
    int *own = NULL;
    int error = 0;
    void *p;

    if (count == 0 || count > UINT32_MAX / DOM_PAGE) {
        errno = EINVAL;
        return NULL;
    }
    if (!errs) {
        own = calloc(count, sizeof(*own));
        if (!own)
            return NULL;
    }
    batch.errors = errs ? errs : own;
    p = mmap(NULL, count * DOM_PAGE, prot, MAP_SHARED, host->privcmd, 0);
    if (p == MAP_FAILED) {
        error = errno;
        p = NULL;
    } else {
        batch.address = (uintptr_t)p;
        /* ENOENT only says that a frame was paged out; its own error says which. */
        if (ioctl(host->privcmd, PRIVCMD_MMAP_BATCH, &batch) < 0 && errno != ENOENT)
            error = errno;
        if (!error && own)
            error = -first_error(own, count);
        if (error) {
            munmap(p, count * DOM_PAGE);
            p = NULL;
        }
    }
    free(own);
    if (error)
        errno = error;
    return p;
}

void dom_foreign_unmap(void *address, size_t count)
{
    int saved = errno;

    if (address)
        munmap(address, count * DOM_PAGE);
    errno = saved;
}
