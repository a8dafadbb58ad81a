/* SPDX-License-Identifier: Apache-2.0 */
/* domus why: how the last domain of a name ended, as its monitor noted it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/state.h"

int cmd_why(const struct cmd_spec *spec, int argc, char **argv)
{
    char *line;
    int status;

    if (!cmd_no_options(argc, argv, spec, &status))
        return status;
    line = strchr(argv[optind], '/') ? NULL : state_last_end(argv[optind]);
    if (!line) {
        fprintf(stderr,
                "no domain of the name \"%s\" has ended by itself since this host started\n",
                argv[optind]);
        return 1;
    }
    fputs(line, stdout);
    printf("log: %s/%s.log\nconsole: %s/console/guest-%s.log\n", LOG_DIR, argv[optind], LOG_DIR,
           argv[optind]);
    free(line);
    return 0;
}
