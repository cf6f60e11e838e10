/* rows.h - a verb that answers rows: sent, and the rows shown.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ROWS_H
#define CLI_ROWS_H

#include "cli/client.h"
#include "cli/nouns.h"

/* POST .../{key}/VERB for the object that the first word names; the rows of the answer are of that type. An exit code. */
int rows_post(struct cli *c, const struct command *cmd, const char *verb, struct ipam_str body,
              const struct record_type *type);

/* Tells of the free addresses that an allocation passed over because somebody answers there. */
void rows_say_skipped(struct cli *c, const struct client_answer *a);

#endif
