/* refs.h - references between objects: ids for the daemon, natural keys for people.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_REFS_H
#define CLI_REFS_H

#include "cli/cli.h"
#include "record/record.h"

/* The id of the object a user's key names: digits are one already, anything else is looked up. */
int refs_id(struct cli *c, uint32_t type, const char *key, int64_t *ret_id);
/* The natural key of an object, or its id in digits when it has none or cannot be had. Looked up once per
 * object. Lives as long as the command. */
const char *refs_key(struct cli *c, uint32_t type, int64_t id);

#endif
