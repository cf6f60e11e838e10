/* verbs.h - what the verbs do. Every one returns an exit code.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "cli/nouns.h"

int verb_list(struct cli *c, const struct command *cmd);
int verb_show(struct cli *c, const struct command *cmd);
int verb_add(struct cli *c, const struct command *cmd);
int verb_set(struct cli *c, const struct command *cmd);
int verb_delete(struct cli *c, const struct command *cmd);
/* POST .../{key}/VERB with the verb's own name. */
int verb_post(struct cli *c, const struct command *cmd);
int verb_allocate(struct cli *c, const struct command *cmd);
int verb_plugin_show(struct cli *c, const struct command *cmd);

#endif
