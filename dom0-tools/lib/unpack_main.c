/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unpack-kernel VMLINUZ OUT: writes the ELF inside a kernel file, for tools that need the plain
 * image (QEMU's multiboot modules, the image builder, debuggers). The output appears whole or not
 * at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <domus/kernel.h>

static int write_all(int fd, const struct dom_blob *image)
{
    size_t done = 0;

    while (done < image->size) {
        ssize_t n = write(fd, image->data + done, image->size - done);

        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0)
            done += (size_t)n;
    }
    return 0;
}

/* Writes beside the target and renames, so that a reader never sees half a kernel. */
static int save(const char *path, const struct dom_blob *image)
{
    char *temporary;
    int fd, rc;

    if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
        return -1;
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        free(temporary);
        return -1;
    }
    rc = write_all(fd, image);
    if (rc == 0)
        rc = fchmod(fd, 0644);
    if (close(fd) < 0)
        rc = -1;
    if (rc == 0)
        rc = rename(temporary, path);
    if (rc < 0) {
        int saved = errno;
        unlink(temporary);
        errno = saved;
    }
    free(temporary);
    return rc;
}

int main(int argc, char **argv)
{
    char error[DOM_ERROR_MAX];
    struct dom_blob image;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        printf("Usage: unpack-kernel VMLINUZ OUT\n"
               "Writes the ELF image inside a bzImage or compressed kernel (gzip, xz, lz4, zstd) "
               "to OUT.\n");
        return 0;
    }
    if (argc != 3) {
        fprintf(stderr, "unpack-kernel: two arguments expected: VMLINUZ OUT\n");
        return 2;
    }
    if (dom_kernel_load(argv[1], &image, error) < 0) {
        fprintf(stderr, "unpack-kernel: %s\n", error);
        return 1;
    }
    if (save(argv[2], &image) < 0) {
        fprintf(stderr, "unpack-kernel: cannot write %s: %s\n", argv[2], strerror(errno));
        return 1;
    }
    dom_blob_free(&image);
    return 0;
}
