/* access.h - objects put into access scopes; why somebody may do something, and who may.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ACCESS_H
#define CLI_ACCESS_H

#include "cli/nouns.h"

/* POST .../{key}/set-scope with --to or --inherit. */
int verb_set_scope(struct cli *c, const struct command *cmd);
int verb_explain(struct cli *c, const struct command *cmd);
int verb_who_can(struct cli *c, const struct command *cmd);
int verb_binding(struct cli *c, const struct command *cmd);
int verb_recompute(struct cli *c, const struct command *cmd);

#endif
