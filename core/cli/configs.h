/* configs.h - configurations that servers had, as text; and how two of them differ, in colour on a terminal.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CONFIGS_H
#define CLI_CONFIGS_H

#include "cli/cli.h"

/* Shows what `diff -u` would write: what goes in red, what comes in green. Control characters are made visible. */
void unified_show(struct cli *c, struct ipam_str text);

#endif
