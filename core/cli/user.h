/* user.h - ipamctl user add, user password and token add, and access recover.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_USER_H
#define CLI_USER_H

#include "cli/nouns.h"

int verb_user_add(struct cli *c, const struct command *cmd);
int verb_user_password(struct cli *c, const struct command *cmd);
int verb_token_add(struct cli *c, const struct command *cmd);
int verb_recover(struct cli *c, const struct command *cmd);

#endif
