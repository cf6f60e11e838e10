/* backup.h - ipamctl backup and ipamctl restore.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_BACKUP_H
#define CLI_BACKUP_H

#include "cli/nouns.h"

int verb_backup(struct cli *c, const struct command *cmd);
int verb_restore(struct cli *c, const struct command *cmd);

#endif
