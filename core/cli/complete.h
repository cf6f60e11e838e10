/* complete.h - what the word under the cursor may become; "ipamctl __complete WORD...", asked by the shells.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "cli/cli.h"

/* The words after "ipamctl", up to the cursor; the last one, which may be empty, is to be completed. Appends
 * a line "CANDIDATE" or "CANDIDATE\tWHAT IT IS" for each; a candidate is the whole word, and goes on where it
 * ends in '='. The line "\tfiles" alone leaves it to the shell to offer names of files, after a "--name=". May ask
 * the daemon; appends nothing where it fails. */
void complete_words(struct cli *c, int argc, char **argv, struct strbuf *out);
/* Writes them to stdout, if that is done in COMPLETE_MS; nobody waits longer for a hint. An exit code. */
int complete_run(struct cli *c, int argc, char **argv);
#define COMPLETE_MS 1500

#endif
