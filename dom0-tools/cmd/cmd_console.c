/* SPDX-License-Identifier: Apache-2.0 */
/* domus console. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cfg/spec.h"
#include "cmd/cmd.h"
#include "cmd/session.h"

#define ESCAPE_DEFAULT 0x1d /* ^] */

/* "^x" is Ctrl-x, anything else the character itself. -1: neither. */
static int read_escape(const char *text)
{
    if (text[0] == '^' && text[1] != '\0' && text[2] == '\0')
        return text[1] & 0x1f;
    return text[0] != '\0' && text[1] == '\0' ? (unsigned char)text[0] : -1;
}

/* -1: go on. */
static int read_options(const struct cmd_spec *spec, int argc, char **argv, int *escape)
{
    long long number;
    int opt, status;

    while ((opt = cmd_opt(argc, argv, "e:n:t:", NULL, spec, &status)) >= 0) {
        if (opt == 'e') {
            *escape = read_escape(optarg);
            if (*escape < 0) {
                fprintf(stderr, "domus console: -e: expected ^X or one character, found \"%s\"\n",
                        optarg);
                return 1;
            }
        } else if (opt == 'n' && (!cfg_number(optarg, 0, 0, &number))) {
            fputs("domus console: a PV guest has only console 0\n", stderr);
            return 1;
        } else if (opt == 't' && strcmp(optarg, "pv")) {
            fputs("domus console: a PV guest has only a console of type pv\n", stderr);
            return 1;
        }
    }
    return opt == CMD_OPT_STOP ? status : -1;
}

int cmd_console(const struct cmd_spec *spec, int argc, char **argv)
{
    struct dom_info info;
    struct session s;
    uint32_t domid;
    int escape = ESCAPE_DEFAULT, status = read_options(spec, argc, argv, &escape);

    if (status >= 0)
        return status;
    if (session_begin(&s))
        return 1;
    if (domain_find_or_say(&s, argv[optind], &domid)) {
        status = 1;
    } else if (dom_get_info(s.host, domid, &info)) {
        fprintf(stderr, "Error: Domain '%s' does not exist.\n", argv[optind]);
        status = 1;
    }
    session_close(&s);
    return status == 1 ? 1 : console_attach(domid, escape, 2000);
}
