/* audit.h - the verbs of audit.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_AUDIT_H
#define CLI_AUDIT_H

#include "cli/nouns.h"

int verb_audit_checkpoints(struct cli *c, const struct command *cmd);
int verb_audit_checkpoint(struct cli *c, const struct command *cmd);
int verb_audit_export(struct cli *c, const struct command *cmd);
int verb_audit_verify(struct cli *c, const struct command *cmd);

#endif
