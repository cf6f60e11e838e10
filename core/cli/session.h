/* session.h - where the token of a session is kept between commands.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/nouns.h"

/* The file of the session with the daemon of that URL, in $XDG_STATE_HOME/ipamctl, or ~/.local/state/ipamctl. NULL when
 * neither is known. In the arena. */
const char *session_file(struct arena *a, const char *url);

int verb_login(struct cli *c, const struct command *cmd);
int verb_logout(struct cli *c, const struct command *cmd);

#endif
