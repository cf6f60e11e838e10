/* completion.h - "ipamctl completion SHELL": the scripts that make shells ask ipamctl what a word may become.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "base/strbuf.h"

#define COMPLETION_VERB "completion"
#define COMPLETION_HELP "Print the script that completes commands in a shell."

struct shell {
    const char *name;  /* NULL at the end */
    const char *help;  /* how to use its script */
    const char *first; /* what must come before anything else in it */
    const char *script;
};
extern const struct shell shells[];

/* The words after "completion": appends the script of the shell, or help. An exit code. */
int completion_print(int argc, char **argv, struct strbuf *out);

#endif
