/* SPDX-License-Identifier: Apache-2.0 */
/* Disk names to device numbers. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dev/devid.h"

#define EXTENDED_DISKS (1L << 20) /* 28-bit scheme: 20 bits of disk, 8 of partition */

/* "a" = 0, "z" = 25, "aa" = 26 …; -1 if there is no letter. Advances *text. */
static long read_letters(const char **text)
{
    long disk = -1;

    while (islower((unsigned char)**text)) {
        disk = (disk + 1) * 26 + (**text - 'a');
        if (disk >= EXTENDED_DISKS)
            return -1;
        (*text)++;
    }
    return disk;
}

/* Decimal number up to 2^20; -1 if none. Advances *text. */
static long read_decimal(const char **text)
{
    long value = 0;

    if (!isdigit((unsigned char)**text))
        return -1;
    while (isdigit((unsigned char)**text)) {
        value = value * 10 + (**text - '0');
        if (value >= EXTENDED_DISKS)
            return -1;
        (*text)++;
    }
    return value;
}

/* Reads the disk and, if there is one, the partition, to the end of the text. */
static int read_parts(const char *text, int letters, long *disk, long *partition)
{
    *disk = letters ? read_letters(&text) : read_decimal(&text);
    *partition = 0;
    if (*disk < 0)
        return -1;
    if (!letters && *text && (*text++ != 'p' || *text == '\0'))
        return -1;
    if (*text) {
        /* A partition starts at 1; "xvda0" is the whole disk written oddly, which nobody means. */
        *partition = *text == '0' ? -1 : read_decimal(&text);
    }
    return *text == '\0' && *partition >= 0 ? 0 : -1;
}

static int xvd_number(long disk, long partition)
{
    if (disk < 16 && partition < 16)
        return 202 << 8 | disk << 4 | partition;
    if (partition < 256)
        return 1 << 28 | disk << 8 | partition;
    return -1;
}

static int plain_number(const char *name)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(name, &end, 0);
    return errno == 0 && *end == '\0' && value > 0 && value < 1L << 29 ? value : -1;
}

int dev_vdev_number(const char *name)
{
    long disk, partition;

    if (isdigit((unsigned char)*name))
        return plain_number(name);
    if (!strncmp(name, "xvd", 3))
        return read_parts(name + 3, 1, &disk, &partition) ? -1 : xvd_number(disk, partition);
    if (!strncmp(name, "sd", 2)) {
        if (read_parts(name + 2, 1, &disk, &partition) || disk >= 16 || partition >= 16)
            return -1;
        return 8 << 8 | disk << 4 | partition;
    }
    if (!strncmp(name, "hd", 2)) {
        if (read_parts(name + 2, 1, &disk, &partition) || disk >= 4 || partition >= 64)
            return -1;
        return (disk < 2 ? 3 : 22) << 8 | (disk & 1) << 6 | partition;
    }
    if (*name == 'd')
        return read_parts(name + 1, 0, &disk, &partition) ? -1 : xvd_number(disk, partition);
    return -1;
}
