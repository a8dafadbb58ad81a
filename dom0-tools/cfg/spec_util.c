/* SPDX-License-Identifier: Apache-2.0 */
/* What the grammars inside strings share: strict numbers and comma-separated fields. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cfg/spec.h"

bool cfg_number(const char *text, long long low, long long high, long long *value)
{
    char *end;
    long long v;

    if (!isdigit((unsigned char)text[text[0] == '-']))
        return false;
    errno = 0;
    v = strtoll(text, &end, 0);
    if (errno != 0 || *end != '\0' || v < low || v > high)
        return false;
    *value = v;
    return true;
}

char *cfg_next_field(char **rest)
{
    char *field = *rest, *comma, *end;

    if (!field)
        return NULL;
    comma = strchr(field, ',');
    end = comma ? comma : field + strlen(field);
    *rest = comma ? comma + 1 : NULL;
    while (field < end && isspace((unsigned char)*field))
        field++;
    while (end > field && isspace((unsigned char)end[-1]))
        end--;
    *end = '\0';
    return field;
}
