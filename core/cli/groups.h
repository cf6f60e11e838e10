/* groups.h - custom-field set-values, logical-group tree.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_GROUPS_H
#define CLI_GROUPS_H

#include "cli/nouns.h"

/* POST .../{key}/set-values with --rename, --remove and --add. */
int verb_set_values(struct cli *c, const struct command *cmd);
int verb_group_tree(struct cli *c, const struct command *cmd);

#endif
