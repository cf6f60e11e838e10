/* completion.c - "ipamctl completion SHELL": the scripts that make shells ask ipamctl what a word may become.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion.h"

#include <string.h>

#include "cli/cli.h"
#include "cli/help.h"

/* The files in core/cli/shell, as texts. */
#include "cli/scripts.h"

const struct shell shells[] = {
    { "bash", "Now: source <(ipamctl completion bash).", "", script_bash },
    { "zsh", "Now, after compinit: source <(ipamctl completion zsh).", "#compdef ipamctl\n", script_zsh },
    { "fish", "Now: ipamctl completion fish | source.", "", script_fish },
    { .name = NULL },
};

int completion_print(int argc, char **argv, struct strbuf *out)
{
    if (argc == 1 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
        help_completion(out);
        return CLI_OK;
    }
    for (const struct shell *s = shells; argc == 1 && s->name != NULL; s++) {
        if (strcmp(s->name, argv[0]) == 0) {
            strbuf_puts(out, s->first);
            strbuf_puts(out, s->script);
            return CLI_OK;
        }
    }
    cli_error(COMPLETION_VERB ": the name of one shell is expected: bash, zsh or fish");
    return CLI_USAGE;
}
