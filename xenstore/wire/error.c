/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol's error words. Facts: Xen's public/io/xs_wire.h. */
#include "wire/error.h"

#include <errno.h>
#include <string.h>

static const struct {
    int number;
    const char *word;
} errors[] = {
#define WORD(e)                                                                                    \
    {                                                                                              \
        e, #e                                                                                      \
    }
    WORD(EINVAL), WORD(EACCES),  WORD(EEXIST), WORD(EISDIR),    WORD(ENOENT), WORD(ENOMEM),
    WORD(ENOSPC), WORD(EIO),     WORD(ENOSYS), WORD(ENOTEMPTY), WORD(EROFS),  WORD(EBUSY),
    WORD(EAGAIN), WORD(EISCONN), WORD(E2BIG),  WORD(EPERM),
#undef WORD
};

#define ERROR_COUNT (sizeof(errors) / sizeof(errors[0]))

const char *wire_error_name(int error)
{
    for (size_t i = 0; i < ERROR_COUNT; i++) {
        if (errors[i].number == error)
            return errors[i].word;
    }
    return "EINVAL";
}

int wire_error_number(const char *word, size_t len)
{
    for (size_t i = 0; i < ERROR_COUNT; i++) {
        size_t n = strlen(errors[i].word);

        if (n <= len && !memcmp(word, errors[i].word, n) && (n == len || !word[n]))
            return errors[i].number;
    }
    return EINVAL;
}
